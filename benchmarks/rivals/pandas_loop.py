"""The 64 features as a data scientist writes them first: for each cutoff, for each window, filter and group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

WINDOWS = (7, 14, 30, 60, 90, 180, 365)
MEMORY = 365


def prepare(folder: Path, *, own: bool) -> Callable[[], Iterator[pd.DataFrame]]:  # noqa: ARG001  (distinct cutoffs are what costs)
    """What makes the features."""
    return lambda: _run(folder)


def _run(folder: Path) -> Iterator[pd.DataFrame]:
    """A frame per cutoff."""
    events = pd.read_parquet(folder / "events.parquet")
    events["day"] = events["at"].dt.normalize()
    rows = pd.read_parquet(folder / "rows.parquet").astype({"cutoff": "datetime64[us]"})
    for cutoff, at_cutoff in rows.groupby("cutoff"):
        yield _at(pd.Timestamp(cutoff), at_cutoff.set_index("account_id"), events)


def _at(cutoff: pd.Timestamp, rows: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    for days in WINDOWS:
        begins = cutoff - pd.Timedelta(days=days)
        window = events[(events["at"] >= begins) & (events["at"] < cutoff)]
        window = window.assign(place=(window["day"] - cutoff).dt.days)
        made = window.groupby("account_id").agg(
            count=("value", "size"),
            active_days=("day", "nunique"),
            moment=("place", "sum"),
            sum=("value", "sum"),
            mean=("value", "mean"),
            max=("value", "max"),
            std=("value", "std"),
            distinct=("user_id", "nunique"),
        )
        made = made.reindex(rows.index)
        before = events[(events["at"] >= begins - pd.Timedelta(days=days)) & (events["at"] < begins)]
        counts, before_counts = made["count"].fillna(0), before.groupby("account_id").size().reindex(rows.index)
        slope = (made["moment"].fillna(0) + (days + 1) / 2 * counts) / (days * (days**2 - 1) / 12)
        columns = {
            "events__count": counts,
            "events__active_days": made["active_days"].fillna(0),
            "events__trend": counts / before_counts,
            "events__slope": slope,
            "amount__sum": made["sum"].fillna(0),
            "amount__mean": made["mean"],
            "amount__max": made["max"],
            "amount__std": made["std"],
            "users__distinct": made["distinct"].fillna(0),
        }
        rows = rows.assign(**{f"{name}__{days}d": values for name, values in columns.items()})
    remembered = events[(events["at"] >= cutoff - pd.Timedelta(days=MEMORY)) & (events["at"] < cutoff)]
    last = remembered.groupby("account_id")["day"].max().reindex(rows.index)
    return rows.assign(events__days_since=(cutoff - last).dt.days).reset_index()
