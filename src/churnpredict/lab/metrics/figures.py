"""The figures that every contender gets, with their intervals."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from churnpredict.lab.metrics.calibration import (
    LEAST_RISK,
    calibration_intercept,
    calibration_slope,
    expected_calibration_error,
)
from churnpredict.lab.metrics.discrimination import auc, average_precision, lift, riskiest
from churnpredict.lab.metrics.intervals import AccountBootstrap, Interval, interval_of, quotients

Floats = npt.NDArray[np.float64]
#: The capacity at which lift is quoted: a tenth of the accounts.
TENTH = 0.1


@dataclass(frozen=True)
class Figures:
    """Out-of-time figures of one contender.

    Parameters
    ----------
    auc
        Probability that a churned row is ranked above another, 0–1; None with one class only.
    pr_auc
        Average precision, 0–1, to be held against `base_rate`; None without churn.
    log_loss, brier
        Mean −log likelihood (nats) and mean squared error (Brier 1950) of the probabilities; lower is better.
    lift_at_10
        Churn rate among the riskiest tenth of each cutoff's rows, over the base rate.
    ece
        Mean distance of observed from predicted churn over bins, 0–1.
    slope, intercept
        Calibration slope (1 is right, below it the risks are too far apart) and intercept (0 is right, above it more
        churned than expected); None with one class only, and no slope where all risks are equal.
    base_rate
        Share of rows that churned.
    n, churners
        Rows, and distinct accounts that churned.
    intervals
        95 % intervals over accounts, by the name of the figure, of those that have one.
    """

    auc: float | None
    pr_auc: float | None
    log_loss: float
    brier: float
    lift_at_10: float | None
    ece: float
    slope: float | None
    intercept: float | None
    base_rate: float
    n: int
    churners: int
    intervals: dict[str, Interval] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The figures by name."""
        return asdict(self)


def figures(churned: Floats, risk: Floats, *, accounts: npt.ArrayLike, cutoffs: npt.ArrayLike) -> Figures:
    """All figures of one contender on out-of-time rows.

    Parameters
    ----------
    churned, risk
        What happened (1 or 0) and what was said (0–1), row by row.
    accounts, cutoffs
        The account and the cutoff of each row.
    """
    names = np.asarray(accounts)
    both = 0 < churned.sum() < len(churned)
    return Figures(
        auc=float(roc_auc_score(churned, risk)) if both else None,
        pr_auc=float(average_precision_score(churned, risk)) if both else None,
        log_loss=float(log_loss(churned, risk, labels=[0, 1])),
        brier=float(brier_score_loss(churned, risk)),
        lift_at_10=lift(churned, risk, cutoffs, share=TENTH) if both else None,
        ece=expected_calibration_error(churned, risk),
        slope=_slope(churned, risk) if both else None,
        intercept=calibration_intercept(churned, risk) if both else None,
        base_rate=float(churned.mean()),
        n=len(churned),
        churners=len(np.unique(names[churned == 1])),
        intervals=_intervals(churned, risk, names, np.asarray(cutoffs)) if both else {},
    )


def _slope(churned: Floats, risk: Floats) -> float | None:
    slope = calibration_slope(churned, risk)
    return None if np.isnan(slope) else slope


def _intervals(
    churned: Floats, risk: Floats, names: npt.NDArray[np.generic], cutoffs: npt.NDArray[np.generic]
) -> dict[str, Interval]:
    bootstrap = AccountBootstrap.of(names)
    flagged = riskiest(risk, cutoffs, share=TENTH).astype(np.float64)
    replicates = {
        "auc": auc(churned, risk, bootstrap),
        "pr_auc": average_precision(churned, risk, bootstrap),
        "log_loss": bootstrap.ratios(log_losses(churned, risk)),
        "brier": bootstrap.ratios((risk - churned) ** 2),
        "lift_at_10": quotients(bootstrap.ratios(flagged * churned, flagged), bootstrap.ratios(churned)),
    }
    found = {name: interval_of(values) for name, values in replicates.items()}
    return {name: interval for name, interval in found.items() if interval is not None}


def log_losses(churned: Floats, risk: Floats) -> Floats:
    """−log likelihood of each row, in nats."""
    likelihood = np.where(churned == 1, risk, 1 - risk)
    return np.asarray(-np.log(np.clip(likelihood, LEAST_RISK, 1)), dtype=np.float64)
