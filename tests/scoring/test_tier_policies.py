"""Claims about where policies place the tiers, how sure that is, and what acting is worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from churnpredict.config import Tiers
from churnpredict.scoring import PolicyRows, choose_scale, expected_value, threshold_noise

from .invented import Floats

ACCOUNTS, CUTOFFS = 300, 5
RANDOM = np.random.default_rng(5)
RISK = np.clip(RANDOM.beta(1, 12, ACCOUNTS).repeat(CUTOFFS) + RANDOM.normal(0, 0.005, ACCOUNTS * CUTOFFS), 0.001, 0.9)
ARR = RANDOM.lognormal(10, 1, ACCOUNTS).repeat(CUTOFFS)
PLAYS = {"yellow": {"cost": 200, "save_rate": 0.1}, "red": {"cost": 2_000, "save_rate": 0.3}}
HEALTH = 85 - 60 * RISK + RANDOM.normal(0, 10, len(RISK))


def rows(**changed: Any) -> PolicyRows:
    accounts = np.array([f"a{number}" for number in range(ACCOUNTS)], dtype=object).repeat(CUTOFFS)
    given = {"risk": RISK, "accounts": accounts, "cutoffs": np.tile(np.arange(CUTOFFS), ACCOUNTS), "arr": ARR}
    return PolicyRows(**{**given, "health_score": HEALTH, **changed})


def declared(**values: Any) -> Tiers:
    return Tiers.model_validate(values)


def earned(risk_yellow: float, risk_red: float, said: Tiers, arr: Floats = ARR) -> float:
    """What these thresholds are expected to earn over all rows, one by one."""
    total = 0.0
    for risk, revenue in zip(RISK, arr, strict=True):
        if risk > risk_yellow:
            play = said.plays["red" if risk > risk_red else "yellow"]
            total += risk * play.save_rate * said.value_multiple * revenue - play.cost
    return total


def test_a_capacity_in_accounts_is_that_many_at_the_latest_cutoff() -> None:
    scale = choose_scale(rows(), declared(policy="capacity", flagged_accounts=60, red_accounts=15))
    assert (scale.risk_yellow < RISK).sum() / CUTOFFS == pytest.approx(60, abs=1)
    assert (scale.risk_red < RISK).sum() / CUTOFFS == pytest.approx(15, abs=1)


def test_fixed_thresholds_are_taken_as_they_are() -> None:
    scale = choose_scale(rows(), declared(policy="fixed", risk_yellow=0.123, risk_red=0.456))
    assert (scale.risk_yellow, scale.risk_red) == (0.123, 0.456)
    noise = threshold_noise(rows(), declared(policy="fixed", risk_yellow=0.123, risk_red=0.456), seed=1)
    assert (noise.yellow.relative_sd, noise.red.relative_sd) == pytest.approx((0, 0), abs=1e-12)


def test_profit_earns_more_than_any_other_pair_of_thresholds() -> None:
    said = declared(policy="profit", plays=PLAYS)
    scale = choose_scale(rows(), said)
    best = earned(scale.risk_yellow, scale.risk_red, said)
    tried = np.quantile(RISK, np.linspace(0.1, 0.99, 15))
    assert best > 0
    assert all(best >= earned(low, high, said) - 2_000 for low in tried for high in tried if low < high)


def test_profit_counts_each_account_with_its_own_revenue() -> None:
    said = declared(policy="profit", plays=PLAYS)
    assert choose_scale(rows(arr=ARR * 10), said).risk_yellow < choose_scale(rows(), said).risk_yellow


def test_unknown_revenue_earns_nothing_and_breaks_nothing() -> None:
    some = np.where(np.arange(len(ARR)) % 3 == 0, np.nan, ARR)
    scale = choose_scale(rows(arr=some), declared(policy="profit", plays=PLAYS))
    assert 0 < scale.risk_yellow < scale.risk_red < 1


def test_where_nothing_pays_hardly_anybody_is_flagged() -> None:
    scale = choose_scale(rows(arr=ARR * 0), declared(policy="profit", plays=PLAYS))
    assert (scale.risk_yellow < RISK).mean() < 0.01


def test_acting_is_worth_the_better_play() -> None:
    said = declared(plays=PLAYS)
    worth = expected_value(np.array([0.5, 0.001, 0.5]), np.array([100_000.0, 1_000.0, np.nan]), said)
    assert worth[0] == pytest.approx(0.5 * 0.3 * 2.5 * 100_000 - 2_000)
    assert worth[1] == pytest.approx(0.001 * 0.1 * 2.5 * 1_000 - 200)
    assert np.isnan(worth[2])
    assert np.isnan(expected_value(RISK, ARR, Tiers())).all()


@pytest.mark.parametrize("policy", ["volume", "capacity", "profit"])
def test_thresholds_move_with_the_accounts_that_are_drawn(policy: str) -> None:
    said = declared(policy=policy, plays=PLAYS)
    scale, noise = choose_scale(rows(), said), threshold_noise(rows(), said, seed=3)
    assert noise.yellow.low <= scale.risk_yellow <= noise.yellow.high
    assert noise.red.low <= scale.risk_red <= noise.red.high
    assert 0 < noise.yellow.relative_sd < 1
    assert noise == threshold_noise(rows(), said, seed=3)


def test_rows_of_one_account_are_drawn_together() -> None:
    """Five rows that say the same are no more evidence than one."""
    once = np.arange(0, len(RISK), CUTOFFS)
    said = declared(policy="capacity")
    same = rows(risk=RISK[once].repeat(CUTOFFS))
    alone = PolicyRows(RISK[once], rows().accounts[once], np.zeros(len(once)))
    many, one = threshold_noise(same, said, seed=2), threshold_noise(alone, said, seed=2)
    assert many.yellow.relative_sd == pytest.approx(one.yellow.relative_sd, rel=0.1)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"policy": "fixed"}, "belong together"),
        ({"risk_yellow": 0.1, "risk_red": 0.2}, "belong together"),
        ({"policy": "fixed", "risk_yellow": 0.2, "risk_red": 0.1}, "must lie below"),
        ({"policy": "fixed", "risk_yellow": 0.2}, "give both"),
        ({"policy": "profit"}, "needs plays"),
        ({"policy": "profit", "plays": {"red": PLAYS["red"]}}, "needs plays"),
        ({"flagged_accounts": 10}, "give both"),
        ({"flagged_accounts": 10, "red_accounts": 4, "red_share": 0.1}, "not both"),
        ({"exit_ratio": 0}, "greater than 0"),
        ({"exit_ratio": 1.1}, "less than or equal to 1"),
    ],
)
def test_what_does_not_go_together_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        declared(**values)
