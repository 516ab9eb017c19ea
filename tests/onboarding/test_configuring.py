"""Claims about a whole first configuration: it opens, names what may leak, and writes over nothing."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from churnpredict.config import Project, read_project
from churnpredict.dataset import open_dataset
from churnpredict.errors import DataError, UsageError
from churnpredict.onboarding import Ask, Proposal, Question, Suspicion, configure, toml_of
from churnpredict.onboarding.proposal import Section

from .tables import LAST, company, write_csv, write_parquet

TODAY = date(2026, 1, 5)


def taken(question: Question) -> str:
    return question.guess


def configured(source: Path, config: Path, ask: Ask = taken, **options: Any) -> tuple[Proposal, Project]:
    proposal = configure(str(source), config, TODAY, ask, **options)
    return proposal, read_project(config)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Proposal, Project, str]:
    folder = tmp_path_factory.mktemp("vendor")
    write_parquet(company(), folder / "tables")
    proposal, project = configured(folder / "tables", folder / "churnpredict.toml")
    return proposal, project, (folder / "churnpredict.toml").read_text(encoding="utf-8")


def test_tables_become_a_configuration_that_opens(made: tuple[Proposal, Project, str]) -> None:
    proposal, project, _ = made
    assert proposal.roles == {"customers": "accounts", "usage": "events", "tickets": "events"}
    assert project.accounts.model_dump(include={"key", "started_on", "name", "owner"}) == {
        "key": "customer_id",
        "started_on": "signed_up",
        "name": "company_name",
        "owner": "csm",
    }
    assert (project.events["usage"].time, project.events["usage"].known_at) == ("at", "loaded_at")
    assert project.events["tickets"].category == "support"
    assert (project.churn.kind, project.churn.time) == ("dated", "cancelled_on")  # type: ignore[union-attr]
    assert project.risk_list.arr == "arr"
    with open_dataset(project) as dataset:
        dataset.check_fresh(proposal.as_of or TODAY)
        frame = next(dataset.features([proposal.as_of or TODAY]))
    assert len(frame) == 30
    assert frame["usage__count__28d"].notna().all()


def test_the_cutoff_it_names_is_the_last_monday_that_the_tables_reach(made: tuple[Proposal, Project, str]) -> None:
    assert made[0].as_of is not None
    assert made[0].as_of.weekday() == 0
    assert 0 <= (LAST - made[0].as_of).days < 7


def test_nothing_that_may_know_the_future_is_read_by_a_model_and_each_is_named(
    made: tuple[Proposal, Project, str],
) -> None:
    proposal, project, text = made
    for name in ("status", "last_login", "total_tickets", "exit_interview", "mrr"):
        assert f"customers.{name}" in {f"{each.table}.{each.column}" for each in proposal.suspicions}
        assert f"# customers.{name}:" in text
    assert "tickets.resolution_hours" in text
    features = {str(feature.name) for feature in project.features()}
    assert {"region__value"} == {name for name in features if name.endswith("__value")}
    assert not any("resolution" in name for name in features)


def test_a_note_that_only_churners_have_is_caught_by_its_gaps_not_by_its_name(
    made: tuple[Proposal, Project, str],
) -> None:
    why = next(each.why for each in made[0].suspicions if each.column == "exit_interview")
    assert why == "filled for 100% of those that left and for 0% of those that stayed"


def test_csv_files_with_other_marks_and_days_are_read_as_they_are_written(tmp_path: Path) -> None:
    tables = {name: company()[name] for name in ("customers", "usage")}
    for table in tables.values():
        for name in table.columns:
            if pd.api.types.is_datetime64_any_dtype(table[name]):
                table[name] = table[name].dt.strftime("%d.%m.%Y %H:%M")
    write_csv(tables, tmp_path / "tables", sep=";", decimal=",")
    _, project = configured(tmp_path / "tables", tmp_path / "churnpredict.toml")
    declared = project.events["usage"].table
    assert (declared.delimiter, declared.date_format) == (";", "%d.%m.%Y %H:%M")
    assert project.accounts.table is not None
    assert project.accounts.table.decimal == ","
    with open_dataset(project) as dataset:
        assert dataset.reports[1].first_day is not None


@pytest.mark.parametrize("kept", ["parquet", "csv"])
def test_seconds_and_milliseconds_since_1970_are_days(tmp_path: Path, kept: str) -> None:
    tables = {name: company()[name] for name in ("customers", "usage")}
    seconds = (tables["customers"]["signed_up"] - pd.Timestamp(0)) // pd.Timedelta(seconds=1)
    tables["customers"]["signed_up"] = seconds
    tables["usage"]["at"] = (tables["usage"]["at"] - pd.Timestamp(0)) // pd.Timedelta(milliseconds=1)
    (write_parquet if kept == "parquet" else write_csv)(tables, tmp_path / "tables")
    proposal, project = configured(tmp_path / "tables", tmp_path / "churnpredict.toml")
    assert (project.accounts.started_on, project.events["usage"].time) == ("signed_up", "at")
    assert project.events["usage"].table.date_format == "epoch"
    with open_dataset(project) as dataset:
        assert dataset.reports[1].last_day == company()["usage"]["at"].max().date()
        assert len(next(dataset.features([proposal.as_of or TODAY]))) == 30


def test_a_column_of_leavers_is_caught_where_churn_is_silence_or_a_term_and_whatever_it_is_called(
    tmp_path: Path,
) -> None:
    tables = company(60)
    gone = tables["customers"]["cancelled_on"].notna()
    kept = tables["customers"][["customer_id", "company_name", "region"]]
    estados = {"estado": gone.map({True: "baja", False: "activa"}), "motivo": tables["customers"]["exit_interview"]}
    write_parquet({"clientes": kept.assign(**estados), "usage": tables["usage"]}, tmp_path / "tables")
    proposal, project = configured(tmp_path / "tables", tmp_path / "churnpredict.toml")
    assert project.churn.kind == "silence"
    assert {"estado", "motivo"} <= {each.column for each in proposal.suspicions}
    assert list(project.accounts.facts) == ["region"]


def test_a_history_of_states_dates_the_churn(tmp_path: Path) -> None:
    tables = company()
    left = tables["customers"].dropna(subset="cancelled_on")
    states = pd.concat(
        [
            pd.DataFrame({"customer_id": rows["customer_id"], "state": state, "valid_from": rows[day]})
            for state, day, rows in (("active", "signed_up", tables["customers"]), ("churned", "cancelled_on", left))
        ]
    )
    customers = tables["customers"].drop(columns="cancelled_on")
    write_parquet({"customers": customers, "usage": tables["usage"], "states": states}, tmp_path / "tables")
    _, project = configured(tmp_path / "tables", tmp_path / "churnpredict.toml")
    assert (project.churn.kind, project.churn.time) == ("dated", "valid_from")  # type: ignore[union-attr]
    assert project.churn.where["state"].one_of == ["churned"]  # type: ignore[union-attr]
    assert not any("state" in str(feature.name) for feature in project.features())


def test_whose_a_row_is_can_be_said(tmp_path: Path) -> None:
    days = pd.date_range("2023-01-02", periods=900)
    clicks = pd.DataFrame({"quien": [f"q{number % 40}" for number in range(900)], "dia": days})
    write_parquet({"clicks": clicks}, tmp_path / "tables")
    with pytest.raises(DataError, match="--key"):
        configured(tmp_path / "tables", tmp_path / "churnpredict.toml")
    with pytest.raises(UsageError, match="dia, quien"):
        configured(tmp_path / "tables", tmp_path / "churnpredict.toml", key="cliente")
    _, project = configured(tmp_path / "tables", tmp_path / "churnpredict.toml", key="quien")
    assert project.events["clicks"].account == "quien"


def test_two_names_of_the_same_accounts_are_no_question(tmp_path: Path) -> None:
    tables = {name: company()[name] for name in ("usage", "tickets")}
    tables["tickets"] = tables["tickets"].rename(columns={"customer_id": "organization_external_id"})
    write_parquet(tables, tmp_path / "tables")
    proposal, project = configured(tmp_path / "tables", tmp_path / "churnpredict.toml")
    assert "accounts.key" not in [question.about for question, _ in proposal.questions]
    assert project.events["tickets"].account == "organization_external_id"


def test_what_may_be_critical_is_proposed_as_a_comment_that_can_be_declared(tmp_path: Path) -> None:
    tables = company()
    notes = tables["tickets"].drop(columns="resolution_hours")
    notes["kind"] = ["escalation", "praise", "parity_request"] * (len(notes) // 3) + ["praise"] * (len(notes) % 3)
    notes["loaded_at"] = notes["at"]
    notes["nps"] = [number % 11 for number in range(len(notes))]
    write_parquet({"customers": tables["customers"], "notes": notes}, tmp_path / "tables")
    _, project = configured(tmp_path / "tables", tmp_path / "churnpredict.toml")
    assert project.critical == {}
    text = (tmp_path / "churnpredict.toml").read_text(encoding="utf-8")
    begins = text.index("# [critical.")
    proposed = text[begins : text.index("[churn]")].replace("# ", "")
    (tmp_path / "churnpredict.toml").write_text(text[:begins] + proposed + text[text.index("[churn]") :])
    found = read_project(tmp_path / "churnpredict.toml").critical
    assert found["escalation_notes"].where["kind"].one_of == ["escalation"]
    assert found["detractor_notes"].where["nps"].at_most == 6


def test_ids_of_many_digits_stay_apart(tmp_path: Path) -> None:
    days = pd.date_range("2023-01-02", periods=900)
    ids = [f"5000000000000{number % 40:05d}" for number in range(900)]
    write_csv({"orders": pd.DataFrame({"customer": ids, "day": days.astype(str)})}, tmp_path / "tables")
    proposal, project = configured(tmp_path / "tables", tmp_path / "churnpredict.toml")
    with open_dataset(project) as dataset:
        assert len(next(dataset.features([proposal.as_of or TODAY]))) == 40


def test_ids_with_leading_zeros_stay_text(tmp_path: Path) -> None:
    days = pd.date_range("2023-01-02", periods=900)
    orders = pd.DataFrame({"customer": [f"{number % 40:05d}" for number in range(900)], "day": days.astype(str)})
    write_csv({"orders": orders}, tmp_path / "tables")
    proposal, project = configured(tmp_path / "tables", tmp_path / "churnpredict.toml")
    assert [question.about for question, _ in proposal.questions] == ["churn.days"]
    assert project.accounts.from_events == "orders"
    with open_dataset(project) as dataset:
        assert next(dataset.features([proposal.as_of or TODAY]))["account_id"].iloc[0] == "00000"


def test_a_duckdb_file_is_a_connection(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as database:
        for name, table in company().items():
            database.register("given", table)
            database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')
    proposal, project = configured(path, tmp_path / "churnpredict.toml")
    assert proposal.roles["customers"] == "accounts"
    assert project.connections["source"].path == "warehouse.duckdb"
    open_dataset(project).tables.engine.disconnect()


def test_answers_decide_what_the_tables_do_not_settle(tmp_path: Path) -> None:
    days = pd.date_range("2023-01-02", periods=900)
    clicks = pd.DataFrame({"user_id": [f"u{number % 40}" for number in range(900)], "first": days})
    write_parquet({"clicks": clicks.assign(second=days + pd.Timedelta(days=2))}, tmp_path / "tables")
    answers = {"accounts.key": "user_id", "events.clicks.known_at": "no", "churn.days": "45"}
    asked: list[str] = []

    def answered(question: Question) -> str:
        asked.append(question.about)
        return answers[question.about]

    _, project = configured(tmp_path / "tables", tmp_path / "churnpredict.toml", answered)
    assert asked == list(answers)
    assert project.churn.days == 45  # type: ignore[union-attr]
    assert project.events["clicks"].known_at is None


def test_a_configuration_that_is_there_is_kept_unless_it_may_go(tmp_path: Path) -> None:
    write_parquet(company(), tmp_path / "tables")
    config = tmp_path / "churnpredict.toml"
    config.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="it is there already"):
        configured(tmp_path / "tables", config)
    assert config.read_text(encoding="utf-8") == "mine"
    _, project = configured(tmp_path / "tables", config, force=True)
    assert project.events


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({}, "no .parquet and no .csv file"),
        ({"prices": pd.DataFrame({"price": [1.5, 2.5]})}, "no column looks like the id of an account"),
        (
            {"clicks": pd.DataFrame({"account_id": [f"a{n % 30}" for n in range(90)], "date": list(range(90))})},
            "none of them has dated rows",
        ),
    ],
)
def test_tables_that_cannot_do_are_refused_with_what_is_missing(
    tmp_path: Path, tables: dict[str, pd.DataFrame], said: str
) -> None:
    write_parquet(tables, tmp_path / "tables")
    with pytest.raises(DataError, match=said):
        configured(tmp_path / "tables", tmp_path / "churnpredict.toml")
    assert not (tmp_path / "churnpredict.toml").exists()


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_used(tmp_path: Path) -> None:
    write_parquet(company(), tmp_path / "tables")
    (tmp_path / "tables" / "damaged.parquet").write_bytes(b"no table")
    (tmp_path / "tables" / "book.xlsx").write_bytes(b"PK")
    proposal, _ = configured(tmp_path / "tables", tmp_path / "churnpredict.toml")
    assert proposal.roles["customers"] == "accounts"
    assert "save it" in proposal.left_out["book.xlsx"]
    assert "damaged" in proposal.left_out


@pytest.mark.parametrize("nasty", ["a\nb = 1 #", '"quoted" ]', "tab\tand\x1b[31m", "ünïcode – 列", "[events]", "x\x7f"])
def test_whatever_columns_are_called_the_text_reads_back(nasty: str) -> None:
    section = Section("events.usage", comments=[str(Suspicion("t", nasty, "why"))], unsure=[nasty])
    section.add("time", nasty, f"about {nasty}")
    section.add("where", {nasty: [nasty, True, 2]})
    section.add("known_at", nasty, nasty * 30, out=True)
    proposal = Proposal([section], left_out={nasty: nasty})
    assert tomllib.loads(toml_of(proposal)) == {
        "events": {"usage": {"time": nasty, "where": {nasty: [nasty, True, 2]}}}
    }
