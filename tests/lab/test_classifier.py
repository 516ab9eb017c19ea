"""Claims about the hazard model as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from churnpredict.errors import UsageError
from churnpredict.lab import HazardClassifier, TrainingRows, labelled_rows
from scoring.invented import invented

from .company import TODAY, Trained

#: Few and fast trees that may split the twenty rows which scikit-learn's checks are made of.
SMALL: dict[str, Any] = {"trees": 20, "rate": 0.2, "bags": 1, "rows_of_a_leaf": 5, "features_share": 1.0, "ridge": 0.0}

#: What of scikit-learn's contract does not hold, and why.
EXCLUDED = {
    "check_sample_weight_equivalence_on_dense_data": (
        "a row of weight 2 is not two rows: a leaf holds a number of rows, trees are grown on a drawn share of the "
        "rows, and without groups each row is a group of its own, so that two rows fall into two folds"
    )
}


@parametrize_with_checks([HazardClassifier(**SMALL)], expected_failed_checks=lambda _: EXCLUDED)
def test_it_keeps_to_the_contract_of_scikit_learn(estimator: HazardClassifier, check: Any) -> None:
    if check.func.__name__ == "check_array_api_input":
        pytest.skip("LightGBM reads NumPy alone")
    check(estimator)


@pytest.fixture(scope="module")
def rows(trained: Trained) -> TrainingRows:
    return labelled_rows(trained.dataset, TODAY)


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Numbers and text with gaps, the interval of churn, and accounts."""
    data = invented(accounts=150)
    interval = np.select([data.labels[:, 0] == 1, data.labels[:, 1] == 1], [1, 2], 0)
    return data.frame.drop(columns=["account_id", "cutoff"]), interval, data.accounts


def test_it_is_the_model_that_training_makes(trained: Trained, rows: TrainingRows) -> None:
    """The same rows and settings give the same risks, bit for bit: rows with one known interval among them."""
    model, settings = trained.training.model, trained.training.settings
    frame = rows.features[model.space.names]
    assert set(rows.intervals_known) == {1, 2}
    ours = HazardClassifier(trees=settings.trees, bags=settings.bags, random_state=settings.seed)
    ours.fit(frame, rows.interval_of_churn, groups=rows.accounts, intervals_known=rows.intervals_known)
    assert (ours.fitted_.risks(ours.space_.encode(frame)) == model.risks(rows.features)).all()
    assert ours.predict_proba(frame)[:, 0] == pytest.approx(1 - model.risks(rows.features)[:, -1], abs=1e-12)


def test_probabilities_of_the_intervals_add_up(table: tuple[pd.DataFrame, np.ndarray, np.ndarray]) -> None:
    frame, interval, accounts = table
    proba = HazardClassifier(**SMALL).fit(frame, interval, groups=accounts).predict_proba(frame)
    assert proba.shape == (len(frame), 3)
    assert (proba >= 0).all()
    assert proba.sum(axis=1) == pytest.approx(1, abs=1e-12)
    # In sample, and calibrated out of fold: each class has about the mean that was observed.
    assert proba.mean(axis=0) == pytest.approx(np.bincount(interval) / len(interval), abs=0.02)


def test_churn_or_none_is_enough(table: tuple[pd.DataFrame, np.ndarray, np.ndarray]) -> None:
    frame, interval, accounts = table
    proba = HazardClassifier(**SMALL).fit(frame, interval > 0, groups=accounts).predict_proba(frame)
    assert proba.shape == (len(frame), 2)
    assert proba[interval > 0, 1].mean() > 2 * proba[interval == 0, 1].mean()


@pytest.mark.parametrize("kind", ["str", "category", "object"])
def test_text_is_read_whatever_it_is_kept_in(kind: str, table: tuple[pd.DataFrame, np.ndarray, np.ndarray]) -> None:
    frame, interval, accounts = table
    other = frame.astype({"plan__value": kind})
    model = HazardClassifier(**SMALL).fit(other, interval, groups=accounts)
    assert [feature.levels for feature in model.space_.features if feature.kind == "category"] == [
        ("basic", "plus", "pro")
    ]
    same = HazardClassifier(**SMALL).fit(frame, interval, groups=accounts)
    assert (model.predict_proba(other) == same.predict_proba(frame)).all()
    unseen = other.assign(plan__value=pd.Series("never seen", index=other.index, dtype=kind))
    missing = other.assign(plan__value=pd.Series(None, index=other.index, dtype=kind))
    assert (model.predict_proba(unseen) == model.predict_proba(missing)).all()


