"""Claims about runs at the same time: one wins, the other waits or ends with 6, and nothing is torn."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from churnpredict.batch import predict_week
from churnpredict.config import Project, read_project
from churnpredict.lab import promote, roll_back
from churnpredict.publishing import file_digest
from churnpredict.scoring import model_digest
from lab.company import TODAY, Trained
from weekly.command import PATIENCE, Started, run, start
from weekly.files import contents, left_over

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="whether a process is stopped stands in /proc")
WEEK = ("predict", "--as-of", str(TODAY))


@pytest.fixture
def project(trained: Trained, tmp_path: Path) -> Project:
    trained.copy_to(tmp_path / "acme")
    return read_project(tmp_path / "acme" / "churnpredict.toml")


def stopped(project: Project, stage: str, *arguments: str) -> Started:
    """A command that stands still at the beginning of a stage."""
    config = project.folder / "churnpredict.toml"
    started = start(*arguments, "--config", config, stop_at=(stage, signal.SIGSTOP))
    state, patience = Path(f"/proc/{started.process.pid}/stat"), time.monotonic() + PATIENCE
    while state.read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < patience
        time.sleep(0.02)
    return started


def go_on(started: Started) -> int | None:
    started.stop(signal.SIGCONT)
    return started.wait().code


@pytest.mark.parametrize("stage", ["sources", "files"])
def test_of_two_runs_of_one_week_the_second_ends_with_6_and_the_first_wins(project: Project, stage: str) -> None:
    first = stopped(project, stage, *WEEK)
    second = run(*WEEK, "--config", project.folder / "churnpredict.toml")
    assert second.code == 6
    assert "another run is writing here" in second.err
    assert go_on(first) == 0
    assert len(contents(project.weeks_folder / str(TODAY))) > 8
    assert left_over(project.data_folder) == []


def test_of_two_trainings_the_second_ends_with_6(project: Project) -> None:
    before = contents(project.champion_folder)
    first = stopped(project, "training features", "train", "--as-of", str(TODAY))
    for command in (("train", "--as-of", str(TODAY)), ("promote",), ("rollback",)):
        assert run(*command, "--config", project.folder / "churnpredict.toml").code == 6
    first.stop(signal.SIGCONT)
    first.stop(signal.SIGTERM)
    assert first.wait().code == 143
    assert contents(project.champion_folder) == before
    assert left_over(project.models_folder) == []


def other_model(project: Project) -> None:
    """Put a challenger beside the champion: the same, calibrated a little otherwise."""
    folder = Path(shutil.copytree(project.champion_folder.resolve(), project.challenger_folder))
    document = json.loads((folder / "model.json").read_text())
    document["sigmoids"][0]["intercept"] += 0.5
    (folder / "model.json").write_text(json.dumps(document))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"]["model.json"] = file_digest(folder / "model.json")
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_promotion_during_a_prediction_does_not_mix_two_models(project: Project, tmp_path: Path) -> None:
    other_model(project)
    first = model_digest(project.champion_folder)
    under_way = stopped(project, "features", *WEEK)
    assert promote(project)
    assert model_digest(project.champion_folder) != first
    assert go_on(under_way) == 0
    roll_back(project)
    shutil.copytree(project.folder, tmp_path / "alone", symlinks=True, ignore=shutil.ignore_patterns("data"))
    alone = predict_week(read_project(tmp_path / "alone" / "churnpredict.toml"), TODAY)
    assert contents(project.weeks_folder / str(TODAY)) == contents(alone.folder)


def test_while_a_week_is_published_readers_find_the_week_before_it_was(project: Project) -> None:
    config = project.folder / "churnpredict.toml"
    assert run(*WEEK, "--config", config).code == 0
    before = contents(project.weeks_folder / str(TODAY))
    other_model(project)
    promote(project)
    under_way = stopped(project, "files", *WEEK)
    assert contents(project.weeks_folder / str(TODAY)) == before
    assert go_on(under_way) == 0
    assert contents(project.weeks_folder / str(TODAY)) != before
