"""What a reference keeps of the training rows, and how far it says that others are from them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.lab.learning.reference import Drift, Reference
from churnpredict.lab.monitoring.findings import of_features
from churnpredict.scoring import Feature, FeatureSpace

SPACE = FeatureSpace(
    (
        Feature("logins__sum__28d", "Logins", "product", "number", None),
        Feature("plan__value", "Plan", "financial", "category", None, ("basic", "pro")),
        Feature("tenure__days_since", "Time as a customer", "context", "number", None),
    )
)
ACCOUNTS, CUTOFFS = 400, 12


def rows(seed: int = 1, accounts: int = ACCOUNTS, cutoffs: int = CUTOFFS) -> pd.DataFrame:
    """The same accounts at every cutoff, each much like itself the month before."""
    random = np.random.default_rng(seed)
    habit = np.repeat(random.gamma(2, 10, accounts)[None, :], cutoffs, axis=0)
    logins = random.poisson(habit).astype(float)
    logins[random.random(logins.shape) < 0.1] = np.nan
    plan = np.where(random.random(accounts) < 0.3, "pro", "basic").astype(object)
    plan[:3] = "legacy"
    return pd.DataFrame(
        {
            ACCOUNT_ID: np.tile([f"a{number}" for number in range(accounts)], cutoffs),
            CUTOFF: np.repeat(pd.date_range("2024-01-01", periods=cutoffs, freq="28D"), accounts),
            "logins__sum__28d": logins.ravel(),
            "plan__value": pd.Series(np.tile(plan, cutoffs), dtype="str"),
            "tenure__days_since": np.repeat(np.arange(cutoffs) * 28.0, accounts) + 100,
        }
    )


@pytest.fixture(scope="module")
def reference() -> Reference:
    frame = rows()
    risk = np.random.default_rng(3).beta(1, 20, len(frame))
    return Reference.learn(SPACE, frame, risk)


def drift(reference: Reference, name: str, values: pd.Series) -> Drift:
    feature = next(each for each in reference.features if each.name == name)
    return reference.drift(feature, values)


def test_a_reference_survives_being_written(reference: Reference) -> None:
    assert Reference.from_dict(json.loads(json.dumps(reference.as_dict()))) == reference


def test_it_counts_accounts_and_not_their_rows(reference: Reference) -> None:
    assert (reference.accounts, reference.cutoffs) == (ACCOUNTS, CUTOFFS)


def test_other_accounts_of_the_same_kind_stay_within_chance(reference: Reference) -> None:
    found = drift(reference, "logins__sum__28d", rows(seed=2, cutoffs=1)["logins__sum__28d"])
    assert found.distance < found.noise < 0.25


@pytest.mark.parametrize(("times", "direction"), [(1.8, "higher"), (0.5, "lower")])
def test_a_measure_counted_differently_is_far_and_its_direction_is_said(
    reference: Reference, times: float, direction: str
) -> None:
    found = drift(reference, "logins__sum__28d", rows(seed=2, cutoffs=1)["logins__sum__28d"] * times)
    assert found.distance > found.noise
    assert found.direction == direction


def test_features_of_a_source_that_moves_every_year_raise_no_alarm(reference: Reference) -> None:
    far = drift(reference, "logins__sum__28d", rows(seed=2, cutoffs=1)["logins__sum__28d"] * 0.2)
    assert [finding.level for finding in of_features([far], ACCOUNTS, {"tickets"})] == ["alarm"]
    (finding,) = of_features([far], ACCOUNTS, {"logins"})
    assert finding.level == "notice"
    assert "every year" in finding.words


def test_values_that_went_missing_are_named_as_such(reference: Reference) -> None:
    values = rows(cutoffs=1)["logins__sum__28d"]
    values[: len(values) // 2] = np.nan
    found = drift(reference, "logins__sum__28d", values)
    assert found.direction == "more missing"
    assert found.missing[1] > 0.5 > found.missing[0]


def test_the_fewer_accounts_the_more_is_put_down_to_chance(reference: Reference) -> None:
    values = rows(seed=2, cutoffs=1)["logins__sum__28d"]
    noises = [drift(reference, "logins__sum__28d", values[:many]).noise for many in (35, 100, 400)]
    assert noises[0] > 2 * noises[1] > 2 * noises[2]
    assert noises[0] > 0.5


def test_levels_that_training_saw_rarely_are_not_new(reference: Reference) -> None:
    found = drift(reference, "plan__value", pd.Series(["legacy", "pro", "ultra", "ultra", None], dtype="str"))
    assert found.unseen == {"ultra": 2}


def test_what_only_grows_was_far_from_itself_in_training_already(reference: Reference) -> None:
    tenure = next(each for each in reference.features if each.name == "tenure__days_since")
    assert tenure.ages
    assert tenure.farthest > 1


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False, width=32)), max_size=60))
def test_any_values_have_a_distance(reference: Reference, values: list[float | None]) -> None:
    found = drift(reference, "logins__sum__28d", pd.Series(values, dtype="float64"))
    assert np.isfinite([found.distance, found.noise]).all()
    assert found.distance >= 0


@given(st.lists(st.one_of(st.none(), st.floats(width=32), st.just(0.0)), min_size=1, max_size=60))
def test_any_values_can_be_learnt(values: list[float | None]) -> None:
    frame = pd.DataFrame({ACCOUNT_ID: "a", CUTOFF: pd.Timestamp("2024-01-01"), "logins__sum__28d": values})
    frame = frame.astype({"logins__sum__28d": "float64"})
    learnt = Reference.learn(SPACE.only(["logins__sum__28d"]), frame, np.full(len(frame), 0.1))
    assert sum(learnt.features[0].shares) == pytest.approx(1)
    assert learnt.drift(learnt.features[0], frame["logins__sum__28d"]).distance < 0.2
