"""What is checked of the sources once, at the border: rows, keys, readable values, clocks. All problems at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir

from churnpredict.config import Project, Source
from churnpredict.dataset.engines import fetch_rows
from churnpredict.dataset.rows import Rows
from churnpredict.dataset.tables import SourceTables
from churnpredict.errors import DataError, Problem


@dataclass(frozen=True)
class SourceReport:
    """What a source holds.

    Parameters
    ----------
    place
        TOML path of its declaration.
    table
        The table or file.
    rows
        How many rows it has.
    missing_accounts
        Rows without an account id, which are left out.
    first_day, last_day
        First and last day of its events or states; None for facts and empty sources.
    notes
        What a reader should know, such as that leakage cannot be disproved without known_at.
    """

    place: str
    table: str
    rows: int
    missing_accounts: int
    first_day: date | None = None
    last_day: date | None = None
    notes: tuple[str, ...] = ()


def check(tables: SourceTables, project: Project) -> list[SourceReport]:
    """Check every source and report what it holds.

    Raises
    ------
    DataError
        With every problem of every source.
    """
    problems: list[Problem] = []
    reports = []
    for place, rows in tables.rows.items():
        counted = _count(rows, _key(project, place))
        problems += _unreadable(rows, counted)
        problems += _too_empty(rows, counted, _tolerance(project, place))
        reports.append(_report(tables, project, place, counted))
    # Keys are compared only where they can be read.
    problems += [] if problems else [*_repeated_keys(tables)]
    if problems:
        raise DataError(*problems)
    return reports


def _count(rows: Rows, key: str) -> dict[str, Any]:
    account = rows.text(key, "account")
    counts: dict[str, ir.Value] = {
        "rows": rows.raw.count(),
        "missing_accounts": account.nullif("").isnull().sum().fill_null(0),
    }
    counts |= {f"bad_{i}": bad.sum().fill_null(0) for i, bad in enumerate(rows.suspicions.values())}
    return fetch_rows(rows.raw.aggregate(**counts))[0]


def _unreadable(rows: Rows, counted: dict[str, Any]) -> Iterator[Problem]:
    for index, ((column, expected), bad) in enumerate(rows.suspicions.items()):
        if counted[f"bad_{index}"]:
            sample = fetch_rows(rows.raw.filter(bad).select(value=rows.raw[column]).distinct().limit(3))
            values = ", ".join(repr(str(row["value"])[:40]) for row in sample)
            given = f"{counted[f'bad_{index}']:,} values of {column!r} in {rows.table} such as {values}"
            todo = "Declare decimal or date_format with the table, or mend the file."
            yield Problem(rows.place, given, expected, todo)


def _too_empty(rows: Rows, counted: dict[str, Any], tolerance: float) -> Iterator[Problem]:
    if not counted["rows"] and not rows.place.startswith(("events.", "interventions")):
        yield Problem(rows.place, f"{rows.table} has no rows", "at least one")
    share = counted["missing_accounts"] / max(counted["rows"], 1)
    if share > tolerance:
        given = f"{share:.1%} of the rows of {rows.table} have no account"
        todo = "Mend the rows, or raise max_missing_accounts if they are truly of no account."
        yield Problem(rows.place, given, f"at most {tolerance:.1%}", todo)


def _repeated_keys(tables: SourceTables) -> Iterator[Problem]:
    for place, table in {"accounts": tables.accounts, **{f"facts.{k}": t for k, t in tables.facts.items()}}.items():
        counted = table.group_by("account_id").agg(rows=table.count())
        repeated = fetch_rows(counted.filter(counted.rows > 1).order_by("account_id").limit(3))
        if repeated:
            sample = ", ".join(row["account_id"] for row in repeated)
            yield Problem(place, f"more than one row for {sample}", "one row per account", "Mend the table or its key.")


def _source(project: Project, place: str) -> Source | None:
    section, _, name = place.partition(".")
    found = getattr(project, section)
    source = found[name] if name else found
    return source if isinstance(source, Source) else None


def _key(project: Project, place: str) -> str:
    source = _source(project, place)
    return project.accounts.key if source is None else source.account


def _tolerance(project: Project, place: str) -> float:
    source = _source(project, place)
    return 0.01 if source is None else source.max_missing_accounts


def _report(tables: SourceTables, project: Project, place: str, counted: dict[str, Any]) -> SourceReport:
    section, _, name = place.partition(".")
    first_day = last_day = None
    notes = []
    table, column = None, "day"
    if section == "events":
        table = tables.events[name]
    elif section == "histories":
        table, column = tables.histories[name], "valid_from"
    elif section == "facts" or (section == "accounts" and project.accounts.facts):
        notes.append("facts have no date: nothing can prove that they do not leak")
    if table is not None:
        ends = fetch_rows(table.aggregate(first=table[column].min(), last=table[column].max()))[0]
        first_day, last_day = ends["first"], ends["last"]
        if getattr(_source(project, place), "known_at", None) is None:
            notes.append("no known_at: leakage through late rows is not provable")
    return SourceReport(
        place,
        str(tables.rows[place].table),
        counted["rows"],
        counted["missing_accounts"],
        first_day,
        last_day,
        tuple(notes),
    )
