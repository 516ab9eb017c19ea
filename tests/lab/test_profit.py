"""Claims about profit, against the integrals of the papers and a plain search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta

from churnpredict.lab.metrics import Campaign, expected_maximum_profit, expected_profit, one_value_for_all
from churnpredict.lab.metrics.profit import account_values

quickly = settings(derandomize=True, database=None, deadline=None, max_examples=25)


def best_profit(gamma: float, churned: np.ndarray, risk: np.ndarray, values: np.ndarray, campaign: Campaign) -> float:
    """The most that can be earned per account at this γ, by trying every threshold."""
    saved = gamma * (1 - campaign.incentive) * values - campaign.contact
    wasted = -campaign.incentive * values - campaign.contact
    each = np.where(churned == 1, saved, wasted)
    return max(0.0, *(each[risk >= cut].sum() for cut in set(risk))) / len(risk)


@st.composite
def rows(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    drawn = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, 30))
    return (drawn.random(n) < 0.4).astype(float), np.round(drawn.random(n), 1), drawn.lognormal(5, 1, n)


@quickly
@given(rows())
def test_the_expected_maximum_profit_is_the_integral_of_the_best_threshold_over_gamma(
    given_rows: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    campaign = Campaign(contact=10)
    found, share = expected_maximum_profit(*given_rows, campaign)
    grid = np.linspace(0, 1, 2_001)
    density = beta.pdf(grid, campaign.alpha, campaign.beta)
    best = [best_profit(gamma, *given_rows, campaign) for gamma in grid]
    assert found == pytest.approx(np.trapezoid(best * density, grid), rel=1e-3, abs=1e-6)
    assert 0 <= share <= 1


def test_two_accounts_worked_out_by_hand() -> None:
    """Contacting the churner alone pays where γ × 0.95 × 1000 exceeds 15; the other never pays."""
    found, share = expected_maximum_profit(np.array([1.0, 0.0]), np.array([0.9, 0.1]), np.full(2, 1_000.0))
    border = 15 / 950
    gained, _ = quad(lambda gamma: (950 * gamma - 15) * beta.pdf(gamma, 6, 14), border, 1)
    assert found == pytest.approx(gained / 2)
    assert share == pytest.approx(0.5 * (1 - beta.cdf(border, 6, 14)))


def test_a_ranking_turned_round_earns_less_and_nobody_is_contacted_where_nothing_pays() -> None:
    drawn = np.random.default_rng(2)
    churned = (drawn.random(500) < 0.1).astype(float)
    risk, values = 0.5 * churned + drawn.random(500), np.full(500, 5_000.0)
    good, bad = (expected_maximum_profit(churned, key, values)[0] for key in (risk, -risk))
    assert good > bad >= 0
    assert expected_maximum_profit(churned, risk, np.full(500, 10.0)) == (0, 0)


def test_one_value_for_all_is_the_measure_for_consumers() -> None:
    """Verbraken's form, with shares of churners and others flagged (F0, F1), on one value of 200, d = 10, f = 1."""
    drawn = np.random.default_rng(4)
    churned = (drawn.random(60) < 0.3).astype(float)
    risk = np.round(0.3 * churned + drawn.random(60), 2)
    campaign = Campaign(incentive=10 / 200, contact=1)
    value, delta, phi, prior = 200.0, 10 / 200, 1 / 200, churned.mean()

    def integrand(gamma: float) -> float:
        options = [0.0]
        for cut in set(risk):
            f0, f1 = (risk[churned == 1] >= cut).mean(), (risk[churned == 0] >= cut).mean()
            options.append(value * (gamma * (1 - delta) - phi) * prior * f0 - value * (delta + phi) * (1 - prior) * f1)
        return max(options) * float(beta.pdf(gamma, 6, 14))

    grid = np.linspace(0, 1, 4_001)
    expected = np.trapezoid([integrand(gamma) for gamma in grid], grid)
    found, _ = expected_maximum_profit(churned, risk, np.full(60, value), campaign)
    assert found == pytest.approx(expected, rel=1e-4)


def test_profit_of_a_fixed_list_is_the_sum_over_its_accounts() -> None:
    churned, flagged = np.array([1.0, 0.0, 1.0, 0.0]), np.array([True, True, False, False])
    values = np.array([1_000.0, 200.0, 5_000.0, 300.0])
    expected = (0.3 * 0.95 * 1_000 - 15) + (-0.05 * 200 - 15)
    assert expected_profit(churned, flagged, values) == pytest.approx(expected / 4)


def test_the_maximum_is_never_below_any_fixed_top_of_the_list() -> None:
    drawn = np.random.default_rng(8)
    churned = (drawn.random(200) < 0.2).astype(float)
    risk, values = drawn.random(200), drawn.lognormal(8, 1, 200)
    most, _ = expected_maximum_profit(churned, risk, values)
    assert all(most >= expected_profit(churned, risk >= cut, values) for cut in (0.0, 0.5, 0.9))


def test_a_saved_account_is_worth_two_and_a_half_contracts_and_an_unknown_one_the_median() -> None:
    assert account_values(np.array([100.0, np.nan, 300.0])).tolist() == [250, 500, 750]
    assert one_value_for_all(np.array([100.0, np.nan, 300.0])).tolist() == [500, 500, 500]
