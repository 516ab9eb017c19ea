"""Claims about trainings as runs of MLflow."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from churnpredict.batch import predict_week
from churnpredict.config import Project, read_project
from churnpredict.errors import BundleError
from churnpredict.lab import (
    Schedule,
    Tracked,
    Training,
    bundle_of_run,
    follow,
    judge,
    keep_comparison,
    promote,
    register,
    replay,
    roll_back,
    serve,
    track,
)
from churnpredict.scoring import load_bundle, model_digest

from .company import TODAY, Trained

pytestmark = [
    pytest.mark.lab,
    # MLflow and what it brings along say much that is not ours to change.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::PendingDeprecationWarning", "ignore::ResourceWarning"),
]
NAME = "Acme <&> Söhne"


@pytest.fixture(scope="module", autouse=True)
def _nothing_of_ours_in_the_environment() -> Iterator[None]:
    """Variables that MLflow and we set for the process stay in this module."""
    before = dict(os.environ)
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def project(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A company that tracks, with a published week."""
    folder = tmp_path_factory.mktemp("tracked") / "acme"
    trained.copy_to(folder)
    config = folder / "churnpredict.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("enabled = false", "enabled = true"), "utf-8")
    found = read_project(config)
    predict_week(found, TODAY)
    return found


@pytest.fixture(scope="module")
def tracked(trained: Trained, project: Project) -> Tracked:
    """The champion's run."""
    return track(trained.training, project, standing="champion", reports=trained.dataset.reports)


@pytest.fixture(scope="module")
def later(trained: Trained) -> Training:
    model = trained.training.model
    return replace(trained.training, model=replace(model, trained_until=model.trained_until + timedelta(days=7)))


@pytest.fixture
def copied(project: Project, tracked: Tracked, tmp_path: Path) -> Project:
    """A copy of the company with its run, to be changed; where it was copied from is not there to be read."""
    assert tracked.run
    shutil.copytree(project.folder, tmp_path / "copied", symlinks=True)
    there = read_project(tmp_path / "copied" / "churnpredict.toml")
    assert follow(there) is None
    return there


@pytest.fixture(scope="module")
def frame(trained: Trained) -> pd.DataFrame:
    return pd.concat(trained.dataset.features([TODAY]), ignore_index=True)


def client_of(project: Project) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(uri_of(project))


def uri_of(project: Project) -> str:
    return f"sqlite:///{project.models_folder / 'tracking' / 'mlflow.db'}"


def aliases(project: Project) -> dict[str, str]:
    """The model of each alias."""
    client = client_of(project)
    named = client.get_registered_model(NAME).aliases
    return {
        alias: client.get_model_version(NAME, version).tags["churnpredict.bundle"] for alias, version in named.items()
    }


def loaded(project: Project, monkeypatch: pytest.MonkeyPatch, alias: str = "champion") -> Any:
    """The model of an alias, as MLflow loads it with pickle forbidden."""
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    import mlflow

    # Not `set_tracking_uri`: it would stay for the tests that follow.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri_of(project))
    return mlflow.pyfunc.load_model(f"models:/{NAME}@{alias}")


def test_a_run_keeps_what_was_chosen_measured_and_made_of(trained: Trained, project: Project, tracked: Tracked) -> None:
    assert tracked.why_not is None
    assert tracked.store == uri_of(project)
    run = client_of(project).get_run(tracked.run)
    training = trained.training
    assert run.info.status == "FINISHED"
    assert run.data.params["leaves"] == str(training.settings.leaves)
    said = training.evaluation["model"]
    assert run.data.metrics["model/log_loss"] == said.log_loss
    assert run.data.metrics["model/log_loss_low"] == said.intervals["log_loss"].low
    assert {f"{name}/auc" for name in training.evaluation} <= set(run.data.metrics)
    assert run.data.metrics["churners"] == training.churners
    assert run.data.tags["churnpredict.bundle"] == model_digest(project.champion_folder)
    assert run.data.tags["mlflow.note.content"].startswith("# Model card")
    [used] = run.inputs.dataset_inputs
    assert json.loads(used.dataset.source)["events.usage"]["rows"] == len(
        pd.read_parquet(project.folder / "usage.parquet")
    )


