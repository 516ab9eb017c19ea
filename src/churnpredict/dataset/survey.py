"""A look at tables that nobody has declared: figures of their columns, and what connects them.

Memory is bounded whatever the size of the tables: everything is one aggregation of the engine, and of a large table a
random part is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from churnpredict.config import Table
from churnpredict.dataset.engines import connect, fetch_rows, let_go, open_table
from churnpredict.dataset.moments import EPOCH
from churnpredict.dataset.profiles import (
    ColumnKind,
    ColumnProfile,
    Filled,
    Holdings,
    Leaving,
    Level,
    Rhythm,
    TableProfile,
)
from churnpredict.dataset.readings import as_read, epochs_read, reading_of
from churnpredict.dataset.windows import days_ahead
from churnpredict.errors import DataError

#: Rows of a table that are looked at.
MOST_ROWS = 5_000_000
#: Different values of a column up to which they are listed, and how many of them.
MOST_LEVELS = 60
LISTED = 30
#: Days after a term within which the next is one of the same stay, and after which it may begin.
LONGEST_GAP = 90
RENEWED_WITHIN = (7, 30, 60)
#: Columns of one aggregation: servers bound the width of a result.
_TOGETHER = 50
#: Values that are looked for in another table.
_SOUGHT = 2_000
#: Columns of days of a table that are compared with each other.
_COMPARED = 6


@dataclass
class Survey:
    """Opened tables, read as what their values are.

    Parameters
    ----------
    engine
        The engine they are on.
    tables
        The tables by name.
    profiles
        What is known of each.
    unread
        Why, by the name of each table that was passed over.
    """

    engine: BaseBackend
    tables: dict[str, ir.Table]
    profiles: dict[str, TableProfile]
    unread: dict[str, str]

    def contained(self, one: tuple[str, str], other: tuple[str, str]) -> float:
        """Share of the different values of a (table, column) that are there in another, 0–1."""
        sought, there = (_as_key(self.tables[table][column]) for table, column in (one, other))
        values = self._column(one[0], sought).distinct().order_by("value").limit(_SOUGHT)
        found = values.semi_join(self._column(other[0], there).distinct(), "value")
        count, all_of_them = (int(fetch_rows(each.aggregate(n=each.count()))[0]["n"]) for each in (found, values))
        return count / all_of_them if all_of_them else 0.0

    def rhythm(self, table: str, account: str, day: str) -> Rhythm:
        """How often a table has rows of an account."""
        raw = self.tables[table]
        rows = raw.select(account=_as_key(raw[account]), day=raw[day].cast("date")).drop_null()
        days = rows.group_by("account", "day").agg(rows=rows.count())
        lives = days.group_by("account").agg(
            days=days.count(), more=(days.rows > 1).sum(), spent=days_ahead(days.day.min(), days.day.max())
        )
        found = fetch_rows(
            lives.aggregate(
                accounts=lives.count(), days=lives.days.sum(), more=lives.more.sum(), spent=lives.spent.sum()
            )
        )[0]
        if not found["accounts"]:
            return Rhythm(0, 0.0, 0.0)
        weeks = (found["spent"] + found["accounts"]) / 7
        return Rhythm(found["accounts"], min(found["days"] / weeks, 7.0), found["more"] / found["days"])

    def most_days_between(self, table: str, first: str, second: str) -> int:
        """Most days from one day of a row to another of its days, 0 or more."""
        raw = self.tables[table]
        found = fetch_rows(raw.aggregate(days=days_ahead(raw[first].cast("date"), raw[second].cast("date")).max()))
        return max(int(found[0]["days"] or 0), 0)

    def late_renewals(self, table: str, account: str, starts: str, ends: str) -> dict[int, float]:
        """Of the terms that follow another within `LONGEST_GAP` days, the share that begin later than some days."""
        raw = self.tables[table]
        terms = raw.select(
            account=_as_key(raw[account]), starts=raw[starts].cast("date"), ends=raw[ends].cast("date")
        ).drop_null()
        terms = terms.group_by("account", "starts").agg(ends=terms.ends.max())
        before = ibis.window(group_by="account", order_by="starts", preceding=(None, 1))
        gaps = terms.mutate(gap=days_ahead(terms.ends.max().over(before), terms.starts))
        gaps = gaps.filter(gaps.gap <= LONGEST_GAP)
        late = {f"after_{days}": _share(gaps.gap > days) for days in RENEWED_WITHIN}
        found = fetch_rows(gaps.aggregate(**late))[0]
        return {days: float(found[f"after_{days}"] or 0) for days in RENEWED_WITHIN}

    def filled(self, table: str, account: str, leaving: Leaving) -> dict[str, Filled]:
        """For whom the columns of a table are filled; of several rows of an account, only what values they have.

        Parameters
        ----------
        table
            The table.
        account
            Its column of accounts.
        leaving
            Where it is told who left.
        """
        raw, profile = self.tables[table], self.profiles[table]
        gone = self._gone(leaving)
        rows = raw.mutate(key_=_as_key(raw[account])).filter(ibis._.key_.notnull())
        names = [column.name for column in profile.columns if column.name != account]
        everybody, those = _counted(rows, names), _counted(rows.semi_join(gone, "key_"), names)
        went, stayed = those["n_"], everybody["n_"] - those["n_"]
        one_row_each = everybody["accounts_"] == everybody["n_"]
        found = {}
        for i, name in enumerate(names):
            of_stayed = (everybody[f"c{i}"] - those[f"c{i}"]) / max(stayed, 1) if one_row_each else 0.0
            of_left = those[f"c{i}"] / max(went, 1) if one_row_each else 0.0
            column = profile.column(name)
            few = column is not None and column.kind in ("text", "flag") and 1 < len(column.levels) == column.distinct
            found[name] = Filled(
                of_stayed,
                of_left,
                everybody[f"c{i}"] if one_row_each else 0,
                everybody["accounts_"],
                those["accounts_"] / max(everybody["accounts_"], 1),
                _held(rows, name, gone) if few else (),
            )
        return found

    def _gone(self, leaving: Leaving) -> ir.Table:
        """The accounts that left, as `key_`."""
        raw = self.tables[leaving.table]
        for column, values in leaving.where.items():
            raw = raw.filter(_as_key(raw[column]).isin(values))
        days = raw.select(key_=_as_key(raw[leaving.account]), day=raw[leaving.day].cast("date")).drop_null()
        last = days.group_by("key_").agg(day=days.day.max())
        left = last if leaving.before is None else last.filter(last.day < ibis.date(leaving.before))
        return left.select("key_")

    def _column(self, table: str, value: ir.Value) -> ir.Table:
        return self.tables[table].select(value=value).drop_null()


@contextmanager
def surveyed(holdings: Holdings, base: Path) -> Iterator[Survey]:
    """Open tables and look at their columns; what cannot be read is left out and named.

    Raises
    ------
    DataError
        If none of them can be read.
    """
    engine = connect(holdings.connections, holdings.tables, base)
    try:
        survey = Survey(engine, {}, {}, dict(holdings.unread))
        refused: list[DataError] = []
        for name, table in holdings.tables.items():
            try:
                _add(survey, name, table, base)
            except DataError as error:
                refused.append(error)
                survey.unread[name] = error.problems[0].given
        if not survey.profiles:
            raise DataError(*(problem for error in refused for problem in error.problems))
        yield survey
    finally:
        let_go(engine)


def _add(survey: Survey, name: str, table: Table, base: Path) -> None:
    raw = open_table(survey.engine, name, table, base)
    rows = int(fetch_rows(raw.aggregate(n=raw.count()))[0]["n"])
    if rows > MOST_ROWS:
        raw = raw.filter(ibis.random() < MOST_ROWS / rows)
    if table.path is not None and table.path.endswith(".csv"):
        reading = reading_of(raw)
        raw = as_read(raw, reading)
        table = table.model_copy(update={"decimal": reading.decimal, "date_format": reading.date_format})
    elif survey.engine.name == "duckdb":
        raw, some = epochs_read(raw)
        table = table.model_copy(update={"date_format": EPOCH}) if some else table
    parts = [raw.columns[start : start + _TOGETHER] for start in range(0, len(raw.columns), _TOGETHER)]
    columns = [column for names in parts for column in _profiles(raw, names)]
    survey.tables[name] = raw
    survey.profiles[name] = TableProfile(name, table, rows, tuple(columns), _order_of_days(raw, columns))


def _profiles(raw: ir.Table, names: Sequence[str]) -> list[ColumnProfile]:
    figures = {"n": raw.count()}
    for i, name in enumerate(names):
        figures |= {f"{key}_{i}": value for key, value in _figures(raw[name]).items()}
    found = fetch_rows(raw.aggregate(**figures))[0]
    return [
        _profile(raw, name, {key: found.get(f"{key}_{i}") for key in _KEYS}, found["n"]) for i, name in enumerate(names)
    ]


_KEYS = ("there", "distinct", "low", "high", "first", "last", "length", "fractions")


def _figures(column: ir.Value) -> dict[str, ir.Value]:
    kind = column.type()
    figures: dict[str, ir.Value] = {"there": column.notnull().sum()}
    if kind.is_string():
        filled = column.nullif("")
        return {
            "there": filled.notnull().sum(),
            "distinct": filled.nunique(),
            "length": filled.length().cast("float64").mean(),
        }
    if kind.is_numeric() or kind.is_boolean() or kind.is_timestamp() or kind.is_date():
        figures["distinct"] = column.nunique()
    if kind.is_numeric():
        number = column.cast("float64")
        figures |= {"low": number.min(), "high": number.max()}
        if not kind.is_integer():
            figures["fractions"] = (number != number.round()).sum()
    if kind.is_timestamp() or kind.is_date():
        figures |= {"first": column.min().cast("date"), "last": column.max().cast("date")}
    return figures


def _profile(raw: ir.Table, name: str, found: dict[str, Any], rows: int) -> ColumnProfile:
    distinct = int(found["distinct"] or 0)
    kind = _kind(raw[name], fractions=bool(found["fractions"]))
    few = kind in ("text", "flag", "whole") and 0 < distinct <= MOST_LEVELS
    return ColumnProfile(
        name=name,
        kind=kind,
        distinct=distinct,
        missing=1 - (found["there"] or 0) / rows if rows else 1.0,
        low=found["low"],
        high=found["high"],
        first=found["first"],
        last=found["last"],
        levels=_levels(raw, name) if few else (),
        length=float(found["length"] or 0),
    )


def _kind(column: ir.Value, *, fractions: bool) -> ColumnKind:
    kind = column.type()
    if kind.is_boolean():
        return "flag"
    if kind.is_timestamp() or kind.is_date():
        return "date"
    if kind.is_numeric():
        return "number" if fractions else "whole"
    return "text" if kind.is_string() else "other"


def _levels(raw: ir.Table, name: str) -> tuple[tuple[str, int], ...]:
    values = raw.select(value=_as_key(raw[name])).drop_null()
    counted = values.group_by("value").agg(rows=values.count())
    listed = fetch_rows(counted.order_by(ibis.desc("rows"), "value").limit(LISTED))
    return tuple((row["value"], row["rows"]) for row in listed)


def _order_of_days(raw: ir.Table, columns: list[ColumnProfile]) -> dict[tuple[str, str], float]:
    days = [column.name for column in columns if column.kind == "date"][:_COMPARED]
    pairs = list(permutations(days, 2))
    if not pairs:
        return {}
    holds = {f"p{i}": _share(raw[later] >= raw[first]) for i, (first, later) in enumerate(pairs)}
    found = fetch_rows(raw.aggregate(**holds))[0]
    return {pair: float(found[f"p{i}"] or 0) for i, pair in enumerate(pairs)}


def _share(holds: ir.BooleanValue) -> ir.FloatingScalar:
    # Cast before the mean: PostgreSQL would answer with a decimal.
    return ibis.cases((holds, 1), (~holds, 0)).cast("float64").mean()


def _counted(rows: ir.Table, names: Sequence[str]) -> dict[str, int]:
    """Rows, their accounts, and the values that are there of each column."""
    filled = {f"c{i}": rows[name].notnull().sum().fill_null(0) for i, name in enumerate(names)}
    return fetch_rows(rows.aggregate(n_=rows.count(), accounts_=rows.key_.nunique(), **filled))[0]


def _held(rows: ir.Table, name: str, gone: ir.Table) -> tuple[Level, ...]:
    """Who has each value of a column, and how many of them left."""
    held = rows.select(key_=rows.key_, value=_as_key(rows[name])).drop_null().distinct()
    left = held.semi_join(gone, "key_").group_by("value").agg(left=ibis._.count())
    counted = held.group_by("value").agg(holders=held.count()).left_join(left, "value")
    found = fetch_rows(counted.select("value", "holders", left=counted.left.fill_null(0)).order_by("value"))
    return tuple(Level(row["value"], row["holders"], row["left"] / row["holders"]) for row in found)


def _as_key(column: ir.Value) -> ir.StringValue:
    """A value as text, as account ids are: 17850.0 is "17850", what is blank is null."""
    if column.type().is_floating():
        whole = column == column.round()
        return ibis.ifelse(whole, column.round().cast("int64").cast("string"), column.cast("string"))
    return column.cast("string").nullif("")
