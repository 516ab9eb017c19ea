"""Claims about the backtest and the acceptance of leaks as commands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab.company import TODAY, TOML, company

from .command import run
from .files import left_over


def test_a_backtest_leaves_a_page_and_the_same_figures_as_json(config: Path) -> None:
    pytest.importorskip("matplotlib")
    ended = run("backtest", "--config", config, "--as-of", str(TODAY), "--weeks", "32", "--every", "8", "--json")
    assert ended.code == 0, ended.err
    said = ended.document
    assert said["lists"] == 4
    assert said["headline"].startswith(("With 10% of the accounts on each list", "Nobody left"))
    folder = config.parent / "data" / "backtests" / str(TODAY)
    assert {path.name for path in folder.iterdir()} == {"backtest.html", "backtest.json"}
    assert said["html"] == str(folder / "backtest.html")
    assert said["duel"]["capacity"] == 0.1
    assert left_over(config.parent) == []


@pytest.mark.case(39, "exit 5, named")
def test_a_suspected_leak_ends_training_with_its_code_unless_it_is_accepted(tmp_path: Path) -> None:
    leaking = company()
    accounts = leaking.tables["accounts"].merge(leaking.tables["churn"], how="left", on="account_id")
    toml = TOML + '\n[accounts.facts]\nchurned_on = "date"\n'
    config = replace(leaking, tables=leaking.tables | {"accounts": accounts}, toml=toml).write(tmp_path)
    refused = run("train", "--config", config, "--as-of", str(TODAY), "--json")
    assert refused.code == 5
    assert {problem["where"] for problem in refused.document["problems"]} == {"training", "churned_on__days_until"}
    assert not (tmp_path / "models" / "champion").exists()
    accepted = run("train", "--config", config, "--as-of", str(TODAY), "--accept-suspected-leak", "--json")
    assert accepted.code == 0
    assert any("Suspected leak" in warning for warning in accepted.document["warnings"])
    assert accepted.document["ladder"]["name"] == "strongly regularised"
