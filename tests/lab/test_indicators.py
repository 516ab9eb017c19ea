"""Claims about the health score of who has declared none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from churnpredict.columns import FeatureName
from churnpredict.config import Category, DeclaredFeature, HealthScore
from churnpredict.lab import train
from churnpredict.lab.learning.indicators import default_indicators, direction
from churnpredict.scoring import HealthScorer, load_bundle, save_bundle

from .company import TODAY, TOML, company


def feature(name: str, category: Category = "product") -> DeclaredFeature:
    return DeclaredFeature(FeatureName.parse(name), name, category)


@pytest.mark.parametrize(
    ("name", "category", "expected"),
    [
        ("logins__trend__28d", "product", 1),
        ("logins__days_since", "product", -1),
        ("errors__count__28d", "product", -1),
        ("tickets__count__28d", "support", -1),
        ("tickets__days_since", "support", 0),
        ("hours_to_answer__mean__84d", "support", 0),
        ("satisfaction__mean__84d", "support", 1),
        ("days_late__mean__84d", "financial", -1),
        ("payments__days_since", "financial", 0),
        ("seats__change__84d", "financial", 1),
        ("discount__value", "financial", -1),
        ("arr__value", "financial", 0),
        ("meetings_attended__count__84d", "executive", 1),
        ("meetings_missed__count__84d", "executive", -1),
        ("tenure__days_since", "context", 0),
    ],
)
def test_directions_are_those_that_anybody_would_give(name: str, category: Category, expected: int) -> None:
    assert direction(feature(name, category)) == expected


def test_a_flag_or_a_category_is_no_indicator() -> None:
    assert direction(replace(feature("decides__value", "executive"), kind="flag")) == 0


def test_the_usual_is_healthy_and_the_worst_is_not() -> None:
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"logins__sum__28d": random.gamma(2, 20, 5_000), "tickets__count__28d": random.poisson(1, 5_000)}
    )
    declared = [feature("logins__sum__28d"), feature("tickets__count__28d", "support")]
    found = default_indicators(declared, frame)
    assert [indicator.category for indicator in found] == ["product", "support"]
    score = HealthScorer(HealthScore(indicators=found)).score(frame)["health_score"]
    assert 75 < score.median() < 95
    assert 0.05 < (score < 75).mean() < 0.4
    assert score.corr(frame["logins__sum__28d"]) > 0.5
    assert score.corr(frame["tickets__count__28d"]) < -0.2


def test_one_indicator_of_a_signal_and_few_of_a_category() -> None:
    names = [f"signal_{letter}__{made}" for letter in "abcdefg" for made in ("count__84d", "trend__28d", "trend__84d")]
    frame = pd.DataFrame({name: np.arange(100.0) for name in names})
    found = default_indicators([feature(name) for name in names], frame)
    assert [indicator.feature for indicator in found] == [f"signal_{letter}__trend__28d" for letter in "abcd"]


@pytest.mark.parametrize("values", [[1.0] * 100, [np.nan] * 100, [np.nan] * 95 + [1.0, 2, 3, 4, 5]])
def test_what_never_differs_or_is_hardly_known_is_no_indicator(values: list[float]) -> None:
    assert default_indicators([feature("logins__count__28d")], pd.DataFrame({"logins__count__28d": values})) == []


def test_what_is_mostly_nothing_still_tells_some_from_nothing() -> None:
    frame = pd.DataFrame({"tickets__count__28d": [0.0] * 97 + [1.0, 2.0, 3.0]})
    (found,) = default_indicators([feature("tickets__count__28d", "support")], frame)
    assert found.knots[0][0] == 0
    assert found.knots[0][1] > found.knots[-1][1]


def test_a_project_without_a_health_score_gets_one_that_is_kept_and_can_refuse_it(tmp_path: Path) -> None:
    bare = TOML[: TOML.index("[health_score]")]
    dataset = replace(company(), toml=bare).open(tmp_path / "acme")
    training = train(dataset, TODAY)
    assert training.evaluation["health_score"].auc is not None
    assert training.model.rule is not None
    assert {"logins__trend__28d", "tickets__count__28d"} <= set(training.model.rule.scorer.features)
    save_bundle(training.model, tmp_path / "champion", {})
    assert load_bundle(tmp_path / "champion").rule == training.model.rule
    assert replace(company(), toml=f"health_score = false\n{bare}").read(tmp_path / "none").health_score is None
