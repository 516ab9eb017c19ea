"""Claims about the hazards and about margins from models that never saw the account."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from churnpredict.scoring import HazardModel, RiskModel, Settings, fit_hazards, label_matrix, out_of_fold_margins
from churnpredict.scoring.feature_space import Matrix

from .invented import INTERVALS, SETTINGS, Floats, Invented

TOLD = Settings(leaves=15, trees=60, rate=0.2, bags=1)


def told_apart_by_id(accounts: int = 60, rows_each: int = 80) -> tuple[Matrix, Floats, np.ndarray]:
    """A feature that is the account's number and nothing else, and churn that depends on nothing."""
    random = np.random.default_rng(5)
    fate = (random.random(accounts) < 0.4).astype(float)
    numbers = np.repeat(np.arange(accounts), rows_each)
    matrix = np.column_stack([numbers, random.normal(size=len(numbers))]).astype(np.float32)
    names = np.array([f"a{number}" for number in numbers], dtype=object)
    return matrix, fate[numbers].reshape(-1, 1), names


def test_a_feature_that_names_the_account_does_not_help_out_of_fold() -> None:
    matrix, labels, names = told_apart_by_id()
    seen = fit_hazards(matrix, labels, intervals=[(0, 60)], categorical=[], settings=TOLD).margins(matrix)
    unseen = out_of_fold_margins(matrix, labels, names, categorical=[], settings=TOLD)
    assert roc_auc_score(labels[:, 0], seen[:, 0]) > 0.95
    assert roc_auc_score(labels[:, 0], unseen[:, 0]) < 0.65


def test_the_fate_of_an_account_does_not_touch_its_own_out_of_fold_margins() -> None:
    matrix, labels, names = told_apart_by_id()
    mine = names == "a7"
    turned = labels.copy()
    turned[mine] = 1 - turned[mine]
    before = out_of_fold_margins(matrix, labels, names, categorical=[], settings=TOLD)
    after = out_of_fold_margins(matrix, turned, names, categorical=[], settings=TOLD)
    assert (before[mine] == after[mine]).all()
    assert (before[~mine] != after[~mine]).any()


def test_every_row_gets_an_out_of_fold_margin_for_every_interval(rows: Invented, model: RiskModel) -> None:
    matrix = model.space.encode(rows.frame)
    margins = out_of_fold_margins(
        matrix, rows.labels, rows.accounts, categorical=model.space.categorical, settings=SETTINGS
    )
    assert margins.shape == rows.labels.shape
    assert np.isfinite(margins).all()


def fit_second(matrix: Matrix, labels: Floats) -> HazardModel:
    settings = Settings(trees=5, bags=1)
    return fit_hazards(matrix, labels[:, 1:], intervals=[(60, 90)], categorical=[], settings=settings)


def test_rows_whose_label_is_not_known_teach_nothing(rows: Invented, model: RiskModel) -> None:
    matrix = model.space.encode(rows.frame)
    known = ~np.isnan(rows.labels[:, 1])
    spoilt = matrix.copy()
    spoilt[~known] = -1e6
    assert (~known).any()
    told = (fit_second(m, rows.labels[keep]) for m, keep in ((matrix[known], known), (spoilt, slice(None))))
    clean, other = (hazards.margins(matrix) for hazards in told)
    assert (clean == other).all()


def test_a_margin_is_the_mean_of_the_bag(model: RiskModel, rows: Invented) -> None:
    matrix = model.space.encode(rows.frame)
    for column, boosters in enumerate(model.hazards.boosters):
        each = [booster.predict(matrix, raw_score=True) for booster in boosters]
        assert len(each) == SETTINGS.bags
        assert (each[0] != each[1]).any(), "other seeds give other boosters"
        assert model.hazards.margins(matrix)[:, column] == pytest.approx(np.mean(each, axis=0), abs=1e-12)


def test_contributions_sum_to_the_margins(model: RiskModel, rows: Invented) -> None:
    matrix = model.space.encode(rows.frame)
    summed = model.hazards.contributions(matrix).sum(axis=2).T
    assert summed == pytest.approx(model.hazards.margins(matrix), abs=1e-9)


def test_boosters_come_back_from_their_texts_bit_for_bit(model: RiskModel, rows: Invented) -> None:
    texts = model.hazards.texts()
    assert sorted(texts) == sorted(f"hazard_{a}_{b}d_bag_{bag}" for a, b in INTERVALS for bag in range(SETTINGS.bags))
    again = HazardModel.from_texts(INTERVALS, SETTINGS.bags, texts)
    matrix = model.space.encode(rows.frame)
    assert (again.margins(matrix) == model.hazards.margins(matrix)).all()


@pytest.mark.parametrize(("churners", "leaves"), [(0, 4), (499, 4), (500, 7), (1_499, 7), (1_500, 15), (9_999, 15)])
def test_more_churners_allow_larger_trees(churners: int, leaves: int) -> None:
    assert Settings.for_churners(churners, bags=3, seed=7).leaves == leaves


def test_probabilities_are_not_weighted_by_class() -> None:
    parameters = SETTINGS.parameters(0)
    assert not {"is_unbalance", "scale_pos_weight", "class_weight"} & set(parameters)
    assert parameters["seed"] != SETTINGS.parameters(1)["seed"]


def test_a_churned_account_is_not_at_risk_later() -> None:
    import pandas as pd

    frame = pd.DataFrame({"churned_60_90d": [np.nan, 0.0], "churned_0_60d": [1.0, 0.0]})
    assert label_matrix(frame, INTERVALS).tolist()[1] == [0.0, 0.0]
    assert label_matrix(frame, INTERVALS)[0, 0] == 1
    assert np.isnan(label_matrix(frame, INTERVALS)[0, 1])
