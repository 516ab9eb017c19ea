"""CSV files as tables of text: nothing is sniffed, nothing is passed over, and lines that are no rows are told."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import duckdb
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from churnpredict.config import Table
from churnpredict.errors import DataError, Problem

#: Lines that are looked at for what is wrong with them; the engine keeps each while it looks.
MOST_TORN = 10_000
_QUOTED = "Mend the lines; a cell that holds the delimiter, a quote or a line break stands in quotes."
#: What is wrong with a line, by the engine's word for it: what is said, what was expected, and what to do.
_KINDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "TOO MANY COLUMNS": ("with too many cells", "as many cells as the header has", _QUOTED),
        "MISSING COLUMNS": ("with too few cells", "as many cells as the header has", _QUOTED),
        "UNQUOTED VALUE": ("with a quote that is not closed", "quotes in pairs around a cell", _QUOTED),
        "INVALID ENCODING": ("that are not UTF-8", "UTF-8", "Save it again as UTF-8."),
        "LINE SIZE OVER MAXIMUM": ("of more than 2 MB", "shorter ones", "Look for a quote that is not closed."),
    }
)


def open_csv(engine: BaseBackend, place: str, path: Path, delimiter: str, **options: object) -> ir.Table:
    """A CSV file as a table of text, unread.

    Parameters
    ----------
    engine
        DuckDB.
    place
        TOML path of the declaration, for errors.
    path, delimiter
        The file, and what is between its cells.
    options
        DuckDB's own, of reading CSV.

    Raises
    ------
    DataError
        If it has no usable header.
    """
    columns = dict.fromkeys(_header(path, place, delimiter), "VARCHAR")
    # A sniffer drops ragged rows and guesses the order of day and month.
    return engine.read_csv(path, columns=columns, header=True, auto_detect=False, delim=delimiter, quote='"', **options)


def torn_lines(engine: BaseBackend, place: str, table: Table, folder: Path) -> list[Problem]:
    """What is wrong with the lines of a CSV file that are no rows, each kind once; none where the table is no CSV file.

    Reads the file again, past such lines: for one that could not be read to its end. An open quote takes the lines
    up to the next quote with it, so more may be wrong than is told.
    """
    if table.path is None or engine.name != "duckdb" or (folder / table.path).suffix == ".parquet":
        return []
    path = folder / table.path
    with suppress(duckdb.Error):  # what else is wrong with the file was found by reading it before
        read = open_csv(engine, place, path, table.delimiter, store_rejects=True, rejects_limit=MOST_TORN)
        # Each column is asked for: one that nobody reads may be passed over.
        read.aggregate(**{f"column_{i}": read[name].count() for i, name in enumerate(read.columns)}).to_pyarrow()
        return list(_told(engine, place, path))
    return []


def _told(engine: BaseBackend, place: str, path: Path) -> Iterator[Problem]:
    errors = engine.table("reject_errors")
    errors = errors.filter(errors.scan_id == errors.scan_id.max())
    kinds = errors.group_by(kind=errors.error_type.cast("string")).agg(
        lines=errors.line.nunique(), first=errors.line.min()
    )
    for found in kinds.order_by("first").to_pyarrow().to_pylist():
        if found["kind"] in _KINDS:
            what, expected, todo = _KINDS[found["kind"]]
            number = f"{found['lines']:,}{' or more' if found['lines'] >= MOST_TORN else ''} line(s)"
            given = f"{path.name} has {number} {what}, line {found['first']} first"
            yield Problem(f"{place}.table", given, expected, todo)


def _header(path: Path, place: str, delimiter: str) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file, delimiter=delimiter), [])
    except csv.Error as error:
        raise DataError(Problem(f"{place}.table", f"{path.name}: {error}", "a header on its first line")) from error
    except UnicodeDecodeError as error:
        given = f"{path.name} is not UTF-8 near byte {error.start}"
        raise DataError(Problem(f"{place}.table", given, "UTF-8", "Save it again as UTF-8.")) from error
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or not names or not all(names):
        given = f"{path.name} repeats {', '.join(map(repr, repeated))}" if repeated else f"{path.name} has no header"
        raise DataError(Problem(f"{place}.table", given, "a header with different names"))
    return names
