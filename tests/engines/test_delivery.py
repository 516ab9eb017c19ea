"""Claims about the week in a real PostgreSQL table."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import psycopg
import pytest

from churnpredict.config import Project
from churnpredict.csm import COLUMNS, to_parquet
from churnpredict.delivery import deliver
from churnpredict.errors import ConfigError, DataError, OutputError
from csm.invented import invented

from .servers import postgres, postgres_binaries

pytestmark = pytest.mark.postgres
MONDAY, NEXT = date(2025, 3, 3), date(2025, 3, 10)
SECRET = "s3cret"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    binaries = postgres_binaries()
    if binaries is None:
        pytest.fail("PostgreSQL is not installed")
    with TemporaryDirectory() as folder, postgres(binaries, Path(folder)) as address:
        yield address


@pytest.fixture
def address(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("WAREHOUSE", server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS cs CASCADE")
        connection.execute("CREATE SCHEMA cs")
    return server


def project(folder: Path, table: str = "cs.risk_list") -> Project:
    declared = Project.model_validate(
        {
            "accounts": {"table": "accounts.csv"},
            "churn": {"kind": "dated", "table": "churn.csv", "time": "day"},
            "risk_list": {"database": {"url_env": "WAREHOUSE", "table": table}},
        }
    )
    declared._folder = folder
    return declared


def publish(folder: Path, cutoff: date, accounts: int = 40, **changed: Any) -> pd.DataFrame:
    listed = invented(accounts).listed().assign(cutoff=pd.Timestamp(cutoff), **changed).astype(dict(COLUMNS))
    place = folder / "data" / "risk_lists" / cutoff.isoformat()
    place.mkdir(parents=True, exist_ok=True)
    (place / "risk_list.parquet").write_bytes(to_parquet(listed))
    return listed


def held(address: str, table: str = "cs.risk_list") -> pd.DataFrame:
    with psycopg.connect(address) as connection:
        cursor = connection.execute(
            f"SELECT {', '.join(COLUMNS)} FROM {table} ORDER BY cutoff, risk_90d DESC, account_id"
        )
        return pd.DataFrame(cursor.fetchall(), columns=list(COLUMNS)).astype(dict(COLUMNS))


def test_the_table_holds_the_list(address: str, tmp_path: Path) -> None:
    listed = publish(tmp_path, MONDAY)
    assert deliver(project(tmp_path), MONDAY) == 40
    pd.testing.assert_frame_equal(held(address), listed)


def test_delivering_twice_changes_nothing_and_another_week_stays(address: str, tmp_path: Path) -> None:
    first, second = publish(tmp_path, MONDAY), publish(tmp_path, NEXT, 30)
    for cutoff in (MONDAY, NEXT, MONDAY, MONDAY):
        deliver(project(tmp_path), cutoff)
    pd.testing.assert_frame_equal(held(address), pd.concat([first, second], ignore_index=True))


def test_a_week_that_changed_replaces_itself(address: str, tmp_path: Path) -> None:
    publish(tmp_path, MONDAY, 40)
    deliver(project(tmp_path), MONDAY)
    fewer = publish(tmp_path, MONDAY, 25)
    deliver(project(tmp_path), MONDAY)
    pd.testing.assert_frame_equal(held(address), fewer)


def test_runs_at_the_same_time_do_not_double_a_row(address: str, tmp_path: Path) -> None:
    publish(tmp_path, MONDAY)
    runs = [threading.Thread(target=deliver, args=(project(tmp_path), MONDAY)) for _ in range(6)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(held(address)) == 40


def test_a_table_of_an_earlier_version_gets_the_columns_it_lacks(address: str, tmp_path: Path) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE cs.risk_list (cutoff date, account_id text, note text)")
    listed = publish(tmp_path, MONDAY)
    deliver(project(tmp_path), MONDAY)
    pd.testing.assert_frame_equal(held(address), listed)


@pytest.mark.parametrize("name", ["'; DROP TABLE cs.risk_list; --", "\\.", "a\tb", "x" * 10_000, "\x00", "<script>"])
def test_hostile_names_arrive_as_text(address: str, tmp_path: Path, name: str) -> None:
    publish(tmp_path, MONDAY, 3, owner=name)
    deliver(project(tmp_path), MONDAY)
    assert held(address)["owner"].tolist() == [name.replace("\x00", "")] * 3


@pytest.mark.case(69, "only a name")
def test_a_hostile_table_name_is_only_a_name(address: str, tmp_path: Path) -> None:
    name = 'x"; DROP SCHEMA cs CASCADE; --'
    listed = publish(tmp_path, MONDAY)
    deliver(project(tmp_path, f"cs.{name}"), MONDAY)
    quoted = name.replace('"', '""')
    pd.testing.assert_frame_equal(held(address, f'cs."{quoted}"'), listed)


@pytest.mark.case(58, "rolled back")
def test_a_refused_delivery_leaves_the_table_as_it_was(address: str, tmp_path: Path) -> None:
    listed = publish(tmp_path, MONDAY)
    deliver(project(tmp_path), MONDAY)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER TABLE cs.risk_list ADD CHECK (account_id <> 'A00040')  NOT VALID")
    with pytest.raises(OutputError, match="violates check constraint"):
        deliver(project(tmp_path), MONDAY)
    pd.testing.assert_frame_equal(held(address), listed)


def test_a_server_that_is_down_is_told_without_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE", f"postgresql://someone:{SECRET}@127.0.0.1:1/none")
    publish(tmp_path, MONDAY)
    with pytest.raises(OutputError) as caught:
        deliver(project(tmp_path), MONDAY)
    assert SECRET not in str(caught.value)
    assert f"churnpredict deliver --as-of {MONDAY}" in str(caught.value)
    assert caught.value.exit_code == 8


def test_a_week_that_is_not_published_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no list of 2025-03-03"):
        deliver(project(tmp_path), MONDAY)


def test_a_missing_address_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAREHOUSE", raising=False)
    publish(tmp_path, MONDAY)
    with pytest.raises(ConfigError, match="the environment has no WAREHOUSE"):
        deliver(project(tmp_path), MONDAY)
