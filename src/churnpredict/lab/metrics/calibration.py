"""Whether probabilities mean what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from churnpredict.lab.metrics.intervals import AccountBootstrap, Interval, interval_of

Floats = npt.NDArray[np.float64]
#: Churned rows that a bin should expect, and bins at most. With fewer, the error of a bin is its own noise.
EVENTS_OF_A_BIN = 30
MOST_BINS = 15
#: A risk of 0 or 1 has no log-odds.
LEAST_RISK = 1e-12
#: Log-odds that no risk is ever off by.
FARTHEST = 50.0


def base_log_loss(base_rate: float) -> float:
    """Log-loss of saying the base rate of everyone, in nats: the bar below which a model has skill.

    Examples
    --------
    >>> round(base_log_loss(0.5), 4)
    0.6931
    """
    return float(log_loss([0, 1], [base_rate, base_rate], sample_weight=[1 - base_rate, base_rate]))


def calibration_slope(churned: Floats, risk: Floats) -> float:
    """Slope of churn on the log-odds of the risk (Cox 1958): 1 is right, below 1 the risks are too far apart.

    NaN where all risks are equal.

    Parameters
    ----------
    churned, risk
        What happened (both 1 and 0 must occur) and what was said (0–1).
    """
    said = logit(np.clip(risk, LEAST_RISK, 1 - LEAST_RISK))
    if np.ptp(said) == 0:
        return float("nan")
    spread = float(said.std())
    # In units of its spread, so that the solver is as exact for a narrow range of risks as for a wide one.
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000).fit((said / spread).reshape(-1, 1), churned)
    return float(fitted.coef_[0, 0]) / spread


def calibration_intercept(churned: Floats, risk: Floats) -> float:
    """What must be added to the log-odds of every risk for the mean to be right (Cox 1958, slope held at 1).

    0 is right; 0.7 means that twice as many churned as were expected, where churn is rare.
    """
    said = logit(np.clip(risk, LEAST_RISK, 1 - LEAST_RISK))
    return float(brentq(lambda shift: expit(said + shift).mean() - churned.mean(), -FARTHEST, FARTHEST))


def _bins(risk: Floats) -> npt.NDArray[np.intp]:
    """Number of each row's bin, from 0 in rising risk: each expects as many churned rows, equal risks in one bin.

    Borders follow what was said and not what happened, so that they cannot flatter.
    """
    expected = float(risk.sum())
    many = int(np.clip(expected // EVENTS_OF_A_BIN, 1, MOST_BINS))
    distinct, codes = np.unique(risk, return_inverse=True)
    held = np.bincount(codes, weights=risk, minlength=len(distinct))
    middle = np.cumsum(held) - held / 2
    place = np.minimum(many * middle / max(expected, LEAST_RISK), many - 1).astype(np.intp)
    return place[codes]


def expected_calibration_error(churned: Floats, risk: Floats) -> float:
    """Mean distance of observed from predicted over bins, weighted by rows (Naeini et al. 2015).

    Bins expect equally many churned rows, at least `EVENTS_OF_A_BIN` where there are enough for two bins.

    Examples
    --------
    >>> expected_calibration_error(np.array([1.0, 0.0, 0.0, 0.0]), np.full(4, 0.25))
    0.0
    """
    bins = _bins(risk)
    gaps = np.bincount(bins, weights=churned - risk)
    return float(np.abs(gaps).sum() / len(risk))


def calibration_errors(churned: Floats, risk: Floats, bootstrap: AccountBootstrap) -> Floats:
    """`expected_calibration_error` of each replicate, over the bins of all rows: pair it, for it is never below 0."""
    bins = _bins(risk)
    gaps = [np.abs(bootstrap.ratios((churned - risk) * (bins == number))) for number in np.unique(bins)]
    return np.asarray(np.sum(gaps, axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Reliability:
    """A bin of a reliability plot.

    Parameters
    ----------
    predicted, observed
        Mean risk, and share that churned, 0–1.
    interval
        Of `observed`, over accounts; None where too few churned.
    rows
        How many rows.
    """

    predicted: float
    observed: float
    interval: Interval | None
    rows: int


def reliability(churned: Floats, risk: Floats, bootstrap: AccountBootstrap) -> list[Reliability]:
    """Predicted against observed churn, over the bins of `expected_calibration_error`."""
    bins = _bins(risk)
    found = []
    for number in np.unique(bins):
        inside = bins == number
        replicates = bootstrap.ratios(churned * inside, inside.astype(np.float64))
        observed, predicted = float(churned[inside].mean()), float(risk[inside].mean())
        found.append(Reliability(predicted, observed, interval_of(replicates), int(inside.sum())))
    return found
