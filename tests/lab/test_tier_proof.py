"""Claims about what a tier is shown to mean."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from churnpredict.config import Tier
from churnpredict.lab import TierProof, TierRate, realised_by_tier, train
from churnpredict.lab.judging.tier_proof import why_no_red
from churnpredict.lab.tracking.model_card import model_card
from churnpredict.scoring import load_bundle, read_document

from .company import TODAY, TOML, Trained, company

TIERS = np.array(["green"] * 600 + ["yellow"] * 300 + ["red"] * 100 + [None] * 7, dtype=object)
CHURNED = np.concatenate([np.arange(600) < 12, np.arange(300) < 30, np.arange(100) < 40, np.ones(7)]).astype(float)


def proof(red: float | None, base: float) -> TierProof:
    rate = TierRate(100, 50, 9, 0.1, red or 0.0, 0.0, 1.0)
    tiers: dict[Tier, TierRate] = {} if red is None else {"red": rate}
    return TierProof(base, {"model": tiers})


def test_a_tier_is_as_bad_as_the_share_of_its_rows_that_churned() -> None:
    accounts = np.array([f"a{number}" for number in range(len(TIERS))], dtype=object)
    found = realised_by_tier(TIERS, CHURNED, accounts, seed=1)
    assert list(found) == ["green", "yellow", "red"]
    assert [found[tier].rate for tier in found] == [0.02, 0.1, 0.4]
    assert [found[tier].rows for tier in found] == [600, 300, 100]
    assert sum(rate.share for rate in found.values()) == pytest.approx(1)
    for rate in found.values():
        spread = 1.96 * (rate.rate * (1 - rate.rate) / rate.rows) ** 0.5
        assert (rate.low, rate.high) == pytest.approx((rate.rate - spread, rate.rate + spread), abs=0.25 * spread)


def test_rows_of_one_account_are_one_piece_of_evidence() -> None:
    each = np.arange(len(TIERS)).astype(str).astype(object)
    tenfold = (np.arange(len(TIERS)) // 10).astype(str).astype(object)
    alone, together = (realised_by_tier(TIERS, CHURNED, names, seed=1)["red"] for names in (each, tenfold))
    assert together.rate == alone.rate
    assert together.high - together.low > 2 * (alone.high - alone.low)
    assert together.accounts == 10


def test_what_never_churned_is_not_said_to_be_unable_to() -> None:
    names = np.arange(600).astype(str).astype(object)
    found = realised_by_tier(TIERS[:600], np.zeros(600), names, seed=1)["green"]
    assert found.rate == found.low == 0
    assert 0.004 < found.high < 0.01


def test_an_unknown_outcome_does_not_count() -> None:
    names = np.arange(len(TIERS)).astype(str).astype(object)
    unknown = np.where(np.arange(len(TIERS)) < 300, np.nan, CHURNED)
    assert realised_by_tier(TIERS, unknown, names, seed=1)["green"].rows == 300
    assert realised_by_tier(TIERS, np.full(len(TIERS), np.nan), names, seed=1) == {}


@pytest.mark.parametrize(
    ("red", "base", "passes"),
    [(0.101, 0.05, True), (0.099, 0.05, False), (None, 0.05, False), (0.76, 0.5, True), (0.74, 0.5, False)],
)
def test_red_is_twice_the_base_rate_or_leaves_half_of_those_who_stay(
    red: float | None, base: float, *, passes: bool
) -> None:
    assert proof(red, base).red_is_red is passes
    assert (why_no_red(proof(red, base), accepted=False) is None) is passes


def test_a_weak_red_is_explained_with_its_figures_and_a_way_out() -> None:
    said = why_no_red(proof(0.06, 0.05), accepted=False)
    assert said is not None
    for part in ("No account is called red", "6.0%", "10.0%", "5.0%", "red_share", "tiers.accept_weak_red"):
        assert part in said
    taken = why_no_red(proof(0.06, 0.05), accepted=True)
    assert taken is not None
    assert taken.startswith("Red is weak")


def test_a_bundle_keeps_its_thresholds_their_noise_and_what_came_of_the_tiers(trained: Trained) -> None:
    kept = read_document(trained.project.champion_folder, "tiers.json")
    assert kept == json.loads(json.dumps(trained.training.tiers.as_dict()))
    assert kept["policy"] == "capacity"
    assert set(kept["proof"]["realised"]) == {"model", "health_score"}
    assert kept["noise"]["red"]["low"] <= kept["scale"]["risk_red"] <= kept["noise"]["red"]["high"]
    rates = kept["proof"]["realised"]["model"]
    assert rates["green"]["rate"] < rates["yellow"]["rate"] < rates["red"]["rate"]
    assert sum(rate["rows"] for rate in rates.values()) == trained.training.evaluation["model"].n


def test_the_card_says_what_came_of_each_tier(trained: Trained) -> None:
    report = trained.training.tiers
    card = model_card(trained.training)
    assert all(sentence in card for sentence in report.sentences())
    red = report.proof.realised["model"]["red"]
    assert f"{red.rate:.1%} of the red ({red.low:.1%} to {red.high:.1%})" in card
    assert f"yellow from a risk of {report.scale.risk_yellow:.1%}" in card


@pytest.mark.parametrize("accepted", [False, True])
def test_training_does_not_call_red_what_is_hardly_worse_than_the_average(trained: Trained, *, accepted: bool) -> None:
    toml = TOML.replace("flagged_share = 0.4", "flagged_share = 0.9").replace("red_share = 0.15", "red_share = 0.8")
    toml = toml.replace("[tiers]", f"[tiers]\naccept_weak_red = {str(accepted).lower()}")
    folder = trained.folder.parent / f"weak_{accepted}"
    training = train(replace(company(), toml=toml).open(folder), TODAY)
    assert training.model.scale.names_red is accepted
    assert ("Red is weak" if accepted else "No account is called red") in training.warnings[-1]
    frame = next(trained.dataset.features([TODAY]))
    said = training.model.predict(frame)
    assert ("red" in set(said["tier"])) is accepted
    assert (said["score"] < 60).any(), "the score stays on its scale"
    assert load_bundle(trained.project.champion_folder).scale.names_red
