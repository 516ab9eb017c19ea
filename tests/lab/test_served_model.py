"""Claims about a model that is asked by others, and about what is kept of a training. No MLflow is needed."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from churnpredict.config import Project
from churnpredict.errors import BundleError, UsageError
from churnpredict.lab import ServedModel, Training, require_tracking, track
from churnpredict.lab.tracking import mlflow_runs
from churnpredict.lab.tracking.record import masked

from .company import Trained


@pytest.fixture(scope="module")
def served(trained: Trained) -> ServedModel:
    return ServedModel.load(trained.project.champion_folder)


@pytest.fixture(scope="module")
def frame(trained: Trained) -> pd.DataFrame:
    return trained.training.latest.head(20)


def test_it_says_what_the_model_says(served: ServedModel, frame: pd.DataFrame, trained: Trained) -> None:
    said = served.predict(frame)
    assert list(said) == list(served.outputs)
    expected = trained.training.model.predict(frame)
    assert said["risk_90d"].tolist() == expected["risk_90d"].tolist()
    assert said["raw_tier"].tolist() == expected["tier"].tolist()


def test_no_rows_give_no_rows_of_the_same_columns(served: ServedModel, frame: pd.DataFrame) -> None:
    said = served.predict(frame.iloc[:0])
    assert (len(said), list(said)) == (0, list(served.predict(frame)))
    assert said.dtypes["risk_90d"] == "float64"


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("plan__value", "platinum", "20 of 20 rows have levels unknown to the model, such as 'platinum'"),
        ("plan__value", None, "no row has a value"),
        ("logins__sum__28d", np.inf, "20 infinite values count as missing"),
        ("logins__sum__28d", -np.inf, "20 infinite values count as missing"),
    ],
)
def test_what_cannot_be_used_counts_as_missing_and_is_said(
    served: ServedModel,
    frame: pd.DataFrame,
    column: str,
    value: object,
    told: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    kind = "str" if column == "plan__value" else "float64"
    empty = frame.assign(**{column: pd.Series([None] * len(frame), dtype=kind)})
    given = frame.assign(**{column: pd.Series([value] * len(frame), dtype=kind)})
    with caplog.at_level(logging.WARNING):
        said = served.predict(given)
    assert [record.getMessage() for record in caplog.records] == [f"{column}: {told}"]
    assert said["risk_90d"].tolist() == served.predict(empty)["risk_90d"].tolist()


def test_its_own_frame_is_accepted_in_silence(
    served: ServedModel, frame: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    served.predict(frame)
    assert caplog.records == []


def test_a_missing_feature_is_refused(served: ServedModel, frame: pd.DataFrame) -> None:
    with pytest.raises(BundleError, match="logins__sum__28d"):
        served.predict(frame.drop(columns="logins__sum__28d"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("postgresql://ada:pa:ss@host/db refused", "postgresql://***@host/db refused"),
        ("https://token@host/mlflow", "https://***@host/mlflow"),
        ("host=db password=hunter2 user=ada", "host=db password=*** user=ada"),
        ("token: 'abc'", "token: ***"),
        ("url?api_key=1234&n=2", "url?api_key=***&n=2"),
        ("file:///home/ada/models", "file:///home/ada/models"),
        ("mail ada@example.com", "mail ada@example.com"),
    ],
)
def test_secrets_are_masked_and_nothing_else(text: str, said: str) -> None:
    assert masked(text) == said


def with_tracking(trained: Trained, *, enabled: bool | None) -> Project:
    declared = trained.project.tracking.model_copy(update={"enabled": enabled})
    return trained.project.model_copy(update={"tracking": declared})


@pytest.fixture
def _no_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_runs, "find_spec", lambda _: None)


@pytest.mark.usefixtures("_no_mlflow")
def test_without_mlflow_a_training_is_not_tracked_and_says_so(trained: Trained) -> None:
    training: Training = replace(trained.training)
    found = track(training, with_tracking(trained, enabled=None), standing="champion", reports=[])
    assert found.run is None
    assert "pip install 'churnpredict[lab]'" in (found.why_not or "")
    require_tracking(with_tracking(trained, enabled=None))


@pytest.mark.usefixtures("_no_mlflow")
def test_tracking_that_is_declared_needs_mlflow_before_the_work_begins(trained: Trained) -> None:
    with pytest.raises(UsageError, match=r"tracking\.enabled: MLflow is not installed"):
        require_tracking(with_tracking(trained, enabled=True))


def test_tracking_that_is_not_wanted_says_nothing(trained: Trained) -> None:
    found = track(trained.training, with_tracking(trained, enabled=False), standing="champion", reports=[])
    assert (found.run, found.why_not) == (None, None)
