"""Claims about `churnpredict compare`, `retrain` and `tune` as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.company import TODAY, TOML, Trained

from .command import run


@pytest.fixture(scope="module")
def config(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose champion is to be trained again with another seed."""
    folder = tmp_path_factory.mktemp("retrained") / "acme"
    trained.copy_to(folder)
    (folder / "churnpredict.toml").write_text(TOML.replace("bags = 1", "bags = 1\nseed = 9"), encoding="utf-8")
    return folder / "churnpredict.toml"


def test_a_schedule_retrains_compares_and_ends_well_though_nothing_is_promoted(config: Path) -> None:
    done = run("retrain", "--config", config, "--as-of", str(TODAY), "--trials", "0", "--json")
    assert done.code == 0, done.err
    assert done.document["champion"] is False
    assert done.document["verdict"]["promote"] is False
    assert done.document["comparison"]["ground"]["basis"] == "recipes"
    said = run("compare", "--config", config, "--as-of", str(TODAY))
    assert said.code == 0, said.err
    assert "Not promoted." in said.out
    assert "log-loss" in said.out


def test_comparing_without_a_challenger_says_what_to_do(trained: Trained, tmp_path: Path) -> None:
    trained.copy_to(tmp_path / "acme")
    said = run("compare", "--config", tmp_path / "acme" / "churnpredict.toml", "--as-of", str(TODAY))
    assert said.code == 7
    assert "makes a challenger" in said.err


def test_tuning_says_whether_it_was_worth_it(trained: Trained, tmp_path: Path) -> None:
    trained.copy_to(tmp_path / "acme")
    config = tmp_path / "acme" / "churnpredict.toml"
    done = run("tune", "--config", config, "--as-of", str(TODAY), "--trials", "1", "--json")
    assert done.code == 0, done.err
    assert done.document["proven"] is False
    assert done.document["settings"] == done.document["default"]
    assert (config.parent / "models" / "tuning" / "chosen.json").is_file()