def test_a_weight_counts(table: tuple[pd.DataFrame, np.ndarray, np.ndarray]) -> None:
    frame, interval, accounts = table
    weights = np.where(interval > 0, 3.0, 1.0)
    model = HazardClassifier(**SMALL).fit(frame, interval, groups=accounts, sample_weight=weights)
    weighted = 3 * (interval > 0).sum() / weights.sum()
    said = np.average(1 - model.predict_proba(frame)[:, 0], weights=weights)
    assert said == pytest.approx(weighted, abs=0.05)
    assert weighted > (interval > 0).mean() + 0.1


def test_a_row_without_weight_is_as_if_it_were_not_there(table: tuple[pd.DataFrame, np.ndarray, np.ndarray]) -> None:
    frame, interval, accounts = table
    kept = np.arange(len(frame)) % 3 > 0
    some = HazardClassifier(**SMALL).fit(frame[kept], interval[kept], groups=accounts[kept])
    weightless = HazardClassifier(**SMALL).fit(frame, interval, groups=accounts, sample_weight=kept.astype(float))
    assert weightless.predict_proba(frame) == pytest.approx(some.predict_proba(frame), abs=1e-9)


def test_groups_stay_together_in_calibration() -> None:
    """A number of the account separates churners by heart; only where accounts stay together is that seen through."""
    random = np.random.default_rng(5)
    fate = random.random(60) < 0.4
    account = np.repeat(np.arange(60), 20)
    frame = pd.DataFrame({"number": account, "noise": random.normal(size=len(account))})
    model = HazardClassifier(**SMALL | {"leaves": 15})
    apart = model.fit(frame, fate[account]).predict_proba(frame)[:, 1]
    together = model.fit(frame, fate[account], groups=account).predict_proba(frame)[:, 1]
    assert np.ptp(apart) > 0.9
    assert np.ptp(together) < 0.5


def test_it_works_in_pipelines_and_searches(table: tuple[pd.DataFrame, np.ndarray, np.ndarray]) -> None:
    frame, interval, accounts = table
    chosen = make_column_transformer(
        ("passthrough", make_column_selector()), verbose_feature_names_out=False
    ).set_output(transform="pandas")
    pipeline = make_pipeline(chosen, clone(HazardClassifier(**SMALL)).set_params(leaves=7))
    pipeline.fit(frame, interval, hazardclassifier__groups=accounts)
    assert pipeline[-1].get_params()["leaves"] == 7
    assert pipeline.predict_proba(frame).shape == (len(frame), 3)
    judged = cross_val_score(
        HazardClassifier(**SMALL),
        frame,
        interval > 0,
        groups=accounts,
        cv=GroupKFold(3),
        scoring="roc_auc",
        params={"groups": accounts},
    )
    assert (judged > 0.6).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame, y: (frame.assign(day=pd.Timestamp("2024-01-01")), y, None), "day: a column of datetime64"),
        (lambda frame, y: (frame, y, np.arange(len(y)) % 4), "groups: 4 groups"),
        (lambda frame, y: (frame, 0 * y, None), "y: one class only, 0"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(
    change: Any, said: str, table: tuple[pd.DataFrame, np.ndarray, np.ndarray]
) -> None:
    frame, y, groups = change(*table[:2])
    with pytest.raises(UsageError, match=said):
        HazardClassifier(**SMALL).fit(frame, y, groups=groups)


def test_an_interval_whose_outcome_nobody_knows_is_refused(
    table: tuple[pd.DataFrame, np.ndarray, np.ndarray],
) -> None:
    frame, interval, _ = table
    with pytest.raises(UsageError, match=r"0 rows say what happened in interval 2 \(class 2\)"):
        HazardClassifier(**SMALL).fit(frame, interval, intervals_known=np.ones(len(interval)))
