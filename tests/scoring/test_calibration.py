"""Claims about the sigmoid from score to probability."""

from __future__ import annotations

import numpy as np
import pytest

from churnpredict.scoring import Sigmoid, fit_sigmoid
from churnpredict.scoring.calibration import LEAST_SLOPE

from .invented import Floats

RANDOM_SEED = 3


def drawn(slope: float, intercept: float, rows: int = 60_000, spread: float = 2.0) -> tuple[Floats, Floats]:
    """Scores, and churn that follows a sigmoid of them."""
    random = np.random.default_rng(RANDOM_SEED)
    score = random.normal(0, spread, rows)
    return score, (random.random(rows) < 1 / (1 + np.exp(-(slope * score + intercept)))).astype(float)


def test_a_known_sigmoid_is_found_again() -> None:
    found = fit_sigmoid(*drawn(slope=0.7, intercept=-2.5))
    assert (found.slope, found.intercept) == pytest.approx((0.7, -2.5), abs=0.05)


def test_the_mean_probability_is_the_share_that_churned() -> None:
    score, churned = drawn(slope=1.3, intercept=-3.0)
    assert fit_sigmoid(score, churned).probability(score).mean() == pytest.approx(churned.mean(), abs=1e-6)


def test_a_score_that_points_the_wrong_way_does_not_turn_the_ranking_round() -> None:
    score, churned = drawn(slope=-1.0, intercept=-2.0)
    said = fit_sigmoid(score, churned).probability(np.array([-3.0, 0.0, 3.0]))
    assert said[0] < said[1] < said[2]
    assert said[2] - said[0] < 0.1


def test_a_score_that_points_the_wrong_way_leaves_the_base_rate_as_it_is() -> None:
    score, churned = drawn(slope=-1.0, intercept=-2.0)
    assert fit_sigmoid(score, churned).probability(score).mean() == pytest.approx(churned.mean(), rel=0.02)


def test_a_useless_score_leaves_the_base_rate_as_it_is() -> None:
    random = np.random.default_rng(RANDOM_SEED)
    score, churned = random.normal(0, 2, 20_000), (random.random(20_000) < 0.05).astype(float)
    assert fit_sigmoid(score, churned).probability(score).mean() == pytest.approx(churned.mean(), rel=0.02)


def test_the_unit_of_a_score_does_not_matter() -> None:
    score, churned = drawn(slope=0.5, intercept=-3.0, rows=10_000)
    coarse = fit_sigmoid(score, churned).probability(score)
    fine = fit_sigmoid(20 * score, churned).probability(20 * score)
    assert fine == pytest.approx(coarse, abs=1e-3)


def test_a_useless_health_score_leaves_the_base_rate_as_it_is() -> None:
    random = np.random.default_rng(RANDOM_SEED)
    score, churned = random.normal(-70, 20, 20_000), (random.random(20_000) < 0.05).astype(float)
    assert fit_sigmoid(score, churned).probability(score).mean() == pytest.approx(churned.mean(), rel=0.02)


def test_rows_without_a_score_or_a_label_are_left_out() -> None:
    score, churned = drawn(slope=0.7, intercept=-1.0, rows=2_000)
    more = (np.append(score, [np.nan, 5.0]), np.append(churned, [1.0, np.nan]))
    assert fit_sigmoid(*more) == fit_sigmoid(score, churned)


def test_the_slope_is_positive_and_the_margin_is_that_of_the_probability() -> None:
    sigmoid = Sigmoid(slope=2.0, intercept=-1.0)
    score = np.array([-400.0, 0.0, 1.0, 400.0])
    assert sigmoid.margin(score).tolist() == [-801.0, -1.0, 1.0, 799.0]
    assert sigmoid.probability(score) == pytest.approx([0, 1 / (1 + np.e), 1 / (1 + np.exp(-1)), 1])
    assert LEAST_SLOPE > 0
