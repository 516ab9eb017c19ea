"""Contributions → the few that matter, as data: in probability points that add up to risk − typical risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from churnpredict.columns import ACCOUNT_ID, CUTOFF, points_column
from churnpredict.config import Category
from churnpredict.scoring.feature_space import FeatureSpace

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

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


def points_by_category(explanation: Explanation) -> dict[str, Floats]:
    """Points of all features of a category together, by column name: in each row they add up to ``risk − base_risk``.

    Returns
    -------
    dict
        ``points_<category>`` for each category, signed probability; NaN for one without features.
    """
    points = explanation.points()
    categories = np.array([feature.category for feature in explanation.space.features], dtype=object)
    nothing = np.full(len(points), np.nan)
    return {
        points_column(category): points[:, categories == category].sum(axis=1) if category in categories else nothing
        for category in get_args(Category)
    }


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
    positions, points = strongest(explanation, most)
    values = np.take_along_axis(values_of(frame, explanation.space), positions, axis=1)
    return described(explanation.space, frame, positions, points, values)


def strongest(explanation: Explanation, most: int = 10) -> tuple[Positions, Floats]:
    """Positions of the strongest features of each row, strongest first, and their points; both rows × `most`."""
    points = explanation.points()
    # Stable, so that ties fall the same way on every run.
    positions = np.argsort(-np.abs(points), axis=1, kind="stable")[:, :most]
    return positions, np.take_along_axis(points, positions, axis=1)


def described(
    space: FeatureSpace, keys: pd.DataFrame, positions: Positions, points: Floats, values: npt.NDArray[np.object_]
) -> pd.DataFrame:
    """Drivers in words, one row each, see `top_drivers`.

    Parameters
    ----------
    space
        The features that `positions` point to.
    keys
        account_id and cutoff of each row.
    positions, points, values
        Rows × drivers: which feature, what it adds to the risk, and what it is for this account.
    """
    most = positions.shape[1]
    rows, chosen = np.repeat(np.arange(len(keys)), most), positions.ravel()
    told = {
        key: np.array([getattr(feature, key) for feature in space.features], dtype=object)[chosen]
        for key in ("label", "category", "kind", "typical")
    }
    return pd.DataFrame(
        {
            ACCOUNT_ID: keys[ACCOUNT_ID].to_numpy()[rows],
            CUTOFF: keys[CUTOFF].to_numpy()[rows],
            "rank": np.tile(np.arange(1, most + 1), len(keys)),
            "feature": np.array(space.names, dtype=object)[chosen],
            **told,
            "points": points.ravel(),
            "value": values.ravel(),
        }
    )


def values_of(frame: pd.DataFrame, space: FeatureSpace) -> npt.NDArray[np.object_]:
    """Values of the features, rows × features: float, str, or None where nothing is known."""
    values = frame[space.names].astype(object).to_numpy()
    values[pd.isna(values)] = None
    return values
