"""Claims about the file: entries are added and never changed, whoever writes and however they end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnpredict.errors import DataError, LockedError, OutputError
from churnpredict.ledger import Entry, Given, read_ledger, record, storage

from .writing import entry, on, stamp, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "outcomes.sqlite"


def test_what_was_written_is_read(path: Path) -> None:
    told = entry("open", 0, play="red", tier="red", risk_90d=0.31, arr=12_000, note="Ärger 🙂\n=1+1", reason="<b>")
    [new] = write(path, told)
    assert read_ledger(path) == [new]
    assert (new.seq, new.recorded_by, new.entry.intervention) == (1, "Ada", "acme#1")
    assert new.entry.note == told.note
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_ledger_there_are_no_entries(path: Path) -> None:
    assert read_ledger(path) == []
    assert not path.parent.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET state = 'saved'",
        "DELETE FROM entries",
        "INSERT OR REPLACE INTO entries SELECT 1, 'x', 'x', 'x', 'x', 'x', 'x', n, n, n, n, n, n, n, n, n, n, 'x'"
        " FROM (SELECT NULL AS n)",
    ],
)
def test_the_file_itself_refuses_to_change_an_entry(path: Path, statement: str) -> None:
    before = write(path, entry("open", 0))
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="never changed"):
        connection.execute(statement)
    assert read_ledger(path) == before


@pytest.mark.parametrize(
    "statement", ["UPDATE entries SET on_day = '2025-03-04' WHERE seq = 2", "DELETE FROM entries WHERE seq = 2"]
)
def test_an_entry_that_was_changed_with_force_shows(path: Path, statement: str) -> None:
    write(path, entry("open", 0), entry("saving", 2), entry("saved", 9))
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"DROP TRIGGER never_updated; DROP TRIGGER never_deleted; {statement};")
    with pytest.raises(DataError, match="is not what was written"):
        read_ledger(path)
    with pytest.raises(DataError, match="is not what was written"):
        write(path, entry("open", 0, "other"))


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"\x00" * 4_000])
def test_a_damaged_file_is_an_error_and_never_a_new_ledger(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    for use in (lambda: read_ledger(path), lambda: write(path, entry("open", 0))):
        with pytest.raises(DataError, match="expected a ledger"):
            use()
    assert path.read_bytes() == content


def test_a_ledger_cut_short_is_an_error(path: Path) -> None:
    write(path, *(entry("open", 0, f"a{number}", note="n" * 900) for number in range(60)))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="damaged"):
        read_ledger(path)


def test_another_database_is_no_ledger(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE entries (seq)")
    with pytest.raises(DataError, match="no ledger"):
        read_ledger(path)


def test_a_ledger_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(OutputError):
        write(tmp_path / "data" / "outcomes.sqlite", entry("open", 0))


def _write_many(path: Path, name: str, count: int) -> None:
    for number in range(count):
        write(path, entry("open", 0, f"{name}{number}"))


def test_writers_at_once_lose_nothing(path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_many, args=(path, name, 8)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    recorded = read_ledger(path)
    assert [each.seq for each in recorded] == list(range(1, 33))
    assert {each.entry.account_id for each in recorded} == {f"{name}{n}" for name in "abcd" for n in range(8)}
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_writer_that_waited_long_enough_says_that_it_is_locked(path: Path) -> None:
    write(path, entry("open", 0))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LockedError) as error:
            record(path, [Given("line 2", entry("open", 0, "b"))], stamp(), patience=0.05)
        assert error.value.exit_code == 6
    assert len(read_ledger(path)) == 1


def _write_and_wait(path: Path, given: list[Given]) -> None:
    seal, count = storage._seal, 0

    def slow(*values: object) -> str:
        nonlocal count
        count += 1
        if count == 400:
            path.with_name("reached").touch()
            time.sleep(60)
        return seal(*values)

    storage._seal = slow
    record(path, given, stamp())


def test_an_import_killed_midway_leaves_what_was_there(path: Path) -> None:
    before = write(path, entry("open", 0))
    given = [Given("line", entry("open", 1, f"a{number}", note="n" * 1_500)) for number in range(500)]
    writer = multiprocessing.get_context("fork").Process(target=_write_and_wait, args=(path, given))
    writer.start()
    while not path.with_name("reached").exists():
        assert writer.is_alive()
        time.sleep(0.01)
    os.kill(writer.pid or 0, signal.SIGKILL)
    writer.join(30)
    assert writer.exitcode == -signal.SIGKILL
    assert read_ledger(path) == before
    assert len(record(path, given, stamp())) == 500


TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=100)


@settings(max_examples=30, deadline=None)
@given(note=TEXTS, reason=TEXTS, account=TEXTS.filter(str.strip), arr=st.floats(0, 1e300) | st.integers(0, 10**9))
def test_any_text_and_amount_comes_back(
    tmp_path_factory: pytest.TempPathFactory, note: str, reason: str, account: str, arr: float
) -> None:
    path = tmp_path_factory.mktemp("ledger") / "outcomes.sqlite"
    told = Entry(account_id=account, state="open", on_day=on(0), note=note, reason=reason, arr=arr)
    write(path, told)
    read = read_ledger(path)[0].entry
    assert (read.account_id, read.note, read.reason, read.arr) == (account, note, reason, arr)
