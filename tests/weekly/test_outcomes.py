"""Claims about the ledger on the command line: what is written down, what is refused, and how training uses it."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from churnpredict.config import Project, read_project
from churnpredict.dataset import open_dataset
from churnpredict.lab.learning.feedback import Feedback
from churnpredict.lab.learning.fitting import features_at
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.ledger import read_ledger
from lab.company import TODAY, Trained

from .command import Ended, run

CUTOFF = TODAY


@pytest.fixture(scope="module")
def predicted(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose list of one week is published; to be copied."""
    folder = tmp_path_factory.mktemp("predicted") / "acme"
    trained.copy_to(folder)
    assert run("predict", "--config", folder / "churnpredict.toml", "--as-of", str(CUTOFF)).code == 0
    return folder


@pytest.fixture
def listed(predicted: Path, tmp_path: Path) -> Project:
    """A copy of it."""
    shutil.copytree(predicted, tmp_path / "acme", symlinks=True)
    return read_project(tmp_path / "acme" / "churnpredict.toml")


def outcomes(project: Project, *arguments: str | Path) -> Ended:
    return run("outcomes", *arguments, "--config", project.folder / "churnpredict.toml")


def the_list(project: Project) -> pd.DataFrame:
    return pd.read_parquet(project.weeks_folder / str(CUTOFF) / "risk_list.parquet")


def test_an_entry_takes_over_what_the_list_said(listed: Project) -> None:
    row = the_list(listed).iloc[0]
    ended = outcomes(listed, "add", row["account_id"], "open", "--on", str(CUTOFF), "--by", "Ana", "--json")
    assert ended.code == 0, ended.err
    [told] = ended.document["written"]
    assert (told["tier"], told["play"], told["arr"]) == (row["tier"], row["play"], row["arr"])
    assert told["risk_90d"] == pytest.approx(row["risk_90d"])
    assert (told["recorded_by"], told["seq"]) == ("Ana", 1)
    again = outcomes(listed, "add", row["account_id"], "open", "--on", str(CUTOFF))
    assert (again.code, again.out) == (0, "0 written down, 1 already there.\n")


def test_an_account_that_no_list_knows_is_refused(listed: Project) -> None:
    ended = outcomes(listed, "add", "a\x1b[31m", "open", "--on", str(CUTOFF))
    assert ended.code == 3
    assert "is on no published list" in ended.err
    assert "\x1b" not in ended.err
    assert not listed.ledger_file.exists()
    assert outcomes(listed, "add", "stranger", "open", "--on", str(CUTOFF), "--unlisted").code == 0


def test_a_file_is_imported_whole_or_not_at_all_and_once(listed: Project, tmp_path: Path) -> None:
    accounts = the_list(listed)["account_id"].tolist()
    rows = [f"{name},saving,{CUTOFF},10" for name in accounts[:20]]
    file = tmp_path / "calls.csv"
    file.write_text(
        "\n".join(["account_id,state,on_day,cost", *rows, f"{accounts[0]},saved,{CUTOFF},-1", "x,open,y,1"])
    )
    ended = outcomes(listed, "import", file)
    assert ended.code == 3
    assert "line 23: on_day" in ended.err
    assert not listed.ledger_file.exists()
    file.write_text("\n".join(["account_id,state,on_day,cost", *rows]))
    assert outcomes(listed, "import", file, "--json").document["already_there"] == 0
    assert outcomes(listed, "import", file, "--json").document["already_there"] == 20
    assert len(read_ledger(listed.ledger_file)) == 20


