"""From hazards per interval to risk per horizon, and from contributions to hazards to contributions to the risk.

``P(churn before interval k ends) = 1 − ∏ (1 − h)``: risk never falls with the horizon, by construction.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]

#: Gauss–Legendre nodes of the path integral; at 48 the sum differs from the explained log-odds by less than 1e-9.
NODES = 48


def cumulative_risks(margins: Floats) -> Floats:
    """Risk up to the end of each interval, from the log-odds of the hazards.

    Parameters
    ----------
    margins
        Rows × intervals.

    Returns
    -------
    array of shape (rows, intervals)
        In ``(0, 1)``, never falling along a row.

    Examples
    --------
    >>> cumulative_risks(np.array([[0.0, 0.0]]))
    array([[0.5 , 0.75]])
    """
    return -np.expm1(_log_survival(margins))


def log_odds(margins: Floats) -> Floats:
    """Log-odds of the risk up to the end of the last interval."""
    survived = _log_survival(margins)[..., -1]
    return np.asarray(np.log(-np.expm1(survived)) - survived, dtype=np.float64)


def _log_survival(margins: Floats) -> Floats:
    # log(1 − expit(z)) = −log(1 + exp(z)), stable at both ends.
    return -np.cumsum(np.logaddexp(0.0, margins), axis=-1)


def path_weights(base: Floats, margins: Floats) -> Floats:
    """How strongly each hazard's log-odds move the log-odds of the risk, on the straight path from base to row.

    Aumann–Shapley: ``W_k = ∫₀¹ ∂ logit P / ∂ z_k dt`` along ``z(t) = base + t (margins − base)``, where
    ``∂ logit P / ∂ z_k = h_k / P``. Then ``Σ_k W_k (margins_k − base_k) = logit P(margins) − logit P(base)``, so
    contributions to the hazards, each times its weight, are contributions to the risk that sum exactly.

    Parameters
    ----------
    base
        Log-odds of the hazards at the base values, one per interval.
    margins
        Rows × intervals.

    Returns
    -------
    array of shape (rows, intervals)
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    total = np.zeros_like(margins)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        point = base + node * (margins - base)
        risk = -np.expm1(_log_survival(point)[:, -1])
        total += weight * expit(point) / risk[:, None]
    return total
