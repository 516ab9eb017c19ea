"""On Spark, accounts are scored where their features are made, and the week is the one that DuckDB gives."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from churnpredict.batch import Week, predict_week
from churnpredict.config import Project, read_project
from churnpredict.dataset import Dataset, open_dataset
from churnpredict.errors import BundleError, DataError, EngineError
from churnpredict.scored import score
from engines import servers
from lab.company import TODAY, TOML, Trained

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("spark_session"), servers.SPARK_LEAVES_SOCKETS]


@pytest.fixture(scope="module")
def on_spark(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The shared company with its champion, every table read by Spark."""
    folder = tmp_path_factory.mktemp("spark") / "acme"
    trained.copy_to(folder)
    path = folder / "churnpredict.toml"
    path.write_text(servers.on_engine(TOML, "kind = 'spark'", f"path = '{folder}/{{name}}.parquet'"), encoding="utf-8")
    return read_project(path)


@pytest.fixture(scope="module")
def dataset(on_spark: Project) -> Dataset:
    return open_dataset(on_spark)


@pytest.fixture(scope="module")
def collected() -> list[tuple[list[str], int]]:
    """Columns and rows of everything that came from Spark to this process."""
    return []


@pytest.fixture(scope="module")
def week(on_spark: Project, collected: list[tuple[list[str], int]]) -> Week:
    from pyspark.sql.classic.dataframe import DataFrame

    to_arrow = DataFrame.toArrow

    def seen(frame: Any) -> pa.Table:
        table = to_arrow(frame)
        collected.append((table.column_names, table.num_rows))
        return table

    def refused(*_: object) -> None:
        pytest.fail("rows come as Arrow")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DataFrame, "toArrow", seen)
        for way in ("collect", "toPandas", "toLocalIterator"):
            patch.setattr(DataFrame, way, refused)
        return predict_week(on_spark, TODAY)


@pytest.fixture(scope="module")
def week_here(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Week:
    folder = tmp_path_factory.mktemp("duckdb") / "acme"
    trained.copy_to(folder)
    return predict_week(read_project(folder / "churnpredict.toml"), TODAY)


def test_the_week_is_the_one_of_duckdb(week: Week, week_here: Week) -> None:
    assert len(week.risk_list) > 50
    pd.testing.assert_frame_equal(week.risk_list, week_here.risk_list, rtol=1e-12)
    stored = [pd.read_parquet(each.folder / "predictions.parquet") for each in (week, week_here)]
    pd.testing.assert_frame_equal(*stored, rtol=1e-12)


def test_drivers_are_those_of_duckdb(dataset: Dataset, trained: Trained) -> None:
    model = trained.training.model
    there, here = score(dataset, model, TODAY), score(trained.dataset, model, TODAY)
    for what in ("predictions", "drivers", "details"):
        pd.testing.assert_frame_equal(getattr(there, what), getattr(here, what), rtol=1e-12, obj=what)
    assert there.typical_risk == here.typical_risk


def test_no_feature_leaves_the_workers(week: Week, collected: list[tuple[list[str], int]], on_spark: Project) -> None:
    features = {str(feature.name) for feature in on_spark.features()}
    assert collected
    assert all(features.isdisjoint(columns) for columns, _ in collected)
    predictions = [rows for columns, rows in collected if "risk_90d" in columns]
    assert predictions == [len(week.risk_list)]
    assert all(rows <= len(week.risk_list) for _, rows in collected)


def in_workers(dataset: Dataset, happens: Callable[[], object]) -> None:
    """Map the features with a function in which something happens once it is given an account."""

    # Within another, so that it travels by value: workers do not have this file.
    def mapped(frame: pd.DataFrame) -> pa.RecordBatch:
        if frame["account_id"].notna().any():
            happens()
        return pa.RecordBatch.from_pydict({"cutoff": pa.nulls(len(frame)), "account_id": pa.nulls(len(frame))})

    list(dataset.map_features([TODAY], mapped))


def test_what_a_worker_raises_is_told_in_a_line(dataset: Dataset) -> None:
    def fails() -> None:
        msg = "no room in here"
        raise MemoryError(msg)

    with pytest.raises(
        EngineError, match=r"^connections: a Spark worker raised MemoryError: no room in here; "
    ) as told:
        in_workers(dataset, fails)
    assert "\n" not in str(told.value)


def test_a_worker_that_dies_is_told_in_a_line(dataset: Dataset) -> None:
    with pytest.raises(EngineError, match="Python worker exited unexpectedly") as told:
        in_workers(dataset, lambda: os.kill(os.getpid(), 9))
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 1_200


def test_a_worker_uses_the_cores_of_its_task(dataset: Dataset) -> None:
    def counts() -> None:
        from churnpredict.scoring.hazards import threads

        raise ValueError(threads())

    with pytest.raises(EngineError, match="ValueError: 1; "):
        in_workers(dataset, counts)


def test_a_model_of_other_declarations_is_refused_before_a_worker_sees_it(dataset: Dataset, trained: Trained) -> None:
    other = dataset.project.model_copy(update={"histories": {}, "health_score": None})
    with pytest.raises(BundleError, match="are not declared any more"):
        score(Dataset(other, dataset.tables, dataset.reports), trained.training.model, TODAY)


def test_an_account_that_never_was_is_not_scored(dataset: Dataset, trained: Trained) -> None:
    with pytest.raises(DataError, match="nobody not alive"):
        score(dataset, trained.training.model, TODAY, accounts=["nobody"])