def test_a_run_holds_drawings_documents_and_the_bundle(project: Project, tracked: Tracked, tmp_path: Path) -> None:
    folder = Path(client_of(project).download_artifacts(tracked.run, "", tmp_path))
    for name in ("reliability.svg", "lift.svg", "lead.svg"):
        assert (folder / name).read_text(encoding="utf-8").lstrip().startswith("<?xml"), name
    for name in ("beeswarm.png", "waterfall.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG"), name
    assert (folder / "model_card.md").is_file()
    assert (folder / "model" / "input_example.json").is_file()
    assert not [path.name for path in folder.rglob("*") if path.suffix in (".pkl", ".skops")]
    fingerprint = json.loads((folder / "fingerprint.json").read_text(encoding="utf-8"))
    assert fingerprint["cutoffs"]["trained_until"] == str(TODAY)
    assert len(fingerprint["sources"]["events.usage"]["sha256"]) == 64
    with bundle_of_run(project, tracked.run or "") as bundle:
        assert model_digest(load_bundle(bundle)) == model_digest(project.champion_folder)


def test_the_loaded_model_says_what_the_week_says(
    project: Project, tracked: Tracked, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tracked.run
    published = pd.read_parquet(project.weeks_folder / str(TODAY) / "predictions.parquet").set_index("account_id")
    said = loaded(project, monkeypatch).predict(frame).set_index("account_id").loc[published.index]
    for column in ("risk_60d", "risk_60_90d", "risk_90d", "score", "raw_tier"):
        assert said[column].tolist() == published[column].tolist(), column


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_the_model_accepts_its_own_frames_and_their_doubles(
    project: Project, tracked: Tracked, frame: pd.DataFrame, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tracked.run
    numbers = frame.select_dtypes("number").columns
    model = loaded(project, monkeypatch)
    typed = frame.astype(dict.fromkeys(numbers, kind))
    assert model.predict(typed)["risk_90d"].tolist() == model.predict(frame)["risk_90d"].tolist()
    assert len(model.predict(frame.iloc[:0])) == 0
    assert model.predict(model.input_example)["risk_90d"].between(0, 1).all()


def test_the_command_of_mlflow_gives_the_same_numbers(
    project: Project, tracked: Tracked, frame: pd.DataFrame, tmp_path: Path
) -> None:
    asked, answered = tmp_path / "asked.json", tmp_path / "answered.json"
    records = frame.assign(cutoff=frame["cutoff"].astype("str")).astype(object)
    rows = records.where(records.notna(), None).to_dict(orient="split")
    asked.write_text(json.dumps({"dataframe_split": {"columns": rows["columns"], "data": rows["data"]}}), "utf-8")
    environment = {**os.environ, "MLFLOW_TRACKING_URI": uri_of(project), "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
    command = [sys.executable, "-m", "mlflow", "models", "predict", "--env-manager", "local"]
    command += ["-m", f"runs:/{tracked.run}/model", "-i", str(asked), "-o", str(answered), "-t", "json"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    said = pd.DataFrame(json.loads(answered.read_text(encoding="utf-8"))["predictions"])
    expected = load_bundle(project.champion_folder).predict(frame)
    np.testing.assert_allclose(said["risk_90d"], expected["risk_90d"], rtol=1e-12)
    assert said["account_id"].tolist() == expected["account_id"].tolist()


def test_a_store_that_was_moved_is_found_where_it_is(
    copied: Project, frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied.folder.rename(tmp_path / "else where")
    moved = read_project(tmp_path / "else where" / "churnpredict.toml")
    assert follow(moved) is None
    said = loaded(moved, monkeypatch).predict(frame)["risk_90d"]
    assert said.tolist() == load_bundle(moved.champion_folder).predict(frame)["risk_90d"].tolist()


def test_aliases_follow_the_folders(trained: Trained, copied: Project, later: Training) -> None:
    first, second = model_digest(trained.training.model), model_digest(later.model)
    standing = register(later, copied)
    assert track(later, copied, standing=standing, reports=[]).why_not is None
    assert aliases(copied) == {"champion": first, "challenger": second}
    promote(copied)
    follow(copied)
    assert aliases(copied) == {"champion": second}
    roll_back(copied)
    follow(copied)
    assert aliases(copied) == {"champion": first, "challenger": second}


def test_a_comparison_is_kept_with_the_run_of_the_challenger(copied: Project, later: Training) -> None:
    kept = {"comparison": None, "verdict": {"promote": False, "checks": []}}
    assert keep_comparison(copied, kept) is None, "no challenger has a run yet, and that is no failure"
    challenger = track(later, copied, standing=register(later, copied), reports=[])
    assert challenger.run
    assert keep_comparison(copied, kept) is None
    client = client_of(copied)
    assert client.get_run(challenger.run).data.tags["churnpredict.verdict"] == "keep the champion"
    text = Path(client.download_artifacts(challenger.run, "comparison.json", str(copied.folder))).read_text("utf-8")
    assert json.loads(text) == kept


def test_the_backtest_of_the_same_day_is_in_the_run(trained: Trained, copied: Project, later: Training) -> None:
    day = later.model.trained_until
    found = judge(replay(trained.dataset, TODAY, Schedule(weeks=20, every_weeks=4, retrain_weeks=20)), capacity=0.1)
    folder = copied.data_folder / "backtests" / day.isoformat()
    folder.mkdir(parents=True)
    (folder / "backtest.json").write_text(json.dumps(found.as_dict(), default=str), encoding="utf-8")
    (folder / "backtest.html").write_text("<p>the page</p>", encoding="utf-8")
    run = track(later, copied, standing=register(later, copied), reports=[]).run
    assert run
    client = client_of(copied)
    metrics = client.get_run(run).data.metrics
    assert metrics["backtest/model_log_loss"] == found.evaluation["model"].log_loss
    assert metrics["backtest/health_score_auc_low"] == found.evaluation["health_score"].intervals["auc"].low
    assert {"backtest.html", "backtest.json"} <= {each.path for each in client.list_artifacts(run)}


def test_a_run_that_is_none_is_no_bundle(project: Project, tracked: Tracked) -> None:
    assert tracked.run
    with pytest.raises(BundleError, match="--run"), bundle_of_run(project, "0" * 32):
        pass


def test_a_damaged_bundle_is_not_served(copied: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    [booster] = (copied.models_folder / "tracking").rglob("hazard_0_60d_bag_0.txt")
    booster.write_bytes(booster.read_bytes()[:-200])
    with pytest.raises(BundleError, match="damaged"):
        loaded(copied, monkeypatch)


def test_a_server_that_is_not_there_costs_the_run_and_nothing_else(
    trained: Trained, copied: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ada:s3cret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    found = track(trained.training, copied, standing="champion", reports=[])
    assert found.run is None
    assert "127.0.0.1" in (found.why_not or "")
    assert "s3cret" not in (found.why_not or "")


def test_nothing_is_sent_to_anybody(tracked: Tracked) -> None:
    assert tracked.run
    from mlflow.telemetry import get_telemetry_client

    assert get_telemetry_client() is None


def test_what_mlflow_would_like_of_us_is_not_told_to_who_loads_a_model() -> None:
    with warnings.catch_warnings(record=True) as said:
        serve()
    assert not [each for each in said if "type hints" in str(each.message)]


FRESH = """
import sys
from pathlib import Path
from churnpredict.config import read_project
from churnpredict.lab.tracking import mlflow_runs
with mlflow_runs._store(read_project(Path(sys.argv[1]))) as client:
    mlflow_runs._experiment(client, read_project(Path(sys.argv[1])))
"""


def test_two_that_begin_a_fresh_store_at_once_both_get_through(project: Project, tmp_path: Path) -> None:
    config = tmp_path / "churnpredict.toml"
    shutil.copy(project.folder / "churnpredict.toml", config)
    started = [
        subprocess.Popen([sys.executable, "-c", FRESH, str(config)], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in started:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said


@pytest.mark.spark
def test_spark_gives_the_same_numbers(
    project: Project, tracked: Tracked, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tracked.run
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    import mlflow
    from pyspark.sql import SparkSession

    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri_of(project))
    builder = SparkSession.builder.master("local[1]").config("spark.sql.session.timeZone", "UTC")
    builder = builder.config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
    session = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    try:
        risks = "risk_60d double, risk_60_90d double, risk_90d double"
        score = mlflow.pyfunc.spark_udf(
            session,
            f"runs:/{tracked.run}/model",
            result_type=f"struct<{risks.replace(' d', ':d')}>",
            env_manager="local",
        )
        from pyspark.sql.functions import struct

        numbers = frame.astype(dict.fromkeys(frame.select_dtypes("number").columns, "float64"))
        rows = session.createDataFrame(numbers.astype({"cutoff": "datetime64[ns]"}))
        said = rows.select("account_id", score(struct(*frame.columns)).alias("said")).select("account_id", "said.*")
        found = said.toPandas().set_index("account_id")
    finally:
        session.stop()
    expected = load_bundle(project.champion_folder).predict(frame).set_index("account_id").loc[found.index]
    for column in ("risk_60d", "risk_60_90d", "risk_90d"):
        assert found[column].tolist() == expected[column].tolist(), column
