"""Claims that hold for the health score and the hazard model alike: what comes after a scorer does not ask which."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from churnpredict.scoring import RiskModel, Scorer, load_bundle

from .invented import INTERVALS, Invented

SCORERS = ["model", "rule"]
BEGINS = ["account_id", "cutoff", "risk_60d", "risk_90d", "risk_60_90d", "score", "tier"]


def chosen(model: RiskModel, which: str) -> Scorer:
    if which == "model":
        return model
    assert model.rule is not None
    return model.rule


@pytest.fixture(params=SCORERS)
def scorer(request: pytest.FixtureRequest, model: RiskModel) -> Scorer:
    return chosen(model, request.param)


@pytest.fixture
def known(rows: Invented) -> Invented:
    """Rows with all the data of the health score, far from the ends of its curves."""
    there = rows.frame[["logins__sum__28d", "logins__trend__28d"]].notna().all(axis=1)
    inside = rows.frame["logins__trend__28d"].between(0.6, 1.4) & rows.frame["logins__sum__28d"].between(5, 90)
    return Invented(rows.frame[there & inside].reset_index(drop=True), rows.labels[there & inside])


def test_risk_is_a_probability_that_grows_with_the_horizon(scorer: Scorer, rows: Invented) -> None:
    said = scorer.risks(rows.frame)
    assert said.shape == (len(rows.frame), len(INTERVALS))
    assert ((said > 0) & (said < 1)).all()
    assert (np.diff(said, axis=1) > 0).all()
    assert scorer.horizons == [end for _, end in INTERVALS]


def test_a_prediction_begins_alike(scorer: Scorer, rows: Invented) -> None:
    said = scorer.predict(rows.frame)
    assert said.columns.tolist()[: len(BEGINS)] == BEGINS
    assert said["risk_90d"].to_numpy() == pytest.approx(scorer.risks(rows.frame)[:, -1], abs=1e-15)
    assert (said["risk_60_90d"] == said["risk_90d"] - said["risk_60d"]).all()


def test_risk_is_calibrated_on_what_it_learnt_from(scorer: Scorer, rows: Invented) -> None:
    churned = (rows.labels == 1).any(axis=1)
    assert scorer.risks(rows.frame)[:, -1].mean() == pytest.approx(churned.mean(), rel=0.15)


@pytest.mark.parametrize(("feature", "by"), [("tickets__count__84d", 3.0), ("logins__trend__28d", -0.3)])
def test_worse_behaviour_is_more_risk_and_a_lower_score(
    scorer: Scorer, known: Invented, feature: str, by: float
) -> None:
    before, after = (
        scorer.predict(frame) for frame in (known.frame, known.frame.assign(**{feature: known.frame[feature] + by}))
    )
    assert (after["risk_90d"] - before["risk_90d"]).mean() > 0
    assert (after["score"] - before["score"]).mean() < 0
    # The rule is monotone account by account; trees are so on the whole.
    assert (after["risk_90d"] >= before["risk_90d"]).mean() > 0.9


def test_a_higher_risk_is_a_lower_score_and_never_a_better_tier(scorer: Scorer, rows: Invented) -> None:
    said = scorer.predict(rows.frame).dropna(subset="score").sort_values(["risk_90d", "score"], ascending=[True, False])
    assert said["score"].is_monotonic_decreasing
    place = said["tier"].map({"green": 0, "yellow": 1, "red": 2})
    assert place.is_monotonic_increasing
    assert place.nunique() == 3
    assert (said.loc[said["tier"] == "green", "score"] >= 75).all()
    assert (said.loc[said["tier"] == "red", "score"] < 60).all()


def test_contributions_add_up_to_the_risk(scorer: Scorer, rows: Invented) -> None:
    why = scorer.explain(rows.frame)
    assert why.base + why.contributions.sum(axis=1) == pytest.approx(why.log_odds, abs=1e-6)
    assert why.log_odds == pytest.approx(logit(scorer.risks(rows.frame)[:, -1]), abs=1e-6)
    assert why.points().sum(axis=1) == pytest.approx(why.risk - why.base_risk, abs=1e-6)
    assert why.contributions.shape[1] == len(why.space.features)


def test_missing_data_are_scored_and_explained(scorer: Scorer, rows: Invented) -> None:
    numbers = ["logins__sum__28d", "logins__trend__28d", "tickets__count__84d", "tenure__days_since", "decides__value"]
    empty = rows.frame.assign(**dict.fromkeys(numbers, np.float32("nan")), plan__value=pd.Series(dtype="str"))
    said, why = scorer.predict(empty), scorer.explain(empty)
    assert np.isfinite(said["risk_90d"]).all()
    assert np.isfinite(why.contributions).all()
    some = scorer.predict(rows.frame.assign(logins__trend__28d=np.float32("nan")))
    assert np.isfinite(some["risk_90d"]).all()
    assert some["score"].notna().mean() > 0.99


def test_no_account_changes_another(scorer: Scorer, rows: Invented) -> None:
    part = rows.frame.sample(25, random_state=4)
    pd.testing.assert_frame_equal(scorer.predict(part), scorer.predict(rows.frame).loc[part.index], check_exact=True)
    assert len(scorer.explain(rows.frame.iloc[:0]).log_odds) == 0


@pytest.mark.parametrize("which", SCORERS)
def test_a_saved_scorer_says_the_same(which: str, model: RiskModel, saved: Path, rows: Invented) -> None:
    before, after = chosen(model, which), chosen(load_bundle(saved), which)
    pd.testing.assert_frame_equal(after.predict(rows.frame), before.predict(rows.frame), check_exact=True)
    assert (after.explain(rows.frame).contributions == before.explain(rows.frame).contributions).all()
