"""Who is ranked above whom: AUC, average precision, and what the top of a list holds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from churnpredict.lab.metrics.intervals import AccountBootstrap, quotients

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def auc(churned: Floats, risk: Floats, bootstrap: AccountBootstrap) -> Floats:
    """Probability that a churned row is ranked above another, ties counting half (Hanley & McNeil 1982).

    Parameters
    ----------
    churned, risk
        What happened (1 or 0) and what was said, row by row.
    bootstrap
        Which rows count how often.

    Returns
    -------
    array of shape (replicates,)
        0–1; NaN where a replicate has one class only.
    """
    order, ends = _tied(risk)
    weights = bootstrap.row_weights()[:, order]
    positive = np.add.reduceat(weights * churned[order], ends, axis=1, dtype=np.float64)
    negative = np.add.reduceat(weights * (1 - churned[order]), ends, axis=1, dtype=np.float64)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    won = (positive * below).sum(axis=1)
    return quotients(won, pairs)


def average_precision(churned: Floats, risk: Floats, bootstrap: AccountBootstrap) -> Floats:
    """Precision averaged over the steps of recall, as in scikit-learn's `average_precision_score`.

    Parameters and result as for `auc`; NaN where nobody of a replicate churned.
    """
    order, starts = _tied(risk)
    weights = bootstrap.row_weights()[:, order]
    positive = np.add.reduceat(weights * churned[order], starts, axis=1, dtype=np.float64)[:, ::-1]
    everyone = np.add.reduceat(weights, starts, axis=1, dtype=np.float64)[:, ::-1]
    named, seen = np.cumsum(positive, axis=1), np.cumsum(everyone, axis=1)
    precision = np.nan_to_num(quotients(named, seen))
    total = positive.sum(axis=1)
    return quotients((positive * precision).sum(axis=1), total)


def _tied(risk: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows in rising order of risk, and where each group of equal risks starts."""
    order = np.argsort(risk, kind="stable")
    rising = risk[order]
    starts = np.flatnonzero(np.concatenate([[True], rising[1:] != rising[:-1]]))
    return order, starts


def riskiest(key: Floats, cutoffs: npt.ArrayLike, *, share: float) -> Flags:
    """The `share` of each cutoff's rows with the highest key, at least one, the first of equals.

    Within each cutoff, because that is how a list is worked: this week's riskiest, not those of the worst month.

    Parameters
    ----------
    key
        What the list is sorted by, higher first: a risk, a risk times ARR, a health score turned round.
    cutoffs
        The cutoff of each row.
    share
        The capacity, ``0 < share <= 1``.

    Examples
    --------
    >>> riskiest(np.array([0.9, 0.2, 0.1, 0.3]), np.zeros(4), share=0.25).tolist()
    [True, False, False, False]
    """
    _, codes, sizes = np.unique(np.asarray(cutoffs), return_inverse=True, return_counts=True)
    order = np.lexsort((-key, codes))
    begins = np.cumsum(sizes) - sizes
    place = np.arange(len(key)) - np.repeat(begins, sizes)
    most = np.maximum(1, np.rint(share * sizes)).astype(np.int64)
    flagged = np.zeros(len(key), dtype=bool)
    flagged[order] = place < np.repeat(most, sizes)
    return flagged


def capture(amount: Floats, flagged: Flags) -> float:
    """Share of an amount that the flagged rows hold: of churned rows (1 or 0), or of churned ARR; NaN without any.

    Examples
    --------
    >>> capture(np.array([1.0, 0, 1, 0]), np.array([True, True, False, False]))
    0.5
    """
    total = float(amount.sum())
    return float(amount[flagged].sum()) / total if total else float("nan")


def lift(churned: Floats, risk: Floats, cutoffs: npt.ArrayLike, *, share: float) -> float:
    """Churn rate among the riskiest `share` of the rows of each cutoff, over the churn rate of all rows.

    Examples
    --------
    >>> lift(np.array([1.0, 0, 0, 0]), np.array([0.9, 0.2, 0.1, 0.3]), np.zeros(4), share=0.25)
    4.0
    """
    flagged = riskiest(risk, cutoffs, share=share)
    return float(churned[flagged].mean() / churned.mean())
