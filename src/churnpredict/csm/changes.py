"""What changed since the list before: how each account moved, and why its risk is another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF, FeatureName
from churnpredict.csm.wording import (
    LATE_DATA,
    NEW_MODEL,
    OTHER_DATA,
    TIME_PASSED,
    WORST_FIRST,
    Move,
    clock_in_words,
    move_in_words,
    risk_change_in_words,
    shows,
)

Moved = Literal["new", "escalated", "recovered", "unchanged"]
#: Drivers that are named; what is left of the data is told together.
NAMED = 3
_PARTS = ("by_data", "by_time", "by_late_data", "by_model")
#: What `change_causes` reads of the drivers of changes.
_DRIVERS = (ACCOUNT_ID, "rank", "part", "feature", "label", "kind", "points", "before", "value")


def no_changes() -> pd.DataFrame:
    """What `churnpredict.scoring.RiskChanges.parts` is where nothing was split."""
    return pd.DataFrame(columns=[ACCOUNT_ID, *_PARTS])


def no_change_drivers() -> pd.DataFrame:
    """What `churnpredict.scoring.RiskChanges.drivers` is where nothing was split."""
    return pd.DataFrame(columns=list(_DRIVERS))


def told_changes(
    predictions: pd.DataFrame, previous: pd.DataFrame, *, parts: pd.DataFrame, drivers: pd.DataFrame
) -> pd.DataFrame:
    """How each account moved since the list before.

    Parameters
    ----------
    predictions
        account_id, tier, risk_90d.
    previous
        The same and cutoff of the list before; empty if there was none. Older ones may lack risk and cutoff.
    parts, drivers
        See `churnpredict.scoring.RiskChanges`; may be empty.

    Returns
    -------
    DataFrame
        The accounts of `predictions`: account_id, previous_tier, change_in_risk (signed probability),
        change_in_words, and move: new, escalated, recovered or unchanged by its tier; all missing in a first week.
    """
    known = previous.drop_duplicates(ACCOUNT_ID, keep="last").set_index(ACCOUNT_ID)
    known = known.reindex(columns=["tier", "risk_90d", CUTOFF]).reindex(predictions[ACCOUNT_ID])
    change = predictions["risk_90d"].to_numpy() - known["risk_90d"].to_numpy(dtype="float64", na_value=np.nan)
    since = pd.to_datetime(known[CUTOFF])
    causes = change_causes(parts, drivers)
    words = [
        None if np.isnan(moved) or pd.isna(day) else risk_change_in_words(moved, day.date(), causes.get(account, ()))
        for account, moved, day in zip(predictions[ACCOUNT_ID], change, since, strict=True)
    ]
    before = known["tier"].to_numpy(dtype=object)
    moves = [None if previous.empty else _move(*pair) for pair in zip(predictions["tier"], before, strict=True)]
    return pd.DataFrame(
        {
            ACCOUNT_ID: predictions[ACCOUNT_ID].to_numpy(),
            "previous_tier": pd.Series(before, dtype="str"),
            "change_in_risk": change,
            "change_in_words": pd.Series(words, dtype="str"),
            "move": pd.Series(moves, dtype="str"),
        }
    )


def counted_moves(moves: pd.Series, left: int) -> dict[str, int] | None:
    """How many accounts escalated, recovered, are new and left since the list before; None without one.

    Parameters
    ----------
    moves
        The move of each account of the list, see `told_changes`.
    left
        Accounts of the list before that are accounts no more.
    """
    if not moves.notna().any():
        return None
    return {**{move: int((moves == move).sum()) for move in ("escalated", "recovered", "new")}, "left": left}


def change_causes(parts: pd.DataFrame, drivers: pd.DataFrame) -> dict[str, list[tuple[str, float]]]:
    """By account, what changed its risk in words and by how much (signed probability), most first.

    Parameters
    ----------
    parts, drivers
        See `churnpredict.scoring.RiskChanges`. Parts that are missing are not told.
    """
    split = parts[parts["by_data"].notna()]
    leading = drivers[drivers["part"] == "by_time"].drop_duplicates(ACCOUNT_ID)
    clocks = {row[ACCOUNT_ID]: clock_in_words(_moved(row)) for row in leading.to_dict("records")}
    data = drivers[drivers["part"] == "by_data"]
    named = data[data["points"].map(shows).astype(bool)].groupby(ACCOUNT_ID).head(NAMED)
    told: dict[str, list[tuple[str, float]]] = {account: [] for account in split[ACCOUNT_ID]}
    for row in named.to_dict("records"):
        told[row[ACCOUNT_ID]].append((move_in_words(_moved(row)), row["points"]))
    for row in split.to_dict("records"):
        account = row[ACCOUNT_ID]
        rest = row["by_data"] - sum(points for _, points in told[account])
        told[account] += [
            (OTHER_DATA, rest),
            (clocks.get(account, TIME_PASSED), row["by_time"]),
            (LATE_DATA, row["by_late_data"]),
            (NEW_MODEL, row["by_model"]),
        ]
        told[account].sort(key=lambda cause: -abs(cause[1]))
    return told


def _moved(row: Mapping[Any, Any]) -> Move:
    values = [None if value is None or value != value else value for value in (row["before"], row["value"])]  # noqa: PLR0124 - NaN
    return Move(FeatureName.parse(row["feature"]), row["label"], row["kind"], *values)


def _move(tier: str, before: str | None) -> Moved:
    if before is None or pd.isna(before):
        return "new"
    better = WORST_FIRST.index(tier) - WORST_FIRST.index(before)
    return "unchanged" if not better else "recovered" if better > 0 else "escalated"
