"""Claims about tiers that are held until they are clearly left."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnpredict.config import Tiers
from churnpredict.scoring import Borders, Hysteresis, TierScale, hystereses, replayed, steadied

from .invented import quickly

SCALE = TierScale(risk_yellow=0.1, risk_red=0.3)
MONDAY = pd.Timestamp("2024-01-01")
HELD = hystereses(SCALE, Tiers())


def week(number: int, risk: dict[str, float], health: float = 90.0) -> pd.DataFrame:
    """Predictions of one Monday."""
    score = SCALE.score(np.array(list(risk.values())))
    frame = pd.DataFrame({"account_id": list(risk), "cutoff": (MONDAY + pd.Timedelta(weeks=number)).as_unit("us")})
    tier = np.select([score < 60, score < 75], ["red", "yellow"], "green")
    return frame.assign(score=score, tier=tier, health_score=health, health_tier="green")


def shown(risks: list[float], declared: Tiers | None = None) -> list[str]:
    """Tiers shown of one account with these risks, week after week."""
    weeks = [week(number, {"a": risk}) for number, risk in enumerate(risks)]
    held = HELD if declared is None else hystereses(SCALE, declared)
    return [said["tier"].iloc[0] for said in replayed(weeks, held)]


def test_a_tier_is_entered_at_the_border_and_left_clearly_past_it() -> None:
    assert shown([0.05, 0.11, 0.09, 0.081, 0.079]) == ["green", "yellow", "yellow", "yellow", "green"]
    assert shown([0.31, 0.25, 0.241, 0.239, 0.079]) == ["red", "red", "red", "yellow", "green"]


def test_worse_is_shown_at_once() -> None:
    assert shown([0.05, 0.5, 0.05, 0.11]) == ["green", "red", "green", "yellow"]


def test_an_exit_ratio_of_one_holds_nothing() -> None:
    risks = [0.11, 0.099, 0.31, 0.299, 0.05]
    assert shown(risks, Tiers(exit_ratio=1)) == ["yellow", "green", "red", "yellow", "green"]


def test_a_tier_may_have_to_stay_for_some_weeks() -> None:
    risks = [0.31, 0.01, 0.01, 0.01, 0.01]
    assert shown(risks, Tiers(dwell_weeks=3)) == ["red", "red", "red", "green", "green"]


def test_the_tier_of_the_score_alone_is_kept_beside_the_shown_one_with_the_week_it_began() -> None:
    weeks = list(replayed([week(0, {"a": 0.11}), week(1, {"a": 0.09}), week(2, {"a": 0.01})], HELD))
    assert [said["raw_tier"].iloc[0] for said in weeks] == ["yellow", "green", "green"]
    assert [said["tier"].iloc[0] for said in weeks] == ["yellow", "yellow", "green"]
    assert [said["tier_since"].iloc[0] for said in weeks] == [MONDAY, MONDAY, MONDAY + pd.Timedelta(weeks=2)]


def test_the_health_score_is_held_by_the_points_it_lost() -> None:
    scores = [74.0, 79.9, 80.0, 59.0, 67.9, 68.0]
    weeks = [week(number, {"a": 0.01}, health) for number, health in enumerate(scores)]
    said = [each["health_tier"].iloc[0] for each in replayed(weeks, HELD)]
    assert said == ["yellow", "yellow", "green", "red", "red", "yellow"]


def test_accounts_do_not_hold_each_other_and_new_ones_are_held_by_nothing() -> None:
    first = steadied(week(0, {"a": 0.11, "b": 0.01}), None, HELD)
    second = steadied(week(1, {"c": 0.09, "b": 0.09, "a": 0.09}), first, HELD)
    assert dict(zip(second["account_id"], second["tier"], strict=True)) == {"c": "green", "b": "green", "a": "yellow"}


def test_a_week_of_long_ago_holds_nobody() -> None:
    first = steadied(week(0, {"a": 0.11}), None, HELD)
    assert steadied(week(6, {"a": 0.09}), first, HELD)["tier"].tolist() == ["yellow"]
    assert steadied(week(7, {"a": 0.09}), first, HELD)["tier"].tolist() == ["green"]


def test_predictions_that_were_stored_without_the_week_a_tier_began_still_hold_it() -> None:
    old = week(0, {"a": 0.11})
    assert steadied(week(1, {"a": 0.09}), old, HELD)["tier"].tolist() == ["yellow"]


def test_an_account_without_a_score_has_no_tier_and_holds_none() -> None:
    first = steadied(week(0, {"a": 0.01}, health=50.0), None, HELD)
    unknown = week(1, {"a": 0.01}, health=math.nan).assign(health_tier=pd.Series([None], dtype="str"))
    second = steadied(unknown, first, HELD)
    assert second["health_tier"].isna().all()
    assert second["health_tier_since"].isna().all()
    assert steadied(week(2, {"a": 0.01}, health=65.0), second, HELD)["health_tier"].tolist() == ["yellow"]


def test_red_that_is_not_named_is_not_held_either() -> None:
    nameless = TierScale(0.1, 0.3, names_red=False)
    first = steadied(week(0, {"a": 0.31}), None, HELD)
    second = steadied(week(1, {"a": 0.31}), first, hystereses(nameless, Tiers(dwell_weeks=9)))
    assert second["tier"].tolist() == ["yellow"]


@quickly
@given(st.lists(st.floats(0.001, 0.999), min_size=2, max_size=30), st.floats(0.1, 1))
def test_a_held_tier_is_never_better_than_the_score_and_changes_no_more_often(risks: list[float], ratio: float) -> None:
    order = {"green": 0, "yellow": 1, "red": 2}
    held = [order[tier] for tier in shown(risks, Tiers(exit_ratio=ratio))]
    free = [order[tier] for tier in shown(risks, Tiers(exit_ratio=1))]
    assert all(one >= other for one, other in zip(held, free, strict=True))
    assert np.count_nonzero(np.diff(held)) <= np.count_nonzero(np.diff(free))


def test_the_exits_lie_where_the_ratio_says() -> None:
    assert SCALE.exits(0.8).yellow == pytest.approx(SCALE.score(np.array([0.08]))[0])
    assert SCALE.exits(0.8).red == pytest.approx(SCALE.score(np.array([0.24]))[0])
    assert Hysteresis(Borders(), Borders().exits(0.5)).exits == Borders(87.5, 80.0)