def test_the_report_says_that_it_is_not_causal(listed: Project) -> None:
    name = the_list(listed)["account_id"].iloc[0]
    for state, day in (("saving", 0), ("saved", 30)):
        ended = outcomes(listed, "add", name, state, "--on", str(CUTOFF + timedelta(days=day)), "--reason", "[b]\x1b")
        assert ended.code == 0, ended.err
    shown = outcomes(listed, "report")
    assert shown.code == 0, shown.err
    assert "Not causal" in shown.out
    assert "\x1b" not in shown.out
    assert outcomes(listed, "report", "--json").document["total"]["saved"] == 1
    # Both were written down today: in a report of an earlier day there is nothing.
    assert (
        outcomes(listed, "report", "--json", "--as-of", str(CUTOFF + timedelta(days=40))).document["total"]["opened"]
        == 0
    )
    assert len(outcomes(listed, "list", "--account", name).out.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "a000", "rescued"], 2, "STATE: 'rescued'; expected one of: open"),
        (["add", "a000", "open", "--on", "soon"], 2, "--on: 'soon'"),
        (["add", "a000", "open", "--on", "2999-01-01", "--unlisted"], 3, "is in the future"),
        (["report", "--as-of", "soon"], 2, "--as-of: 'soon'"),
        (["import", "nowhere.csv"], 3, "No such file"),
    ],
)
def test_what_cannot_be_meant_is_refused(listed: Project, arguments: list[str], code: int, said: str) -> None:
    ended = outcomes(listed, *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err


def feedback(project: Project, observed_until: date) -> Feedback:
    with open_dataset(project) as dataset:
        features = features_at(dataset, dataset.training_cutoffs(observed_until))
        return Feedback.known_at(dataset, TrainingRows.known_at(dataset, features, observed_until), observed_until)


def publish(project: Project, cutoff: date, tier: str) -> None:
    """A list that gave every account a tier."""
    folder = project.weeks_folder / str(cutoff)
    folder.mkdir(parents=True)
    source = project.weeks_folder / str(CUTOFF) / "predictions.parquet"
    frame = pd.read_parquet(source).assign(cutoff=pd.Timestamp(cutoff).as_unit("us"), tier=tier)
    frame.to_parquet(folder / "predictions.parquet", index=False)


def test_training_warns_when_lists_were_acted_on_without_a_log(listed: Project) -> None:
    assert feedback(listed, TODAY).warnings() == []
    publish(listed, TODAY - timedelta(days=140), "yellow")
    assert feedback(listed, TODAY).named == 0
    publish(listed, TODAY - timedelta(days=147), "red")
    found = feedback(listed, TODAY)
    assert found.named > 0.05
    assert "is not written down" in found.warnings()[0]
    name = the_list(listed)["account_id"].iloc[0]
    assert outcomes(listed, "add", name, "saving", "--on", str(TODAY - timedelta(days=140))).code == 0
    # Written down today, so known to trainings from tomorrow on, and not to one of the past.
    assert not feedback(listed, TODAY).logged


def test_overrides_are_counted_by_what_came_of_them(listed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    churn = pd.read_parquet(listed.folder / "churn.parquet")
    gone = churn[churn["churned_on"] < pd.Timestamp(TODAY - timedelta(days=100))].iloc[0]
    stays = the_list(listed)["account_id"].iloc[0]
    day = gone["churned_on"].date() - timedelta(days=20)
    for name, on in ((gone["account_id"], day), (stays, day), (stays, TODAY - timedelta(days=10))):
        ended = outcomes(listed, "add", name, "wrong", "--on", str(on), "--reason", "merged", "--unlisted")
        assert ended.code == 0, ended.err
    monkeypatch.setattr("churnpredict.ledger.Recorded.known_before", lambda *_: True)
    found = feedback(listed, TODAY).overrides
    assert (found.churned, found.stayed, found.open) == (1, 1, 1)
    assert "1 of these accounts churned, 1 stayed, of 1 it is not known yet" in str(found.sentence())


def test_the_report_compares_with_the_accounts_that_were_held_out(listed: Project) -> None:
    past = TODAY - timedelta(days=120)
    churn = pd.read_parquet(listed.folder / "churn.parquet")
    days = churn[churn["churned_on"].between(pd.Timestamp(past), pd.Timestamp(past + timedelta(days=89)))]
    left, stayed = days["account_id"].tolist(), the_list(listed)["account_id"].tolist()
    # Held out: four who left and six who stayed; played: one who left and nine who stayed; and one that is critical.
    rows = pd.DataFrame({"account_id": [*left[:5], *stayed[:16]], "tier": [*["red"] * 20, "critical"]})
    rows["play_state"] = ["held out"] * 4 + ["due"] + ["held out"] * 6 + ["due"] * 10
    rows["cutoff"] = pd.Timestamp(past).as_unit("us")
    for week in (past, past + timedelta(days=7)):
        # The second list says otherwise of everybody; the first one decides.
        (listed.weeks_folder / str(week)).mkdir()
        rows.to_parquet(listed.weeks_folder / str(week) / "risk_list.parquet", index=False)
        rows = rows.assign(play_state="due", cutoff=rows["cutoff"] + pd.Timedelta(days=7))
    shown = outcomes(listed, "report", "--json", "--as-of", str(TODAY))
    assert shown.code == 0, shown.err
    found = shown.document["holdout"]
    assert found["held_out"] == {"accounts": 10, "churned": 4}
    assert found["played"] == {"accounts": 10, "churned": 1}
    assert found["prevented"] == pytest.approx(0.3)
    assert "10 accounts held out at random" in shown.document["notes"][0]
    assert outcomes(listed, "report", "--json", "--as-of", str(past + timedelta(days=60))).document["holdout"] is None
