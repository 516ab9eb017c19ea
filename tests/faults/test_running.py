"""What happens while a run is under way: other programs, networks, what earlier runs left."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pytest

from churnpredict.dataset.engines import connect, fetch_rows, let_go
from churnpredict.errors import DataError
from churnpredict.interruption import interrupt
from lab.company import TODAY
from weekly.files import contents

from .commands import declare, refused, run

HOLD = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def in_a_database(config: Path) -> Path:
    """Move the tickets into a DuckDB database."""
    path = config.parent / "shop.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(f"CREATE TABLE tickets AS FROM '{config.parent / 'tickets.parquet'}'")
    declare(config, '"tickets.parquet"', '{ connection = "shop", name = "tickets" }')
    text = config.read_text(encoding="utf-8")
    config.write_text(f'{text}\n[connections.shop]\nkind = "duckdb"\npath = "shop.duckdb"\n', encoding="utf-8")
    return path


@pytest.mark.case(56, "exit 6, once it is closed all goes well")
def test_a_database_that_another_program_holds_is_exit_6(config: Path) -> None:
    path = in_a_database(config)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        said = refused(config, 6)
        holder.kill()
    assert "connections.shop" in said
    assert "expected a database that no other program holds open" in said
    assert run("predict", config, "--quiet").code == 0


@pytest.mark.case(63, "everything works: no connection is tried")
def test_a_week_needs_no_network(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: Any) -> NoReturn:
        pytest.fail("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)
    assert run("predict", config, "--quiet").code == 0


@pytest.mark.case(64, "exit 3 where a later week reads it")
def test_a_week_that_is_not_what_its_manifest_says_is_not_built_on(config: Path) -> None:
    last_week = TODAY - timedelta(days=7)
    assert run("predict", config, "--quiet", as_of=last_week).code == 0
    folder = config.parent / "data" / "risk_lists" / str(last_week)
    stored = folder / "predictions.parquet"
    whole = stored.read_bytes()
    stored.write_bytes((folder / "evidence.parquet").read_bytes())
    before = contents(config.parent / "data")
    ended = run("predict", config)
    assert ended.code == 3
    assert f"Predict {last_week} again." in ended.err
    assert contents(config.parent / "data") == before
    stored.write_bytes(whole)
    (folder / "manifest.json").write_text("[]")
    assert "no manifest; expected an object" in refused(config, 3)
    assert run("predict", config, "--quiet", as_of=last_week).code == 0
    assert run("predict", config, "--quiet").code == 0


@pytest.mark.case(57, "files stand, exit 8, told without the password")
def test_a_database_that_is_down_leaves_the_files(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("WAREHOUSE", "postgresql://someone:s3cret@127.0.0.1:1/none")
    declare(config, "[risk_list]", '[risk_list]\ndatabase = { url_env = "WAREHOUSE", table = "cs.risk_list" }')
    ended = run("predict", config, "--json")
    assert ended.code == 8
    assert ended.document["error"] == "OutputError"
    assert f"churnpredict deliver --as-of {TODAY}" in ended.err
    assert "s3cret" not in ended.err + ended.out
    assert (config.parent / "data" / "risk_lists" / str(TODAY) / "risk_list.csv").is_file()


@pytest.mark.case(76, "exit 2, the variable's name")
@pytest.mark.case(71, "never printed")
def test_a_server_is_asked_for_by_a_variable_that_must_be_set(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    text = config.read_text(encoding="utf-8")
    for name in ("accounts", "usage", "tickets", "contracts", "churn"):
        text = text.replace(f'"{name}.parquet"', f'{{ connection = "crm", name = "{name}" }}')
    config.write_text(f'{text}\n[connections.crm]\nkind = "postgres"\nurl_env = "CRM"\n', encoding="utf-8")
    for nothing in (None, ""):
        monkeypatch.delenv("CRM", raising=False) if nothing is None else monkeypatch.setenv("CRM", nothing)
        assert "connections.crm.url_env: the environment has no CRM" in refused(config, 2)
    # An address that is there but leads nowhere is the engine's failure, and is not repeated.
    for address in ("postgresql://someone:s3cret@127.0.0.1:1/none", "postgres//someone:s3cret@nowhere", "s3cret"):
        monkeypatch.setenv("CRM", address)
        said = refused(config, 9)
        assert "connections.crm" in said
        assert "s3cret" not in said


@pytest.mark.parametrize("name", ["usage.xlsx", "usage.zip", "usage.csv.gz"])
@pytest.mark.case(74, "exit 2")
def test_a_workbook_or_an_archive_is_no_table(config: Path, name: str) -> None:
    declare(config, '"usage.parquet"', f'"{name}"')
    assert f"'{name}' is neither a .parquet nor a .csv file" in refused(config, 2)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("bags = 1", 'bags = "1"', "training.bags"),
        ("bags = 1", "bags = 1.0", "training.bags"),
        ("bags = 1", "bags = true", "training.bags"),
        ("windows = [28, 56]", 'windows = ["28", 56]', "events.usage.windows"),
        ("flagged_share = 0.4", 'flagged_share = "0.4"', "tiers.flagged_share"),
    ],
)
def test_a_text_in_place_of_a_number_is_refused(config: Path, old: str, new: str, said: str) -> None:
    declare(config, old, new)
    assert said in refused(config, 2)


@pytest.mark.case(73, "written out")
def test_what_is_typed_cannot_write_lines_of_its_own(config: Path) -> None:
    said = refused(config, 3, "a001\x07\nerror: all is lost", command="explain")
    assert "\x07" not in said
    assert "\\x07\\x0aerror: all is lost not alive" in said
    assert sum(line.startswith("error: ") for line in said.splitlines()) == 1


@pytest.mark.case(60, "also in the middle of a query")
def test_closing_an_engine_ends_what_it_does_and_a_closed_one_is_passed_over(tmp_path: Path) -> None:
    engine = connect({}, {}, tmp_path)
    endless = engine.sql("SELECT count(*) AS rows FROM range(1000000000000) WHERE range % 7 < 9")
    ended: list[bool] = []

    def read() -> None:
        with pytest.raises(DataError):
            fetch_rows(endless)
        ended.append(True)

    reading = threading.Thread(target=read)
    reading.start()
    time.sleep(0.5)
    interrupt()
    reading.join(60)
    assert ended == [True]
    let_go(engine)
    interrupt()
