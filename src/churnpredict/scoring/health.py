"""Scorer 1: the rule-based health score, 0–100, higher is healthier; the baseline that a model must beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.config import HealthScore, Indicator

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HealthScorer:
    """Weighted categories of indicators.

    An indicator without data is left out and the rest of its category re-weighted; a category without data is left
    out and the other categories re-weighted: missing is not zero.
    """

    declared: HealthScore

    def score(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Score accounts.

        Parameters
        ----------
        frame
            Features, one row per account and cutoff.

        Returns
        -------
        DataFrame
            Same rows: health_score (0–100, NaN without any data), health_coverage (share of the category weight that
            had data, 0–1), and ``health_<category>`` (0–100 or NaN) for each category with indicators.
        """
        categories = list(dict.fromkeys(indicator.category for indicator in self.declared.indicators))
        parts = {category: self._category(frame, category) for category in categories}
        stacked = np.column_stack(list(parts.values()))
        weights = np.array([self.declared.weights[category] for category in categories])
        total, coverage = _weighted_mean(stacked, weights)
        columns = {"health_score": total, "health_coverage": coverage}
        columns |= {f"health_{category}": values for category, values in parts.items()}
        return pd.DataFrame(columns, index=frame.index)

    def _category(self, frame: pd.DataFrame, category: str) -> Floats:
        indicators = [indicator for indicator in self.declared.indicators if indicator.category == category]
        stacked = np.column_stack([points(indicator, frame[indicator.feature]) for indicator in indicators])
        return _weighted_mean(stacked, np.array([indicator.weight for indicator in indicators]))[0]


def points(indicator: Indicator, values: pd.Series) -> Floats:
    """Points of an indicator: linear between its knots, flat beyond them, NaN where the value is missing.

    Examples
    --------
    >>> halfway = Indicator(feature="logins__count__28d", category="product", knots=[(0, 0), (10, 100)])
    >>> points(halfway, pd.Series([5.0, 20.0])).tolist()
    [50.0, 100.0]
    """
    x, y = zip(*indicator.knots, strict=True)
    given = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(given), np.nan, np.interp(given, x, y))


def _weighted_mean(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Mean over columns by the weights of those that have a value, and the share of the weight they carry."""
    present = ~np.isnan(values) * weights
    carried = present.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(values * present, axis=1) / carried
    return np.where(carried > 0, mean, np.nan), carried / weights.sum()
