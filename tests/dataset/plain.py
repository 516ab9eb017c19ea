"""The definitions of the twin: one row, one signal, one aggregation at a time."""

from __future__ import annotations

import math
import re
import statistics
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from churnpredict.config import Condition, Events, HistoryValue, Signal

Row = dict[str, Any]
Value = float | str | None

#: Days that days_since looks back.
MEMORY = 365


@dataclass(frozen=True)
class Event:
    """A row of an events source with what it contributes to each signal; None where it does not count."""

    day: date
    seen: date
    values: dict[str, Any]


@dataclass(frozen=True)
class State:
    """A row of a history."""

    valid_from: date
    valid_to: date | None
    seen: date
    values: dict[str, Any]


def span(days: int) -> timedelta:
    return timedelta(days=days)


def day_of(value: date | datetime | None) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def clocks(row: Row, time: str, known_at: str | None) -> tuple[date | None, date | None]:
    """The day of a row, and the day on which it could first have been read: never before its own."""
    day = day_of(row[time])
    if known_at is None:
        return day, day
    known = day_of(row[known_at])
    return day, None if day is None or known is None else max(day, known)


def finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def holds(where: dict[str, Condition], row: Row) -> bool:
    return all(meets(condition, row[column]) for column, condition in where.items())


def meets(condition: Condition, value: Any) -> bool:
    value = finite(value) if isinstance(value, float) else value
    if value is None:
        return False
    return (
        (condition.one_of is None or value in condition.one_of)
        and (condition.none_of is None or value not in condition.none_of)
        and (condition.at_least is None or value >= condition.at_least)
        and (condition.at_most is None or value <= condition.at_most)
        and (condition.above is None or value > condition.above)
        and (condition.below is None or value < condition.below)
        and (condition.words is None or any(has_word(value, word) for word in condition.words))
    )


def has_word(text: str, word: str) -> bool:
    """Whether a text of ASCII holds a word, letters of any case and nothing alphanumeric beside it."""
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text, re.IGNORECASE | re.ASCII) is not None


def contribution(signal: Signal, row: Row) -> Any:
    if not holds(signal.where, row):
        return None
    if signal.measure is None:
        return 1.0
    if signal.keyed:
        return row[str(signal.measure)]
    product = signal.times
    for column in [signal.measure] if isinstance(signal.measure, str) else signal.measure:
        factor = finite(row[column])
        if factor is None:
            return None
        product *= factor
    return product


def reach(source: Events) -> int:
    """Days back at which an event may still enter a feature of the source."""
    names = [
        feature for name, signal in source.signals.items() for feature in signal.feature_names(name, source.windows)
    ]
    return max([MEMORY, *((2 if name.aggregation == "trend" else 1) * (name.days or 0) for name in names)])


def aggregate(  # noqa: C901, PLR0911  (one case each)
    aggregation: str, happened: list[tuple[date, Any]], cutoff: date, days: int | None, *, summed: bool
) -> Value:
    """One aggregation over the events ``[cutoff − days, cutoff)``; `happened` holds what was visible at the cutoff."""
    if aggregation == "days_since":
        ages = [(cutoff - day).days for day, _ in happened]
        return float(min(ages)) if ages and min(ages) <= MEMORY else None
    assert days is not None
    inside = [(day, value) for day, value in happened if cutoff - span(days) <= day < cutoff]
    before = [(day, value) for day, value in happened if cutoff - span(2 * days) <= day < cutoff - span(days)]
    values = [value for _, value in inside]

    def total(of: list[tuple[date, Any]]) -> float:
        return sum(value for _, value in of) if summed else float(len(of))

    match aggregation:
        case "count":
            return float(len(values))
        case "active_days":
            return float(len({day for day, _ in inside}))
        case "distinct":
            return float(len(set(values)))
        case "sum":
            return float(sum(values))
        case "mean":
            return statistics.fmean(values) if values else None
        case "min":
            return min(values, default=None)
        case "max":
            return max(values, default=None)
        case "std":
            return statistics.stdev(values) if len(values) > 1 else None
        case "trend":
            return total(inside) / total(before) if before and total(before) != 0 else None
        case "slope":
            return least_squares([total([e for e in inside if e[0] == day]) for day in every_day(cutoff, days)])
    raise AssertionError(aggregation)


def every_day(cutoff: date, days: int) -> list[date]:
    return [cutoff - span(back) for back in range(days, 0, -1)]


def least_squares(daily: list[float]) -> float:
    """Slope per day of the line through the totals of consecutive days; level through a single one."""
    if len(daily) == 1:
        return 0.0
    return statistics.linear_regression(range(len(daily)), daily).slope


def in_force(known: list[State], day: date) -> dict[str, Any]:
    """The values just before `day` began, empty if nothing was in force."""
    begun = [state for state in known if state.valid_from < day]
    if not begun:
        return {}
    last = max(begun, key=lambda state: (state.valid_from, state.seen))
    return {} if last.valid_to is not None and last.valid_to < day else last.values


def changes(known: list[State], name: str, cutoff: date, days: int) -> float:
    """How often a value was replaced by another in ``[cutoff − days, cutoff)``, of the states known at the cutoff."""
    states = sorted(known, key=lambda state: (state.valid_from, state.seen))
    count = 0
    for earlier, later in pairwise(states):
        both = earlier.values[name] is not None and later.values[name] is not None
        if both and earlier.values[name] != later.values[name] and cutoff - span(days) <= later.valid_from < cutoff:
            count += 1
    return float(count)


def declared_value(declared: HistoryValue, value: Any) -> Any:
    """A value as its kind says; None where there is none."""
    match declared.kind:
        case "number":
            number = finite(value)
            return None if number is None else number * declared.times
        case "flag":
            return None if value is None else float(value)
        case "date":
            return day_of(value)
        case "category":
            return value or None


def beginning(heard: list[date], longest: int) -> date:
    since = heard[0]
    for earlier, later in pairwise(heard):
        if (later - earlier).days > longest:
            since = later
    return since
