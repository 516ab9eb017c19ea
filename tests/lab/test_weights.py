"""Claims about the weights that past churn suggests."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from churnpredict.config import HealthScore
from churnpredict.errors import TrainingError
from churnpredict.lab import WeightProposal, propose_weights
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.lab.learning.weights import _fitted, _hundred, _nominal
from churnpredict.scoring import HealthScorer
from scoring.invented import HEALTH, invented

from .company import TODAY, Trained, company


@pytest.fixture(scope="module")
def proposal(trained: Trained) -> WeightProposal:
    return propose_weights(trained.dataset, TODAY)


def rows_where(weights: list[float]) -> tuple[HealthScorer, TrainingRows]:
    """Accounts that churn by a health score with these weights of the indicators."""
    data = invented(accounts=3_000, cutoffs=1, seed=5)
    scorer = HealthScorer(HEALTH)
    points = np.nan_to_num(scorer.points(data.frame), nan=70.0)
    odds = -4.5 + 8 * (100 - points) / 100 @ (np.array(weights) / 100)
    left = np.random.default_rng(5).random(len(odds)) < 1 / (1 + np.exp(-odds))
    labels = np.column_stack([left.astype(float), np.where(left, np.nan, 0.0)])
    return scorer, TrainingRows(data.frame, labels, np.ones(len(odds), dtype=bool))


@pytest.mark.parametrize("truth", [[60.0, 0.0, 40.0], [20.0, 70.0, 10.0], [0.0, 0.0, 100.0]])
def test_weights_that_made_the_churn_are_found_again(truth: list[float]) -> None:
    assert _fitted(*rows_where(truth)) == pytest.approx(truth, abs=9)


def test_without_a_signal_the_present_weights_stay_near() -> None:
    scorer, rows = rows_where([0.0, 0.0, 0.0])
    found = _fitted(scorer, rows)
    assert found.sum() == pytest.approx(100)
    assert (found >= 0).all()


def test_weights_are_not_negative_and_sum_to_a_hundred(proposal: WeightProposal) -> None:
    for weights in (proposal.weights, proposal.declared, proposal.health_score.weights):
        assert sum(weights.values()) == pytest.approx(100, abs=1e-9)
        assert min(weights.values()) >= 0


def test_the_present_weights_are_those_of_the_score(trained: Trained, proposal: WeightProposal) -> None:
    assert proposal.declared == {"logins__trend__28d": 66.7, "tickets__count__28d": 33.3}
    assert trained.training.model.rule is not None
    assert _nominal(trained.training.model.rule.scorer) == pytest.approx([2 / 3, 1 / 3])


def test_a_company_whose_logins_dwindle_gets_more_weight_on_them(proposal: WeightProposal) -> None:
    assert proposal.weights["logins__trend__28d"] > proposal.declared["logins__trend__28d"]
    assert proposal.log_loss.better > 0
    assert proposal.auc.better > 0


def test_the_gain_is_that_of_the_same_later_rows(trained: Trained, proposal: WeightProposal) -> None:
    assert proposal.test == trained.training.split.test
    rule = trained.training.evaluation["health_score"]
    assert proposal.auc.declared == pytest.approx(rule.auc)
    for gain, sign in ((proposal.log_loss, -1), (proposal.auc, 1)):
        assert gain.better == pytest.approx(sign * (gain.proposed - gain.declared))
        assert gain.interval is not None
        assert gain.interval.low <= gain.better <= gain.interval.high


def test_the_proposal_can_be_pasted(proposal: WeightProposal) -> None:
    read = HealthScore.model_validate(tomllib.loads(proposal.toml())["health_score"])
    assert read == proposal.health_score


@pytest.mark.parametrize("values", [[1, 1, 1], [0.0, 5.0, 0.0], [1, 2, 3, 4, 5, 6, 7]])
def test_rounding_keeps_the_sum(values: list[float]) -> None:
    assert _hundred(np.array(values, dtype=float)).sum() == pytest.approx(100, abs=1e-9)


def test_nothing_is_changed(trained: Trained, proposal: WeightProposal) -> None:
    declared = trained.project.health_score
    assert declared is not None
    assert declared.weights["product"] == 40
    assert proposal.health_score != declared


def test_too_few_churners_suggest_nothing(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="distinct accounts are known to have churned"):
        propose_weights(company(accounts=60).open(tmp_path), TODAY)
