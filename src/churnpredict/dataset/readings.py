"""What the text columns of a CSV file can be read as: numbers, days, flags, by what all of their values allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import ibis
import ibis.expr.types as ir

from churnpredict.dataset.engines import fetch_rows
from churnpredict.dataset.rows import as_moment, as_number, try_strptime, with_a_dot

#: Ways to write a day other than ISO 8601. Of two that fit, such as day and month of a year's first days, the first
#: is taken, and both are named.
DATE_FORMATS = (
    *("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y%m%d", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S"),
    *("%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S"),
    *("%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%b %d, %Y"),
)
#: Decimal marks, then flags, then days.
_WAYS = (".", ",", "flag", "iso", *DATE_FORMATS)
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
        How its days are written, None for ISO 8601.
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
    ways = {"number": reading.decimal, "flag": "flag", "date": reading.date_format or "iso"}
    return raw.mutate(**{name: _read(raw[name].nullif(""), ways[kind]) for name, kind in reading.kinds.items()})


def _read(text: ir.StringValue, way: str) -> ir.Value:
    match way:
        case "." | ",":
            # 00123 is an id: as a number it would be another one.
            number = ibis.ifelse(text.re_search(r"^0\d"), ibis.null("string"), text)
            return as_number(number if way == "." else with_a_dot(number))
        case "flag":
            lowered = text.lower()
            return ibis.cases((lowered == "true", True), (lowered == "false", False))
        case "iso":
            return as_moment(text)
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
    chosen = None if iso or not formats else formats[0]
    kinds = {}
    for name, ways in fits.items():
        if (chosen or "iso") in ways and (chosen is None or _may_be_days(name, ways)):
            kinds[name] = "date"
        elif "flag" in ways:
            kinds[name] = "flag"
        elif decimal in ways:
            kinds[name] = "number"
    return Reading(kinds, decimal, chosen, tuple(formats[1:]) if chosen else ())


def _may_be_days(name: str, ways: list[str]) -> bool:
    # Eight digits may be a number; they are a day only where the column says so.
    return "." not in ways or any(word in name.lower() for word in ("date", "day", "time", "_on", "_at"))
