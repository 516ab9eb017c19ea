"""Claims about the weekly job."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from churnpredict.batch import Week, predict_week
from churnpredict.config import Project, read_project
from churnpredict.dataset import Dataset, frames
from churnpredict.errors import BundleError, DataError, LockedError, OutputError, StaleDataError
from churnpredict.explanation import explain_account
from churnpredict.publishing import file_digest, locked
from churnpredict.scored import Scored, score
from churnpredict.scoring import RiskModel, previous_predictions
from churnpredict.stages import Stages
from lab.company import TODAY, Trained

from .files import contents, left_over

LAST_WEEK, NEXT_WEEK = TODAY - timedelta(days=7), TODAY + timedelta(days=7)
FILES = sorted(
    [
        *("manifest.json", "predictions.parquet", "evidence.parquet", "changes.parquet", "change_drivers.parquet"),
        *("message.json", "message.txt", "summary.json"),
        *(f"risk_list.{kind}" for kind in ("csv", "html", "parquet", "xlsx")),
    ]
)


@pytest.fixture(scope="module")
def week(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Week:
    """A published week, to be read."""
    folder = tmp_path_factory.mktemp("week") / "acme"
    trained.copy_to(folder)
    return predict_week(read_project(folder / "churnpredict.toml"), TODAY)


@pytest.fixture(scope="module")
def model(trained: Trained) -> RiskModel:
    return trained.training.model


@pytest.fixture(scope="module")
def scored(trained: Trained, model: RiskModel) -> Scored:
    return score(trained.dataset, model, TODAY)


def data_of(week: Week) -> Path:
    return week.folder.parent.parent


# What is published -----------------------------------------------------------------------------------------------


def test_a_week_is_a_list_in_three_formats_and_its_predictions(week: Week) -> None:
    assert sorted(path.name for path in week.folder.iterdir()) == FILES
    assert (week.folder / "predictions.parquet").is_file()
    assert week.folder.name == "2024-01-01"


@pytest.mark.case(34, "not scored")
def test_everybody_who_is_an_account_is_on_the_list_once(week: Week, trained: Trained) -> None:
    churned = pd.read_parquet(trained.folder / "churn.parquet")["account_id"]
    accounts = pd.read_parquet(trained.folder / "accounts.parquet")["account_id"]
    assert sorted(week.risk_list["account_id"]) == sorted(set(accounts) - set(churned))
    assert week.risk_list["risk_90d"].is_monotonic_decreasing


def test_the_files_say_what_the_week_says(week: Week) -> None:
    parquet = pd.read_parquet(week.folder / "risk_list.parquet")
    pd.testing.assert_frame_equal(parquet, week.risk_list, check_exact=True)
    # Older versions of pandas read a number from text by a shortcut that misses its last bit.
    read = pd.read_csv(week.folder / "risk_list.csv", dtype={"account_id": "str", "risk_90d": "str"})
    assert read["account_id"].tolist() == week.risk_list["account_id"].tolist()
    assert read["risk_90d"].map(float).tolist() == week.risk_list["risk_90d"].tolist()
    page = (week.folder / "risk_list.html").read_text(encoding="utf-8")
    assert "Acme &lt;&amp;&gt; Söhne" in page
    assert "Acme <&>" not in page


def test_the_manifest_holds_the_digests_of_the_files(week: Week) -> None:
    manifest = json.loads((week.folder / "manifest.json").read_text())
    assert manifest["rows"] == len(week.risk_list)
    assert manifest["sha256"] == {name: file_digest(week.folder / name) for name in FILES if name != "manifest.json"}


def test_the_predictions_that_are_stored_are_those_of_the_list(week: Week) -> None:
    stored = previous_predictions(data_of(week) / "risk_lists", NEXT_WEEK)
    assert stored is not None
    listed = week.risk_list.set_index("account_id")["risk_90d"]
    assert stored.set_index("account_id")["risk_90d"].reindex(listed.index).tolist() == listed.tolist()


def test_the_proof_on_the_page_is_that_of_the_bundle(week: Week, trained: Trained) -> None:
    page = (week.folder / "risk_list.html").read_text(encoding="utf-8")
    assert f"{trained.training.evaluation['model'].lift_at_10:.1f}× the average" in page


def test_time_is_kept_by_stage(week: Week) -> None:
    assert list(week.seconds) == [
        "model",
        "sources",
        "features",
        "risk",
        "drivers",
        "evidence",
        "changes",
        "contacts",
        "list",
        "files",
    ]


# Again and again -------------------------------------------------------------------------------------------------


@pytest.mark.case(54, "the same bytes")
def test_the_same_week_twice_gives_the_same_files(project: Project) -> None:
    predict_week(project, TODAY)
    first = contents(project.data_folder)
    predict_week(project, TODAY)
    assert contents(project.data_folder) == first
    assert f"risk_lists/{TODAY}/risk_list.html" in first


def test_the_tier_before_is_that_of_the_earlier_cutoff(project: Project) -> None:
    """Neither that of the same cutoff in an earlier run, nor that of a later one."""
    alone = predict_week(project, TODAY).risk_list
    assert alone["previous_tier"].isna().all()
    earlier = predict_week(project, LAST_WEEK).risk_list.set_index("account_id")["tier"]
    predict_week(project, NEXT_WEEK)
    now = predict_week(project, TODAY).risk_list.set_index("account_id")
    assert now["previous_tier"].tolist() == earlier.reindex(now.index).tolist()
    assert (now["previous_tier"] != now["tier"]).any(), "tiers that never change prove nothing"


def test_an_account_has_the_same_risk_alone_and_in_the_batch(
    trained: Trained, model: RiskModel, scored: Scored
) -> None:
    alike = scored.predictions.set_index("account_id")
    drivers = scored.drivers.set_index("account_id")
    for account in alike.index[[0, len(alike) // 2, -1]]:
        alone = score(trained.dataset, model, TODAY, accounts=[account])
        assert alone.predictions["account_id"].tolist() == [account]
        assert alone.predictions["risk_90d"].iloc[0] == pytest.approx(alike.loc[account, "risk_90d"], abs=1e-12)
        assert alone.typical_risk == pytest.approx(scored.typical_risk, abs=1e-12)
        pd.testing.assert_frame_equal(
            alone.drivers.set_index("account_id"), drivers.loc[[account]], check_exact=False, atol=1e-12
        )
        assert alone.details["account_name"].tolist() == [f"Firm {account}"]


@pytest.mark.case(59, "the same list in batches of any size")
def test_the_size_of_a_batch_does_not_matter(
    trained: Trained, model: RiskModel, scored: Scored, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(frames, "BATCH_ROWS", 13)
    sliced = score(trained.dataset, model, TODAY, stages=Stages(begun.append))
    assert begun.count("risk") == -(-len(scored.predictions) // 13) > 1
    pd.testing.assert_frame_equal(sliced.predictions, scored.predictions, check_exact=True)
    pd.testing.assert_frame_equal(sliced.drivers, scored.drivers, check_exact=True)
    pd.testing.assert_frame_equal(sliced.details, scored.details, check_exact=True)
    assert sliced.typical_risk == scored.typical_risk


@pytest.mark.case(24, "the same list")
def test_a_backfilled_week_is_the_week_it_was(project: Project, trained: Trained) -> None:
    """Rows that were loaded after a cutoff do not change its list."""
    cutoff = TODAY - timedelta(days=28)
    late = predict_week(project, cutoff)
    usage = pd.read_parquet(trained.folder / "usage.parquet")
    known = usage[pd.to_datetime(usage["loaded_at"]) < pd.Timestamp(cutoff)]
    assert len(known) < len(usage)
    known.to_parquet(project.folder / "usage.parquet", index=False)
    live = predict_week(project, cutoff)
    pd.testing.assert_frame_equal(live.risk_list, late.risk_list, check_exact=True)


# Why -------------------------------------------------------------------------------------------------------------


def test_the_points_of_an_account_add_up_to_its_risk(project: Project, week: Week) -> None:
    listed = week.risk_list.iloc[0]
    why = explain_account(project, listed["account_id"], TODAY)
    assert why.risk == listed["risk_90d"]
    assert why.typical_risk + why.drivers["points"].sum() + why.others == pytest.approx(why.risk, abs=1e-9)
    assert 0 < abs(why.others) <= why.drivers["points"].abs().sum()
    assert why.tier == listed["tier"]
    assert why.name == listed["account_name"]
    assert len(why.reasons) == len(why.drivers)


def test_an_account_that_left_or_never_was_is_not_explained(project: Project) -> None:
    left = pd.read_parquet(project.folder / "churn.parquet")["account_id"].iloc[0]
    for account in (left, "nobody"):
        with pytest.raises(DataError, match=f"{account} not alive at 2024-01-01"):
            explain_account(project, account, TODAY)


# What is refused, with the week left as it was -------------------------------------------------------------------


@pytest.fixture
def predicted(week: Week, tmp_path: Path) -> tuple[Project, dict[str, bytes]]:
    """A project with a published week, and all that is in its data folder."""
    shutil.copytree(data_of(week).parent, tmp_path / "acme", symlinks=True)
    project = read_project(tmp_path / "acme" / "churnpredict.toml")
    return project, contents(project.data_folder)


def unchanged(predicted: tuple[Project, dict[str, bytes]]) -> bool:
    project, before = predicted
    return contents(project.data_folder) == before and left_over(project.data_folder) == []


def test_a_locked_place_is_left_alone(predicted: tuple[Project, dict[str, bytes]]) -> None:
    with locked(predicted[0].data_folder), pytest.raises(LockedError):
        predict_week(predicted[0], TODAY)
    assert unchanged(predicted)


def test_a_week_that_the_sources_do_not_reach_is_refused(predicted: tuple[Project, dict[str, bytes]]) -> None:
    with pytest.raises(StaleDataError, match="days old; expected at most 14 days"):
        predict_week(predicted[0], TODAY + timedelta(days=20))
    with pytest.raises(DataError, match="before the first event"):
        predict_week(predicted[0], date(2021, 12, 27))
    assert unchanged(predicted)


def test_a_damaged_model_scores_nobody(predicted: tuple[Project, dict[str, bytes]]) -> None:
    booster = predicted[0].champion_folder / "hazard_0_60d_bag_0.txt"
    booster.write_bytes(booster.read_bytes()[:-100])
    with pytest.raises(BundleError, match="damaged"):
        predict_week(predicted[0], TODAY)
    assert unchanged(predicted)


@pytest.mark.case(61, "exit 8")
def test_a_place_without_room_leaves_the_old_list(project: Project) -> None:
    project.data_folder.mkdir(exist_ok=True)
    (project.data_folder / "risk_lists").write_text("in the way")
    with pytest.raises(OutputError, match="risk_lists"):
        predict_week(project, TODAY)
    assert (project.data_folder / "risk_lists").read_text() == "in the way"


def test_a_week_without_its_list_has_no_predictions_either(project: Project) -> None:
    project.data_folder.mkdir(exist_ok=True)
    (project.data_folder / "risk_lists").write_text("in the way")
    with pytest.raises(OutputError):
        predict_week(project, TODAY)
    assert list(project.data_folder.rglob("*.parquet")) == []


@pytest.mark.parametrize("stage", ["features", "list"])
def test_a_run_that_is_stopped_leaves_the_week_as_it_was(
    predicted: tuple[Project, dict[str, bytes]], stage: str
) -> None:
    def stop(begun: str) -> None:
        if begun == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_week(predicted[0], NEXT_WEEK, stages=Stages(stop))
    assert unchanged(predicted)
    with locked(predicted[0].data_folder):
        pass


@pytest.mark.case(46, "exit 7, the features")
def test_a_model_of_other_declarations_is_refused(project: Project, trained: Trained) -> None:
    other = project.model_copy(update={"histories": {}, "health_score": None})
    other = other.model_copy(update={"risk_list": type(project.risk_list)()})
    dataset = Dataset(other, trained.dataset.tables, trained.dataset.reports)
    with pytest.raises(BundleError, match=r"arr__value, plan__value, renewal_on__days_until are not declared any more"):
        score(dataset, trained.training.model, TODAY)
