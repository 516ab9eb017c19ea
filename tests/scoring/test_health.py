"""Claims about the rule-based health score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnpredict.config import HealthScore, Indicator
from churnpredict.scoring import HealthScorer
from churnpredict.scoring.health import points

from .invented import quickly

KNOTS = [(0, 0), (100, 100)]
#: An indicator for each category, and a second one for the product that counts three times.
INDICATORS = [
    {"feature": "a", "category": "product", "knots": KNOTS},
    {"feature": "b", "category": "product", "knots": KNOTS, "weight": 3},
    {"feature": "c", "category": "support", "knots": KNOTS},
    {"feature": "d", "category": "financial", "knots": KNOTS},
    {"feature": "e", "category": "executive", "knots": KNOTS},
]
ALL = {"a": 10.0, "b": 50.0, "c": 20.0, "d": 30.0, "e": 90.0}


def scored(**values: Any) -> pd.Series:
    """One account with these points, missing where not given."""
    row = dict.fromkeys("abcde", np.nan) | values
    return HealthScorer(HealthScore.model_validate({"indicators": INDICATORS})).score(pd.DataFrame([row])).iloc[0]


def test_the_categories_weigh_40_20_20_20() -> None:
    said = scored(**ALL)
    product = (10 + 3 * 50) / 4
    assert said["health_product"] == product
    assert said["health_score"] == pytest.approx(0.4 * product + 0.2 * 20 + 0.2 * 30 + 0.2 * 90)
    assert said["health_coverage"] == 1


def test_a_missing_indicator_is_left_out_of_its_category() -> None:
    assert scored(**ALL | {"b": np.nan})["health_product"] == 10
    assert scored(**ALL | {"b": np.nan})["health_coverage"] == 1


def test_a_missing_category_is_left_out_of_the_score() -> None:
    said = scored(**ALL | {"a": np.nan, "b": np.nan})
    assert np.isnan(said["health_product"])
    assert said["health_score"] == pytest.approx((20 + 30 + 90) / 3)
    assert said["health_coverage"] == pytest.approx(0.6)


def test_an_account_without_any_data_has_no_score() -> None:
    said = scored()
    assert np.isnan(said["health_score"])
    assert said["health_coverage"] == 0


def test_a_zero_is_data() -> None:
    assert scored(a=0.0)["health_score"] == 0


def test_declared_weights_are_used() -> None:
    declared = {"indicators": INDICATORS, "weights": {"product": 1, "support": 1, "financial": 1, "executive": 7}}
    said = HealthScorer(HealthScore.model_validate(declared)).score(pd.DataFrame([ALL])).iloc[0]
    assert said["health_score"] == pytest.approx((40 + 20 + 30 + 7 * 90) / 10)


def test_the_curve_is_flat_beyond_its_knots_and_linear_between() -> None:
    late = Indicator(feature="days_late", category="financial", knots=[(0, 100), (10, 70), (40, 10)])
    given = pd.Series([-50.0, 0.0, 5.0, 25.0, 40.0, 1e9, np.nan])
    assert points(late, given).tolist()[:-1] == [100, 100, 85, 40, 10, 10]
    assert np.isnan(points(late, given)[-1])


@quickly
@given(st.dictionaries(st.sampled_from("abcde"), st.floats(-1e6, 1e6), min_size=1))
def test_a_score_lies_between_its_worst_and_its_best_indicator(values: dict[str, float]) -> None:
    clipped = np.clip(list(values.values()), 0, 100)
    assert clipped.min() - 1e-9 <= scored(**values)["health_score"] <= clipped.max() + 1e-9


def test_rows_are_scored_one_by_one_and_keep_their_index() -> None:
    scorer = HealthScorer(HealthScore.model_validate({"indicators": INDICATORS}))
    frame = pd.DataFrame([ALL, dict.fromkeys("abcde"), ALL | {"c": np.nan}], index=[5, 9, 2]).astype("float32")
    said = scorer.score(frame)
    assert said.index.tolist() == [5, 9, 2]
    for index in frame.index:
        alone = scorer.score(frame.loc[[index]])
        pd.testing.assert_frame_equal(alone, said.loc[[index]])


# What each indicator took ----------------------------------------------------------------------------------------


@quickly
@given(st.dictionaries(st.sampled_from("abcde"), st.floats(-50, 150), min_size=1))
def test_the_points_taken_add_up_to_what_is_missing_from_the_hundred(values: dict[str, float]) -> None:
    scorer = HealthScorer(HealthScore.model_validate({"indicators": INDICATORS}))
    frame = pd.DataFrame([dict.fromkeys("abcde", np.nan) | values])
    taken = scorer.taken(frame)[0]
    assert taken.sum() == pytest.approx(100 - scorer.score(frame)["health_score"].iloc[0], abs=1e-9)
    assert (taken >= 0).all()
    assert all(points == 0 for feature, points in zip("abcde", taken, strict=True) if feature not in values)


def test_an_indicator_takes_its_share_of_its_categorys_weight() -> None:
    taken = HealthScorer(HealthScore.model_validate({"indicators": INDICATORS})).taken(pd.DataFrame([ALL]))[0]
    assert taken == pytest.approx([0.4 / 4 * 90, 0.4 * 3 / 4 * 50, 0.2 * 80, 0.2 * 70, 0.2 * 10])


def test_without_a_score_nothing_is_known_to_have_been_taken() -> None:
    scorer = HealthScorer(HealthScore.model_validate({"indicators": INDICATORS}))
    assert np.isnan(scorer.taken(pd.DataFrame([dict.fromkeys("abcde", np.nan)]))).all()


# Who is weighed how ----------------------------------------------------------------------------------------------

VARIANTS = [
    {"where": {"segment": ["small"]}, "weights": {"support": 80}, "indicator_weights": {"b": 0}},
    {"tenure_below_days": 180, "weights": {"executive": 100}},
]


def weighed(**about: Any) -> float:
    declared = HealthScore.model_validate({"indicators": INDICATORS, "variants": VARIANTS})
    row = ALL | {"segment__value": None, "tenure__days_since": np.nan} | about
    return float(HealthScorer(declared).score(pd.DataFrame([row]))["health_score"].iloc[0])


def test_a_segment_may_have_weights_of_its_own() -> None:
    assert weighed(segment__value="small") == pytest.approx((40 * 10 + 80 * 20 + 20 * 30 + 20 * 90) / 160)
    assert weighed(segment__value="large") == pytest.approx(scored(**ALL)["health_score"])


def test_a_young_account_may_have_weights_of_its_own() -> None:
    young = (40 * 40 + 20 * 20 + 20 * 30 + 100 * 90) / 180
    assert weighed(tenure__days_since=179.0) == pytest.approx(young)
    assert weighed(tenure__days_since=180.0) == pytest.approx(scored(**ALL)["health_score"])


def test_the_first_variant_that_fits_counts() -> None:
    assert weighed(segment__value="small", tenure__days_since=10.0) == weighed(segment__value="small")


def test_who_is_not_known_gets_the_usual_weights() -> None:
    assert weighed() == pytest.approx(scored(**ALL)["health_score"])


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ({"weights": {"support": 1}}, "give where or tenure_below_days"),
        ({"tenure_below_days": 5}, "changes nothing"),
        ({"tenure_below_days": 5, "indicator_weights": {"z": 1}}, "weighs z, which is no indicator"),
    ],
)
def test_a_variant_that_says_nothing_is_refused(variant: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        HealthScore.model_validate({"indicators": INDICATORS, "variants": [variant]})


def test_one_feature_is_one_indicator() -> None:
    with pytest.raises(ValueError, match="a is an indicator twice"):
        HealthScore.model_validate({"indicators": [INDICATORS[0], INDICATORS[0]]})
