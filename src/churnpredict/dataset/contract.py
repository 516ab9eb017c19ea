"""What is checked of the sources once, at the border: rows, keys, readable values, limits. All problems at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from churnpredict.config import Project, Source
from churnpredict.dataset.csv_files import torn_lines
from churnpredict.dataset.engines import fetch_rows
from churnpredict.dataset.quarantine import source_of, unknown_accounts
from churnpredict.dataset.rows import Rows
from churnpredict.dataset.tables import SourceTables
from churnpredict.dataset.usability import ColumnReport, SourceReport
from churnpredict.errors import DataError, Problem

#: Of fewer rows, the share that is of no declared account says nothing.
FEWEST_ROWS = 20


def check(tables: SourceTables, project: Project, today: date | None = None) -> list[SourceReport]:
    """Check every source and report what it holds.

    Parameters
    ----------
    tables, project
        The opened sources and their declarations.
    today
        Rows dated after this day are told; None where nobody knows what day it is.

    Raises
    ------
    DataError
        With every problem of every source.
    """
    problems: list[Problem] = []
    counts = {}
    for place, rows in tables.rows.items():
        try:
            counts[place] = _count(rows, project, place)
        except DataError as error:
            problems += torn_lines(tables.engine, place, rows.table, project.folder) or error.problems
            continue
        problems += _unreadable(rows, counts[place])
        problems += _too_empty(rows, counts[place], source_of(project, place))
    if not problems:
        # Keys are compared only where they can be read.
        problems += _repeated_keys(tables)
        unknown = unknown_accounts(tables, project)
        for place, found in unknown.items():
            counts[place] |= found
            problems += _too_foreign(tables.rows[place], found, source_of(project, place))
    if problems:
        raise DataError(*problems)
    alike = None if project.accounts.table is None else _accounts_alike(tables)
    return [_report(tables, project, place, counted, today, alike) for place, counted in counts.items()]


def _count(rows: Rows, project: Project, place: str) -> dict[str, Any]:
    source = source_of(project, place)
    account = rows.text(project.accounts.key if source is None else source.account, "account")
    counts: dict[str, ir.Value] = {
        "rows": rows.raw.count(),
        "missing_accounts": account.nullif("").isnull().sum().fill_null(0),
    }
    if source is not None and source.limits:
        outside = rows.holds(source.where, "where") & ~rows.within(source.limits) & account.nullif("").notnull()
        counts["outside_limits"] = outside.sum().fill_null(0)
    counts |= {f"bad_{i}": bad.sum().fill_null(0) for i, bad in enumerate(rows.suspicions.values())}
    counts |= {f"infinite_{i}": found.sum().fill_null(0) for i, found in enumerate(rows.infinite.values())}
    for i, name in enumerate(sorted(rows.used)):
        column = rows.raw[name]
        missing = (column.nullif("") if column.type().is_string() else column).isnull()
        counts[f"missing_{i}"] = missing.sum().fill_null(0)
    counted = fetch_rows(rows.raw.aggregate(**counts))[0]
    if rows.whole is not None:
        counted["repeated"] = fetch_rows(rows.whole.aggregate(rows=rows.whole.count()))[0]["rows"] - counted["rows"]
    return counted


def _unreadable(rows: Rows, counted: dict[str, Any]) -> Iterator[Problem]:
    for index, ((column, expected), bad) in enumerate(rows.suspicions.items()):
        if counted[f"bad_{index}"]:
            sample = fetch_rows(rows.raw.filter(bad).select(value=rows.raw[column]).distinct().limit(3))
            values = ", ".join(repr(str(row["value"])[:40]) for row in sample)
            given = f"{counted[f'bad_{index}']:,} values of {column!r} in {rows.table} such as {values}"
            todo = "Declare decimal or date_format with the table, or mend the file."
            yield Problem(rows.place, given, expected, todo)


def _too_empty(rows: Rows, counted: dict[str, Any], source: Source | None) -> Iterator[Problem]:
    if not counted["rows"] and not rows.place.startswith(("events.", "interventions")):
        yield Problem(rows.place, f"{rows.table} has no rows", "at least one")
    tolerated = Source.model_fields["max_missing_accounts"].default if source is None else source.max_missing_accounts
    share = counted["missing_accounts"] / max(counted["rows"], 1)
    if share > tolerated:
        given = f"{share:.1%} of the rows of {rows.table} have no account"
        todo = "Mend the rows, or raise max_missing_accounts if they are truly of no account."
        yield Problem(rows.place, given, f"at most {tolerated:.1%}", todo)
    share = counted.get("outside_limits", 0) / max(counted["rows"], 1)
    if source is not None and share > source.max_outside_limits:
        given = f"{share:.1%} of the rows of {rows.table} are outside its limits"
        todo = "Mend the rows, move the limits, or raise max_outside_limits."
        yield Problem(rows.place, given, f"at most {source.max_outside_limits:.1%}", todo)


def _too_foreign(rows: Rows, found: dict[str, Any], source: Source | None) -> Iterator[Problem]:
    share = found["unknown_accounts"] / max(found["of_accounts"], 1)
    if source is not None and share > source.max_unknown_accounts and found["of_accounts"] >= FEWEST_ROWS:
        given = f"{share:.1%} of the rows of {rows.table} are of no declared account, such as {found['unknown']!r}"
        todo = "Look whether both tables write ids alike, or raise max_unknown_accounts."
        yield Problem(rows.place, given, f"at most {source.max_unknown_accounts:.1%}", todo)


def _repeated_keys(tables: SourceTables) -> Iterator[Problem]:
    for place, table in {"accounts": tables.accounts, **{f"facts.{k}": t for k, t in tables.facts.items()}}.items():
        counted = table.group_by("account_id").agg(rows=table.count())
        repeated = fetch_rows(counted.filter(counted.rows > 1).order_by("account_id").limit(3))
        if repeated:
            sample = ", ".join(row["account_id"] for row in repeated)
            yield Problem(place, f"more than one row for {sample}", "one row per account", "Mend the table or its key.")


def _accounts_alike(tables: SourceTables) -> str | None:
    """Accounts whose ids differ in case or in blanks at the ends alone: perhaps one, but never taken for one."""
    accounts = tables.accounts
    alike = accounts.group_by(alike=accounts.account_id.strip().lower()).agg(
        rows=accounts.count(), first=accounts.account_id.min(), last=accounts.account_id.max()
    )
    alike = alike.filter(alike.rows > 1)
    counted = fetch_rows(alike.aggregate(groups=alike.count(), first=alike["first"].min()))[0]
    if not counted["groups"]:
        return None
    (pair,) = fetch_rows(alike.filter(alike["first"] == counted["first"]).select("first", "last").limit(1))
    return f"{counted['groups']:,} ids differ in case or blanks alone, such as {pair['first']!r} and {pair['last']!r}"


def _report(
    tables: SourceTables, project: Project, place: str, counted: dict[str, Any], today: date | None, alike: str | None
) -> SourceReport:
    rows = tables.rows[place]
    infinite = {name: counted[f"infinite_{i}"] for i, name in enumerate(rows.infinite)}
    columns = [
        ColumnReport(name, counted[f"missing_{i}"], infinite.get(name, 0)) for i, name in enumerate(sorted(rows.used))
    ]
    dated, column = _dated(tables, place)
    ends: dict[str, Any] = {"first": None, "last": None}
    if dated is not None:
        days = dated[column]
        wanted = {"first": days.min(), "last": days.max()}
        if today is not None:
            # Tomorrow may have begun elsewhere.
            wanted["ahead"] = (days > ibis.date(today + timedelta(days=1))).sum().fill_null(0)
        (ends,) = fetch_rows(dated.aggregate(**wanted))
    return SourceReport(
        place=place,
        table=str(rows.table),
        rows=counted["rows"],
        missing_accounts=counted["missing_accounts"],
        outside_limits=counted.get("outside_limits", 0),
        unknown_accounts=counted.get("unknown_accounts", 0),
        repeated=counted.get("repeated", 0),
        first_day=ends["first"],
        last_day=ends["last"],
        columns=tuple(columns),
        notes=tuple(_notes(project, place)),
        warnings=(
            *_warnings(counted, columns, ends.get("ahead", 0)),
            *([alike] if alike is not None and place == "accounts" else []),
        ),
    )


def _dated(tables: SourceTables, place: str) -> tuple[ir.Table | None, str]:
    section, _, name = place.partition(".")
    if section == "events":
        return tables.events[name], "day"
    return (tables.histories[name], "valid_from") if section == "histories" else (None, "")


def _notes(project: Project, place: str) -> Iterator[str]:
    section = place.partition(".")[0]
    if section == "facts" or (section == "accounts" and project.accounts.facts):
        yield "facts have no date: nothing can prove that they do not leak"
    if section in ("events", "histories") and getattr(source_of(project, place), "known_at", None) is None:
        yield "no known_at: leakage through late rows is not provable"


def _warnings(counted: dict[str, Any], columns: list[ColumnReport], ahead: int) -> Iterator[str]:
    if counted["missing_accounts"]:
        yield f"{counted['missing_accounts']:,} rows without an account were set aside"
    if counted.get("outside_limits"):
        yield f"{counted['outside_limits']:,} rows outside the limits were set aside"
    if counted.get("unknown_accounts"):
        unknown = repr(str(counted["unknown"])[:40])
        yield f"{counted['unknown_accounts']:,} rows of no declared account were set aside, of {unknown} first"
    if counted.get("repeated"):
        yield f"{counted['repeated']:,} rows say an event again and were left out"
    if ahead:
        yield f"{ahead:,} rows are dated in the future and count for nothing until then"
    for column in columns:
        if column.infinite:
            yield f"{column.infinite:,} values of {column.name!r} are infinite and count as missing"
        if column.missing == counted["rows"] > 0:
            yield f"{column.name!r} has no value in any row"
