"""Scorer 1: the rule-based health score, 0–100, higher is healthier; the baseline that a model must beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import FeatureName
from churnpredict.config import TENURE, Category, HealthScore, HealthVariant, Indicator

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HealthScorer:
    """Weighted categories of indicators; which weights hold may depend on the account.

    An indicator without data is left out and the rest of its category re-weighted; a category without data is left
    out and the other categories re-weighted: missing is not zero.
    """

    declared: HealthScore

    @property
    def categories(self) -> list[Category]:
        """The categories that have indicators, in the order they were declared."""
        return list(dict.fromkeys(indicator.category for indicator in self.declared.indicators))

    @property
    def features(self) -> list[str]:
        """What the indicators read."""
        return [indicator.feature for indicator in self.declared.indicators]

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
        parts = self._parts(frame)
        total, coverage = _weighted_mean(parts.category_points, parts.category_weights)
        columns = {"health_score": total, "health_coverage": coverage}
        columns |= {f"health_{name}": parts.category_points[:, at] for at, name in enumerate(self.categories)}
        return pd.DataFrame(columns, index=frame.index)

    def points(self, frame: pd.DataFrame) -> Floats:
        """Points of each indicator, rows × indicators, 0–100; NaN without data."""
        return np.column_stack([points(each, frame[each.feature]) for each in self.declared.indicators])

    def taken(self, frame: pd.DataFrame) -> Floats:
        """Points that each indicator took from the hundred: their sum over a row is ``100 − health_score``.

        Returns
        -------
        array of shape (rows, indicators)
            0 or more, 0 for an indicator without data; NaN in the rows without a score.
        """
        parts = self._parts(frame)
        categories = self.categories
        share = np.zeros_like(parts.points)
        for at, category in enumerate(categories):
            members = self._members(category)
            share[:, members] = _shares(parts.points[:, members], parts.weights[:, members])
            share[:, members] *= _shares(parts.category_points, parts.category_weights)[:, [at]]
        lost = np.where(np.isnan(parts.points), 0.0, share * (100.0 - parts.points))
        lost[np.isnan(parts.category_points).all(axis=1)] = np.nan
        return lost

    def _parts(self, frame: pd.DataFrame) -> _Parts:
        stacked = self.points(frame)
        weights, category_weights = self._weights(frame)
        means = [
            _weighted_mean(stacked[:, members], weights[:, members])[0]
            for members in (self._members(category) for category in self.categories)
        ]
        return _Parts(stacked, weights, np.column_stack(means), category_weights)

    def _weights(self, frame: pd.DataFrame) -> tuple[Floats, Floats]:
        """Weights of the indicators and of the categories in each row."""
        plain = HealthVariant.model_construct(where={}, weights={}, indicator_weights={})
        chosen = np.zeros(len(frame), dtype=np.intp)
        for number, variant in reversed(list(enumerate(self.declared.variants, 1))):
            chosen[_fits(variant, frame)] = number
        tables = [self._weights_of(variant) for variant in [plain, *self.declared.variants]]
        return np.array([row for row, _ in tables])[chosen], np.array([row for _, row in tables])[chosen]

    def _weights_of(self, variant: HealthVariant) -> tuple[list[float], list[float]]:
        indicators = [variant.indicator_weights.get(each.feature, each.weight) for each in self.declared.indicators]
        by_category = {**self.declared.weights, **variant.weights}
        return indicators, [by_category[category] for category in self.categories]

    def _members(self, category: str) -> list[int]:
        return [at for at, each in enumerate(self.declared.indicators) if each.category == category]


@dataclass(frozen=True)
class _Parts:
    """What a score is made of: points (NaN without data) and weights, rows × indicators and rows × categories."""

    points: Floats
    weights: Floats
    category_points: Floats
    category_weights: Floats


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


def _fits(variant: HealthVariant, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Rows that a variant speaks of; what is not known of an account fits nothing."""
    fitting = np.ones(len(frame), dtype=bool)
    for name, levels in variant.where.items():
        fitting &= frame[str(FeatureName(name, "value"))].isin(levels).to_numpy()
    if variant.tenure_below_days is not None:
        fitting &= frame[str(TENURE)].to_numpy(dtype=np.float64) < variant.tenure_below_days
    return fitting


def _weighted_mean(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Mean over columns by the weights of those that have a value, and the share of the weight they carry."""
    present = ~np.isnan(values) * weights
    carried = present.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(values * present, axis=1) / carried
    return np.where(carried > 0, mean, np.nan), carried / weights.sum(axis=1)


def _shares(values: Floats, weights: Floats) -> Floats:
    """The weights of the columns that have a value, made to sum to 1 in each row; 0 where none has."""
    present = ~np.isnan(values) * weights
    carried = present.sum(axis=1, keepdims=True)
    shares: Floats = np.divide(present, carried, out=np.zeros_like(values), where=carried > 0)
    return shares
