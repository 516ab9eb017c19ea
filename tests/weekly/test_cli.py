"""Claims about the command line: exit codes, one message, one JSON object, and nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from churnpredict.config import Project
from churnpredict.errors import ChurnPredictError, StaleDataError
from churnpredict.publishing import locked
from lab.company import TODAY, Trained, company

from .command import Ended, run, start
from .files import contents, left_over

AS_OF = ("--as-of", str(TODAY))


#: The page of each exit code, as the errors name it.
PAGES = {error.exit_code: error.help() for error in [*ChurnPredictError.__subclasses__(), StaleDataError]}


def message(ended: Ended, code: int) -> str:
    """The one message of a command that refused."""
    assert ended.code == code, ended.err
    assert ended.out == ""
    lines = [line for line in ended.err.splitlines() if not line.startswith("As of ")]
    assert lines.pop() == f"help: {PAGES[code]}"
    assert all(line.startswith("error: ") for line in lines), ended.err
    assert len(lines) == 1, ended.err
    return lines[0]


def spoil(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change a Parquet table."""
    change(pd.read_parquet(path)).to_parquet(path, index=False)


@pytest.fixture
def tree(project: Project) -> dict[str, bytes]:
    """Everything there is before the command."""
    return contents(project.folder)


@pytest.fixture(scope="module")
def predicted(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """A declaration whose week was published by the command, and what the command said."""
    folder = tmp_path_factory.mktemp("predicted") / "acme"
    trained.copy_to(folder)
    return folder / "churnpredict.toml", run("predict", "--json", "--config", folder / "churnpredict.toml", *AS_OF)


# Usage and configuration: 2 --------------------------------------------------------------------------------------


def test_without_a_configuration_it_says_how_to_begin(tmp_path: Path) -> None:
    said = message(run("predict", cwd=tmp_path), 2)
    assert "churnpredict.toml: no such file" in said
    assert "--config" in said
    assert "churnpredict init FOLDER" in said
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_key_is_named_with_its_line(config: Path) -> None:
    config.write_text(config.read_text(encoding="utf-8") + "\n[freshness]\ngreen = 75\n", encoding="utf-8")
    line = config.read_text(encoding="utf-8").splitlines().index("green = 75") + 1
    said = message(run("predict", "--config", config, *AS_OF), 2)
    assert f"freshness.green (churnpredict.toml, line {line}): unknown key" in said


@pytest.mark.parametrize("given", ["yesterday", "2024-13-01", "01.02.2024", ""])
def test_a_day_that_is_none_is_refused(config: Path, given: str) -> None:
    said = message(run("predict", "--config", config, "--as-of", given), 2)
    assert said == f"error: --as-of: {given!r}; expected a day such as 2025-03-03."


def test_a_day_in_the_future_is_refused(config: Path, tree: dict[str, bytes]) -> None:
    said = message(run("predict", "--config", config, "--as-of", "2999-01-01"), 2)
    assert "2999-01-01 is in the future" in said
    assert contents(config.parent) == tree


def test_an_unknown_option_is_a_usage_error(config: Path) -> None:
    ended = run("predict", "--config", config, "--asof", "2024-01-01")
    assert (ended.code, ended.out) == (2, "")
    assert "No such option" in ended.err
    assert "Traceback" not in ended.err


# Data: 3 and 4 ---------------------------------------------------------------------------------------------------


def without_table(folder: Path) -> None:
    (folder / "usage.parquet").unlink()


def without_column(folder: Path) -> None:
    spoil(folder / "usage.parquet", lambda table: table.rename(columns={"logins": "login"}))


def with_text_for_numbers(folder: Path) -> None:
    spoil(folder / "usage.parquet", lambda table: table.assign(logins="12,5"))


def with_an_account_twice(folder: Path) -> None:
    spoil(folder / "accounts.parquet", lambda table: pd.concat([table, table.iloc[:1]]))


@pytest.mark.parametrize("command", ["train", "predict"])
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without_table, ("events.usage.table: no file", "accounts.parquet, churn.parquet")),
        (without_column, ("events.usage.signals.logins.measure: usage.parquet has no column 'logins'", "login")),
        (with_text_for_numbers, ("'logins' in usage.parquet", "'12,5'", "a number")),
        (with_an_account_twice, ("accounts: more than one row for a000",)),
    ],
)
def test_bad_tables_are_refused_and_nothing_is_written(
    config: Path, command: str, damage: Callable[[Path], None], said: tuple[str, ...]
) -> None:
    damage(config.parent)
    before = contents(config.parent)
    told = message(run(command, "--config", config, *AS_OF), 3)
    for part in said:
        assert part in told
    assert contents(config.parent) == before


