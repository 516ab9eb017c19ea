"""Contributions → the few that matter, as data: in probability points that add up to risk − typical risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.scoring.feature_space import FeatureSpace

Floats = npt.NDArray[np.float64]

#: Log-odds that are closer than this count as equal: the curve's own slope stands in for the quotient.
SMALLEST_GAP = 1e-9


@dataclass(frozen=True)
class Explanation:
    """Why each row has the risk it has.

    Parameters
    ----------
    space
        The features of the columns.
    contributions
        Rows × features, in log-odds of the risk up to the last horizon; positive raises risk.
    base, log_odds
        Log-odds of the typical account, and of each row: ``base + contributions.sum(axis=1) == log_odds``.
    """

    space: FeatureSpace
    contributions: Floats
    base: float
    log_odds: Floats

    @property
    def base_risk(self) -> float:
        """Risk of the typical account, 0–1."""
        return float(expit(self.base))

    @property
    def risk(self) -> Floats:
        """Risk of each row, 0–1."""
        return np.asarray(expit(self.log_odds), dtype=np.float64)

    def points(self) -> Floats:
        """Contributions in probability (0.06 is six points of risk), summing to ``risk − base_risk`` in each row.

        Every contribution of a row is scaled by the same positive slope, that of the calibrated curve between the
        base and the row, so no sign can turn.
        """
        gap = self.log_odds - self.base
        steepness = expit(self.base) * expit(-self.base)
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = np.where(np.abs(gap) < SMALLEST_GAP, steepness, (self.risk - self.base_risk) / gap)
        return self.contributions * slope[:, None]


def top_drivers(explanation: Explanation, frame: pd.DataFrame, most: int = 10) -> pd.DataFrame:
    """The strongest drivers of each row.

    Parameters
    ----------
    explanation
        Of the rows of `frame`.
    frame
        account_id, cutoff and the features.
    most
        How many per row.

    Returns
    -------
    DataFrame
        One row per account and driver, strongest first: account_id, cutoff, rank (from 1), feature, label, category,
        kind, points (signed probability, 0.06 raises risk by six points), value and typical (float, str or None).
    """
    features = explanation.space.features
    points = explanation.points()
    most = min(most, len(features))
    # Stable, so that ties fall the same way on every run.
    strongest = np.argsort(-np.abs(points), axis=1, kind="stable")[:, :most]
    rows = np.repeat(np.arange(len(frame)), most)
    chosen = strongest.ravel()
    described = {
        key: np.array([getattr(feature, key) for feature in features], dtype=object)[chosen]
        for key in ("label", "category", "kind", "typical")
    }
    return pd.DataFrame(
        {
            ACCOUNT_ID: frame[ACCOUNT_ID].to_numpy()[rows],
            CUTOFF: frame[CUTOFF].to_numpy()[rows],
            "rank": np.tile(np.arange(1, most + 1), len(frame)),
            "feature": np.array(explanation.space.names, dtype=object)[chosen],
            **described,
            "points": points[rows, chosen],
            "value": _values(frame, explanation.space)[rows, chosen],
        }
    )


def _values(frame: pd.DataFrame, space: FeatureSpace) -> npt.NDArray[np.object_]:
    values = frame[space.names].astype(object).to_numpy()
    values[pd.isna(values)] = None
    return values
