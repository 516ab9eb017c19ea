"""Claims about what is known of a row when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from churnpredict.dataset import Dataset
from churnpredict.lab.learning.training_rows import TrainingRows, rows_of

from .company import Company

CUTOFF = date(2024, 1, 1)
#: 89 days after the cutoff, so the last of its labels is open.
DAY_SHORT = CUTOFF + timedelta(days=89)

TOML = """
[accounts]
table = "accounts.parquet"
started_on = "started_on"

[events.usage]
table = "usage.parquet"
time = "day"
windows = [28]
signals.logins = { aggregations = ["count"] }

[churn]
kind = "dated"
table = "churn.parquet"
time = "churned_on"

[interventions]
table = "interventions.parquet"
time = "day"
"""

ACCOUNTS = ["early", "late", "saved", "stayed", "treated"]


def ahead(days: int) -> date:
    return CUTOFF + timedelta(days=days)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Churn early, late or never; treated before it churned, and before it could."""
    usage = pd.DataFrame({"account_id": ACCOUNTS, "day": ahead(-10)})
    churn = [("early", ahead(10)), ("late", ahead(70)), ("treated", ahead(75))]
    tables = {
        "accounts": pd.DataFrame({"account_id": ACCOUNTS, "started_on": ahead(-400)}),
        "usage": usage,
        "churn": pd.DataFrame(churn, columns=["account_id", "churned_on"]),
        "interventions": pd.DataFrame([("saved", ahead(30)), ("treated", ahead(65))], columns=["account_id", "day"]),
    }
    return Company(tables, TOML).open(tmp_path_factory.mktemp("rows"))


@pytest.fixture(scope="module")
def features(dataset: Dataset) -> pd.DataFrame:
    return pd.concat(list(dataset.features([CUTOFF])), ignore_index=True)


def known(dataset: Dataset, features: pd.DataFrame, until: date) -> dict[str, list[float | None]]:
    """By account: the labels of [0, 60) and [60, 90), and whether it churned within 90 days."""
    rows = TrainingRows.known_at(dataset, features, until)
    values = np.column_stack([rows.labels, rows.churned()])
    said = [[None if np.isnan(value) else float(value) for value in row] for row in values]
    return dict(zip(rows.accounts, said, strict=True))


def test_once_all_has_passed_only_treatment_hides_what_happened(dataset: Dataset, features: pd.DataFrame) -> None:
    assert known(dataset, features, ahead(90)) == {
        "early": [1, None, 1],
        "late": [0, 1, 1],
        "saved": [None, None, None],
        "stayed": [0, 0, 0],
        "treated": [0, None, None],
    }


def test_an_early_churner_of_an_unfinished_window_is_not_known(dataset: Dataset, features: pd.DataFrame) -> None:
    assert known(dataset, features, DAY_SHORT) == {
        "early": [1, None, None],
        "late": [0, None, None],
        "saved": [None, None, None],
        "stayed": [0, None, None],
        "treated": [0, None, None],
    }
    assert not TrainingRows.known_at(dataset, features, DAY_SHORT).complete.any()


def test_before_the_first_interval_has_passed_nothing_is_known(dataset: Dataset, features: pd.DataFrame) -> None:
    assert {value for row in known(dataset, features, ahead(59)).values() for value in row} == {None}


def test_rows_without_any_label_are_left_out_and_churners_counted_once(
    dataset: Dataset, features: pd.DataFrame
) -> None:
    rows = TrainingRows.known_at(dataset, features, ahead(90)).labelled()
    assert rows.accounts.tolist() == ["early", "late", "stayed", "treated"]
    assert len(rows.labels) == len(rows.complete) == 4
    assert rows.churners == 2
    twice = replace(rows, features=rows.features.assign(account_id="early"))
    assert twice.churners == 1


def test_rows_of_a_cutoff_are_those_of_its_day(features: pd.DataFrame) -> None:
    assert len(rows_of(features, [CUTOFF, ahead(1)])) == len(ACCOUNTS)
    assert rows_of(features, [ahead(1)]).empty