def test_stale_sources_are_refused(config: Path, tree: dict[str, bytes]) -> None:
    late = str(TODAY + timedelta(days=60))
    said = message(run("predict", "--config", config, "--as-of", late), 4)
    assert "days old; expected at most 14 days" in said
    assert contents(config.parent) == tree


def test_an_account_that_is_not_there_cannot_be_explained(config: Path) -> None:
    assert "nobody not alive at 2024-01-01" in message(run("explain", "nobody", "--config", config, *AS_OF), 3)


# Training: 5 -----------------------------------------------------------------------------------------------------


@pytest.mark.case(35, "exit 5, the champion stays")
def test_without_churners_the_champion_stays(config: Path) -> None:
    def nobody(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(churned_on=pd.NaT).astype({"churned_on": "datetime64[us]"})

    spoil(config.parent / "churn.parquet", nobody)
    before = contents(config.parent / "models")
    said = message(run("train", "--config", config, *AS_OF), 5)
    assert "0 distinct accounts are known to have churned" in said
    assert "expected at least 50" in said
    assert contents(config.parent / "models") == before


@pytest.mark.case(37, "exit 5 with their number")
def test_too_few_churners_are_seen_by_the_doctor(tmp_path: Path) -> None:
    ended = run("doctor", "--json", "--config", company(accounts=40).write(tmp_path), *AS_OF)
    assert ended.code == 5
    assert "too few for a model" in ended.document["verdict"]
    assert ended.document["able"] is False


# A place that is held, a model that is none, a result that cannot be written: 6, 7, 8 ----------------------------


@pytest.mark.parametrize(("command", "place"), [("train", "models"), ("predict", "data")])
@pytest.mark.case(43, "the second: exit 6")
@pytest.mark.case(55, "one wins, the other: exit 6")
@pytest.mark.case(62, "the second: exit 6")
def test_a_place_that_another_run_holds_is_left_alone(project: Project, command: str, place: str) -> None:
    held = project.folder / place
    with locked(held):
        before = contents(project.folder)
        said = message(run(command, "--config", project.folder / "churnpredict.toml", *AS_OF), 6)
    assert said == (
        f"error: {held}: another run is writing here; expected one run at a time. Wait for it to end, then run again."
    )
    assert contents(project.folder) == before


@pytest.mark.parametrize("command", [["predict"], ["explain", "a000"]])
@pytest.mark.case(45, "exit 7: run train")
def test_without_a_model_it_says_what_to_run(config: Path, command: list[str]) -> None:
    shutil.rmtree(config.parent / "models")
    said = message(run(*command, "--config", config, *AS_OF), 7)
    assert "no model here; expected a bundle. Run `churnpredict train` first." in said
    assert not (config.parent / "data").exists()


@pytest.mark.case(44, "exit 7 before it is parsed")
def test_a_truncated_booster_is_refused_and_does_not_abort_the_process(config: Path) -> None:
    booster = config.parent / "models" / "champion" / "hazard_60_90d_bag_0.txt"
    booster.write_bytes(booster.read_bytes()[: booster.stat().st_size // 2])
    said = message(run("predict", "--config", config, *AS_OF), 7)
    assert "damaged: hazard_60_90d_bag_0.txt" in said
    assert not (config.parent / "data").exists()


@pytest.mark.parametrize(("command", "place"), [("train", "models"), ("predict", "data")])
@pytest.mark.case(61, "exit 8")
def test_a_file_in_place_of_a_folder_is_not_written_over(project: Project, command: str, place: str) -> None:
    path = project.folder / place
    config = project.folder / "churnpredict.toml"
    if path.exists():
        path.rename(path.with_name("moved"))
    if command == "predict":
        config.write_text(config.read_text(encoding="utf-8") + "\n[paths]\ndata = 'taken'\n", encoding="utf-8")
        path = project.folder / "taken"
    path.write_text("in the way")
    assert str(path) in message(run(command, "--config", config, *AS_OF), 8)
    assert path.read_text() == "in the way"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_an_output_error(config: Path) -> None:
    config.parent.chmod(0o500)
    assert "data" in message(run("predict", "--config", config, *AS_OF), 8)


# Signals: 130 and 143 --------------------------------------------------------------------------------------------

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.mark.parametrize("stage", ["features", "list"])
@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.case(60, "130, 143, nothing changed")
def test_a_stopped_run_leaves_the_old_list(predicted: tuple[Path, Ended], stage: str, number: int, code: int) -> None:
    config, _ = predicted
    before = contents(config.parent)
    other_week = str(TODAY - timedelta(days=7))
    ended = run("predict", "--config", config, "--as-of", other_week, stop_at=(stage, number))
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""
    assert contents(config.parent) == before
    assert left_over(config.parent / "data") == []
    with locked(config.parent / "data"):
        pass


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.case(60, "also in the middle of a query")
def test_a_run_that_is_stopped_in_a_query_ends_at_once(project: Project, number: int, code: int) -> None:
    endless = "SELECT 'a000' AS account_id, DATE '2023-12-01' AS day FROM range(1000000000000) WHERE range % 7 < 9"
    with duckdb.connect(str(project.folder / "endless.duckdb")) as database:
        # Several, so that the engine's other threads have work, too.
        database.execute("CREATE VIEW tickets AS " + " UNION ALL ".join([endless] * 4))
    config = project.folder / "churnpredict.toml"
    text = config.read_text(encoding="utf-8").replace(
        'table = "tickets.parquet"', 'table = { connection = "shop", name = "tickets" }'
    )
    config.write_text(text + '\n[connections.shop]\nkind = "duckdb"\npath = "endless.duckdb"\n', encoding="utf-8")
    ended = start("predict", "--config", config, *AS_OF, stop_at=("query", number)).wait(seconds=60)
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""
    with locked(project.data_folder):
        pass


# One JSON object -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code", "name"),
    [
        (["predict", "--config", "none.toml"], 2, "ConfigError"),
        (["predict", "--as-of", "2999-01-01"], 2, "UsageError"),
        (["predict", "--as-of", str(TODAY + timedelta(days=60))], 4, "StaleDataError"),
        (["explain", "nobody", *AS_OF], 3, "DataError"),
        (["train", "--as-of", "2022-08-01"], 5, "TrainingError"),
        (["doctor", "--config", "none.toml"], 2, "ConfigError"),
    ],
)
def test_an_error_is_one_json_object_too(
    predicted: tuple[Path, Ended], options: list[str], code: int, name: str
) -> None:
    ended = run(*options, "--json", cwd=predicted[0].parent)
    assert ended.code == code
    assert (ended.document["error"], ended.document["exit_code"]) == (name, code)
    (problem,) = ended.document["problems"]
    assert set(problem) == {"where", "given", "expected", "todo"}
    assert ended.err.startswith("error: ")


def test_predict_says_where_the_list_is(predicted: tuple[Path, Ended]) -> None:
    config, ended = predicted
    assert (ended.code, ended.err) == (0, "")
    said = ended.document
    assert said["as_of"] == str(TODAY)
    listed = pd.read_csv(said["risk_list"])
    assert len(listed) == said["accounts"] == sum(said["tiers"].values())
    assert Path(said["html"]).is_file()
    assert set(said["seconds"]) == {
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
    }
    assert config.parent in Path(said["html"]).parents


def test_explained_points_add_up_to_the_risk_on_the_list(predicted: tuple[Path, Ended]) -> None:
    config, ended = predicted
    listed = pd.read_csv(ended.document["risk_list"]).iloc[0]
    said = run("explain", listed["account_id"], "--json", "--config", config, *AS_OF).document
    assert said["risk"] == pytest.approx(listed["risk_90d"], abs=1e-12)
    points = [driver["points"] for driver in said["drivers"]]
    assert said["typical_risk"] + sum(points) + said["others"] == pytest.approx(said["risk"], abs=1e-9)
    assert [driver["rank"] for driver in said["drivers"]] == list(range(1, len(points) + 1))
    assert {type(driver["value"]) for driver in said["drivers"]} <= {float, str, type(None)}
    assert any(isinstance(driver["value"], float) for driver in said["drivers"])


def test_the_doctor_says_what_the_sources_hold(trained: Trained) -> None:
    ended = run("doctor", "--json", *AS_OF, cwd=trained.folder)
    assert (ended.code, ended.err) == (0, "")
    assert ended.document["churners"] == trained.training.churners
    sources = {source["place"]: source for source in ended.document["sources"]}
    assert sources["events.usage"]["first_day"] == "2022-01-03"
    assert sources["accounts"]["rows"] == len(pd.read_parquet(trained.folder / "accounts.parquet"))


def test_train_gives_the_same_bytes_in_another_process(trained: Trained, config: Path) -> None:
    shutil.rmtree(config.parent / "models")
    ended = run("train", "--json", "--config", config, *AS_OF)
    assert (ended.code, ended.err) == (0, "")
    here = json.loads(json.dumps(trained.training.evaluation["model"].as_dict()))
    assert ended.document["evaluation"]["model"] == here
    assert ended.document["warnings"] == list(trained.training.warnings)
    again = contents(config.parent / "models" / "champion")
    assert again == contents(trained.project.champion_folder)


# For a person ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(predicted: tuple[Path, Ended]) -> dict[str, Ended]:
    """What the commands tell a person, by command."""
    config, _ = predicted
    options = ["--config", config, *AS_OF]
    return {
        "predict": run("predict", *options),
        "quiet": run("predict", "--quiet", *options),
        "explain": run("explain", "a000", *options),
        "doctor": run("doctor", *options),
    }


def test_a_person_is_told_the_riskiest_and_where_to_look(told: dict[str, Ended]) -> None:
    said = told["predict"]
    assert said.code == 0
    assert said.err == f"As of {TODAY}\n"
    assert " accounts: 0 critical, " in said.out
    assert said.out.rstrip().endswith("risk_list.html")


def test_quiet_is_silent(told: dict[str, Ended]) -> None:
    assert told["quiet"] == Ended(0, "", "")


@pytest.mark.case(25, "told by the doctor")
def test_the_doctor_is_read_line_by_line(told: dict[str, Ended]) -> None:
    assert "events.usage: " in told["doctor"].out
    assert "no known_at: leakage through late rows is not provable" in told["doctor"].out
    assert "labelled rows at" in told["doctor"].out


@pytest.mark.case(73, "written out")
def test_names_cannot_write_to_the_terminal(config: Path) -> None:
    spoil(config.parent / "accounts.parquet", lambda table: table.assign(name="\x1b[31mRed\nerror: all is lost\x07"))
    ended = run("predict", "--config", config, *AS_OF)
    explained = run("explain", "a001\x1b[2J", "--config", config, *AS_OF)
    assert ended.code == 0
    assert "Red" in ended.out
    for text in (ended.out, ended.err, explained.out, explained.err):
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "\nerror: all is lost" not in text
