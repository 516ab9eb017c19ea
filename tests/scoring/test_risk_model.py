"""Claims about a scorer with its calibration and tiers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from churnpredict.scoring import HealthScorer, RiskModel, tier_of

from .invented import HEALTH, INTERVALS, Invented


def test_a_prediction_has_the_keys_the_risks_the_score_and_the_tiers(model: RiskModel, rows: Invented) -> None:
    said = model.predict(rows.frame)
    assert said.columns.tolist() == [
        "account_id",
        "cutoff",
        "risk_60d",
        "risk_90d",
        "risk_60_90d",
        "score",
        "tier",
        "health_score",
        "health_tier",
        "health_coverage",
        "health_product",
        "health_support",
        "health_financial",
        "health_executive",
    ]
    assert (said[["account_id", "cutoff"]] == rows.frame[["account_id", "cutoff"]]).all(axis=None)
    assert model.horizons == [end for _, end in INTERVALS]


def test_the_score_is_that_of_the_risk_up_to_the_last_horizon(model: RiskModel, rows: Invented) -> None:
    said = model.predict(rows.frame)
    assert (said["score"] == model.scale.score(said["risk_90d"].to_numpy())).all()
    assert (said["tier"] == np.select([said["score"] < 60, said["score"] < 75], ["red", "yellow"], "green")).all()
    assert (said["risk_90d"] >= model.scale.risk_red).equals(said["tier"] == "red")
    assert said["tier"].nunique() == 3


def test_both_scorers_stand_on_the_same_scale(model: RiskModel, rows: Invented) -> None:
    said = model.predict(rows.frame)
    expected = HealthScorer(HEALTH).score(rows.frame)["health_score"]
    assert np.array_equal(said["health_score"], expected, equal_nan=True)
    assert said["health_tier"].tolist() == tier_of(expected.to_numpy(), model.scale.borders).tolist()


def test_a_risk_is_the_calibrated_hazard(model: RiskModel, rows: Invented) -> None:
    margins = model.hazards.margins(model.space.encode(rows.frame))
    first = model.sigmoids[0].probability(margins[:, 0])
    assert model.risks(rows.frame)[:, 0] == pytest.approx(first, abs=1e-12)


def test_rows_are_scored_one_by_one(model: RiskModel, rows: Invented) -> None:
    said = model.predict(rows.frame)
    chosen = rows.frame.sample(40, random_state=1)
    pd.testing.assert_frame_equal(model.predict(chosen), said.loc[chosen.index], check_exact=True)
    pd.testing.assert_frame_equal(model.predict(chosen.iloc[[7]]), said.loc[chosen.index[[7]]], check_exact=True)
