"""Claims about `churnpredict compare`, `retrain` and `tune` as they are typed."""

from __future__ import annotations

import json
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
    done = run("retrain", "--config", config, "--as-of", str(TODAY), "--trials", "0")
    assert done.code == 0, done.err
    assert "better by" in done.out
    assert "Not promoted." in done.out
    assert done.out.endswith("The champion stays.\n")
    kept = json.loads((config.parent / "models" / "comparison.json").read_text(encoding="utf-8"))
    assert kept["comparison"]["ground"]["basis"] == "recipes"
    assert kept["verdict"]["promote"] is False


def test_a_champion_that_reads_what_is_declared_no_more_is_replaced_by_the_schedule(
    trained: Trained, tmp_path: Path
) -> None:
    trained.copy_to(tmp_path / "acme")
    config = tmp_path / "acme" / "churnpredict.toml"
    config.write_text(TOML.replace('values.plan = { kind = "category", aggregations = ["value"] }\n', ""), "utf-8")
    assert run("predict", "--config", config, "--as-of", str(TODAY)).code == 7
    done = run("retrain", "--config", config, "--as-of", str(TODAY), "--trials", "0")
    assert done.code == 0, done.err
    assert "There was no champion that could serve" in done.out
    assert run("predict", "--config", config, "--as-of", str(TODAY)).code == 0


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
