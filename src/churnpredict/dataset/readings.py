"""What the text columns of a CSV file can be read as: numbers, days, flags, by what all of their values allow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import ibis
import ibis.expr.types as ir

from churnpredict.dataset.engines import fetch_rows
from churnpredict.dataset.moments import EPOCH, as_moment, moment_of, since_epoch, try_strptime
from churnpredict.dataset.rows import as_number, with_a_dot

#: Ways to write a day other than ISO 8601. Of two that fit, such as day and month of a year's first days, the first
#: is taken, and both are named.
DATE_FORMATS = (
    *("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y%m%d", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S"),
    *("%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S"),
    *("%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%b %d, %Y"),
)
#: Decimal marks, then flags, then days.
_WAYS = (".", ",", "flag", "iso", EPOCH, *DATE_FORMATS)
#: Seconds since 1970 of the years that tables speak of, 1990 to 2100; numbers between them may be other things, too.
_SECONDS = (631_152_000, 4_102_444_800)
#: Words of a column whose numbers may be seconds since 1970.
_OF_TIME = re.compile(
    r"activated|at|birth|cancel(l?ed)?|changed|churned|closed|created|da(te|y)|due|effective|end(s|ed)?|expires|from"
    r"|joined|last|left|loaded|login|modified|occurred|on|onboarded|opened|paid|period|received|recorded|registered"
    r"|renewal|seen|sent|signed|since|signup|start(ed)?|stamp|time(stamp)?|to|ts|until|updated|valid"
)
_WORD = re.compile(r"[A-Z]?[a-z]+")
#: Rows that rule out most ways.
_FIRST_ROWS = 1_000


@dataclass(frozen=True)
class Reading:
    """How the columns of a CSV file are read.

    Parameters
    ----------
    kinds
        number, flag or date, by column; what is not here stays text.
    decimal
        The decimal mark of its numbers.
    date_format
        How its days are written, None for ISO 8601; "epoch" where some are numbers.
    ambiguous
        Other ways that its days could be read.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    decimal: Literal[".", ","] = "."
    date_format: str | None = None
    ambiguous: tuple[str, ...] = ()


def reading_of(raw: ir.Table) -> Reading:
    """How the columns of a table of text can be read; a column is what every one of its values is."""
    # What the first rows rule out is not tried on all: a time that cannot be parsed costs more than one that can.
    possible = _fitting(raw.limit(_FIRST_ROWS), dict.fromkeys(raw.columns, _WAYS))
    return _agreed(_fitting(raw, possible))


def _fitting(rows: ir.Table, ways: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Of the ways to read each column, those in which every value can be read; all of them where there is none."""
    figures: dict[str, ir.Value] = {}
    for i, (name, possible) in enumerate(ways.items()):
        text = rows[name].nullif("")
        figures[f"there_{i}"] = text.notnull().sum()
        figures |= {f"{way}_{i}": _read(text, way).notnull().sum() for way in possible}
    found = fetch_rows(rows.aggregate(**figures))[0]
    return {
        name: [way for way in possible if found[f"{way}_{i}"] == found[f"there_{i}"]]
        for i, (name, possible) in enumerate(ways.items())
    }


def as_read(raw: ir.Table, reading: Reading) -> ir.Table:
    """The table with its columns read."""
    ways = {"number": reading.decimal, "flag": "flag"}
    return raw.mutate(
        **{
            name: moment_of(raw[name].nullif(""), reading.date_format, "UTC", raw.get_backend().name)
            if kind == "date"
            else _read(raw[name].nullif(""), ways[kind])
            for name, kind in reading.kinds.items()
        }
    )


def epochs_read(raw: ir.Table) -> tuple[ir.Table, bool]:
    """The table with its whole numbers that count seconds since 1970 as moments, and whether there is one.

    A whole number is one if its column speaks of time and every value lies within the years that tables speak of.
    """
    named = [name for name, kind in raw.schema().items() if kind.is_integer() and _speaks_of_time(name)]
    if not named:
        return raw, False
    known = {f"c{i}": _between_years(raw[name].cast("float64")) for i, name in enumerate(named)}
    figures = {key: (~within).sum() for key, within in known.items()} | {
        f"n{i}": raw[name].notnull().sum() for i, name in enumerate(named)
    }
    found = fetch_rows(raw.aggregate(**figures))[0]
    epochs = [name for i, name in enumerate(named) if found[f"n{i}"] and not found[f"c{i}"]]
    return raw.mutate(**{name: since_epoch(raw[name].cast("float64"), "UTC") for name in epochs}), bool(epochs)


def _between_years(number: ir.FloatingValue) -> ir.BooleanValue:
    first, last = _SECONDS
    return number.between(first, last) | number.between(first * 1_000, last * 1_000)


def _speaks_of_time(name: str) -> bool:
    return any(_OF_TIME.fullmatch(word.lower()) for word in _WORD.findall(name))


def _read(text: ir.StringValue, way: str) -> ir.Value:
    match way:
        case "." | ",":
            # 00123 is an id, and so are sixteen digits: as numbers they would be others.
            number = ibis.ifelse(text.re_search(r"^(0\d|\d{16})"), ibis.null("string"), text)
            return as_number(number if way == "." else with_a_dot(number))
        case "flag":
            lowered = text.lower()
            return ibis.cases((lowered == "true", True), (lowered == "false", False))
        case "iso":
            return as_moment(text)
        case "epoch":
            number = as_number(text)
            return since_epoch(ibis.ifelse(_between_years(number), number, ibis.null("float64")), "UTC")
        case _:
            return try_strptime(text, way)


def _agreed(fits: dict[str, list[str]]) -> Reading:
    """One decimal mark and one way to write days for the whole file, as its declaration has one of each."""
    # A column without a value can be read in any way, and says nothing.
    fits = {name: ways for name, ways in fits.items() if len(ways) < len(_WAYS)}
    decimal: Literal[".", ","] = "," if any("," in ways and "." not in ways for ways in fits.values()) else "."
    formats = [
        way for way in DATE_FORMATS if any(way in ways and _may_be_days(name, ways) for name, ways in fits.items())
    ]
    iso = any("iso" in ways for ways in fits.values())
    epochs = {name for name, ways in fits.items() if EPOCH in ways and _speaks_of_time(name)}
    chosen = formats[0] if formats and not iso else EPOCH if epochs else None
    kinds = {}
    for name, ways in fits.items():
        if _is_a_day(name, ways, chosen) or (chosen == EPOCH and name in epochs):
            kinds[name] = "date"
        elif "flag" in ways:
            kinds[name] = "flag"
        elif decimal in ways:
            kinds[name] = "number"
    return Reading(kinds, decimal, chosen, tuple(formats[1:]) if chosen in formats else ())


def _is_a_day(name: str, ways: list[str], chosen: str | None) -> bool:
    if chosen in (None, EPOCH):
        return "iso" in ways
    return chosen in ways and _may_be_days(name, ways)


def _may_be_days(name: str, ways: list[str]) -> bool:
    # Eight digits may be a number; they are a day only where the column says so.
    return "." not in ways or any(word in name.lower() for word in ("date", "day", "time", "_on", "_at"))
