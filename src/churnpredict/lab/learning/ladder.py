"""The ladder: how much model a number of distinct churners can carry."""

from __future__ import annotations

from dataclasses import dataclass

from churnpredict.scoring.hazards import LADDER

#: Below this many distinct churners a model is worse than none; the health score stays.
FEWEST_CHURNERS = 50
#: Churners that each interval ahead needs: one for each fold of the calibration.
FEWEST_OF_AN_INTERVAL = 5


@dataclass(frozen=True)
class Rung:
    """A rung of the ladder.

    Parameters
    ----------
    name
        health score only, strongly regularised, or full.
    churners
        Distinct churners there are.
    next_at
        Distinct churners at which the next rung begins; None on the last.
    """

    name: str
    churners: int
    next_at: int | None

    def __str__(self) -> str:
        beyond = "" if self.next_at is None else f"; the next rung begins at {self.next_at:,}"
        return f"{self.name} ({self.churners:,} distinct churners{beyond})"


def rung(churners: int) -> Rung:
    """The rung for a number of distinct churners.

    Parameters
    ----------
    churners
        Distinct accounts whose churn is known.

    Examples
    --------
    >>> print(rung(120))
    strongly regularised (120 distinct churners; the next rung begins at 500)
    """
    smallest = LADDER[-1][1]
    full_from = min((fewest for fewest, leaves in LADDER if leaves > smallest), default=FEWEST_CHURNERS)
    if churners < FEWEST_CHURNERS:
        return Rung("health score only", churners, FEWEST_CHURNERS)
    if churners < full_from:
        return Rung("strongly regularised", churners, full_from)
    return Rung("full", churners, None)
