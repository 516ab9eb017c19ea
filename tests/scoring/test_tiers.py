"""Claims about the shared scale and where its tiers begin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnpredict.config import Tiers
from churnpredict.scoring import ORDER, PolicyRows, TierScale, choose_scale, tier_of

from .invented import Floats, quickly

RISK = np.random.default_rng(2).beta(1, 12, 4_000)


def chosen(risk: Floats, health: Floats | None, declared: Tiers, arr: Floats | None = None) -> TierScale:
    """The scale of 400 accounts that are seen at one cutoff after the other."""
    rows = np.arange(len(risk))
    names = np.array([f"a{number % 400}" for number in rows], dtype=object)
    return choose_scale(PolicyRows(risk, names, rows // 400, health, arr), declared)


@st.composite
def scales(draw: st.DrawFn) -> TierScale:
    yellow = draw(st.floats(1e-6, 0.98))
    return TierScale(yellow, draw(st.floats(yellow * 1.01, 0.99)))


def shares(scale: TierScale, risk: Floats = RISK) -> tuple[float, float]:
    """Share of rows that are not green, and that are red."""
    tiers = tier_of(scale.score(risk), scale.borders)
    return float((tiers != "green").mean()), float((tiers == "red").mean())


@quickly
@given(scales())
def test_the_borders_are_exactly_75_and_60(scale: TierScale) -> None:
    assert scale.score(np.array([0.0, scale.risk_yellow, scale.risk_red, 1.0])).tolist() == [100.0, 75.0, 60.0, 0.0]


@quickly
@given(scales(), st.lists(st.floats(0, 1), min_size=2, max_size=50))
def test_more_risk_is_a_lower_score(scale: TierScale, risks: list[float]) -> None:
    ordered = np.unique(np.round(risks, 9))
    scores = scale.score(ordered)
    assert ((scores >= 0) & (scores <= 100)).all()
    assert (np.diff(scores) < 0).all()


def test_a_tier_begins_below_its_border() -> None:
    scale = TierScale(0.05, 0.2)
    below = [np.nextafter(75.0, 0), np.nextafter(60.0, 0)]
    scores = np.array([100.0, 75.0, below[0], 60.0, below[1], 0.0, np.nan])
    assert tier_of(scores, scale.borders).tolist() == ["green", "green", "yellow", "yellow", "red", "red", None]


def test_declared_borders_hold_for_both_scorers() -> None:
    declared = Tiers(yellow=80, red=40, policy="capacity")
    scale = chosen(RISK, None, declared)
    assert scale.score(np.array([scale.risk_yellow, scale.risk_red])).tolist() == [80.0, 40.0]
    assert tier_of(np.array([79.0, 39.0]), scale.borders).tolist() == ["yellow", "red"]


@pytest.mark.parametrize(("flagged", "red"), [(0.3, 0.1), (0.15, 0.03), (0.6, 0.02)])
def test_volume_flags_as_many_as_the_health_score(flagged: float, red: float) -> None:
    rows = len(RISK)
    red_rows, flagged_rows = round(red * rows), round(flagged * rows)
    health = np.concatenate(
        [np.full(red_rows, 59.0), np.full(flagged_rows - red_rows, 74.0), np.full(rows - flagged_rows, 75.0)]
    )
    assert shares(chosen(RISK, health, Tiers())) == pytest.approx((flagged, red), abs=2 / rows)


def test_accounts_without_a_health_score_do_not_count_for_volume() -> None:
    health = np.concatenate([np.full(100, 59.0), np.full(300, 74.0), np.full(600, 80.0), np.full(3_000, np.nan)])
    assert shares(chosen(RISK, health, Tiers())) == pytest.approx((0.4, 0.1), abs=1e-3)


@pytest.mark.parametrize("policy", ["capacity", "volume"])
def test_capacity_and_volume_without_a_health_score_flag_the_declared_shares(policy: str) -> None:
    declared = Tiers.model_validate({"policy": policy, "flagged_share": 0.2, "red_share": 0.05})
    assert shares(chosen(RISK, None, declared)) == pytest.approx((0.2, 0.05), abs=1e-3)
    nothing_known = np.full(len(RISK), np.nan)
    assert shares(chosen(RISK, nothing_known, declared)) == pytest.approx((0.2, 0.05), abs=1e-3)


def test_capacity_does_not_look_at_the_health_score() -> None:
    declared = Tiers(policy="capacity", flagged_share=0.2, red_share=0.05)
    assert chosen(RISK, np.full(len(RISK), 10.0), declared) == chosen(RISK, None, declared)


def test_a_small_yellow_band_is_not_widened() -> None:
    declared = Tiers(policy="capacity", flagged_share=0.2, red_share=0.15)
    assert shares(chosen(RISK, None, declared)) == pytest.approx((0.2, 0.15), abs=1e-3)


@pytest.mark.parametrize("health", [10.0, 100.0])
def test_a_health_score_that_flags_all_or_none_still_leaves_three_tiers(health: float) -> None:
    scale = chosen(RISK, np.full(len(RISK), health), Tiers())
    flagged, red = shares(scale)
    assert 0 < red < flagged < 1


@pytest.mark.parametrize("risk", [0.0, 0.03, 1.0])
def test_a_model_that_says_one_risk_of_all_still_has_a_falling_scale(risk: float) -> None:
    scale = chosen(np.full(1_000, risk), None, Tiers())
    assert 0 < scale.risk_yellow < scale.risk_red < 1


def test_tiers_are_ordered_from_good_to_bad() -> None:
    assert ORDER == ("green", "yellow", "red", "critical")
