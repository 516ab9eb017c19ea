"""Entries from a CSV file: a header with the names of fields, days as 2025-03-03, numbers with a dot."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from churnpredict.errors import DataError, Problem
from churnpredict.ledger.admission import Given
from churnpredict.ledger.entries import DAYS, FIELDS, NUMBERS, STATES, Entry

#: The columns that a file may have; the first three it must have.
COLUMNS = FIELDS
_NEEDED = ("account_id", "state", "on_day")


def read_rows(path: Path) -> list[Given]:
    """The entries of a file, each with its line.

    Raises
    ------
    DataError
        With every row that cannot be read.
    """
    problems: list[Problem] = []
    given: list[Given] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            problems += _header(path, reader.fieldnames or [])
            for row in reader if not problems else ():
                where = f"{path}, line {reader.line_num}"
                found = list(_unreadable(row, where))
                problems += found
                if not found:
                    given.append(Given(where, _entry(row)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(Problem(str(path), f"{error}", "a CSV file in UTF-8")) from error
    if problems:
        raise DataError(*problems)
    return given


def _header(path: Path, names: Any) -> Iterator[Problem]:
    for name in _NEEDED:
        if name not in names:
            yield Problem(str(path), f"no column {name!r}", f"the columns {', '.join(_NEEDED)}")
    for name in names:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=3, cutoff=0.5) or COLUMNS
            yield Problem(str(path), f"unknown column {name!r}", f"one of: {', '.join(near)}")
    for name in {name for name in names if list(names).count(name) > 1}:
        yield Problem(str(path), f"column {name!r} twice", "once")


def _unreadable(row: dict[str | None, Any], where: str) -> Iterator[Problem]:
    if None in row or None in row.values():
        yield Problem(where, "not as many cells as the header has", "a cell for each column")
        return
    for name, text in row.items():
        if text and name in DAYS and not _reads(date.fromisoformat, text):
            yield Problem(f"{where}: {name}", repr(text[:40]), "a day such as 2025-03-03")
        if text and name in NUMBERS and not _reads(float, text):
            yield Problem(f"{where}: {name}", repr(text[:40]), "a number")
        if text and name == "corrects" and not _reads(int, text):
            yield Problem(f"{where}: {name}", repr(text[:40]), "the number of an entry")
    for name in _NEEDED:
        if not row[name].strip():
            yield Problem(f"{where}: {name}", "nothing", "a value")
    if row["state"].strip() and row["state"] not in STATES:
        yield Problem(f"{where}: state", repr(row["state"][:40]), f"one of: {', '.join(STATES)}")


def _reads(read: Any, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _entry(row: dict[Any, str]) -> Entry:
    readers: dict[str, Any] = dict.fromkeys(DAYS, date.fromisoformat) | dict.fromkeys(NUMBERS, float)
    readers["corrects"] = int
    return Entry(**{name: readers.get(name, str)(text) for name, text in row.items() if text})
