"""Rewriting the future: everything that could not be known at a cutoff is changed, taken away and added to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from .company import Company, Row, some_day, some_known_at, some_moment, some_quarter
from .declared import SCHEMAS

#: The column of each table that dates its rows.
DATED_BY = {
    "usage": "at",
    "contract": "valid_from",
    "contact": "valid_from",
    "churn": "churned_on",
    "terms": "starts",
    "interventions": "day",
}
#: Ends that count as known when they come.
ENDS = {"contract": "valid_to", "terms": "ends"}


def rewritten(company: Company, cutoff: date, seed: int, *, known: bool) -> Company:
    """The company with another future at `cutoff`; what was known before it is row for row the same.

    Parameters
    ----------
    company
        A company of random rows.
    cutoff
        Nothing at or after this day stays as it is.
    seed
        Of the other future.
    known
        Whether known_at is declared, so that rows that were known late belong to the future, too.
    """
    random = Random(f"{seed} {cutoff}")

    def change(table: str, rows: list[Row]) -> list[Row]:
        if table == "accounts":
            return [_started_later(row, cutoff, random) for row in rows]
        if table not in DATED_BY:
            return rows
        kept = []
        for row in rows:
            if not _hidden(table, row, cutoff, known=known):
                kept.append(_ends_later(table, row, cutoff, random))
            elif random.random() < 0.6:
                kept.append(_other_future(table, row["account_id"], cutoff, random, known=known))
        whose = [row["account_id"] for row in company.tables["accounts"]]
        added = [random.choice(whose) for _ in range(3 + len(rows) // 3)]
        return kept + [_other_future(table, account, cutoff, random, known=known) for account in added]

    return company.with_rows(change)


def _hidden(table: str, row: Row, cutoff: date, *, known: bool) -> bool:
    clocks = [row[DATED_BY[table]]]
    if known and "known_at" in row:
        clocks.append(row["known_at"])
    return any(clock is None or _day(clock) >= cutoff for clock in clocks)


def _other_future(table: str, account: str | None, cutoff: date, random: Random, *, known: bool) -> Row:
    """A row of any values that nobody could have read before the cutoff."""
    row: Row = {field.name: _anything(str(field.type), random) for field in SCHEMAS[table]}
    row["account_id"] = account
    column = DATED_BY[table]
    row[column] = _moment_or_day(SCHEMAS[table].field(column).type, some_day(random), random)
    ahead = cutoff + timedelta(days=random.choice([0, 0, 1, 7, 60, 400]))
    if known and "known_at" in row and random.random() < 0.7:
        row["known_at"] = some_moment(random, ahead)
    else:
        row[column] = _moment_or_day(SCHEMAS[table].field(column).type, ahead, random)
        if "known_at" in row:
            row["known_at"] = some_known_at(random, ahead)
    return row


def _ends_later(table: str, row: Row, cutoff: date, random: Random) -> Row:
    ends = ENDS.get(table)
    if ends is None or (row[ends] is not None and row[ends] < cutoff):
        return row
    return row | {ends: random.choice([None, *(cutoff + timedelta(days=days) for days in (0, 1, 30, 400))])}


def _started_later(row: Row, cutoff: date, random: Random) -> Row:
    started = row["started_on"]
    if started is not None and started < cutoff:
        return row
    return row | {"started_on": random.choice([None, *(cutoff + timedelta(days=days) for days in (0, 1, 100))])}


def _anything(kind: str, random: Random) -> Any:
    match kind:
        case "string":
            return random.choice(["login", "u1", "u9", "pro", "new", "merged", "", None])
        case "double":
            return random.choice([some_quarter(random), 1e9, -1e9])
        case "int64":
            return random.choice([None, 0, 1, 1000])
        case "bool":
            return random.choice([None, True, False])
        case _:
            return None


def _moment_or_day(kind: Any, day: date, random: Random) -> date | datetime:
    return day if str(kind).startswith("date") else some_moment(random, day)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
