"""Raw score → probability: a sigmoid on the margin, monotone by construction, so that TreeSHAP stays additive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

Floats = npt.NDArray[np.float64]

#: Least change of the log-odds per standard deviation of the score: a slope of 0 would make every account equal, and a
#: negative one turn the ranking round.
LEAST_SLOPE = 0.01


@dataclass(frozen=True)
class Sigmoid:
    """``probability = 1 / (1 + exp(−(slope × score + intercept)))``, with ``slope > 0``.

    Examples
    --------
    >>> float(Sigmoid(slope=1.0, intercept=0.0).probability(np.array([0.0]))[0])
    0.5
    """

    slope: float
    intercept: float

    def margin(self, score: Floats) -> Floats:
        """Calibrated log-odds."""
        return self.slope * score + self.intercept

    def probability(self, score: Floats) -> Floats:
        """Calibrated probability."""
        return np.asarray(expit(self.margin(score)), dtype=np.float64)


def fit_sigmoid(score: Floats, churned: Floats, weights: Floats | None = None) -> Sigmoid:
    """Fit by maximum likelihood (Platt 1999) on scores from models that did not see these rows' accounts.

    Parameters
    ----------
    score
        Higher is riskier; NaN is left out.
    churned
        1 churned, 0 not, NaN not known; both 0 and 1 must occur.
    weights
        How much each row counts, above 0; all alike unless said otherwise.
    """
    known = ~np.isnan(score) & ~np.isnan(churned)
    x, y, weight = score[known], churned[known], None if weights is None else weights[known]
    # In units of its own spread, so that a score of 0 to 100 is fitted as one of log-odds is.
    centre, spread = float(x.mean()), float(x.std()) or 1.0
    regression = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000)
    fitted = regression.fit(((x - centre) / spread).reshape(-1, 1), y, sample_weight=weight)
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope < LEAST_SLOPE:
        # No usable signal: all but flat, with the mean kept.
        mean = np.average(y, weights=weight)
        slope, intercept = LEAST_SLOPE, float(np.log(mean / (1 - mean)))
    return Sigmoid(slope / spread, intercept - slope / spread * centre)
