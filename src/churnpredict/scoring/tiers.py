"""Risk → one 0–100 scale for both scorers → green, yellow, red. 75 and 60 mean the same on both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from churnpredict.config import Tier, Tiers

Floats = npt.NDArray[np.float64]

ORDER: tuple[Tier, ...] = ("green", "yellow", "red", "critical")
#: A policy never flags less than this; a threshold on fewer accounts would be noise.
LEAST_SHARE = 0.005


@dataclass(frozen=True)
class TierScale:
    """A strictly falling map from risk to score, through the thresholds at the tier borders.

    Parameters
    ----------
    risk_yellow, risk_red
        Risk at which yellow and red begin, ``0 < risk_yellow < risk_red < 1``.
    yellow, red
        Scores of the borders; a score below `yellow` is yellow, one below `red` is red.

    Examples
    --------
    >>> TierScale(risk_yellow=0.05, risk_red=0.2).score(np.array([0.0, 0.05, 0.2, 1.0])).tolist()
    [100.0, 75.0, 60.0, 0.0]
    """

    risk_yellow: float
    risk_red: float
    yellow: float = 75.0
    red: float = 60.0

    def score(self, risk: Floats) -> Floats:
        """Score, 0–100, higher is healthier; linear in risk between the borders and the ends."""
        anchors = [0.0, self.risk_yellow, self.risk_red, 1.0]
        return np.interp(risk, anchors, [100.0, self.yellow, self.red, 0.0])


def tier_of(score: Floats, scale: TierScale | Tiers) -> npt.NDArray[np.object_]:
    """Tier of each score: green from `yellow` on, red below `red`; None where the score is NaN."""
    tiers = np.where(score < scale.red, "red", np.where(score < scale.yellow, "yellow", "green")).astype(object)
    tiers[np.isnan(score)] = None
    return tiers


def choose_scale(risk: Floats, health_score: Floats | None, declared: Tiers) -> TierScale:
    """Place the borders on the risk of the training rows.

    Parameters
    ----------
    risk
        Calibrated out-of-fold risk of the training rows.
    health_score
        Their health score, or None where there is none.
    declared
        ``policy = "volume"`` flags the same shares of accounts as the health score does; ``"capacity"``, and volume
        where there is no health score, flags the declared shares.
    """
    flagged, red = declared.flagged_share, declared.red_share
    if declared.policy == "volume" and health_score is not None and not np.isnan(health_score).all():
        scored = health_score[~np.isnan(health_score)]
        flagged, red = float((scored < declared.yellow).mean()), float((scored < declared.red).mean())
    red = min(max(red, LEAST_SHARE), 0.5)
    flagged = min(max(flagged, red), 0.9)
    risk_yellow, risk_red = np.quantile(risk, [1 - flagged, 1 - red])
    # Ties in a weak model can make the two meet; the scale needs them apart.
    risk_yellow = float(np.clip(risk_yellow, 1e-6, 0.98))
    risk_red = float(np.clip(risk_red, risk_yellow * 1.01, 0.99))
    return TierScale(risk_yellow, risk_red, declared.yellow, declared.red)
