"""Which tables a folder or a database holds, and how each would be declared; nothing of their rows is read."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from churnpredict.config import Connection, Table
from churnpredict.dataset.engines import connect, let_go
from churnpredict.dataset.profiles import Holdings
from churnpredict.errors import DataError, Problem

#: Endings of tables that a declaration can name, and of files that people keep tables in beside them.
READ = (".parquet", ".csv")
_OTHERS = (".txt", ".tsv", ".xlsx", ".xls", ".json", ".jsonl", ".ndjson", ".gz", ".zip", ".feather", ".orc")
_DELIMITERS = ",;\t|"
#: Bytes of a CSV file that its delimiter is told from.
_ENOUGH = 65_536
#: What the connection of a database is called in the configuration.
CONNECTION = "source"


def holdings_of_folder(folder: Path, base: Path) -> Holdings:
    """The Parquet and CSV files of a folder, or, where it has none itself, of the folders in it.

    Parameters
    ----------
    folder
        Where the files are.
    base
        The folder of the configuration, which the paths start from.

    Raises
    ------
    DataError
        If there is no such folder, or no table in it.
    """
    if not folder.is_dir():
        raise DataError(Problem(str(folder), "no such folder", "a folder of .parquet and .csv files, or a database"))
    inside = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    files = [path for path in inside if path.is_file() and path.suffix in READ]
    deeper = sorted(path for each in inside if each.is_dir() for path in each.glob("*") if path.suffix in READ)
    others = [path for path in inside if path.suffix in _OTHERS]
    unread = {path.name: "neither Parquet nor CSV; save it as one of them" for path in others}
    if files and deeper:
        unread |= {str(path.relative_to(folder)): "in a folder of its own; name that folder" for path in deeper}
    if not files + deeper:
        given = f"no .parquet and no .csv file{', but ' + ', '.join(unread) if unread else ''}"
        raise DataError(Problem(str(folder), given, "one file per table", "Save the tables as CSV or Parquet there."))
    names = _names(files or deeper)
    tables = {name: _declared(path, Path(os.path.relpath(path.resolve(), base))) for name, path in names.items()}
    return Holdings(tables, unread=unread)


def holdings_of_database(connection: Connection, base: Path) -> Holdings:
    """The tables and views of a database's usual schema.

    Raises
    ------
    DataError
        If it cannot be reached, or is empty.
    """
    whole = Table(connection=CONNECTION, name="*")
    engine = connect({CONNECTION: connection}, {CONNECTION: whole}, base)
    try:
        names = sorted(engine.list_tables(database=(CONNECTION, "main") if connection.kind == "duckdb" else None))
    finally:
        let_go(engine)
    if not names:
        todo = 'Other schemas than the usual one are declared by hand: name = "schema.table".'
        raise DataError(Problem("the database", "it has no tables in its usual schema", "one at least", todo))
    # A point in a name would be read as that of a schema.
    tables = {name: Table(connection=CONNECTION, name=name) for name in names if "." not in name}
    unread = {name: "a name with a point in it cannot be declared" for name in names if "." in name}
    return Holdings(tables, {CONNECTION: connection}, unread)


def _names(files: Iterable[Path]) -> dict[str, Path]:
    """Files by the name of their table; the ending stays where two would be called the same."""
    files = list(files)
    stems = Counter(path.stem for path in files)
    return {path.stem if stems[path.stem] == 1 else path.name: path for path in files}


def _declared(path: Path, written: Path) -> Table:
    if path.suffix != ".csv":
        return Table(path=written.as_posix())
    return Table(path=written.as_posix(), delimiter=_delimiter(path))


def _delimiter(path: Path) -> str:
    """The mark that divides the first lines into most columns, as many on each; a comma where none does."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = file.read(_ENOUGH).splitlines()[:50]
    found = {mark: {len(row) for row in csv.reader(lines[:-1] or lines, delimiter=mark) if row} for mark in _DELIMITERS}
    even = {mark: widths.pop() for mark, widths in found.items() if len(widths) == 1}
    best = max(even, key=lambda mark: even[mark], default=",")
    return best if even.get(best, 1) > 1 else ","
