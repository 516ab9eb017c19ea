"""Claims about the hold-out: its draw is steady and of the declared size, and its effect is that of the groups."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from churnpredict.config import Outcomes
from churnpredict.csm.plays import is_held_out
from churnpredict.lab import effect_of_plays

CUTOFF = date(2025, 1, 6)
DRAWN = Outcomes(holdout_share=0.1, holdout_salt="acme")
NAMES = [f"a{number}" for number in range(20_000)]


def drawn(cutoff: date, outcomes: Outcomes = DRAWN) -> list[str]:
    return [name for name in NAMES if is_held_out(name, cutoff, outcomes)]


def test_the_declared_share_is_held_out() -> None:
    # 20,000 draws of 10 %: 42 is one standard deviation.
    assert abs(len(drawn(CUTOFF)) - 2_000) < 4 * 42
    assert drawn(CUTOFF, Outcomes()) == []


def test_the_draw_stays_for_a_quarter_and_is_independent_of_the_next() -> None:
    held = drawn(CUTOFF)
    assert drawn(date(2025, 3, 31)) == held
    both = set(held) & set(drawn(date(2025, 4, 7)))
    assert abs(len(both) - 200) < 4 * 14
    assert set(held) != set(drawn(CUTOFF, Outcomes(holdout_share=0.1, holdout_salt="other")))


def test_a_larger_share_holds_out_the_same_and_more() -> None:
    assert set(drawn(CUTOFF)) < set(drawn(CUTOFF, Outcomes(holdout_share=0.2, holdout_salt="acme")))


def groups(**counts: tuple[int, int, int, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By tier: held out and of them churned, played and of them churned."""
    rows, gone = [], []
    for tier, (held, held_churned, played, played_churned) in counts.items():
        for is_held, accounts, churned in ((True, held, held_churned), (False, played, played_churned)):
            for number in range(accounts):
                name = f"{tier}{is_held}{number}"
                rows.append((name, CUTOFF, tier, is_held))
                if number < churned:
                    gone.append((name, CUTOFF + timedelta(days=number % 90)))
    frame = pd.DataFrame(rows, columns=["account_id", "cutoff", "tier", "held_out"]).astype(
        {"cutoff": "datetime64[us]"}
    )
    churns = pd.DataFrame(gone, columns=["account_id", "churned_on"]).astype({"churned_on": "datetime64[us]"})
    return frame, churns


LATER = CUTOFF + timedelta(days=90)


def test_the_interval_of_one_tier_is_newcombes() -> None:
    # Newcombe (1998), table II, example (a): 56/70 against 48/80, method 10.
    found = effect_of_plays(*groups(red=(70, 56, 80, 48)), LATER)
    assert found is not None
    assert (found.prevented, *found.interval) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert found.shown
    assert "Plays prevented 20.0 points of churn (5.2 to 33.4)." in found.sentence()


def test_tiers_are_compared_each_with_itself() -> None:
    # Held out are mostly yellow, played mostly red: put together, plays would seem to do harm.
    found = effect_of_plays(*groups(red=(20, 10, 400, 160), yellow=(400, 40, 20, 1)), LATER)
    assert found is not None
    assert found.held_out.share < found.played.share
    assert found.prevented == pytest.approx(0.075)


def test_none_of_few_held_out_is_no_proof() -> None:
    found = effect_of_plays(*groups(red=(3, 0, 300, 60)), LATER)
    assert found is not None
    assert not found.shown
    assert "not yet told from chance" in found.sentence()


def test_nothing_is_said_too_early_or_of_one_group_alone() -> None:
    assert effect_of_plays(*groups(red=(5, 1, 5, 1)), LATER - timedelta(days=1)) is None
    assert effect_of_plays(*groups(red=(0, 0, 5, 1), yellow=(5, 1, 0, 0)), LATER) is None


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        red, yellow = random.binomial([40, 300], [0.3, 0.2]), random.binomial([60, 500], [0.15, 0.1])
        counts = {"red": (40, red[0], 300, red[1]), "yellow": (60, yellow[0], 500, yellow[1])}
        found = effect_of_plays(*groups(**counts), LATER)
        assert found is not None
        weights = np.array([40 * 300 / 340, 60 * 500 / 560])
        truth = float(np.average([0.1, 0.05], weights=weights))
        held += found.interval.low <= truth <= found.interval.high
    assert held >= 180
