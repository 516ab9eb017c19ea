"""The columns of one source, read as what their role says.

Parquet and database columns must have a fitting type. Text columns, as every column of a CSV file, are read
strictly: what cannot be read is remembered as a suspicion, and the contract counts it before anything is built on it.
"""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, mul

import ibis
import ibis.expr.types as ir

from churnpredict.config import Condition, DatedChurn, Events, HistoryValue, Interventions, Signal, Table, Tone
from churnpredict.config import Source as SourceDeclaration
from churnpredict.dataset.moments import EPOCH, moment_of, since_epoch, wall_clock
from churnpredict.dataset.tone import tone
from churnpredict.dataset.words import holds_words
from churnpredict.errors import DataError, Problem

#: Characters of a column that a reader is shown of a row.
LONGEST_SHOWN = 200
#: What engines read as numbers goes further than what people mean: 1_000.
_NUMBER = (
    r"^ *([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN]) *$"
)
#: From here on a float64 does not tell every whole number from the next.
_EXACT_FLOATS = 2.0**53


@dataclass
class Rows:
    """One raw table on its way to becoming a source table.

    Parameters
    ----------
    place
        TOML path of the source, for errors.
    table
        Its declaration.
    raw
        The table as it is.
    zone
        The project's time zone.
    """

    place: str
    table: Table
    raw: ir.Table
    zone: str
    problems: list[Problem] = field(default_factory=list)
    #: What could not be read: by column and role, true where a value is there but makes no sense.
    suspicions: dict[tuple[str, str], ir.BooleanValue] = field(default_factory=dict)
    #: Numbers that are infinite and count as missing: by column.
    infinite: dict[str, ir.BooleanValue] = field(default_factory=dict)
    #: Columns that something declared reads.
    used: set[str] = field(default_factory=set)
    #: All rows, where those in `raw` are without the ones that say an event again; None where none can be told.
    whole: ir.Table | None = None

    def column(self, name: str, key: str) -> ir.Value | None:
        """The raw column, or None after noting that it is missing; `key` is the TOML key that named it."""
        if name in self.raw.columns:
            self.used.add(name)
            return self.raw[name]
        near = difflib.get_close_matches(name, self.raw.columns, n=1, cutoff=0.5) or self.raw.columns[:8]
        self.problems.append(
            Problem(f"{self.place}.{key}", f"{self.table} has no column {name!r}", f"one of: {', '.join(near)}")
        )
        return None

    def text(self, name: str, key: str) -> ir.StringValue:
        """The column as text; a number that is whole is written without a fraction, so 17850.0 is "17850"."""
        value = self.column(name, key)
        if value is None:
            return ibis.null("string")
        if value.type().is_floating():
            exact = value.abs() < _EXACT_FLOATS
            self._suspect(name, "text or a whole number, which tell any two ids apart", _finite(value) & ~exact)
            fraction = value != value.round()
            text = ibis.ifelse(fraction, value.cast("string"), value.round().cast("int64").cast("string"))
            return ibis.ifelse(exact, text, ibis.null("string"))
        return value.cast("string")

    def key(self, name: str, key: str) -> ir.Value:
        """The column as a key to group by: an integer as it is, all else as its text."""
        value = self.column(name, key)
        return value if value is not None and value.type().is_integer() else self.text(name, key)

    def number(self, name: str, key: str) -> ir.FloatingValue:
        """The column as float64; what is not finite is null."""
        value = self.column(name, key)
        if value is None:
            return ibis.null("float64")
        kind = value.type()
        if kind.is_string():
            stated = (with_a_dot(value) if self.table.decimal == "," else value).nullif("")
            number = as_number(stated)
            self._suspect(name, "a number", value.nullif("").notnull() & number.isnull())
        elif kind.is_boolean():
            number = _one_or_zero(value, ~value)
        elif kind.is_numeric():
            number = value.cast("float64")
        else:
            self._wrong_type(name, key, "a number")
            return ibis.null("float64")
        if kind.is_integer() or kind.is_boolean():
            return number
        self.infinite[name] = number.abs() == ibis.literal(float("inf"))
        return ibis.ifelse(_finite(number), number, ibis.null("float64"))

    def day(self, name: str, key: str) -> ir.DateValue:
        """The column as a day in the project's time zone; a time without a zone is local to it."""
        value = self.column(name, key)
        if value is None:
            return ibis.null("date")
        kind, stated = value.type(), self.table.date_format
        server = self.raw.get_backend().name
        if kind.is_string():
            moment = moment_of(value.nullif(""), stated, self.zone, server)
            self._suspect(name, f"a time ({stated or 'ISO 8601'})", value.nullif("").notnull() & moment.isnull())
            return moment.cast("date")
        if kind.is_numeric() and stated == EPOCH:
            moment = since_epoch(value.cast("float64"), self.zone)
            self._suspect(name, "seconds or milliseconds since 1970", value.notnull() & moment.isnull())
            return moment.cast("date")
        if kind.is_timestamp() and kind.timezone is not None:
            return wall_clock(value, self.zone, server).cast("date")
        if kind.is_timestamp() or kind.is_date():
            return value.cast("date")
        self._wrong_type(name, key, "a date or a time")
        return ibis.null("date")

    def flag(self, name: str, key: str) -> ir.FloatingValue:
        """The column as 1.0 or 0.0; text must be true, false, 1 or 0."""
        value = self.column(name, key)
        if value is None or not value.type().is_string():
            return self.number(name, key)
        lowered = value.nullif("").lower()
        truth = _one_or_zero(lowered.isin(["true", "1"]), lowered.isin(["false", "0"]))
        self._suspect(name, "true or false", value.nullif("").notnull() & truth.isnull())
        return truth

    def clocks(self, source: Events | DatedChurn | Interventions) -> tuple[ir.DateValue, ir.DateValue]:
        """The day of each row, and the day on which it could first have been read: never before its own."""
        day = self.day(source.time, "time")
        if source.known_at is None:
            return day, day
        known = self.day(source.known_at, "known_at")
        # Null where either is: a row that nobody could have read by any stated day is never visible.
        return day, ibis.ifelse(known > day, known, ibis.ifelse(known.notnull(), day, ibis.null("date")))

    def value(self, name: str, declared: HistoryValue, key: str) -> ir.Value:
        """A declared value, as its kind says: float64, float64 flag, text or day."""
        column, key = declared.column or name, f"{key}.{name}"
        match declared.kind:
            case "number":
                return self.number(column, key) * declared.times
            case "flag":
                return self.flag(column, key)
            case "date":
                return self.day(column, key)
            case "category":
                return self.text(column, key).nullif("")

    def holds(self, where: dict[str, Condition], key: str) -> ir.BooleanValue:
        """Whether a row meets every condition; a null meets none."""
        each = [self._holds(name, condition, f"{key}.{name}") for name, condition in where.items()]
        return reduce(and_, each).fill_null(False) if each else ibis.literal(True)

    def _holds(self, name: str, condition: Condition, key: str) -> ir.BooleanValue:
        value: ir.Value
        if condition.truth or (name in self.raw.columns and self.raw[name].type().is_boolean()):
            value = self.flag(name, key)
            if not condition.reads_as_flag:
                self.problems.append(Problem(f"{self.place}.{key}", f"{name!r} is a flag", "true or false"))
                return ibis.literal(False)
        else:
            value = self.number(name, key) if condition.numeric else self.text(name, key)
        return meets(value, condition)

    def within(self, limits: dict[str, Condition]) -> ir.BooleanValue:
        """Whether a row meets every limit; a null meets them all, for missing is not wrong."""
        each = [self._holds(name, limit, f"limits.{name}").fill_null(True) for name, limit in limits.items()]
        return reduce(and_, each) if each else ibis.literal(True)

    def signal(self, name: str, declared: Signal) -> ir.Value:
        """What a row contributes to a signal: 1.0 or its measure or its key; null where it does not count."""
        key = f"signals.{name}"
        counts = self.holds(declared.where, f"{key}.where")
        if declared.measure is None:
            return ibis.ifelse(counts, 1, ibis.null("int64")).cast("float64")
        if isinstance(declared.measure, Tone):
            scored = self.tone(declared.measure.columns, f"{key}.measure")
            return ibis.ifelse(counts, scored * declared.times, ibis.null("float64"))
        columns = [declared.measure] if isinstance(declared.measure, str) else declared.measure
        if declared.keyed:
            value = self.key(columns[0], f"{key}.measure")
            return ibis.ifelse(counts, value, ibis.null(value.type()))
        factors = [self.number(column, f"{key}.measure") for column in columns]
        return ibis.ifelse(counts, reduce(mul, factors) * declared.times, ibis.null("float64"))

    def shown(self, columns: list[str], key: str) -> ir.StringValue:
        """Declared columns of a row as one text to be read, what is blank left out; days as ``2025-03-03``."""
        told = ibis.literal("")
        for name in columns:
            value = self.column(name, key)
            temporal = value is not None and (value.type().is_timestamp() or value.type().is_date())
            text = self.day(name, key).cast("string") if temporal else self.text(name, key)
            text = text.fill_null("").strip()[:LONGEST_SHOWN]
            told = ibis.cases((told == "", text), (text == "", told), else_=told + " · " + text)
        return told

    def tone(self, names: list[str], key: str) -> ir.FloatingValue:
        """The tone of text columns, read as one text; null where all are missing or blank."""
        columns = [column for name in names if (column := self.column(name, key)) is not None]
        if len(columns) < len(names):
            return ibis.null("float64")
        for name, column in zip(names, columns, strict=True):
            if not column.type().is_string():
                self._wrong_type(name, key, "text")
                return ibis.null("float64")
        text = columns[0] if len(columns) == 1 else ibis.literal("\n").join([each.fill_null("") for each in columns])
        return tone(text, self.raw.get_backend().name, f"{self.place}.{key}")

    def without_repeats(self, source: Events) -> Rows:
        """The same with one row per event, the one that could be read first; rows without an id are all kept.

        Later rows cannot change what was known earlier, so features of a past cutoff stay as they were.
        """
        if source.event_id is None or self.column(source.event_id, "event_id") is None:
            return self
        told = self.text(source.event_id, "event_id").nullif("")
        day, seen = self.clocks(source)
        # Rows that are equal so far are told apart by all they hold, so that any order of them gives the same.
        rest = [self.raw[name].cast("string") for name, kind in self.raw.schema().items() if not kind.is_nested()]
        order = ibis.window(group_by=told, order_by=[seen.fill_null(ibis.date("9999-12-31")), day, *rest])
        numbered = self.raw.mutate(place_=ibis.row_number().over(order), told_=told)
        once = numbered.filter((numbered.place_ == 0) | numbered.told_.isnull()).drop("place_", "told_")
        rows = Rows(self.place, self.table, once, self.zone, self.problems)
        rows.whole = self.raw
        return rows

    def of_accounts(self, source: SourceDeclaration, columns: dict[str, ir.Value]) -> ir.Table:
        """The rows that `source` declares, with their account id and `columns`; rows without an account left out."""
        return with_text_ids(self.of_account_keys(source, columns))

    def of_account_keys(self, source: SourceDeclaration, columns: dict[str, ir.Value]) -> ir.Table:
        """The same, account ids that are integers left as they are stored.

        For rows that are many: to write a hundred million ids as text takes longer than to group by them, so
        `with_text_ids` comes after grouping.
        """
        account = self.key(source.account, "account")
        account = account.nullif("") if account.type().is_string() else account
        counts = self.holds(source.where, "where") & self.within(source.limits)
        rows = self.raw.select(account_id=account, counts_=counts, **columns)
        return rows.filter(rows.counts_, rows.account_id.notnull()).drop("counts_")

    def _suspect(self, name: str, expected: str, unreadable: ir.BooleanValue) -> None:
        self.suspicions[name, expected] = unreadable

    def _wrong_type(self, name: str, key: str, expected: str) -> None:
        given = f"column {name!r} of {self.table} is {self.raw[name].type()}"
        self.problems.append(Problem(f"{self.place}.{key}", given, expected))


