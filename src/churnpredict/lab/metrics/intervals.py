"""Intervals around figures. What is drawn again is accounts, never rows: rows of one account share its churn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

Floats = npt.NDArray[np.float64]
REPLICATES = 300


class Interval(NamedTuple):
    """A 95 % interval."""

    low: float
    high: float


def wilson(events: int, trials: int) -> Interval:
    """Interval of a share of independent trials (Wilson 1927), here one trial per account.

    Parameters
    ----------
    events, trials
        ``0 <= events <= trials``, with at least one trial.

    Examples
    --------
    >>> low, high = wilson(5, 10)
    >>> round(low, 3), round(high, 3)
    (0.237, 0.763)
    """
    found = binomtest(events, trials).proportion_ci(method="wilson")
    return Interval(float(found.low), float(found.high))


@dataclass(frozen=True)
class AccountBootstrap:
    """How often each row counts when accounts are drawn again with replacement.

    Efron (1979); whole clusters, as Field & Welsh (2007).

    Two figures of the same bootstrap are paired: their difference has the interval of the difference.

    Parameters
    ----------
    codes
        Number of each row's account, from 0.
    counts
        Replicates × accounts: how often each account was drawn.
    """

    codes: npt.NDArray[np.intp]
    counts: npt.NDArray[np.float32]

    @classmethod
    def of(cls, accounts: npt.ArrayLike, *, replicates: int = REPLICATES, seed: int = 0) -> Self:
        """Draw accounts again.

        Parameters
        ----------
        accounts
            The account of each row.
        replicates
            How often.
        seed
            The same seed draws the same accounts.
        """
        names, codes = np.unique(np.asarray(accounts), return_inverse=True)
        random = np.random.default_rng(seed)
        draws = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=replicates)
        return cls(codes.ravel(), draws.astype(np.float32))

    def row_weights(self) -> npt.NDArray[np.float32]:
        """Replicates × rows: how often each row counts."""
        return self.counts[:, self.codes]

    def sums(self, values: Floats) -> Floats:
        """Sum of a value over the rows of each replicate."""
        each = np.bincount(self.codes, weights=values, minlength=self.counts.shape[1])
        return np.asarray(self.counts @ each, dtype=np.float64)

    def ratios(self, numerator: Floats, denominator: Floats | None = None) -> Floats:
        """Ratio of two sums in each replicate, NaN where there is nothing to divide by; without a second, the mean."""
        below = self.sums(np.ones(len(self.codes)) if denominator is None else denominator)
        return quotients(self.sums(numerator), below)


def quotients(above: Floats, below: Floats) -> Floats:
    """Quotient of each replicate, NaN where there is nothing to divide by."""
    found: Floats = np.divide(above, below, out=np.full(below.shape, np.nan), where=below != 0)
    return found


def interval_of(replicates: Floats) -> Interval | None:
    """The middle 95 % of a figure's replicates; None where most replicates have no figure."""
    known = replicates[~np.isnan(replicates)]
    if 2 * len(known) < len(replicates) or not len(known):
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(float(low), float(high))
