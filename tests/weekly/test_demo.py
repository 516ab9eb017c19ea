"""Claims about the demonstration: the whole flow, offline, from nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from churnpredict.config import read_project
from churnpredict.dataset import open_dataset
from churnpredict.demo import Demo, last_monday, run_demo
from churnpredict.errors import LockedError, UsageError
from churnpredict.publishing import locked
from churnpredict.scored import score
from churnpredict.scoring import load_bundle

from .command import run
from .files import contents, left_over


def test_a_demonstration_is_a_company_as_ones_own_would_be(demo: Demo) -> None:
    assert sorted(path.name for path in demo.folder.iterdir() if path.name != ".lock") == [
        "churnpredict.toml",
        "data",
        "models",
        "tables",
    ]
    project = read_project(demo.folder / "churnpredict.toml")
    assert load_bundle(project.champion_folder).trained_until == demo.week.cutoff
    assert left_over(demo.folder) == []
    assert len(pd.read_parquet(demo.folder / "tables" / "accounts.parquet")) == 400


def test_its_model_has_enough_churners_and_beats_the_base_rate_and_the_rule(demo: Demo) -> None:
    training = demo.training
    assert training.churners >= 50
    model, rule = training.evaluation["model"], training.evaluation["health_score"]
    assert model.auc is not None
    assert rule.auc is not None
    assert 0.65 < model.auc < 0.95
    assert model.auc > rule.auc
    assert model.log_loss < rule.log_loss
    assert not any("too good" in warning or "no better" in warning for warning in training.warnings)


def test_its_list_is_of_the_last_monday(demo: Demo) -> None:
    assert demo.week.cutoff.weekday() == 0
    assert demo.week.folder == demo.folder / "data" / "risk_lists" / str(demo.week.cutoff)
    listed = demo.week.risk_list
    assert listed["risk_90d"].between(0, 1).all()
    assert (listed["risk_60d"] <= listed["risk_90d"]).all()
    assert listed["account_name"].notna().all()
    assert listed["arr"].notna().mean() > 0.95
    assert {"red", "yellow", "green"} <= set(listed["tier"])
    assert listed.loc[listed["tier"] == "red", "reason_1"].notna().all()


def test_one_account_alone_is_as_in_the_batch_on_every_kind_of_feature(demo: Demo) -> None:
    project = read_project(demo.folder / "churnpredict.toml")
    riskiest = demo.week.risk_list.iloc[0]
    alone = score(
        open_dataset(project), load_bundle(project.champion_folder), demo.week.cutoff, accounts=[riskiest["account_id"]]
    )
    assert alone.predictions["risk_90d"].iloc[0] == pytest.approx(riskiest["risk_90d"], abs=1e-12)
    assert alone.drivers["kind"].isin(["number", "category", "flag"]).all()
    assert alone.details["account_name"].tolist() == [riskiest["account_name"]]


def test_time_is_kept_by_stage(demo: Demo) -> None:
    assert {"simulation", "evaluation", "training", "features", "list"} <= set(demo.seconds)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something else"):
        run_demo(tmp_path)
    ended = run("demo", "--out", tmp_path / "thesis.txt")
    assert ended.code == 2
    assert "holds something else; expected an empty or new folder. Name another with --out." in ended.err
    assert contents(tmp_path) == {"thesis.txt": b"mine"}


def test_a_demonstration_that_is_being_made_is_left_alone(demo: Demo) -> None:
    before = contents(demo.folder)
    with locked(demo.folder), pytest.raises(LockedError):
        run_demo(demo.folder)
    assert contents(demo.folder) == before


def test_too_few_accounts_to_show_anything_are_refused(tmp_path: Path) -> None:
    ended = run("demo", "--out", tmp_path / "demo", "--accounts", "10")
    assert ended.code == 2
    assert "--accounts" in ended.err
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize(("day", "monday"), [(3, 3), (4, 3), (9, 3), (10, 10)])
def test_the_last_monday_is_not_after_the_day(day: int, monday: int) -> None:
    assert last_monday(date(2025, 3, day)) == date(2025, 3, monday)
