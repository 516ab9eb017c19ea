"""Claims about the duel, against rows worked out by hand, and about the ladder."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from churnpredict.lab.judging.duel import duel
from churnpredict.lab.learning.ladder import FEWEST_CHURNERS, rung
from churnpredict.scoring import Settings

COLUMNS = "account_id cutoff churned risk tier health_score health_tier arr".split()


def rows(*given: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(given, columns=COLUMNS)


HAND = rows(
    # Each flags two of five at each cutoff: the model by risk, the rule by the lowest score.
    ("both", 1, 1.0, 0.9, "red", 10.0, "red", 100.0),
    ("model", 1, 1.0, 0.8, "red", 90.0, "green", 50.0),
    ("rule", 1, 1.0, 0.1, "green", 20.0, "red", 30.0),
    ("none", 1, 1.0, 0.2, "green", 80.0, "green", np.nan),
    ("stays", 1, 0.0, 0.3, "yellow", np.nan, None, 500.0),
    ("both", 2, 1.0, 0.9, "red", 10.0, "red", 200.0),
    ("rule", 2, 1.0, 0.1, "green", 30.0, "red", 30.0),
    ("none", 2, 1.0, 0.2, "green", 80.0, "green", np.nan),
    ("stays", 2, 0.0, 0.8, "red", 95.0, "green", 500.0),
    ("other", 2, 0.0, 0.1, "green", 25.0, "red", 1.0),
)


def test_the_duel_is_that_worked_out_by_hand() -> None:
    found = duel(HAND, capacity=0.4)
    assert found is not None
    assert vars(found.churners) == {"both": 1, "model_only": 1, "rule_only": 1, "neither": 1}
    assert found.arr is not None
    assert vars(found.arr) == {"both": 200, "model_only": 50, "rule_only": 30, "neither": 0}
    assert found.difference == 0
    assert (found.model_red_rule_green.rows, found.model_red_rule_green.churned) == (2, 0.5)
    assert (found.rule_red_model_green.rows, found.rule_red_model_green.churned) == (3, pytest.approx(2 / 3))
    json.dumps(found.as_dict(), allow_nan=False)


def test_the_interval_of_the_difference_is_paired() -> None:
    """Model and rule catch the same churners but for a tenth: each share is unsure, their difference much less."""
    n = 400
    numbers = np.arange(n)
    frame = pd.DataFrame({"account_id": numbers.astype(str), "cutoff": 1, "churned": (numbers % 2).astype(float)})
    caught = numbers % 4 == 1
    frame = frame.assign(risk=caught + 0.1 * (numbers % 40 == 3), arr=1.0, tier="green", health_tier="green")
    frame = frame.assign(health_score=-1.0 * caught + 0.1 * (numbers % 40 == 5))
    found = duel(frame, capacity=0.25 + 10 / n)
    assert found is not None
    assert found.difference_interval is not None
    low, high = found.difference_interval
    assert low <= found.difference <= high
    assert high - low < 0.12
    assert found.model_red_rule_green.churned is None
    assert len(found.sentences()) == 1


def test_without_churners_or_a_health_score_there_is_no_duel() -> None:
    assert duel(HAND.assign(churned=0.0)) is None
    assert duel(HAND.assign(health_score=np.nan)) is None


def test_without_arr_only_accounts_are_counted() -> None:
    found = duel(HAND.assign(arr=np.nan), capacity=0.4)
    assert found is not None
    assert found.arr is None


def test_the_words_say_who_caught_whom() -> None:
    found = duel(HAND, capacity=0.4)
    assert found is not None
    first, second, third = found.sentences()
    assert (
        "of 4 churners the model and the health score both caught 1, only the model 1, only the health score 1" in first
    )
    assert second.startswith("Model red, health score green: 2 rows, of which 50.0% churned")
    assert third.startswith("Health score red, model green: 3 rows, of which 66.7% churned")


# The ladder ------------------------------------------------------------------------------------------------------


def test_the_ladder_begins_where_training_does_and_climbs_where_trees_grow() -> None:
    assert rung(FEWEST_CHURNERS - 1).name == "health score only"
    assert rung(FEWEST_CHURNERS).name == "strongly regularised"
    at = rung(FEWEST_CHURNERS).next_at
    assert at is not None
    below, above = (Settings.for_churners(churners, bags=1, seed=1).leaves for churners in (at - 1, at))
    assert below == Settings.for_churners(0, bags=1, seed=1).leaves < above
    assert (rung(at).name, rung(at).next_at) == ("full", None)
