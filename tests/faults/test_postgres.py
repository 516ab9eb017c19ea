"""PostgreSQL that is slow, restarted in mid-COPY, or lets nobody in: the files stand, and nothing is half there."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from churnpredict.delivery import deliver
from churnpredict.errors import OutputError
from engines.servers import as_server_user, postgres, postgres_binaries
from engines.test_delivery import held, project, publish

from .commands import refused

pytestmark = pytest.mark.postgres
MONDAY, NEXT = date(2025, 3, 3), date(2025, 3, 10)
SECRET = "s3cret"
#: A trigger of one row does something to the transaction that copies it.
ON_ROW = """
CREATE FUNCTION cs.struck() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.account_id = 'A00020' THEN PERFORM {what}; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER struck BEFORE INSERT ON cs.risk_list FOR EACH ROW EXECUTE FUNCTION cs.struck();
"""


@dataclass(frozen=True)
class Server:
    """A server with its folder and its programs."""

    address: str
    folder: Path
    binaries: Path

    def do(self, statement: str) -> None:
        """Execute a statement."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(statement)

    def restart(self) -> None:
        """Kill it and start it again, as after a failure of power."""
        command = [self.binaries / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "restart"]
        subprocess.run(
            [*command, "-l", self.folder / "log"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **as_server_user(),
        )

    def copying(self) -> bool:
        """Whether somebody copies rows into it."""
        with psycopg.connect(self.address) as connection:
            found = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%'").fetchone()
            return found is not None and found[0] > 0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    binaries = postgres_binaries()
    if binaries is None:
        pytest.fail("PostgreSQL is not installed")
    with TemporaryDirectory() as folder, postgres(binaries, Path(folder)) as address:
        yield Server(address, Path(folder), binaries)


@pytest.fixture
def delivered(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two published weeks, the first of which is in the table."""
    monkeypatch.setenv("WAREHOUSE", server.address)
    server.do("DROP SCHEMA IF EXISTS cs CASCADE")
    server.do("CREATE SCHEMA cs")
    publish(tmp_path, MONDAY)
    publish(tmp_path, NEXT)
    deliver(project(tmp_path), MONDAY)
    return tmp_path


def failed(folder: Path) -> str:
    """What a delivery of the second week says that fails, with the first week and the files as they were."""
    with pytest.raises(OutputError) as caught:
        deliver(project(folder), NEXT)
    assert (folder / "data" / "risk_lists" / NEXT.isoformat() / "risk_list.parquet").is_file()
    assert f"churnpredict deliver --as-of {NEXT}" in str(caught.value)
    return str(caught.value)


def made_up_for(folder: Path, server: Server) -> None:
    """Delivering again puts the second week beside the first."""
    assert held(server.address)["cutoff"].dt.date.unique().tolist() == [MONDAY]
    deliver(project(folder), NEXT)
    assert held(server.address)["cutoff"].dt.date.value_counts().to_dict() == {MONDAY: 40, NEXT: 40}


@pytest.mark.case(58, "rolled back; delivering again makes up for it")
def test_a_connection_that_is_lost_in_the_middle_of_copy_leaves_no_row(delivered: Path, server: Server) -> None:
    server.do(ON_ROW.format(what="pg_terminate_backend(pg_backend_pid())"))
    assert "terminating connection" in failed(delivered)
    # The rows that a delivery replaces are gone only once the new ones are there.
    with pytest.raises(OutputError):
        deliver(project(delivered), MONDAY)
    server.do("DROP TRIGGER struck ON cs.risk_list")
    made_up_for(delivered, server)


@pytest.mark.case(57, "restarted in mid-COPY: rolled back, files stand, deliver makes up for it")
@pytest.mark.case(58, "rolled back; delivering again makes up for it")
def test_a_server_that_is_restarted_in_the_middle_of_copy_leaves_no_row(delivered: Path, server: Server) -> None:
    server.do(ON_ROW.format(what="pg_sleep(60)"))
    said: list[str] = []
    delivery = threading.Thread(target=lambda: said.append(failed(delivered)))
    delivery.start()
    while not server.copying():
        time.sleep(0.05)
    server.restart()
    delivery.join(30)
    assert len(said) == 1
    server.do("DROP TRIGGER struck ON cs.risk_list")
    made_up_for(delivered, server)


@pytest.mark.case(57, "a table that is locked: exit 8 after a bounded time")
def test_a_table_that_is_locked_is_not_waited_for_for_ever(
    delivered: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE", f"{server.address}?options=-c%20lock_timeout%3D200ms")
    with psycopg.connect(server.address) as other:
        other.execute("LOCK TABLE cs.risk_list")
        assert "lock timeout" in failed(delivered)
    made_up_for(delivered, server)


@pytest.mark.case(57, "a slow server: exit 8 after a bounded time")
def test_a_slow_statement_ends_after_a_bounded_time(
    delivered: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("churnpredict.delivery.STATEMENT_SECONDS", 1)
    server.do(ON_ROW.format(what="pg_sleep(60)"))
    assert "statement timeout" in failed(delivered)
    server.do("DROP TRIGGER struck ON cs.risk_list")
    made_up_for(delivered, server)


@pytest.fixture
def on_server(server: Server, config: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The declaration of a company whose tables are views of the server that can be read once."""
    monkeypatch.setenv("CRM", server.address)
    text = config.read_text(encoding="utf-8")
    for name in ("accounts", "usage", "tickets", "contracts", "churn"):
        text = text.replace(f'"{name}.parquet"', f'{{ connection = "crm", name = "{name}" }}')
    config.write_text(f'{text}\n[connections.crm]\nkind = "postgres"\nurl_env = "CRM"\n', encoding="utf-8")
    for name, columns in {
        "accounts": "''::text AS name, ''::text AS owner, now() AS started_on",
        "usage": "now() AS day, now() AS loaded_at, 1 AS logins",
        "tickets": "now() AS day",
        "contracts": "now() AS valid_from, 1 AS arr, ''::text AS plan, now()::date AS renewal_on",
        "churn": "now() AS churned_on",
    }.items():
        server.do(f"DROP VIEW IF EXISTS {name}")
        server.do(f"CREATE VIEW {name} AS SELECT 'a'::text AS account_id, {columns}")
    return config


@pytest.mark.case(57, "a connection that is lost while sources are read: exit 9")
def test_a_connection_that_is_lost_while_reading_is_the_engines_failure(on_server: Path, server: Server) -> None:
    gone = "CASE WHEN pg_terminate_backend(pg_backend_pid()) THEN 'a' END AS account_id, now() AS churned_on"
    server.do("DROP VIEW churn")
    server.do(f"CREATE VIEW churn AS SELECT {gone}")
    said = refused(on_server, 9)
    assert "connections: terminating connection" in said
    assert "Then run again." in said


@pytest.mark.case(57, "a slow server while sources are read: exit 9")
def test_a_slow_source_ends_after_the_time_that_its_address_gives(
    on_server: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.do("DROP VIEW churn")
    server.do("CREATE VIEW churn AS SELECT 'a' || pg_sleep(60)::text AS account_id, now() AS churned_on")
    monkeypatch.setenv("CRM", f"{server.address}?options=-c%20statement_timeout%3D500")
    assert "statement timeout" in refused(on_server, 9)


@pytest.mark.case(71, "never printed")
def test_a_wrong_password_is_refused_and_never_printed(
    delivered: Path, on_server: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.do("DROP ROLE IF EXISTS reader")
    server.do("CREATE ROLE reader LOGIN PASSWORD 'right'")
    rules = server.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"host all reader 127.0.0.1/32 scram-sha-256\n{before}")
    server.do("SELECT pg_reload_conf()")
    wrong = server.address.replace("churnpredict@", f"reader:{SECRET}@")
    try:
        monkeypatch.setenv("WAREHOUSE", wrong)
        monkeypatch.setenv("CRM", wrong)
        time.sleep(0.5)
        for said in (failed(delivered), refused(on_server, 9)):
            assert SECRET not in said
            assert "OperationalError when connecting" in said
    finally:
        rules.write_text(before)
        server.do("SELECT pg_reload_conf()")
