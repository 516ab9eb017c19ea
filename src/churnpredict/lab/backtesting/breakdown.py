"""Replayed lists by part of the company, and by how far ahead the churn was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.lab.backtesting.replay import Replay
from churnpredict.lab.backtesting.segments import each_segment
from churnpredict.lab.judging.curves import rankings_of
from churnpredict.lab.metrics import AccountBootstrap, Interval, auc
from churnpredict.lab.metrics.intervals import interval_of

Floats = npt.NDArray[np.float64]
#: Days from the cutoff to the churn, ``[a, b)``.
BUCKETS = ((0, 30), (30, 60), (60, 90))
#: A segment with fewer distinct churners has no AUC worth printing.
FEWEST_CHURNERS_OF_A_SEGMENT = 10


@dataclass(frozen=True)
class Segment:
    """Figures of a part of the rows.

    Parameters
    ----------
    kind, name
        Which part, such as renewal, within 90 days.
    rows, churners
        Rows with a known outcome, and distinct accounts that churned in them.
    base_rate
        Share that churned within the last horizon, 0–1.
    mean_risk
        Mean risk of the model, 0–1.
    auc, auc_interval, rule_auc
        Of the model with its interval over accounts, and of the health score; None with too few churners.
    """

    kind: str
    name: str
    rows: int
    churners: int
    base_rate: float
    mean_risk: float
    auc: float | None
    auc_interval: Interval | None
    rule_auc: float | None


@dataclass(frozen=True)
class Bucket:
    """Churn at a distance: rows that churned ``[start, end)`` days after their cutoff, against rows that stayed.

    Parameters
    ----------
    start, end
        Days after the cutoff.
    rows
        Rows that churned in it.
    auc, rule_auc
        Of the model and of the health score; None without such rows.
    caught, rule_caught
        Share of them on the list at the capacity, 0–1.
    """

    start: int
    end: int
    rows: int
    auc: float | None
    rule_auc: float | None
    caught: float | None
    rule_caught: float | None


def segments(rows: pd.DataFrame, kinds: list[str], *, ruled: bool) -> Iterator[Segment]:
    """Figures of each segment, of a category only the most frequent levels.

    Parameters
    ----------
    rows
        Rows with a known outcome, see `Replay.rows`.
    kinds
        Names of the columns of segments.
    ruled
        Whether there is a health score.
    """
    for kind, name, inside in each_segment(rows, kinds):
        part = rows[inside]
        churners = int(part.loc[part["churned"] == 1, ACCOUNT_ID].nunique())
        found = interval = rule = None
        if churners >= FEWEST_CHURNERS_OF_A_SEGMENT and 0 < part["churned"].sum() < len(part):
            keys = rankings_of(part)
            replicates = auc(
                part["churned"].to_numpy(dtype=np.float64),
                keys["model"],
                AccountBootstrap.of(part[ACCOUNT_ID].to_numpy(dtype=object)),
            )
            found, interval = _auc(part["churned"] == 1, keys["model"]), interval_of(replicates)
            rule = _auc(part["churned"] == 1, keys["health_score"]) if ruled else None
        rate, risk = float(part["churned"].mean()), float(part["risk"].mean())
        yield Segment(kind, name, len(part), churners, rate, risk, found, interval, rule)


def _auc(positive: pd.Series, key: Floats) -> float:
    """AUC of keys that may be infinite."""
    ranks = pd.Series(key).rank().to_numpy(dtype=np.float64)
    chosen = positive.to_numpy(dtype=bool)
    events = int(chosen.sum())
    return float((ranks[chosen].sum() - events * (events + 1) / 2) / (events * (len(key) - events)))


def buckets(rows: pd.DataFrame, replay: Replay, flags: dict[str, npt.NDArray[np.bool_]]) -> Iterator[Bucket]:
    """Churn by its distance from the cutoff, on the rows whose outcome is known.

    Parameters
    ----------
    rows
        All rows of the lists.
    replay
        Where they come from.
    flags
        By contender, which rows it flags.
    """
    known = rows["churned"].notna().to_numpy()
    days = _days_to_churn(rows, replay)
    keys, stayed = rankings_of(rows), known & (rows["churned"] == 0).to_numpy()
    for start, end in BUCKETS:
        left = known & (days >= start) & (days < end)
        both = left | stayed
        said: dict[str, float | None] = {"model": None, "health_score": None}
        caught: dict[str, float | None] = {"model": None, "health_score": None}
        for name in said:
            if left.any() and name in flags:
                said[name] = _auc(pd.Series(left[both]), keys[name][both])
                caught[name] = float(flags[name][left].mean())
        yield Bucket(
            start, end, int(left.sum()), said["model"], said["health_score"], caught["model"], caught["health_score"]
        )


def _days_to_churn(rows: pd.DataFrame, replay: Replay) -> Floats:
    """Days from each row's cutoff to the account's next churn; NaN where none is known."""
    left = rows[[ACCOUNT_ID, CUTOFF]].assign(place=range(len(rows))).sort_values(CUTOFF, kind="stable")
    joined = pd.merge_asof(
        left,
        replay.churns.sort_values("churned_on", kind="stable"),
        left_on=CUTOFF,
        right_on="churned_on",
        by=ACCOUNT_ID,
        direction="forward",
    ).sort_values("place")
    return np.asarray((joined["churned_on"] - joined[CUTOFF]).dt.days, dtype=np.float64)
