"""What is known of tables that nobody has declared: per column what its values look like, per source its rhythm."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from churnpredict.config import Connection, Table

#: ``whole``: a number without fractions; ``other``: what no declaration can use, such as a list.
ColumnKind = Literal["whole", "number", "flag", "date", "text", "other"]


@dataclass(frozen=True)
class ColumnProfile:
    """A column, in a few figures.

    Parameters
    ----------
    name
        As it is written in the table.
    kind
        What its values are; of a CSV file, what all of them can be read as.
    distinct
        Different values, nulls aside.
    missing
        Share of the rows without a value, 0–1.
    low, high
        Least and greatest number; None for other kinds, and where there is none.
    first, last
        First and last day; None for other kinds, and where there is none.
    levels
        (value as text, rows), most frequent first, where there are few; empty where there are many.
    length
        Mean number of characters of a text.
    """

    name: str
    kind: ColumnKind
    distinct: int = 0
    missing: float = 0.0
    low: float | None = None
    high: float | None = None
    first: date | None = None
    last: date | None = None
    levels: tuple[tuple[str, int], ...] = ()
    length: float = 0.0

    @property
    def varies(self) -> bool:
        """Whether it has more than one value."""
        return self.distinct > 1


@dataclass(frozen=True)
class TableProfile:
    """A table, in a few figures.

    Parameters
    ----------
    name
        What it is called: the file without its ending, or the table of the database.
    table
        How it would be declared; of a CSV file with the delimiter, decimal mark and date format that were read.
    rows
        How many rows it has.
    columns
        Its columns, in order.
    later
        Share of the rows in which the second of two days does not lie before the first, by their names.
    """

    name: str
    table: Table
    rows: int
    columns: tuple[ColumnProfile, ...] = ()
    later: dict[tuple[str, str], float] = field(default_factory=dict)

    def column(self, name: str) -> ColumnProfile | None:
        """The column of that name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)

    def of_kind(self, *kinds: ColumnKind) -> list[ColumnProfile]:
        """Its columns of some kinds, in order."""
        return [column for column in self.columns if column.kind in kinds]


@dataclass(frozen=True)
class Rhythm:
    """How often a source has rows of an account.

    Parameters
    ----------
    accounts
        Different accounts.
    days_a_week
        Days with a row per week between an account's first row and its last, on average; 0–7.
    at_once
        Share of the (account, day) pairs with more than one row.
    """

    accounts: int
    days_a_week: float
    at_once: float


@dataclass(frozen=True)
class Leaving:
    """Where it is told who left: every account with a day, or those whose last day lies before another.

    Parameters
    ----------
    table, account, day
        The table, its column of accounts and that of days.
    before
        An account has left if its last day lies before this one; None where any day says so.
    where
        What a column must be for its rows to count.
    """

    table: str
    account: str
    day: str
    before: date | None = None
    where: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Level:
    """A value of a column, and who has it.

    Parameters
    ----------
    value
        As text.
    holders
        Accounts that have it.
    left
        Share of these that left, 0–1.
    """

    value: str
    holders: int
    left: float


@dataclass(frozen=True)
class Filled:
    """For whom a column is filled, and with what.

    Parameters
    ----------
    stayed, left
        Share of the accounts with a value, among those that stayed and among those that left, 0–1.
    holders
        Accounts with a value.
    accounts
        Accounts of the table.
    of_all
        Share of them that left, 0–1.
    levels
        Its values, where they are few.
    """

    stayed: float
    left: float
    holders: int
    accounts: int = 0
    of_all: float = 0.0
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True)
class Holdings:
    """The tables that a folder or a database holds, and what was not read.

    Parameters
    ----------
    tables
        How each would be declared, by its name.
    connections
        The connections that they are on, by name.
    unread
        Why, by the name of each file or table that was passed over.
    """

    tables: dict[str, Table]
    connections: dict[str, Connection] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
