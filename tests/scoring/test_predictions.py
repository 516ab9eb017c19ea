"""Claims about stored predictions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from churnpredict.errors import DataError
from churnpredict.scoring import PREDICTIONS, RiskModel, past_predictions, predictions_to_parquet, previous_predictions

from .invented import Invented

JANUARY, FEBRUARY, MARCH = date(2024, 1, 1), date(2024, 2, 5), date(2024, 3, 4)


@pytest.fixture(scope="module")
def said(model: RiskModel, rows: Invented) -> pd.DataFrame:
    return model.predict(rows.frame.iloc[:50])


def stored(predictions: pd.DataFrame, weeks: Path, cutoff: date) -> Path:
    path = weeks / cutoff.isoformat() / PREDICTIONS
    path.parent.mkdir(parents=True)
    path.write_bytes(predictions_to_parquet(predictions))
    return path


def test_predictions_come_back_as_they_were_stored(said: pd.DataFrame, tmp_path: Path) -> None:
    stored(said, tmp_path, JANUARY)
    pd.testing.assert_frame_equal(previous_predictions(tmp_path, FEBRUARY), said, check_exact=True)


def test_the_same_predictions_are_the_same_bytes(said: pd.DataFrame) -> None:
    assert predictions_to_parquet(said.copy()) == predictions_to_parquet(said)


def test_previous_is_the_latest_before_the_cutoff(said: pd.DataFrame, tmp_path: Path) -> None:
    for number, cutoff in enumerate((JANUARY, MARCH, FEBRUARY)):
        stored(said.assign(score=float(number)), tmp_path, cutoff)
    assert previous_predictions(tmp_path, MARCH)["score"].unique().tolist() == [2.0]  # type: ignore[index]
    assert previous_predictions(tmp_path, FEBRUARY)["score"].unique().tolist() == [0.0]  # type: ignore[index]
    assert previous_predictions(tmp_path, JANUARY) is None


def test_the_past_is_what_the_latest_lists_before_the_cutoff_said(said: pd.DataFrame, tmp_path: Path) -> None:
    for number, cutoff in enumerate((JANUARY, FEBRUARY, MARCH)):
        stored(said.assign(cutoff=pd.Timestamp(cutoff), risk_90d=number / 10), tmp_path, cutoff)
    past = past_predictions(tmp_path, MARCH, 26)
    assert past.columns.tolist() == ["account_id", "cutoff", "risk_90d", "tier"]
    assert past.groupby("cutoff")["risk_90d"].agg(["size", "max"]).to_numpy().tolist() == [[50, 0.0], [50, 0.1]]
    assert past_predictions(tmp_path, MARCH, 1)["risk_90d"].unique().tolist() == [0.1]
    assert past_predictions(tmp_path, JANUARY, 26).empty


def test_without_a_folder_there_is_no_previous(tmp_path: Path) -> None:
    assert previous_predictions(tmp_path / "none", JANUARY) is None


def test_a_damaged_part_is_named(said: pd.DataFrame, tmp_path: Path) -> None:
    path = stored(said, tmp_path, JANUARY)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"predictions\.parquet: cannot be read.*Predict that cutoff again"):
        previous_predictions(tmp_path, FEBRUARY)
