"""The file of the ledger: SQLite, one table that entries are only ever added to, each sealed with a digest.

A digest covers an entry and the digest before it, so that a change of any entry shows. Writers wait for each other;
one that is killed leaves the file as it was.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from churnpredict.errors import DataError, LockedError, OutputError, Problem
from churnpredict.ledger.admission import Given, admit
from churnpredict.ledger.entries import DAYS, FIELDS, NUMBERS, Entry, Recorded, Stamp
from churnpredict.publishing import remove_left_over, staging_of

#: Seconds that a writer waits for the others.
PATIENCE: Final = 20.0
#: Says in the file's header whose it is.
_APPLICATION: Final = 0x63687270
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    recorded_at TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    account_id TEXT NOT NULL,
    state TEXT NOT NULL,
    on_day TEXT NOT NULL,
    intervention TEXT NOT NULL,
    play TEXT,
    tier TEXT,
    risk_90d REAL,
    arr REAL,
    cost REAL,
    expansion_arr REAL,
    reengaged_on TEXT,
    reason TEXT,
    note TEXT,
    corrects INTEGER REFERENCES entries (seq),
    digest TEXT NOT NULL
) STRICT;
CREATE TRIGGER never_updated BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER never_deleted BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER never_replaced BEFORE INSERT ON entries WHEN EXISTS (SELECT 1 FROM entries WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
"""
_SELECT: Final = """
SELECT seq, recorded_at, recorded_by, account_id, state, on_day, intervention, play, tier, risk_90d, arr, cost,
    expansion_arr, reengaged_on, reason, note, corrects, digest FROM entries ORDER BY seq
"""
_INSERT: Final = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_TODO = "Put a backup in its place; nothing was changed."


def read_ledger(path: Path) -> list[Recorded]:
    """Every entry, in the order of writing; none where there is no ledger yet.

    Raises
    ------
    DataError
        If the file is damaged, is no ledger, or an entry was changed.
    LockedError
        If somebody writes for longer than we wait.
    """
    if not path.exists():
        return []
    with _opened(path, PATIENCE) as connection:
        return _read(connection, path)


def record(path: Path, given: Iterable[Given], stamp: Stamp, *, patience: float = PATIENCE) -> list[Recorded]:
    """Write entries down, all or none; what is in the ledger already is not written again.

    Parameters
    ----------
    path
        The file; made if there is none.
    given
        What to write.
    stamp
        Who writes, and when.
    patience
        Seconds to wait for other writers.

    Returns
    -------
    list of Recorded
        What is new.

    Raises
    ------
    DataError
        With everything that cannot be written, or if the file is damaged.
    LockedError
        If others write for longer than that.
    OutputError
        If the file cannot be written.
    """
    remove_left_over(path)
    if not path.exists():
        _create(path)
    with _opened(path, patience) as connection:
        connection.execute("BEGIN IMMEDIATE")
        there = _read(connection, path)
        admitted = admit(there, given, stamp.today)
        moment = stamp.recorded_at.astimezone(UTC)
        new = [Recorded(len(there) + n, moment, stamp.recorded_by, e) for n, e in enumerate(admitted, start=1)]
        digest = _digest_of_last(connection)
        for each in new:
            values = _stored(each)
            digest = _seal(digest, values)
            connection.execute(_INSERT, [*values, digest])
        connection.execute("COMMIT")
    return new


@contextmanager
def _opened(path: Path, patience: float) -> Iterator[sqlite3.Connection]:
    try:
        # Autocommit: transactions begin and end where we say. Leaving without COMMIT rolls back.
        uri = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            _check(connection, path)
            yield connection
    except sqlite3.Error as error:
        raise _said(error, path) from error
    except UnicodeDecodeError as error:
        # Of a damaged file even SQLite's own messages may be no text.
        raise DataError(Problem(str(path), f"damaged: {error.reason}", "a ledger", _TODO)) from error


def _said(error: sqlite3.Error, path: Path) -> DataError | LockedError | OutputError:
    # The low byte is the kind of error, the others say more of it.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        todo = "Wait for it to end, then run again."
        return LockedError(Problem(str(path), "another run is writing here", "one run at a time", todo))
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DataError(Problem(str(path), f"damaged: {error}", "a ledger", _TODO))
    return OutputError(Problem(str(path), str(error), "room and the right to write there", "Nothing was changed."))


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is damaged or is not ours: an empty one, too, which SQLite would take for a new one."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise DataError(Problem(str(path), f"damaged: {found}", "a ledger", _TODO))
    ours = connection.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if not ours or version != _VERSION:
        given = f"a ledger of version {version}" if ours else "no ledger"
        raise DataError(Problem(str(path), given, f"a ledger of version {_VERSION}", _TODO))


def _create(path: Path) -> None:
    """Make an empty ledger. It appears whole or not at all, and never in place of another."""
    staging = staging_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(staging, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(staging, isolation_level=None)) as connection:
            # Nobody else sees it yet: it needs no journal beside it, which a kill would leave there.
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.executescript(f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION};")
            connection.executescript(_SCHEMA)
        # Another writer may be first; then its file is the ledger.
        with suppress(FileExistsError):
            path.hardlink_to(staging)
        staging.unlink()
    except (OSError, sqlite3.Error) as error:
        todo = "Nothing was changed."
        raise OutputError(Problem(str(path), f"{error}", "room and the right to write there", todo)) from error


def _read(connection: sqlite3.Connection, path: Path) -> list[Recorded]:
    recorded: list[Recorded] = []
    digest = ""
    for *values, sealed in connection.execute(_SELECT):
        changed = DataError(Problem(str(path), f"entry {values[0]} is not what was written", "", _TODO))
        try:
            digest = _seal(digest, values)
            if digest != sealed or values[0] != len(recorded) + 1:
                raise changed
            recorded.append(_loaded(values))
        except (TypeError, ValueError) as error:
            raise changed from error
    return recorded


def _digest_of_last(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT digest FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
    return "" if row is None else str(row[0])


def _seal(before: str, values: Sequence[object]) -> str:
    return sha256((before + json.dumps(values, ensure_ascii=True)).encode()).hexdigest()


def _stored(recorded: Recorded) -> list[Any]:
    entry = [_plain(name, getattr(recorded.entry, name)) for name in FIELDS]
    return [recorded.seq, recorded.recorded_at.isoformat(), recorded.recorded_by, *entry]


def _plain(name: str, value: Any) -> object:
    """As SQLite gives it back: numbers as floats, and zero without a sign."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) + 0.0 if name in NUMBERS and value is not None else value


def _loaded(values: Sequence[Any]) -> Recorded:
    seq, moment, by, *entry = values
    fields = dict(zip(FIELDS, entry, strict=True))
    for name in DAYS:
        fields[name] = None if fields[name] is None else date.fromisoformat(fields[name])
    return Recorded(seq, datetime.fromisoformat(moment), by, Entry(**fields))
