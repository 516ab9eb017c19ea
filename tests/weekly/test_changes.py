"""Claims about what a published week says of the week before it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from churnpredict.batch import Week, predict_week
from churnpredict.config import Project, read_project
from churnpredict.scoring import load_bundle, save_bundle
from churnpredict.scoring.changes import PARTS, SMALLEST_NAMED
from lab.company import TODAY, Trained

from .files import contents

LAST_WEEK, NEXT_WEEK = TODAY - timedelta(days=7), TODAY + timedelta(days=7)
FAITHFUL = 1e-9


def copied(trained: Trained, folder: Path) -> Project:
    trained.copy_to(folder)
    return read_project(folder / "churnpredict.toml")


def with_lines(project: Project, lines: str) -> Project:
    """The same with more said of the risk list."""
    path = project.folder / "churnpredict.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[risk_list]", f"[risk_list]\n{lines}"), encoding="utf-8")
    return read_project(path)


def add_rows(project: Project, table: str, accounts: list[str], **columns: date | int) -> None:
    path = project.folder / f"{table}.parquet"
    there = pd.read_parquet(path)
    added = pd.DataFrame({"account_id": accounts, **columns})
    for name in added.columns[1:]:
        added[name] = added[name].astype(there[name].dtype)
    pd.concat([there, added]).to_parquet(path, index=False)


def changes(week: Week) -> pd.DataFrame:
    return pd.read_parquet(week.folder / "changes.parquet").set_index("account_id")


def split(week: Week) -> pd.DataFrame:
    """The changes that were split; that there are any is part of every claim."""
    told = changes(week).dropna()
    assert len(told) > 5
    assert (told[list(PARTS)].sum(axis=1) - told["risk_change"]).abs().max() < FAITHFUL
    return told


def risks(week: Week) -> pd.Series:
    return week.risk_list.set_index("account_id")["risk_90d"]


@pytest.fixture(scope="module")
def two_weeks(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Week, Week]:
    """Two published weeks, to be read."""
    project = copied(trained, tmp_path_factory.mktemp("weeks") / "acme")
    return project, predict_week(project, LAST_WEEK), predict_week(project, TODAY)


@pytest.fixture
def after_last_week(two_weeks: tuple[Project, Week, Week], tmp_path: Path) -> Project:
    """The company of the Monday before, to be written to."""
    folder = tmp_path / "acme"
    shutil.copytree(two_weeks[0].folder, folder, symlinks=True)
    project = read_project(folder / "churnpredict.toml")
    (project.data_folder / "risk_lists" / TODAY.isoformat()).unlink()
    return project


def test_the_change_of_every_account_is_that_between_the_lists(two_weeks: tuple[Project, Week, Week]) -> None:
    _, last, now = two_weeks
    told, listed = changes(now), now.risk_list.set_index("account_id")
    expected = (risks(now) - risks(last)).dropna()
    assert told["risk_change"].to_dict() == pytest.approx(expected.to_dict(), abs=FAITHFUL)
    assert listed["change_in_risk"].dropna().to_dict() == pytest.approx(expected.to_dict(), abs=FAITHFUL)
    assert (told["previous_cutoff"] == pd.Timestamp(LAST_WEEK)).all()


def test_with_the_same_model_and_nothing_late_data_and_time_make_the_change(
    two_weeks: tuple[Project, Week, Week],
) -> None:
    told = split(two_weeks[2])
    assert (told["by_model"] == 0).all()
    assert told["by_late_data"].abs().max() < FAITHFUL
    assert told["by_data"].abs().max() > 0.01
    drivers = pd.read_parquet(two_weeks[2].folder / "change_drivers.parquet")
    for part in ("by_data", "by_time"):
        summed = drivers[drivers["part"] == part].groupby("account_id")["points"].sum()
        expected = told.loc[told[["by_data", "by_time"]].abs().max(axis=1) >= SMALLEST_NAMED, part]
        assert (summed.reindex(expected.index).fillna(0.0) - expected).abs().max() < FAITHFUL


def test_what_moved_by_a_point_or_to_another_tier_is_split_and_told(two_weeks: tuple[Project, Week, Week]) -> None:
    listed = two_weeks[2].risk_list.set_index("account_id")
    told = changes(two_weeks[2]).join(listed[["tier", "previous_tier", "change_in_words", "move"]])
    moved = (told["risk_change"].abs() >= 0.01) | (told["tier"] != told["previous_tier"])
    assert 0 < moved.sum() < len(told)
    assert told["by_data"].notna().equals(moved)
    worst = told.loc[told["risk_change"].idxmax()]
    assert worst["change_in_words"].startswith(f"Up {round(100 * worst['risk_change'])} points since 25 Dec: ")
    assert "Logins" in worst["change_in_words"]
    assert set(told["move"]) == {"escalated", "recovered", "unchanged"}


def test_the_first_week_has_no_changes(two_weeks: tuple[Project, Week, Week]) -> None:
    first = two_weeks[1]
    assert changes(first).empty
    assert first.risk_list[["move", "change_in_risk", "change_in_words"]].isna().all(axis=None)
    summary = json.loads((first.folder / "summary.json").read_text())
    assert summary["moves"] is None
    assert summary["left"] == []


def test_a_past_week_run_again_compares_with_the_week_before_it(after_last_week: Project) -> None:
    week = predict_week(after_last_week, TODAY)
    first = contents(week.folder)
    predict_week(after_last_week, NEXT_WEEK)
    assert contents(predict_week(after_last_week, TODAY).folder) == first


def test_asking_for_everybody_gives_what_asking_by_name_gives(
    after_last_week: Project, two_weeks: tuple[Project, Week, Week], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("churnpredict.changes.MOST_NAMED", 0)
    assert contents(predict_week(after_last_week, TODAY).folder) == contents(two_weeks[2].folder)


def test_rows_that_came_late_are_late_data(after_last_week: Project, two_weeks: tuple[Project, Week, Week]) -> None:
    """Rows of a source that does not say when they came: we say something else of the same day."""
    loud = two_weeks[1].risk_list["account_id"].tolist()[:12]
    add_rows(after_last_week, "tickets", loud * 4, day=LAST_WEEK - timedelta(days=2))
    told = split(predict_week(after_last_week, TODAY))
    again = predict_week(after_last_week, LAST_WEEK)
    expected = (risks(again) - risks(two_weeks[1])).reindex(told.index)
    assert (told["by_late_data"] - expected).abs().max() < FAITHFUL
    assert told["by_late_data"].abs().max() > 0.0001
    assert told.loc[~told.index.isin(loud), "by_late_data"].abs().max() < FAITHFUL
    assert (told["by_model"] == 0).all()


def test_rows_that_say_when_they_came_are_data_of_this_week(after_last_week: Project) -> None:
    everybody = pd.read_parquet(after_last_week.folder / "accounts.parquet")["account_id"].tolist()
    came = {"day": LAST_WEEK - timedelta(days=2), "loaded_at": LAST_WEEK + timedelta(days=1)}
    add_rows(after_last_week, "usage", everybody, logins=500, **came)
    told = split(predict_week(after_last_week, TODAY))
    assert told["by_late_data"].abs().max() < FAITHFUL
    assert told["by_data"].mean() < -0.01, "many logins lower the risk"


def test_a_model_that_was_trained_again_is_the_model(
    after_last_week: Project, two_weeks: tuple[Project, Week, Week]
) -> None:
    champion = after_last_week.champion_folder
    model = load_bundle(champion)
    evaluation = (champion / "evaluation.json").read_text(encoding="utf-8")
    steeper = tuple(replace(sigmoid, slope=1.2 * sigmoid.slope) for sigmoid in model.sigmoids)
    save_bundle(replace(model, sigmoids=steeper), champion, {"evaluation.json": evaluation})
    week = predict_week(after_last_week, TODAY)
    told = split(week)
    again = predict_week(after_last_week, LAST_WEEK)
    expected = (risks(again) - risks(two_weeks[1])).reindex(told.index)
    assert (told["by_model"] - expected).abs().max() < FAITHFUL
    assert told["by_model"].abs().max() > 0.01
    assert (told["by_late_data"] == 0).all()
    assert week.risk_list["change_in_words"].str.contains("The model was trained again").any()


def test_an_account_that_left_is_named_in_the_summary(after_last_week: Project) -> None:
    """And one that begins is new."""
    churned = pd.read_parquet(after_last_week.folder / "churn.parquet")
    alive = sorted(
        set(pd.read_parquet(after_last_week.folder / "accounts.parquet")["account_id"]) - set(churned["account_id"])
    )
    leaving, starting = alive[0], "newcomer"
    add_rows(after_last_week, "churn", [leaving], churned_on=LAST_WEEK + timedelta(days=3))
    add_rows(after_last_week, "accounts", [starting], started_on=LAST_WEEK + timedelta(days=3))
    week = predict_week(after_last_week, TODAY)
    summary = json.loads((week.folder / "summary.json").read_text())
    left = {account["account_id"]: account for account in summary["left"]}
    assert left[leaving]["account_name"] == f"Firm {leaving}"
    assert left[leaving]["previous_tier"] in ("green", "yellow", "red")
    assert left[leaving]["owner"] == "Ada"
    assert summary["moves"]["left"] == len(left)
    assert f"{len(left)} left." in (week.folder / "message.txt").read_text()
    new = week.risk_list[week.risk_list["move"] == "new"]
    assert new["account_id"].tolist() == [starting]
    assert summary["moves"]["new"] == 1
    assert pd.isna(new["change_in_risk"].iloc[0])


def test_changes_need_not_be_split(after_last_week: Project) -> None:
    week = predict_week(with_lines(after_last_week, "changes = false"), TODAY)
    assert changes(week).empty
    assert week.risk_list["change_in_risk"].notna().any()
    assert not week.risk_list["change_in_words"].str.contains(":", regex=False).any()
    assert "escalated" in set(week.risk_list["move"])


def test_every_owner_has_a_list_in_the_same_week(after_last_week: Project) -> None:
    accounts = pd.read_parquet(after_last_week.folder / "accounts.parquet")
    owners = ["Ada", "../../etc/passwd", "CON", None]
    accounts["owner"] = [owners[place % len(owners)] for place in range(len(accounts))]
    accounts.to_parquet(after_last_week.folder / "accounts.parquet", index=False)
    week = predict_week(with_lines(after_last_week, "per_owner = true"), TODAY)
    manifest = json.loads((week.folder / "manifest.json").read_text())
    assert sorted(manifest["owners"].values(), key=str) == sorted(owners, key=str)
    listed = []
    for folder in manifest["owners"]:
        assert f"owners/{folder}/risk_list.csv" in manifest["sha256"]
        assert {path.name for path in (week.folder / "owners" / folder).iterdir()} == {
            *("risk_list.csv", "risk_list.html", "risk_list.xlsx")
        }
        own = pd.read_csv(week.folder / "owners" / folder / "risk_list.csv", dtype={"account_id": "str"})
        assert len(own["owner"].unique()) == 1
        listed += own["account_id"].tolist()
        page = (week.folder / "owners" / folder / "risk_list.html").read_text(encoding="utf-8")
        others = set(week.risk_list["account_id"]) - set(own["account_id"])
        assert not [account for account in others if account in page]
    assert sorted(listed) == sorted(week.risk_list["account_id"])
    first = contents(week.folder)
    assert contents(predict_week(read_project(after_last_week.folder / "churnpredict.toml"), TODAY).folder) == first
