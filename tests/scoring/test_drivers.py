"""Claims about explanations: they sum, keep their sign, and are TreeSHAP."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from churnpredict.scoring import Explanation, FeatureSpace, RiskModel, fit_hazards, top_drivers
from churnpredict.scoring import risk_model as risk_models
from churnpredict.scoring.drivers import points_by_category

from .invented import DECLARED, INTERVALS, SETTINGS, Floats, Invented, quickly

CONTRIBUTIONS = arrays.arrays(np.float64, (8, len(DECLARED)), elements=st.floats(-12, 12))


@pytest.fixture(scope="module")
def space(rows: Invented) -> FeatureSpace:
    return FeatureSpace.learn(DECLARED, rows.frame)


def explanation(space: FeatureSpace, contributions: Floats, base: float = -2.0) -> Explanation:
    return Explanation(space, contributions, base, base + contributions.sum(axis=1))


@quickly
@given(contributions=CONTRIBUTIONS, base=st.floats(-9, 3))
def test_points_sum_to_the_risk_above_the_typical_one(space: FeatureSpace, contributions: Floats, base: float) -> None:
    explained = explanation(space, contributions, base)
    assert explained.points().sum(axis=1) == pytest.approx(explained.risk - explained.base_risk, abs=1e-9)


@quickly
@given(contributions=CONTRIBUTIONS, base=st.floats(-9, 3))
def test_points_keep_the_sign_of_their_contribution(space: FeatureSpace, contributions: Floats, base: float) -> None:
    points = explanation(space, contributions, base).points()
    assert np.isfinite(points).all()
    assert (points * contributions >= 0).all()
    assert (points[np.abs(contributions) > 1e-3] != 0).all()


def test_a_row_like_the_typical_account_is_read_off_the_slope_there(space: FeatureSpace) -> None:
    contributions = np.zeros((1, len(DECLARED)))
    contributions[0, :2] = [0.5, -0.5]
    points = explanation(space, contributions, base=0.0).points()[0]
    assert points[:3].tolist() == [0.125, -0.125, 0.0]


def test_contributions_sum_to_the_log_odds(model: RiskModel, rows: Invented) -> None:
    explained = model.explain(rows.frame)
    assert explained.base + explained.contributions.sum(axis=1) == pytest.approx(explained.log_odds, abs=1e-6)
    assert np.abs(explained.contributions).max() > 0.5


def test_the_explained_risk_is_the_predicted_risk(model: RiskModel, rows: Invented) -> None:
    assert model.explain(rows.frame).risk == pytest.approx(model.predict(rows.frame)["risk_90d"].to_numpy(), abs=1e-12)


@pytest.mark.filterwarnings("ignore")
def test_contributions_of_the_bag_are_tree_shap(rows: Invented) -> None:
    import shap

    # shap asks LightGBM itself unless told that the trees are its own, and its own know no categories.
    numbers = FeatureSpace(tuple(f for f in FeatureSpace.learn(DECLARED, rows.frame).features if f.kind != "category"))
    matrix = numbers.encode(rows.frame)
    hazards = fit_hazards(matrix, rows.labels, intervals=INTERVALS, categorical=[], settings=SETTINGS)
    for said, boosters in zip(hazards.contributions(matrix[:60]), hazards.boosters, strict=True):
        explainers = [shap.TreeExplainer(booster) for booster in boosters]
        for explainer in explainers:
            explainer.model.model_type = "internal"
        values = [explainer.shap_values(matrix[:60], check_additivity=False) for explainer in explainers]
        assert said[:, :-1] == pytest.approx(np.mean(values, axis=0), abs=1e-6)
        assert said[:, -1] == pytest.approx(np.mean([explainer.expected_value for explainer in explainers]), abs=1e-6)


def test_rows_are_explained_alike_in_pieces_and_at_once(
    model: RiskModel, rows: Invented, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = model.explain(rows.frame)
    monkeypatch.setattr(risk_models, "EXPLAINED_ROWS", 300)
    in_pieces = model.explain(rows.frame)
    assert in_pieces.base == at_once.base
    assert (in_pieces.contributions == at_once.contributions).all()


def test_a_cutoff_without_accounts_has_an_empty_explanation(model: RiskModel, rows: Invented) -> None:
    nobody = model.explain(rows.frame.iloc[:0])
    assert nobody.contributions.shape == (0, len(DECLARED))
    assert top_drivers(nobody, rows.frame.iloc[:0]).empty


def test_the_strongest_drivers_come_first_and_carry_their_values(space: FeatureSpace, rows: Invented) -> None:
    frame = rows.frame.iloc[:2].assign(logins__sum__28d=[np.nan, 12.0], plan__value=["basic", None])
    contributions = np.array([[0.1, -0.9, 0.3, 0.0, 0.4, 0.2], [0.0, 0.1, 0.1, -0.3, 0.0, 0.2]])
    drivers = top_drivers(explanation(space, contributions), frame, most=3)
    assert drivers.groupby("account_id", sort=False)["feature"].apply(list).tolist() == [
        ["logins__sum__28d", "plan__value", "logins__trend__28d"],
        ["tickets__count__84d", "decides__value", "logins__sum__28d"],
    ]
    assert drivers["rank"].tolist() == [1, 2, 3, 1, 2, 3]
    assert drivers["value"].tolist()[:2] == [None, "basic"]
    assert drivers["value"].tolist()[5] == 12.0
    assert np.sign(drivers["points"]).tolist() == [-1, 1, 1, -1, 1, 1]
    assert drivers.loc[0, ["label", "category", "kind"]].tolist() == ["Logins", "product", "number"]
    assert drivers.loc[1, "typical"] == "basic"


def test_drivers_that_are_asked_for_in_excess_are_those_there_are(space: FeatureSpace, rows: Invented) -> None:
    contributions = np.ones((1, len(DECLARED)))
    drivers = top_drivers(explanation(space, contributions), rows.frame.iloc[:1], most=99)
    assert drivers["feature"].tolist() == space.names, "equal ones in the order of the features"


def test_points_of_all_features_add_up_in_the_table(model: RiskModel, rows: Invented) -> None:
    frame = rows.frame.iloc[:20]
    explained = model.explain(frame)
    drivers = top_drivers(explained, frame, most=len(DECLARED))
    summed = drivers.groupby(["account_id", "cutoff"], sort=False)["points"].sum().to_numpy()
    assert summed + explained.base_risk == pytest.approx(model.predict(frame)["risk_90d"].to_numpy(), abs=1e-6)
    assert isinstance(drivers, pd.DataFrame)


def test_points_by_category_add_up_to_the_risk_above_the_typical_one(model: RiskModel, rows: Invented) -> None:
    explained = model.explain(rows.frame.iloc[:200])
    parts = points_by_category(explained)
    assert set(parts) == {f"points_{part}" for part in ("product", "support", "financial", "executive", "context")}
    summed = np.nansum(np.column_stack(list(parts.values())), axis=1)
    assert summed == pytest.approx(explained.risk - explained.base_risk, abs=1e-12)
    categories = {feature.category for feature in model.space.features}
    assert {name for name, part in parts.items() if not np.isnan(part).all()} == {f"points_{c}" for c in categories}
