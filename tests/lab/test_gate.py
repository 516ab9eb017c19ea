"""Claims about what passes the gate, on invented risks of invented accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from churnpredict.config import Gate
from churnpredict.lab import Check, Comparison, Difference, FairGround, Stability, Verdict, decide
from churnpredict.lab.comparing.differences import differences
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.lab.metrics import Interval

DAY = date(2024, 1, 1)
GATE = Gate()
STEADY = Stability(100, 10, 8, 2, {"green to yellow": 10}, 10, 0.8, 0.9)
GROUND = FairGround("recipes", (DAY,), DAY, DAY)


def company(seed: int, *, accounts: int = 250, cutoffs: int = 5) -> pd.DataFrame:
    """Accounts with a true log-odds of churn of their own, seen at some cutoffs until they leave."""
    random = np.random.default_rng(seed)
    odds = random.normal(-2.5, 1.0, accounts)
    number, account = np.divmod(np.arange(accounts * cutoffs), accounts)
    left = random.random((cutoffs, accounts)) < 1 / (1 + np.exp(-odds))
    alive = np.cumsum(left, axis=0) - left == 0
    rows = pd.DataFrame(
        {
            "account_id": [f"a{name}" for name in account],
            "cutoff": pd.Timestamp(DAY) + pd.to_timedelta(90 * number, unit="D"),
            "churned": left.ravel().astype(float),
            "arr": random.lognormal(3, 1, accounts)[account].round(),
            "odds": odds[account],
        }
    )
    return rows[alive.ravel()].reset_index(drop=True)


def churns_of(rows: pd.DataFrame) -> pd.DataFrame:
    left = rows[rows["churned"] == 1]
    return pd.DataFrame({"account_id": left["account_id"], "churned_on": left["cutoff"] + pd.Timedelta(days=70)})


def noisy(rows: pd.DataFrame, random: np.random.Generator, noise: float) -> np.ndarray:
    """The risk by a model that misses the log-odds by so much."""
    return 1 / (1 + np.exp(-(rows["odds"] + random.normal(0, noise, len(rows))).to_numpy()))


def compared(rows: pd.DataFrame, champion: Any, challenger: Any, **changed: Any) -> Comparison:
    said = rows.assign(champion=champion, challenger=challenger)
    found = differences(said, ["champion"], churns=churns_of(rows), capacity=0.1)
    churners = int((rows["churned"] == 1).sum())
    made = Comparison(GROUND, DAY, len(rows), churners, 0.1, {}, found, STEADY)
    return replace(made, **changed)


def better(**changed: Any) -> Comparison:
    """A challenger that knows twice as well."""
    rows, random = company(1), np.random.default_rng(1)
    return compared(rows, noisy(rows, random, 1.5), noisy(rows, random, 0.2), **changed)


# Who passes ------------------------------------------------------------------------------------------------------


def test_a_better_challenger_is_promoted() -> None:
    said = decide(better(), GATE)
    assert said.promote, said.sentences()
    assert [check.name for check in said.checks] == ["churners", "better", "calibration", "tiers", "reasons"]
    assert said.sentences()[0] == "Better, and no worse to live with."


def test_a_coin_flip_is_never_promoted() -> None:
    for seed in range(25):
        rows, random = company(seed), np.random.default_rng(seed)
        champion = noisy(rows, random, 0.5)
        # The champion's own risks, dealt out at random: as well calibrated on the whole, and worth nothing.
        flipped = random.permutation(champion)
        found = compared(rows, champion, flipped)
        for metric in ("log_loss", "revenue", "lead_time"):
            said = decide(found, Gate(metric=metric))
            assert not said.promote, (seed, metric, said.sentences())


def test_an_equal_challenger_is_hardly_ever_promoted() -> None:
    promoted = 0
    for seed in range(40):
        rows, random = company(seed), np.random.default_rng(1_000 + seed)
        found = compared(rows, noisy(rows, random, 0.3), noisy(rows, random, 0.3))
        promoted += decide(found, GATE).promote
    assert promoted <= 1


def test_the_same_model_is_not_promoted() -> None:
    rows = company(3)
    risk = noisy(rows, np.random.default_rng(3), 0.5)
    found = compared(rows, risk, risk)
    assert found.differences["champion"]["log_loss"].better == 0
    assert not decide(found, replace_gate(least_gain=0.0)).promote


def replace_gate(**changed: Any) -> Gate:
    return GATE.model_copy(update=changed)


@pytest.mark.parametrize(
    ("changed", "failed"),
    [
        ({"churners": 29}, "churners"),
        ({"stability": replace(STEADY, changed=31)}, "tiers"),
        ({"stability": replace(STEADY, shared_reasons=0.24)}, "reasons"),
        ({"stability": replace(STEADY, shared_reasons=float("nan"))}, "reasons"),
        ({"stability": replace(STEADY, accounts=0, changed=0)}, "tiers"),
    ],
)
def test_a_better_challenger_that_is_worse_to_live_with_is_not_promoted(changed: Any, failed: str) -> None:
    said = decide(better(**changed), GATE)
    assert [check.name for check in said.checks if not check.passed] == [failed]
    assert said.sentences()[0] == "Not promoted."
    assert len(said.sentences()) == 2


def test_a_challenger_that_is_better_and_worse_calibrated_is_not_promoted() -> None:
    rows, random = company(1, accounts=900), np.random.default_rng(1)
    close = noisy(rows, random, 0.05)
    # Every risk half as large again: the ranking and the log-loss are still far better than the champion's.
    found = compared(rows, rows["churned"].mean(), np.minimum(1.5 * close, 0.99))
    said = decide(found, GATE)
    assert [check.name for check in said.checks if not check.passed] == ["calibration"], said.sentences()


@pytest.mark.parametrize("metric", ["log_loss", "revenue", "lead_time", "calibration"])
def test_what_is_not_known_never_promotes(metric: Any) -> None:
    found = better()
    unknown = Difference(float("nan"), float("nan"), float("nan"), None)
    spoilt = {"champion": found.differences["champion"] | {metric: unknown}}
    gate = GATE if metric == "calibration" else Gate(metric=metric)
    assert not decide(replace(found, differences=spoilt), gate).promote
    half = Difference(0.1, float("nan"), float("nan"), Interval(0.01, 0.02))
    spoilt = {"champion": found.differences["champion"] | {metric: half}}
    assert not decide(replace(found, differences=spoilt), gate).promote


def test_a_gain_too_small_to_matter_is_not_promoted() -> None:
    found = better()
    gain = found.differences["champion"]["log_loss"]
    share = gain.better / gain.rival
    assert decide(found, replace_gate(least_gain=share * 0.99)).promote
    assert not decide(found, replace_gate(least_gain=share * 1.01)).promote


def test_a_verdict_without_a_check_promotes_nothing() -> None:
    assert not Verdict(()).promote
    assert not Verdict((Check("comparable", passed=False, said="too early"),)).promote


# What is measured ------------------------------------------------------------------------------------------------


def test_differences_by_hand() -> None:
    rows = pd.DataFrame(
        {
            "account_id": ["a", "b", "c", "d"] * 2,
            "cutoff": [pd.Timestamp(DAY)] * 4 + [pd.Timestamp(DAY + timedelta(days=28))] * 4,
            "churned": [1.0, 0, 0, 0, 1, 1, 0, 0],
            "arr": [100.0, 300, 10, np.nan] * 2,
            "challenger": [0.9, 0.4, 0.3, 0.2, 0.9, 0.2, 0.3, 0.4],
            "champion": [0.1, 0.4, 0.9, 0.2, 0.1, 0.2, 0.9, 0.4],
        }
    )
    left = {"a": 70, "b": 28 + 89}
    days = [pd.Timestamp(DAY + timedelta(days=lead)) for lead in left.values()]
    churns = pd.DataFrame({"account_id": list(left), "churned_on": days})
    found = differences(rows, ["champion"], churns=churns, capacity=0.25)["champion"]
    # a leaves 70 days after the first cutoff, b 89 days after the second; the top one of four is listed.
    assert (found["lead_time"].challenger, found["lead_time"].rival) == (0.5, 0.0)
    # By risk × ARR the challenger lists b (120) and then a (90), the champion b twice (120, 60).
    assert found["revenue"].challenger == pytest.approx(100 / 500)
    assert found["revenue"].rival == pytest.approx(300 / 500)
    assert found["revenue"].better == pytest.approx(-0.4)
    expected = -np.log([0.9, 0.6, 0.7, 0.8, 0.9, 0.2, 0.7, 0.6]).mean()
    assert found["log_loss"].challenger == pytest.approx(expected)
    assert found["log_loss"].better == pytest.approx(found["log_loss"].rival - expected)


def test_without_arr_or_churn_in_the_window_there_is_no_figure() -> None:
    rows = company(2).assign(arr=np.nan)
    rows = rows.assign(champion=0.1, challenger=0.2)
    nobody = pd.DataFrame({"account_id": pd.Series(dtype="str"), "churned_on": pd.Series(dtype="datetime64[us]")})
    found = differences(rows, ["champion"], churns=nobody, capacity=0.1)["champion"]
    for metric in ("revenue", "lead_time"):
        assert np.isnan(found[metric].better)
        assert found[metric].interval is None


# Which rows are fair ---------------------------------------------------------------------------------------------


def judged(churners_by_cutoff: list[int]) -> TrainingRows:
    """Rows of monthly cutoffs with so many accounts that churn after each."""
    parts = [
        pd.DataFrame({"account_id": [f"{place}.{name}" for name in range(50)], "cutoff": month(place)})
        for place in range(len(churners_by_cutoff))
    ]
    labels = np.concatenate([np.arange(50) < many for many in churners_by_cutoff]).astype(float)[:, None]
    return TrainingRows(pd.concat(parts, ignore_index=True), labels, np.ones(len(labels), dtype=bool))


def month(place: int) -> pd.Timestamp:
    return pd.Timestamp(DAY + timedelta(days=28 * place))


@pytest.mark.parametrize(
    ("champion", "challenger", "basis", "first"),
    [
        (0, 0, "both as they are", 0),
        (0, 2, "both as they are", 2),
        (0, 4, "champion as it is", 0),
        (2, 4, "champion as it is", 2),
        (3, 4, "recipes", 0),
        (4, 4, "recipes", 0),
    ],
)
def test_rows_are_fair_for_who_was_trained_before_them(champion: int, challenger: int, basis: str, first: int) -> None:
    rows = judged([20, 20, 20, 20])
    until = [month(place).date() for place in (champion, challenger)]
    found = FairGround.find(rows, *until)
    assert found.basis == basis
    assert found.test == tuple(month(place).date() for place in range(first, 4))
    for origin in found.test:
        # Whoever is judged, itself or its stand-in, knew nothing at or after the rows.
        for knows, own in ((found.champion_knows(origin), until[0]), (found.challenger_knows(origin), until[1])):
            assert (own if knows is None else knows) <= origin


def test_stand_ins_are_as_far_apart_as_the_models() -> None:
    champion, challenger = month(3).date(), month(4).date()
    found = FairGround.find(judged([20, 20, 20, 20]), champion, challenger)
    assert found.champion_knows(month(1).date()) == month(0).date()
    assert found.challenger_knows(month(1).date()) == month(1).date()
    assert "28 days behind" in found.sentence()
