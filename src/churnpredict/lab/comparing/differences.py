"""By how much the challenger is better than a rival on the same rows, with intervals that are paired over accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.lab.metrics import (
    AccountBootstrap,
    Interval,
    calibration_errors,
    expected_calibration_error,
    riskiest,
)
from churnpredict.lab.metrics.figures import log_losses
from churnpredict.lab.metrics.intervals import interval_of
from churnpredict.lab.metrics.leadtime import PROMISED

Floats = npt.NDArray[np.float64]
Metric = Literal["log_loss", "brier", "calibration", "revenue", "lead_time"]
#: Enough that the ends of an interval hardly move with the draws; a gate stands on them.
REPLICATES = 1_000
#: Figures that are better when lower.
LOWER: tuple[Metric, ...] = ("log_loss", "brier", "calibration")


@dataclass(frozen=True)
class Difference:
    """Challenger against a rival on one figure.

    Parameters
    ----------
    challenger, rival
        The figure; NaN where it is not known: no ARR, or nobody left in the window.
    better
        By how much the challenger is better, negative where it is worse.
    interval
        95 % interval of `better`, paired, over accounts; None where it has none.
    """

    challenger: float
    rival: float
    better: float
    interval: Interval | None


@dataclass(frozen=True)
class _Figure:
    """A figure of one contender: its value, and its value in each replicate."""

    value: float
    replicates: Floats


def differences(
    rows: pd.DataFrame, rivals: list[str], *, churns: pd.DataFrame, capacity: float
) -> dict[str, dict[Metric, Difference]]:
    """The challenger against each rival.

    Parameters
    ----------
    rows
        One row per account and cutoff: account_id, cutoff, churned (1 or 0), arr (NaN where not known), and the risk
        of ``challenger`` and of each rival, 0–1.
    rivals
        Columns of the others.
    churns
        account_id, churned_on.
    capacity
        Share of each cutoff's accounts that can be worked, ``0 < capacity < 1``: revenue is that of the top of the
        list by risk × ARR, lead time that of the top by risk.

    Returns
    -------
    dict
        By rival and figure: ``log_loss`` (nats) and ``brier`` of the risks, ``calibration`` (mean distance of observed
        from predicted, 0–1), ``revenue`` (share of the churned ARR on the list) and ``lead_time`` (share of the
        churns on a list 60 to 89 days before).
    """
    bootstrap = AccountBootstrap.of(rows[ACCOUNT_ID].to_numpy(dtype=object).astype(str), replicates=REPLICATES)
    promised = _promised(rows, churns)
    found = {name: _figures(rows, name, promised, capacity, bootstrap) for name in ("challenger", *rivals)}
    return {
        rival: {
            metric: _difference(metric, found["challenger"][metric], found[rival][metric]) for metric in found[rival]
        }
        for rival in rivals
    }


def _figures(
    rows: pd.DataFrame, name: str, promised: pd.DataFrame, capacity: float, bootstrap: AccountBootstrap
) -> dict[Metric, _Figure]:
    churned, risk = (rows[column].to_numpy(dtype=np.float64) for column in ("churned", name))
    arr, cutoffs = rows["arr"].fillna(0.0).to_numpy(dtype=np.float64), rows[CUTOFF].to_numpy()
    everything, lost = np.ones(len(rows)), churned * arr
    listed = riskiest(risk * arr, cutoffs, share=capacity)
    caught, left = _caught(promised, riskiest(risk, cutoffs, share=capacity))
    sums: dict[Metric, tuple[Floats, Floats]] = {
        "log_loss": (log_losses(churned, risk), everything),
        "brier": ((risk - churned) ** 2, everything),
        "revenue": (lost * listed, lost),
        "lead_time": (caught, left),
    }
    found = {metric: _Figure(_ratio(*parts), bootstrap.ratios(*parts)) for metric, parts in sums.items()}
    errors = calibration_errors(churned, risk, bootstrap)
    found["calibration"] = _Figure(expected_calibration_error(churned, risk), errors)
    return found


def _ratio(above: Floats, below: Floats) -> float:
    return float(above.sum() / below.sum()) if below.any() else float("nan")


def _difference(metric: Metric, challenger: _Figure, rival: _Figure) -> Difference:
    sign = -1 if metric in LOWER else 1
    interval = interval_of(sign * (challenger.replicates - rival.replicates))
    return Difference(challenger.value, rival.value, sign * (challenger.value - rival.value), interval)


def _promised(rows: pd.DataFrame, churns: pd.DataFrame) -> pd.DataFrame:
    """Rows that lie 60 to 89 days before a churn of their account: place of the row, and number of the churn."""
    placed = rows[[ACCOUNT_ID, CUTOFF]].assign(place=np.arange(len(rows)))
    joined = placed.merge(churns, on=ACCOUNT_ID)
    lead = (joined["churned_on"] - joined[CUTOFF]).dt.days
    inside = joined[(lead >= PROMISED[0]) & (lead < PROMISED[1])]
    return inside.assign(churn=inside.groupby([ACCOUNT_ID, "churned_on"]).ngroup())[["place", "churn"]]


def _caught(promised: pd.DataFrame, flagged: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """For each row that is the first of a churn's: whether the churn was on any list in its window; and 1."""
    hits = (
        promised.assign(hit=flagged[promised["place"]]).groupby("churn").agg(place=("place", "min"), hit=("hit", "max"))
    )
    caught, left = np.zeros(len(flagged)), np.zeros(len(flagged))
    np.add.at(caught, hits["place"].to_numpy(), hits["hit"].to_numpy(dtype=np.float64))
    np.add.at(left, hits["place"].to_numpy(), 1.0)
    return caught, left
