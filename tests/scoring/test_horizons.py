"""Claims about risk per horizon and the path from hazards to risk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from churnpredict.scoring import RiskModel, cumulative_risks
from churnpredict.scoring.horizons import log_odds, path_weights

from .invented import Floats, Invented, quickly

ANY_MARGINS = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 20), st.integers(1, 4)),
    elements=st.one_of(st.floats(-1e300, 1e300), st.floats(-40, 40)),
)
#: A risk of 2e-9 at one end and one that lacks 2e-9 to certainty at the other: beyond what trees say.
MARGINS = arrays.arrays(np.float64, (10, 2), elements=st.floats(-20, 20))
BASE = arrays.arrays(np.float64, 2, elements=st.floats(-8, 0))


@quickly
@given(ANY_MARGINS)
def test_a_longer_horizon_never_has_less_risk(margins: Floats) -> None:
    risks = cumulative_risks(margins)
    assert ((risks >= 0) & (risks <= 1)).all()
    assert (np.diff(risks, axis=1) >= 0).all()


@quickly
@given(MARGINS)
def test_risk_is_one_minus_the_product_of_what_survives(margins: Floats) -> None:
    hazards = 1 / (1 + np.exp(-margins))
    assert cumulative_risks(margins) == pytest.approx(1 - np.cumprod(1 - hazards, axis=1), abs=1e-12)


def test_small_risks_keep_their_digits() -> None:
    assert cumulative_risks(np.array([[-30.0, -30.0]]))[0] == pytest.approx(
        np.exp(-30) * np.array([1, 2]), rel=1e-9, abs=0
    )


@quickly
@given(MARGINS)
def test_log_odds_are_those_of_the_last_risk(margins: Floats) -> None:
    odds = log_odds(margins)
    assert 1 / (1 + np.exp(-odds)) == pytest.approx(cumulative_risks(margins)[:, -1], abs=1e-12)
    assert np.isfinite(odds).all()


@quickly
@given(BASE, MARGINS)
def test_path_weights_turn_moves_of_the_hazards_into_the_move_of_the_risk(base: Floats, margins: Floats) -> None:
    moved = (path_weights(base, margins) * (margins - base)).sum(axis=1)
    assert moved == pytest.approx(log_odds(margins) - log_odds(base), abs=1e-6)


@quickly
@given(BASE, MARGINS)
def test_a_hazard_that_rises_never_lowers_the_risk(base: Floats, margins: Floats) -> None:
    weights = path_weights(base, margins)
    assert (weights >= 0).all()


def test_no_account_has_more_risk_in_60_than_in_90_days(model: RiskModel, rows: Invented) -> None:
    said = model.predict(rows.frame)
    assert (said["risk_60d"] <= said["risk_90d"]).all()
    assert (said["risk_60_90d"] >= 0).all()
    assert (said["risk_60_90d"] == said["risk_90d"] - said["risk_60d"]).all()
    assert said["risk_90d"].nunique() > len(said) / 2