def with_text_ids(table: ir.Table) -> ir.Table:
    """The table with its account ids as text, which tables are joined by; different integers have different texts."""
    return table if table.account_id.type().is_string() else table.mutate(account_id=table.account_id.cast("string"))


def as_number(text: ir.StringValue) -> ir.FloatingValue:
    """The number that a text with a decimal dot states, as people write numbers; null where it is none."""
    return ibis.ifelse(text.re_search(_NUMBER), text, ibis.null("string")).try_cast("float64")


def meets(value: ir.Value, condition: Condition) -> ir.BooleanValue:
    """Whether a value is what a condition asks; null where the value is."""
    tests: list[ir.BooleanValue] = []
    if condition.one_of is not None:
        tests.append(value.isin(_as_column(condition.one_of, value)))
    if condition.none_of is not None:
        tests.append(value.notin(_as_column(condition.none_of, value)))
    if condition.words is not None:
        tests.append(holds_words(value, condition.words))
    for bound, test in (("at_least", "ge"), ("at_most", "le"), ("above", "gt"), ("below", "lt")):
        limit = getattr(condition, bound)
        if limit is not None:
            tests.append(getattr(value, f"__{test}__")(limit))
    return reduce(and_, tests)


def _finite(number: ir.FloatingValue) -> ir.BooleanValue:
    # All engines order NaN above infinity; not all know isinf.
    return number.abs() <= sys.float_info.max


def _one_or_zero(holds: ir.BooleanValue, fails: ir.BooleanValue) -> ir.FloatingValue:
    # Cast from integers: PostgreSQL would take bare 1.0 and 0.0 for decimals.
    return ibis.cases((holds, 1), (fails, 0)).cast("float64")


def with_a_dot(text: ir.StringValue) -> ir.StringValue:
    """A number with a decimal comma as one with a dot; dots may only group thousands, 1.5 is no number here."""
    grouped = text.re_search(r"^[+-]?\d{1,3}(\.\d{3})*(,\d*)?$")
    plain = ibis.ifelse(grouped, text.replace(".", ""), text)
    return ibis.ifelse(plain.contains("."), "?", plain.replace(",", "."))


def _as_column(values: list[str | bool | int | float], column: ir.Value) -> list[str] | list[float]:
    if column.type().is_string():
        return [str(value) for value in values]
    return [float({"true": 1, "false": 0}.get(str(value).lower(), value)) for value in values]


def raise_problems(rows: list[Rows]) -> None:
    """Raise one `DataError` with everything that was noted while reading the declarations of all sources."""
    problems = [problem for each in rows for problem in each.problems]
    if problems:
        raise DataError(*problems)
