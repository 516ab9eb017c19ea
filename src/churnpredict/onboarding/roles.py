"""What a table is to an account: its master data, what happened to it, what held from when, or its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from churnpredict.dataset import ColumnProfile, TableProfile
from churnpredict.onboarding.vocabulary import (
    ACCOUNTS,
    BEFORE,
    CALLS,
    CHANGES,
    CHURNS,
    ENDS,
    KNOWN,
    LATER,
    LATEST,
    RENEWALS,
    STARTS,
    TERMS,
    name_of,
    words_of,
)

Role = Literal["accounts", "facts", "events", "history", "churn", "interventions"]
#: What a table's column of accounts is called unless it says otherwise.
USUAL_KEY = "account_id"
#: Share of the rows in which a day must not lie before another to be the second clock of the same event.
AFTER = 0.99
#: Share of the accounts that a table must have to be that of the accounts.
OF_ALL = 0.9
#: Rows of a table without a day, above which it is not what the table is dated by.
MOSTLY_EMPTY = 0.5
_SPANS = frozenset(["effective", "gueltig", "valid"])


@dataclass(frozen=True)
class Placed:
    """A table in its role.

    Parameters
    ----------
    role
        What it is to an account.
    table
        The table.
    account
        Its column of accounts.
    time
        The day of its rows; the first day of what held, for a history; None where there is none.
    until
        The last day of what held.
    known_at
        When its rows could first be read.
    asked
        The column that may be known_at: nothing but its days says so.
    name
        What it is called in the configuration.
    """

    role: Role
    table: TableProfile
    account: str
    time: str | None = None
    until: str | None = None
    known_at: str | None = None
    asked: str | None = None
    name: str = ""

    @property
    def loaded(self) -> bool:
        """Whether a column is named for when its rows could first be read."""
        return self.known_at is not None and self.asked is None

    @property
    def one_row_each(self) -> bool:
        """Whether no account has a second row: what such a table says of an account is written over when it changes."""
        return _distinct(self.table, self.account) == self.table.rows

    @property
    def declared(self) -> Any:
        """The table as it is written in the configuration: a path alone, or all that differs from the usual."""
        plain = self.table.table.model_dump(exclude_defaults=True)
        return plain["path"] if list(plain) == ["path"] else plain

    @property
    def span(self) -> tuple[date, date] | None:
        """The first and the last of its days; None where it has none."""
        column = self.table.column(self.known_at or self.time or "")
        return None if column is None or column.first is None or column.last is None else (column.first, column.last)


def place(tables: Mapping[str, TableProfile], accounts: Mapping[str, str]) -> tuple[list[Placed], dict[str, str]]:
    """Every table in its role, and why each of the others has none.

    Parameters
    ----------
    tables
        Profiles by name.
    accounts
        The column of accounts, by table.
    """
    total = max(_distinct(tables[name], column) for name, column in accounts.items())
    placed, without = [], {}
    for name, table in tables.items():
        if name not in accounts or not table.rows:
            why = "no column says which account a row is of"
            without[name] = why if name not in accounts else "it has no rows"
            continue
        found = _place(table, accounts[name])
        if isinstance(found, Placed):
            placed.append(found)
        else:
            without[name] = found
    return _named(_one_of_accounts(placed, total)), without


def _named(placed: list[Placed]) -> list[Placed]:
    named: list[Placed] = []
    for each in placed:
        name = name_of(each.table.name, [other.name for other in named], prefix="source")
        named.append(replace(each, name=name))
    return named


def _place(table: TableProfile, account: str) -> Placed | str:
    words = words_of(table.name)
    time, known_at, asked = clocks(table)
    one_row_each = _distinct(table, account) == table.rows
    if words & CHURNS and (day := _any_day(table)):
        return Placed("churn", table, account, time or day, known_at=known_at)
    if words & CALLS and time:
        return Placed("interventions", table, account, time, known_at=known_at)
    if span := _span(table, whole_words=words):
        return Placed("history", table, account, span[0], span[1], known_at=known_at)
    if one_row_each:
        return Placed("facts", table, account)
    if time:
        return Placed("events", table, account, time, known_at=known_at, asked=asked)
    return _why_undated(table)


def clocks(table: TableProfile) -> tuple[str | None, str | None, str | None]:
    """When the rows of a table happened, when they could be read, and what may be the latter.

    The last is a column of days that never lies before the first, with nothing in its name that says so.
    """
    days = [column for column in table.of_kind("date") if column.missing <= MOSTLY_EMPTY]
    known = next((day for day in days if words_of(day.name) & KNOWN), None)
    happened = [day for day in days if day is not known and not words_of(day.name) & (ENDS | RENEWALS | LATEST)]
    # An answer is later than its question; without a day of the question it is what happened.
    plain = [day for day in happened if not words_of(day.name) & LATER] or happened
    if not plain:
        return (known.name, None, None) if known else (None, None, None)
    time = min(plain, key=lambda day: day.missing)
    if known:
        return time.name, known.name, None
    for first in plain:
        for second in plain:
            if _always_after(table, first, second):
                return first.name, second.name, second.name
    return time.name, None, None


def _always_after(table: TableProfile, first: ColumnProfile, second: ColumnProfile) -> bool:
    if second.missing:
        return False
    there, back = table.later.get((first.name, second.name), 0.0), table.later.get((second.name, first.name), 0.0)
    return there >= AFTER > back


def _span(table: TableProfile, whole_words: frozenset[str]) -> tuple[str, str | None] | None:
    """The first and last day of what held: of a contract, or where the columns say valid or effective."""
    days = table.of_kind("date")
    starts = [day for day in days if words_of(day.name) & (STARTS | _SPANS) and not words_of(day.name) & (ENDS | KNOWN)]
    ends = [day for day in days if words_of(day.name) & ENDS]
    # Where a term runs until it is ended, the end of the present period is no end.
    ends = [day for day in ends if not words_of(day.name) & LATEST] or ends
    stated = any(words_of(day.name) & _SPANS for day in starts)
    if not starts or not (stated or (whole_words & TERMS and ends)):
        return None
    return starts[0].name, ends[0].name if ends else None


def _one_of_accounts(placed: list[Placed], total: int) -> list[Placed]:
    """Of the tables with one row per account, the fullest is that of the accounts, if it has nearly all of them."""
    single = [each for each in placed if each.role == "facts" and each.table.rows >= OF_ALL * total]
    if not single:
        return placed
    best = max(single, key=lambda each: (_named_for_accounts(each.table), bool(start_of(each.table)), each.table.rows))
    chosen = replace(best, role="accounts", time=start_of(best.table))
    return [chosen, *(each for each in placed if each is not best)]


def _named_for_accounts(table: TableProfile) -> bool:
    return bool(words_of(table.name) & ACCOUNTS)


def start_of(table: TableProfile) -> str | None:
    """The first day of an account, in a table with one row per account."""
    for day in table.of_kind("date"):
        words = words_of(day.name)
        if words & STARTS and not words & (ENDS | CHURNS | LATEST | RENEWALS) and day.missing < MOSTLY_EMPTY:
            return day.name
    return None


def churn_day(table: TableProfile) -> str | None:
    """The day on which an account left, in a table with one row per account: there for some of them only."""
    for day in table.of_kind("date"):
        words = words_of(day.name)
        if words & CHURNS and not words & RENEWALS and 0 < day.missing < 1:
            return day.name
    return None


def ended_states(placed: Placed) -> dict[str, list[str]]:
    """Values of a column that say an account left, in a table that keeps what it was from when on."""
    if not words_of(placed.table.name) & CHANGES and not words_of(placed.time or "") & _SPANS:
        return {}
    for column in placed.table.of_kind("text"):
        values = [value for value, _ in column.levels if words_of(value) & CHURNS]
        if values and len(values) < column.distinct and not words_of(column.name) & BEFORE:
            return {column.name: values}
    return {}


def _any_day(table: TableProfile) -> str | None:
    return next((day.name for day in table.of_kind("date")), None)


def _why_undated(table: TableProfile) -> str:
    ends = [day.name for day in table.of_kind("date")]
    if ends:
        return (
            f"its only day, {ends[0]}, is that of an end or a later state: it may be planned, or written over, and "
            "nothing says when a row could first be read"
        )
    counts = [
        column.name for column in table.of_kind("whole", "number") if words_of(column.name) & {"date", "day", "week"}
    ]
    if counts:
        return f"{counts[0]} counts days from some start and is no date; turn it into one"
    return "several rows of an account and no date: nothing says when they were known"


def _distinct(table: TableProfile, column: str) -> int:
    found = table.column(column)
    return 0 if found is None else found.distinct
