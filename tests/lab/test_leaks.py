"""Claims about what is too good to be true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from churnpredict.lab.learning.leaks import suspected_leaks
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.scoring import Feature, FeatureSpace

N = 400


def found(
    values: np.ndarray, churned: np.ndarray, *, kind: str = "number", auc: float | None = 0.8, ever: float = 0.0
) -> list[str]:
    """Places that are suspected when one feature has these values; a row per account."""
    names = np.array([f"a{number}" for number in range(len(churned))], dtype=object)
    levels = tuple(sorted({value for value in values if isinstance(value, str)}))
    space = FeatureSpace((Feature("seen__value", "Seen", "context", kind, None, levels),))  # type: ignore[arg-type]
    frame = pd.DataFrame({"account_id": names, "cutoff": pd.Timestamp("2024-01-01"), "seen__value": values})
    rows = TrainingRows(frame, churned.reshape(-1, 1), np.ones(len(churned), dtype=bool))
    later = np.random.default_rng(0).random(len(names)) < ever
    churns = pd.DataFrame({"account_id": names[(churned == 1) | later]})
    return [problem.where for problem in suspected_leaks(rows, space, churns, auc=auc)]


@pytest.fixture
def churned() -> np.ndarray:
    return (np.arange(N) % 4 == 0).astype(float)


@pytest.mark.parametrize(("auc", "rings"), [(0.95, []), (0.951, ["training"]), (1.0, ["training"]), (None, [])])
def test_a_model_above_what_is_possible_is_suspected(churned: np.ndarray, auc: float | None, rings: list[str]) -> None:
    assert found(np.zeros(N), churned, auc=auc) == rings


@pytest.mark.parametrize("sign", [1, -1])
def test_a_feature_that_tells_alone_is_suspected_either_way_round(churned: np.ndarray, sign: int) -> None:
    noise = np.random.default_rng(1).normal(size=N)
    assert found(sign * (3 * churned + noise), churned) == ["seen__value"]
    assert found(sign * (churned + noise), churned) == []


def test_a_category_that_tells_alone_is_suspected(churned: np.ndarray) -> None:
    told = np.where(churned == 1, "closed", np.where(np.arange(N) % 3 == 0, "open", "new")).astype(object)
    assert found(told, churned, kind="category") == ["seen__value"]
    assert found(np.where(np.arange(N) % 3 == 0, "open", "new").astype(object), churned, kind="category") == []


def test_a_value_that_only_churners_have_is_suspected(churned: np.ndarray) -> None:
    assert found(np.where((churned == 1) & (np.arange(N) % 8 == 0), 1.0, np.nan), churned) == ["seen__value"]


def test_a_value_that_a_few_or_others_have_too_is_not(churned: np.ndarray) -> None:
    assert found(np.where((churned == 1) & (np.arange(N) < 30), 1.0, np.nan), churned) == []
    assert found(np.where(np.arange(N) % 8 < 2, 1.0, np.nan), churned) == []
    assert found(np.full(N, np.nan), churned) == []


def test_where_everybody_leaves_in_the_end_having_a_value_says_nothing(churned: np.ndarray) -> None:
    assert found(np.where((churned == 1) & (np.arange(N) % 8 == 0), 1.0, np.nan), churned, ever=0.9) == []
