"""A health score for who has declared none: sensible directions, and curves through what is usual.

The directions come from what a signal is called, its category and its aggregation, never from who churned: it is a
baseline of rules. Only where "usual" lies is taken from the training rows, and kept in the bundle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from churnpredict.config import HEALTH_CATEGORIES, DeclaredFeature, Indicator

#: Indicators of a category, at most; more would only dilute each other.
MOST_OF_A_CATEGORY = 4
#: Share of the rows that must have a value: a rule about few accounts is no rule.
LEAST_COVERAGE = 0.1
#: Of a signal, the aggregation that says most about health is taken, the first of these.
PREFERRED = ("trend", "active_days", "distinct", "mean", "count", "sum", "days_since", "change", "value")
#: Words in the name of a signal of which more is worse, and better, whatever its category.
WORSE = frozenset(
    "bounced bugs cancelled competitor competitors complaint complaints critical delay delayed detractor detractors "
    "discount discounts dispute disputes downgrade downgrades error errors escalation escalations failed failures "
    "friction incidents late missed outage outages overdue parity refund refunds severe unanswered unpaid".split()
)
BETTER = frozenset("attended csat expansion nps onboarded paid promoter promoters satisfaction sentiment tone".split())
#: Points at quantiles of the values, the worst first: what is usual is healthy, the worst twentieth is not.
CURVE = ((0.05, 20.0), (0.25, 75.0), (0.5, 90.0), (0.75, 100.0))
#: Where half of the values are equal, the far end takes this much.
FAR_END = 0.995


def default_indicators(features: Sequence[DeclaredFeature], frame: pd.DataFrame) -> list[Indicator]:
    """Indicators for the declared features.

    Parameters
    ----------
    features
        What is declared; features of the category ``context`` are nobody's merit and left out.
    frame
        The training rows, with the features.

    Returns
    -------
    list of Indicator
        At most `MOST_OF_A_CATEGORY` of each category, one of a signal, all of the same weight; empty if no direction
        is plain. Each is monotone, and the typical account has about 90 points of each.
    """
    found = []
    for category in HEALTH_CATEGORIES:
        chosen = [feature for feature in _one_of_a_signal(features) if feature.category == category]
        made = (_indicator(feature, frame[str(feature.name)]) for feature in chosen)
        found += [indicator for indicator in made if indicator is not None][:MOST_OF_A_CATEGORY]
    return found


def direction(feature: DeclaredFeature) -> int:
    """1 where more is healthier, −1 where less is, 0 where that is not plain.

    Examples
    --------
    >>> from churnpredict.columns import FeatureName
    >>> direction(DeclaredFeature(FeatureName("logins", "trend", 28), "Logins", "product"))
    1
    >>> direction(DeclaredFeature(FeatureName("days_late", "mean", 84), "Days late", "financial"))
    -1
    """
    if feature.kind != "number" or feature.category == "context":
        return 0
    words = set(feature.name.signal.split("_"))
    told = int(bool(words & BETTER)) - int(bool(words & WORSE))
    sense = told or {"product": 1, "executive": 1, "support": -1}.get(feature.category, 0)
    healthier = {
        **dict.fromkeys(("count", "sum", "active_days", "distinct", "trend"), sense),
        # The mean of what support measures may be hours or smiles.
        "mean": told if feature.category == "support" else sense,
        # Long ago is bad of what is good; of what is bad it says little.
        "days_since": -1 if sense > 0 else 0,
        "change": sense or 1,
        "value": told,
    }
    return healthier.get(feature.name.aggregation, 0)


def _one_of_a_signal(features: Sequence[DeclaredFeature]) -> Iterator[DeclaredFeature]:
    """Of each signal, the preferred aggregation whose direction is plain, over its shortest window."""
    by_signal: dict[str, list[DeclaredFeature]] = {}
    for feature in features:
        if direction(feature):
            by_signal.setdefault(feature.name.signal, []).append(feature)
    for candidates in by_signal.values():
        yield min(candidates, key=lambda each: (PREFERRED.index(each.name.aggregation), each.name.days or 0))


def _indicator(feature: DeclaredFeature, values: pd.Series) -> Indicator | None:
    """Its curve; None if too few rows have a value, or all have the same."""
    known = values.dropna().to_numpy(dtype=np.float64)
    if len(known) < LEAST_COVERAGE * len(values) or not len(known):
        return None
    upward = direction(feature) > 0
    quantiles = [(share if upward else 1 - share, points) for share, points in CURVE]
    knots = _merged([(float(np.quantile(known, share)), points) for share, points in quantiles])
    if len(knots) == 1:
        worst = float(np.quantile(known, 1 - FAR_END if upward else FAR_END))
        knots = _merged([*knots.items(), (worst, CURVE[0][1])])
    if len(knots) == 1 or feature.category == "context":
        return None
    return Indicator(feature=str(feature.name), category=feature.category, knots=sorted(knots.items()))


def _merged(knots: list[tuple[float, float]]) -> dict[float, float]:
    """Points by value, rounded to what can be read; of equal values the mean of their points."""
    by_value: dict[float, list[float]] = {}
    for value, points in knots:
        by_value.setdefault(float(f"{value:.4g}"), []).append(points)
    return {value: float(np.mean(points)) for value, points in by_value.items()}
