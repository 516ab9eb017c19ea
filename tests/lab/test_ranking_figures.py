"""Claims about AUC, average precision, lift, capture and calibration, against scikit-learn and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.metrics import average_precision_score, roc_auc_score

from churnpredict.lab.metrics import (
    AccountBootstrap,
    auc,
    average_precision,
    calibration_intercept,
    calibration_slope,
    capture,
    expected_calibration_error,
    figures,
    reliability,
    riskiest,
    wilson,
)
from churnpredict.lab.metrics.intervals import interval_of

quickly = settings(derandomize=True, database=None, deadline=None, max_examples=100)


@st.composite
def ranked(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Accounts, outcomes and risks with ties."""
    n = draw(st.integers(2, 40))
    drawn = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return drawn.integers(0, 8, n), (drawn.random(n) < 0.4).astype(float), drawn.integers(0, 6, n) / 6


@quickly
@given(ranked())
def test_figures_of_drawn_accounts_are_those_of_rows_repeated_as_often(
    rows: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    accounts, churned, risk = rows
    bootstrap = AccountBootstrap.of(accounts, replicates=5, seed=1)
    for own, theirs in ((auc, roc_auc_score), (average_precision, average_precision_score)):
        for weights, said in zip(bootstrap.row_weights(), own(churned, risk, bootstrap), strict=True):
            again = np.repeat(np.arange(len(risk)), weights.astype(int))
            if len(set(churned[again])) == 2:
                assert said == pytest.approx(theirs(churned[again], risk[again]))
            elif not churned[again].any():
                assert np.isnan(said)


def test_whole_accounts_are_drawn_and_as_many_as_there_are() -> None:
    bootstrap = AccountBootstrap.of(["a", "a", "b", "c", "c"], replicates=50)
    weights = bootstrap.row_weights()
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 4]).all()
    assert (bootstrap.counts.sum(axis=1) == 3).all()


def test_repeating_every_row_of_an_account_does_not_make_an_interval_narrower() -> None:
    drawn = np.random.default_rng(3)
    churned, names = (drawn.random(300) < 0.3).astype(float), np.arange(300)
    once = interval_of(AccountBootstrap.of(names).ratios(churned))
    tenfold = interval_of(AccountBootstrap.of(np.repeat(names, 10)).ratios(np.repeat(churned, 10)))
    assert once == pytest.approx(tenfold)
    assert once is not None
    standard_error = np.sqrt(churned.mean() * (1 - churned.mean()) / 300)
    assert once.high - once.low == pytest.approx(2 * 1.96 * standard_error, rel=0.2)


def test_a_figure_that_most_replicates_lack_has_no_interval() -> None:
    assert interval_of(np.array([np.nan, np.nan, 0.5])) is None
    assert interval_of(np.array([])) is None


def test_the_figure_lies_in_its_interval_and_the_same_seed_gives_the_same() -> None:
    drawn = np.random.default_rng(5)
    risk = drawn.beta(1, 9, 1_000)
    churned = (drawn.random(1_000) < risk).astype(float)
    keys = {"accounts": np.arange(1_000) // 4, "cutoffs": np.arange(1_000) % 4}
    said = figures(churned, risk, **keys)
    assert set(said.intervals) == {"auc", "pr_auc", "log_loss", "brier", "lift_at_10"}
    for name, (low, high) in said.intervals.items():
        assert low < getattr(said, name) < high, name
    assert said == figures(churned, risk, **keys)


@pytest.mark.parametrize(("events", "trials"), [(0, 10), (3, 10), (10, 10), (40, 1_000)])
def test_the_wilson_interval_solves_its_quadratic(events: int, trials: int) -> None:
    share, z = events / trials, 1.959963984540054
    for bound in wilson(events, trials):
        assert (share - bound) ** 2 == pytest.approx(z**2 * bound * (1 - bound) / trials, abs=1e-12)


@quickly
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=60), st.floats(0.01, 1))
def test_the_riskiest_are_those_of_a_plain_sort_of_each_cutoff(rows: list[tuple[int, int]], share: float) -> None:
    cutoffs, key = np.array([c for c, _ in rows]), np.array([float(k) for _, k in rows])
    expected = np.zeros(len(rows), dtype=bool)
    for cutoff in set(cutoffs):
        inside = [i for i in range(len(rows)) if cutoffs[i] == cutoff]
        ranked = sorted(inside, key=lambda i: -key[i])
        expected[ranked[: max(1, round(share * len(inside)))]] = True
    assert (riskiest(key, cutoffs, share=share) == expected).all()


def test_capture_is_the_share_of_the_amount_and_not_a_number_without_any() -> None:
    flagged = np.array([True, False, True])
    assert capture(np.array([10.0, 30.0, 0.0]), flagged) == 0.25
    assert np.isnan(capture(np.zeros(3), flagged))


# Calibration -----------------------------------------------------------------------------------------------------


def calibrated(rows: int = 40_000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    drawn = np.random.default_rng(seed)
    risk = expit(drawn.normal(-2.5, 1, rows))
    return (drawn.random(rows) < risk).astype(float), risk


def test_right_risks_have_slope_one_intercept_nought_and_hardly_an_error() -> None:
    churned, risk = calibrated()
    assert calibration_slope(churned, risk) == pytest.approx(1, abs=0.05)
    assert calibration_intercept(churned, risk) == pytest.approx(0, abs=0.05)
    assert expected_calibration_error(churned, risk) < 0.006


@pytest.mark.parametrize(("slope", "shift"), [(2.0, 0.0), (0.5, 0.0), (1.0, 0.7), (1.0, -0.7)])
def test_slope_and_intercept_undo_what_was_done_to_right_risks(slope: float, shift: float) -> None:
    churned, risk = calibrated()
    bent = expit(slope * logit(risk) - shift)
    assert calibration_slope(churned, bent) == pytest.approx(1 / slope, rel=0.05)
    if slope == 1:
        assert calibration_intercept(churned, bent) == pytest.approx(shift, abs=0.06)


def test_the_risk_of_everybody_alike_has_no_slope() -> None:
    churned, risk = calibrated(100)
    assert np.isnan(calibration_slope(churned, np.full(len(risk), 0.1)))


def test_the_error_of_risks_that_are_all_too_high_is_by_how_much() -> None:
    churned, risk = calibrated()
    assert expected_calibration_error(churned, risk + 0.05) == pytest.approx(0.05, abs=0.003)


def test_bins_expect_enough_churners_hold_equal_risks_together_and_do_not_look_at_the_outcome() -> None:
    churned, risk = calibrated(5_000)
    risk = np.round(risk, 3)
    bins = reliability(churned, risk, AccountBootstrap.of(np.arange(5_000)))
    other_way = reliability(1 - churned, risk, AccountBootstrap.of(np.arange(5_000)))
    assert [b.rows for b in bins] == [b.rows for b in other_way]
    assert sum(b.rows for b in bins) == 5_000
    assert min(b.rows * b.predicted for b in bins) > 20
    assert len(bins) > 5
    assert [b.predicted for b in bins] == sorted(b.predicted for b in bins)
    few = reliability(churned[:50], np.full(50, 0.1), AccountBootstrap.of(np.arange(50)))
    assert len(few) == 1
