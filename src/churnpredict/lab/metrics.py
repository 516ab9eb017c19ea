"""How good probabilities are, each figure a pure function of what happened and what was said.

``churned`` is 1 for churned and 0 for not; ``risk`` is a probability, higher is riskier.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

Floats = npt.NDArray[np.float64]


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
        Mean −log likelihood (nats) and mean squared error of the probabilities; lower is better.
    lift_at_10
        Churn rate among the riskiest tenth of each cutoff's rows, over the base rate.
    base_rate
        Share of rows that churned.
    n, churners
        Rows, and distinct accounts that churned.
    """

    auc: float | None
    pr_auc: float | None
    log_loss: float
    brier: float
    lift_at_10: float | None
    base_rate: float
    n: int
    churners: int

    def as_dict(self) -> dict[str, float | int | None]:
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
    names, times = np.asarray(accounts), np.asarray(cutoffs)
    both = 0 < churned.sum() < len(churned)
    return Figures(
        auc=float(roc_auc_score(churned, risk)) if both else None,
        pr_auc=float(average_precision_score(churned, risk)) if both else None,
        log_loss=float(log_loss(churned, risk, labels=[0, 1])),
        brier=float(brier_score_loss(churned, risk)),
        lift_at_10=lift(churned, risk, times, share=0.1) if both else None,
        base_rate=float(churned.mean()),
        n=len(churned),
        churners=len(np.unique(names[churned == 1])),
    )


def lift(churned: Floats, risk: Floats, cutoffs: npt.NDArray[np.generic], *, share: float) -> float:
    """Churn rate among the riskiest `share` of the rows of each cutoff, over the churn rate of all rows.

    Within each cutoff, because that is how a list is worked: this week's riskiest, not those of the worst month.

    Examples
    --------
    >>> lift(np.array([1.0, 0, 0, 0]), np.array([0.9, 0.2, 0.1, 0.3]), np.zeros(4), share=0.25)
    4.0
    """
    flagged = np.zeros(len(risk), dtype=bool)
    for cutoff in np.unique(cutoffs):
        rows = np.flatnonzero(cutoffs == cutoff)
        most = max(1, round(share * len(rows)))
        flagged[rows[np.argsort(-risk[rows], kind="stable")[:most]]] = True
    return float(churned[flagged].mean() / churned.mean())


def base_log_loss(base_rate: float) -> float:
    """Log-loss of saying the base rate of everyone, in nats: the bar below which a model has skill.

    Examples
    --------
    >>> round(base_log_loss(0.5), 4)
    0.6931
    """
    return float(log_loss([0, 1], [base_rate, base_rate], sample_weight=[1 - base_rate, base_rate]))
