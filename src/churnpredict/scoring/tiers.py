"""Risk → one 0–100 scale for both scorers → green, yellow, red. 75 and 60 mean the same on both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from churnpredict.config import Tier

Floats = npt.NDArray[np.float64]

ORDER: tuple[Tier, ...] = ("green", "yellow", "red", "critical")


@dataclass(frozen=True)
class Borders:
    """Scores below which a tier holds: below `yellow` is yellow, below `red` is red.

    Parameters
    ----------
    yellow, red
        ``red < yellow``; minus infinity for a tier that nobody gets.
    """

    yellow: float = 75.0
    red: float = 60.0

    def exits(self, exit_ratio: float) -> Borders:
        """Where an account leaves a tier of the health score again: at `exit_ratio` of the points that lead into it.

        Examples
        --------
        >>> Borders().exits(0.8)
        Borders(yellow=80.0, red=68.0)
        """
        return Borders(100 - exit_ratio * (100 - self.yellow), 100 - exit_ratio * (100 - self.red))


@dataclass(frozen=True)
class TierScale:
    """A strictly falling map from risk to score, through the thresholds at the tier borders.

    Parameters
    ----------
    risk_yellow, risk_red
        Risk at which yellow and red begin, ``0 < risk_yellow < risk_red < 1``.
    yellow, red
        Scores of the borders; a score below `yellow` is yellow, one below `red` is red.
    names_red
        Whether an account may be called red: not if those that would be are hardly worse than the average.

    Examples
    --------
    >>> TierScale(risk_yellow=0.05, risk_red=0.2).score(np.array([0.0, 0.05, 0.2, 1.0])).tolist()
    [100.0, 75.0, 60.0, 0.0]
    """

    risk_yellow: float
    risk_red: float
    yellow: float = 75.0
    red: float = 60.0
    names_red: bool = True

    @property
    def borders(self) -> Borders:
        """Where the tiers of this scale begin."""
        return Borders(self.yellow, self.red if self.names_red else -math.inf)

    def score(self, risk: Floats) -> Floats:
        """Score, 0–100, higher is healthier; linear in risk between the borders and the ends."""
        anchors = [0.0, self.risk_yellow, self.risk_red, 1.0]
        return np.interp(risk, anchors, [100.0, self.yellow, self.red, 0.0])

    def exits(self, exit_ratio: float) -> Borders:
        """Where an account leaves a tier again: at the scores of `exit_ratio` times the risks that lead into it."""
        yellow, red = self.score(exit_ratio * np.array([self.risk_yellow, self.risk_red]))
        return Borders(float(yellow), float(red) if self.names_red else -math.inf)


def tier_of(score: Floats, borders: Borders) -> npt.NDArray[np.object_]:
    """Tier of each score: green from `yellow` on, red below `red`; None where the score is NaN."""
    tiers = np.where(score < borders.red, "red", np.where(score < borders.yellow, "yellow", "green")).astype(object)
    tiers[np.isnan(score)] = None
    return tiers
