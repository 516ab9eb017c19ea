"""Claims about the split of changes: parts add up, and each move goes where it belongs."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnpredict.columns import FeatureName
from churnpredict.config import TENURE, DeclaredFeature
from churnpredict.scoring import (
    FeatureSpace,
    RiskChanges,
    RiskModel,
    change_drivers_to_parquet,
    moved_accounts,
    risk_changes,
    split_changes,
)
from churnpredict.scoring.changes import PARTS, SMALLEST_NAMED, _clocks

from .invented import Invented, invented, model_of, quickly

THEN, NOW = pd.Timestamp("2024-02-24"), pd.Timestamp("2024-03-02")
DAYS = 7


@pytest.fixture(scope="module")
def retrained() -> RiskModel:
    return model_of(invented(seed=2))


def at(frame: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """The rows as different accounts of one cutoff."""
    accounts = [f"a{number}" for number in range(len(frame))]
    return frame.assign(account_id=accounts, cutoff=cutoff).reset_index(drop=True)


def split(model: RiskModel, before: pd.DataFrame, now: pd.DataFrame, stored: RiskModel | None = None) -> RiskChanges:
    """What is said of two weeks whose first was scored by `stored`."""
    changes = risk_changes(model.predict(now), (stored or model).predict(before))
    return split_changes(changes, model, before, now, same_model=stored is None)


def only(changes: RiskChanges, part: str) -> None:
    """All of the change is in one part, and there is some."""
    parts = changes.parts
    assert parts["risk_change"].abs().max() > 0.001
    assert np.allclose(parts[part], parts["risk_change"], rtol=0, atol=1e-12)
    assert (parts[[name for name in PARTS if name != part]].abs() < 1e-12).all(axis=None)


@settings(quickly, max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=1, max_size=12), st.booleans())
def test_the_parts_add_up_to_the_change_and_the_drivers_to_their_part(
    model: RiskModel,
    retrained: RiskModel,
    rows: Invented,
    pairs: list[tuple[int, int]],
    other: bool,  # noqa: FBT001 - drawn
) -> None:
    before = at(rows.frame.iloc[[first for first, _ in pairs]], THEN)
    now = at(rows.frame.iloc[[second for _, second in pairs]], NOW)
    found = split(model, before, now, retrained if other else None)
    assert np.allclose(found.parts[list(PARTS)].sum(axis=1), found.parts["risk_change"], rtol=0, atol=1e-9)
    for part in ("by_data", "by_time"):
        drivers = found.drivers[found.drivers["part"] == part].groupby("account_id")["points"].sum()
        expected = found.parts.set_index("account_id")
        small = expected[["by_data", "by_time"]].abs().max(axis=1) < SMALLEST_NAMED
        assert drivers.index.isin(expected.index[~small]).all()
        expected = expected.loc[~small, part]
        assert np.allclose(drivers.reindex(expected.index).fillna(0.0), expected, rtol=0, atol=1e-9)
    strengths = found.drivers.assign(points=found.drivers["points"].abs()).groupby("account_id")
    assert strengths["rank"].apply(lambda ranks: ranks.tolist() == list(range(1, len(ranks) + 1))).all()
    assert strengths["points"].apply(lambda points: points.is_monotonic_decreasing).all()


def test_time_alone_is_time(model: RiskModel, rows: Invented) -> None:
    before = at(rows.frame, THEN)
    found = split(model, before, before.assign(cutoff=NOW, tenure__days_since=before["tenure__days_since"] + DAYS))
    only(found, "by_time")
    assert set(found.drivers["feature"]) == {"tenure__days_since"}


def test_a_clock_that_was_put_back_is_data(model: RiskModel, rows: Invented) -> None:
    before = at(rows.frame, THEN)
    only(split(model, before, before.assign(cutoff=NOW, tenure__days_since=np.float32(1.0))), "by_data")


def test_another_model_alone_is_the_model(model: RiskModel, retrained: RiskModel, rows: Invented) -> None:
    before = at(rows.frame, THEN)
    found = split(model, before, before.assign(cutoff=NOW), retrained)
    only(found, "by_model")
    assert found.drivers.empty


def test_another_calibration_alone_is_the_model(model: RiskModel, rows: Invented) -> None:
    before = at(rows.frame, THEN)
    steeper = tuple(replace(sigmoid, slope=1.3 * sigmoid.slope) for sigmoid in model.sigmoids)
    only(split(model, before, before.assign(cutoff=NOW), replace(model, sigmoids=steeper)), "by_model")


def test_what_is_known_differently_of_the_same_day_came_late(model: RiskModel, rows: Invented) -> None:
    stored = at(rows.frame, THEN)
    known = stored.assign(tickets__count__84d=stored["tickets__count__84d"] + 2)
    changes = risk_changes(model.predict(known.assign(cutoff=NOW)), model.predict(stored))
    only(split_changes(changes, model, known, known.assign(cutoff=NOW), same_model=True), "by_late_data")


def test_a_move_of_data_goes_to_its_signal_with_its_sign(model: RiskModel, rows: Invented) -> None:
    before = at(rows.frame.dropna().head(200), THEN)
    now = before.assign(
        cutoff=NOW,
        logins__sum__28d=before["logins__sum__28d"] * np.float32(0.2),
        logins__trend__28d=before["logins__trend__28d"] * np.float32(0.2),
        tenure__days_since=before["tenure__days_since"] + DAYS,
    )
    found = split(model, before, now)
    data = found.drivers[found.drivers["part"] == "by_data"].set_index("account_id")
    assert data.index.is_unique, "one row for the signal, not one for each of its windows"
    assert set(data["feature"]) <= {"logins__sum__28d", "logins__trend__28d"}
    assert (data["points"] > 0).mean() > 0.9, "fewer logins raise the risk in this world"
    for account, driver in data.head(20).iterrows():
        place = int(str(account)[1:])
        assert driver["before"] == before[driver["feature"]].iloc[place]
        assert driver["value"] == now[driver["feature"]].iloc[place]


def test_differences_of_two_explanations_would_blame_what_stood_still(model: RiskModel, rows: Invented) -> None:
    """Why the split goes from one week to the next, and not from each to the typical account."""
    before = at(rows.frame.dropna().head(200), THEN)
    now = before.assign(cutoff=NOW, logins__trend__28d=before["logins__trend__28d"] * np.float32(0.3))
    moved = model.space.names.index("logins__trend__28d")
    differences = model.explain(now).points() - model.explain(before).points()
    still = np.delete(differences, moved, axis=1)
    assert np.abs(still).max() > 0.01
    assert set(split(model, before, now).drivers["feature"]) == {"logins__trend__28d"}


def test_an_account_without_features_of_then_keeps_its_total(model: RiskModel, rows: Invented) -> None:
    before, now = at(rows.frame.head(3), THEN), at(rows.frame.tail(3), NOW)
    changes = risk_changes(model.predict(now), model.predict(before))
    found = split_changes(changes, model, before.iloc[1:], now, same_model=True)
    assert found.parts["risk_change"].notna().all()
    assert found.parts["by_data"].isna().tolist() == [True, False, False]
    nobody = split_changes(changes, model, before.iloc[:0], now, same_model=True)
    assert nobody.parts["by_data"].isna().all()
    assert nobody.drivers.empty


def test_an_account_is_told_if_its_risk_or_its_tier_moved() -> None:
    ids = ["a", "b", "c", "d"]
    previous = pd.DataFrame({"account_id": ids, "cutoff": THEN, "risk_90d": 0.2, "tier": "yellow"})
    now = previous.iloc[1:].assign(cutoff=NOW, risk_90d=[0.212, 0.201, 0.201], tier=["yellow", "red", "yellow"])
    changes = risk_changes(now, previous)
    assert changes["account_id"].tolist() == ["b", "c", "d"]
    assert moved_accounts(changes, now, previous) == ["b", "c"]


def test_a_clock_moves_by_itself_a_day_a_day() -> None:
    declared = [
        DeclaredFeature(TENURE, "Time", "context"),
        DeclaredFeature(FeatureName("renewal", "days_until"), "Renewal", "financial"),
        DeclaredFeature(FeatureName("plan", "days_unchanged"), "Plan", "financial"),
        DeclaredFeature(FeatureName("contact", "days_since"), "New contact", "context"),
        DeclaredFeature(FeatureName("logins", "days_since"), "Logins", "product"),
        DeclaredFeature(FeatureName("seats", "change", 84), "Seats", "financial"),
    ]
    names = [str(feature.name) for feature in declared]
    before = pd.DataFrame([[50.0] * len(names)] * 2, columns=names)
    space = FeatureSpace.learn(declared, before)
    moved = [DAYS, -DAYS, DAYS, DAYS, DAYS, DAYS]
    now = before + np.array([moved, [DAYS + 1, 365, -50, np.nan, 0, 0]])
    clocks = _clocks(space, space.encode(before), space.encode(now), np.array([DAYS, DAYS]))
    assert clocks.tolist() == [[True, True, True, True, False, False], [False] * 6]


def test_drivers_of_changes_are_stored_with_numbers_and_texts_apart(model: RiskModel, rows: Invented) -> None:
    before, now = at(rows.frame.head(60), THEN), at(rows.frame.tail(60), NOW)
    drivers = split(model, before, now).drivers
    read = pd.read_parquet(io.BytesIO(change_drivers_to_parquet(drivers)))
    assert read["points"].tolist() == drivers["points"].tolist()
    texts = drivers["feature"] == "plan__value"
    assert read.loc[~texts, "value_text"].isna().all()
    assert read.loc[texts, "value"].isna().all()
    together = read["value"].astype(object).where(read["value"].notna(), read["value_text"])
    assert [None if pd.isna(value) else value for value in together] == drivers["value"].tolist()
    empty = pd.read_parquet(io.BytesIO(change_drivers_to_parquet(RiskChanges.none().drivers)))
    assert empty.columns.tolist() == read.columns.tolist()
    assert empty.empty
