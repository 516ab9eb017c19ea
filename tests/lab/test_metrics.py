"""Claims about figures, against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnpredict.lab import figures
from churnpredict.lab.metrics import base_log_loss, lift

#: Five accounts, two of which churned.
CHURNED = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
RISK = np.array([0.9, 0.6, 0.4, 0.2, 0.1])
KEYS = {"accounts": ["a", "b", "c", "d", "e"], "cutoffs": [1, 1, 1, 1, 1]}


def test_figures_are_those_worked_out_by_hand() -> None:
    said = figures(CHURNED, RISK, **KEYS)
    # Of six pairs of a churner and another, only (c, b) is the wrong way round.
    assert said.auc == pytest.approx(5 / 6)
    # The churners come first and third: precision 1/1 and 2/3, each for half of the recall.
    assert said.pr_auc == pytest.approx((1 + 2 / 3) / 2)
    assert said.log_loss == pytest.approx(-sum(map(math.log, [0.9, 0.4, 0.4, 0.8, 0.9])) / 5)
    assert said.brier == pytest.approx((0.01 + 0.36 + 0.36 + 0.04 + 0.01) / 5)
    assert said.lift_at_10 == pytest.approx(1 / 0.4)
    assert (said.base_rate, said.n, said.churners) == (0.4, 5, 2)


def test_an_account_that_churned_in_several_rows_is_one_churner() -> None:
    said = figures(CHURNED, RISK, accounts=["a", "b", "a", "d", "e"], cutoffs=[1, 1, 2, 2, 2])
    assert said.churners == 1


@pytest.mark.parametrize("all_of_them", [0.0, 1.0])
def test_with_one_class_a_ranking_has_no_figure(all_of_them: float) -> None:
    said = figures(np.full(5, all_of_them), RISK, **KEYS)
    assert (said.auc, said.pr_auc, said.lift_at_10) == (None, None, None)
    assert said.log_loss > 0
    assert said.base_rate == all_of_them


def test_certainty_that_was_wrong_is_a_large_finite_loss() -> None:
    said = figures(CHURNED, np.array([0.0, 1.0, 1.0, 0.0, 0.0]), **KEYS)
    assert 5 < said.log_loss < 50


def test_figures_by_name_are_plain_numbers() -> None:
    said = figures(CHURNED, RISK, **KEYS).as_dict()
    assert list(said) == (
        "auc pr_auc log_loss brier lift_at_10 ece slope intercept base_rate n churners intervals".split()
    )
    assert {type(value) for name, value in said.items() if name != "intervals"} == {float, int}


def test_lift_takes_the_riskiest_of_each_cutoff_and_not_of_the_worst_month() -> None:
    churned = np.array([1.0, 0, 0, 0, 0, 0, 0, 1.0])
    risk = np.array([0.3, 0.1, 0.1, 0.1, 0.9, 0.8, 0.7, 0.6])
    cutoffs = np.array([1, 1, 1, 1, 2, 2, 2, 2])
    # One of four in each month: a churner in the first, none in the second.
    assert lift(churned, risk, cutoffs, share=0.25) == pytest.approx((1 / 2) / (2 / 8))
    assert lift(churned, risk, np.ones(8), share=0.25) == 0


def test_lift_flags_at_least_one_account_of_a_cutoff_and_the_first_of_equals() -> None:
    assert lift(np.array([1.0, 0.0]), np.array([0.5, 0.5]), np.zeros(2), share=0.1) == 2
    assert lift(np.array([0.0, 1.0]), np.array([0.5, 0.5]), np.zeros(2), share=0.1) == 0


def test_the_bar_is_the_entropy_of_the_base_rate() -> None:
    expected = -(0.04 * math.log(0.04) + 0.96 * math.log(0.96))
    assert base_log_loss(0.04) == pytest.approx(expected)
    same_of_all = figures(np.array([1.0] * 4 + [0.0] * 96), np.full(100, 0.04), accounts=range(100), cutoffs=[1] * 100)
    assert same_of_all.log_loss == pytest.approx(expected)
