"""Claims about the commands that decide which model the weekly job reads."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from churnpredict.config import Project
from churnpredict.publishing import locked
from lab.company import TODAY

from .command import Ended, run
from .files import contents

EARLIER = str(TODAY - timedelta(days=7))


@pytest.mark.parametrize("command", ["promote", "rollback"])
def test_without_another_model_the_command_refuses(config: Path, command: str) -> None:
    before = contents(config.parent)
    ended = run(command, "--config", config)
    assert (ended.code, ended.out) == (7, "")
    assert ended.err.startswith("error: ")
    assert contents(config.parent) == before


@pytest.mark.parametrize("command", ["promote", "rollback"])
def test_no_model_is_promoted_while_another_run_holds_the_models(project: Project, command: str) -> None:
    with locked(project.models_folder):
        assert run(command, "--config", project.folder / "churnpredict.toml").code == 6


@pytest.mark.case(40, "no figure promotes: a command does")
@pytest.mark.case(41, "waits until it is promoted, exit 0")
def test_a_later_training_waits_until_it_is_promoted_and_can_be_taken_back(project: Project) -> None:
    config, models = project.folder / "churnpredict.toml", project.models_folder
    first = contents(project.champion_folder)

    trained = run("train", "--config", config, "--as-of", EARLIER)
    assert trained.code == 0, trained.err
    assert f"Saved {models / 'challenger'}." in trained.out
    assert f"churnpredict promote --config {config}" in trained.out
    assert contents(project.champion_folder) == first
    second = contents(project.challenger_folder)

    def changed(ended: Ended) -> dict[str, bytes]:
        assert ended.code == 0, ended.err
        return contents(project.champion_folder)

    assert changed(run("promote", "--config", config)) == second
    again = run("promote", "--json", "--config", config)
    assert again.document == {"promoted": False, "champion": str(project.champion_folder)}
    assert changed(again) == second
    assert changed(run("rollback", "--config", config)) == first
    assert run("rollback", "--config", config).code == 7
    assert changed(run("train", "--promote", "--quiet", "--config", config, "--as-of", EARLIER)) == second
