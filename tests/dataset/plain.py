"""The definitions of the twin: one row, one signal, one aggregation at a time."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from churnpredict.config import Condition, Events, HistoryValue, Signal, Tone

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
    if isinstance(signal.measure, Tone):
        tone = tone_of([row[column] for column in signal.measure.columns])
        return None if tone is None else signal.times * tone
    product = signal.times
    for column in [signal.measure] if isinstance(signal.measure, str) else signal.measure:
        factor = finite(row[column])
        if factor is None:
            return None
        product *= factor
    return product


ANALYZER = SentimentIntensityAnalyzer()


def tone_of(texts: list[str | None]) -> float | None:
    """VADER's compound score of the first thousand characters of the texts, one below the other."""
    text = "\n".join(text or "" for text in texts)
    return ANALYZER.polarity_scores(text[:1000])["compound"] if text.strip() else None


def reach(source: Events) -> int:
    """Days back at which an event may still enter a feature of the source."""
    names = [
        feature for name, signal in source.signals.items() for feature in signal.feature_names(name, source.windows)
    ]
    return max([MEMORY, *((2 if name.aggregation == "trend" else 1) * (name.days or 0) for name in names)])


@dataclass(frozen=True)
class Visible:
    """What was visible at a cutoff: the days and values that count for a signal, and the days of all rows."""

    happened: list[tuple[date, Any]]
    rows: list[date]
    #: Whether the signal's total is the sum of its values, and not their number.
    summed: bool


def unwindowed(aggregation: str, visible: Visible, cutoff: date) -> Value:
    """One aggregation over the events of the longest memory."""
    remembered = [(day, value) for day, value in visible.happened if cutoff - span(MEMORY) <= day < cutoff]
    if not remembered:
        return None
    first, latest = min(day for day, _ in remembered), max(day for day, _ in remembered)
    match aggregation:
        case "days_since":
            return float((cutoff - latest).days)
        case "days_since_first":
            return float((cutoff - first).days)
        case "last":
            return statistics.fmean(value for day, value in remembered if day == latest)
    raise AssertionError(aggregation)


def aggregate(  # noqa: C901, PLR0911, PLR0912  (one case each)
    aggregation: str, visible: Visible, cutoff: date, days: int | None
) -> Value:
    """One aggregation over the events ``[cutoff − days, cutoff)``, of what was visible at the cutoff."""
    if days is None:
        return unwindowed(aggregation, visible, cutoff)
    happened, summed = visible.happened, visible.summed
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
        case "share":
            of = [day for day in visible.rows if cutoff - span(days) <= day < cutoff]
            return len(inside) / len(of) if of else None
        case "versus_past":
            return versus_past(visible, total(inside) / days, cutoff, days, total)
        case "longest_silence":
            return float(longest_silence({day for day, _ in inside}, cutoff, days))
        case "top_key_silence":
            return top_key_silence(inside, cutoff)
    raise AssertionError(aggregation)


def versus_past(
    visible: Visible, rate: float, cutoff: date, days: int, total: Callable[[list[tuple[date, Any]]], float]
) -> Value:
    """The rate of the window by that of the days before it, from the first row that is remembered on."""
    known = [day for day in visible.rows if cutoff - span(MEMORY) <= day]
    ends = cutoff - span(days)
    past_days = (ends - min(known)).days if known else 0
    past = [(day, value) for day, value in visible.happened if cutoff - span(MEMORY) <= day < ends]
    if past_days < days or total(past) == 0:
        return None
    return rate / (total(past) / past_days)


def longest_silence(active: set[date], cutoff: date, days: int) -> int:
    """The longest run of days of the window on which nothing happened."""
    longest = run = 0
    for day in every_day(cutoff, days):
        run = 0 if day in active else run + 1
        longest = max(longest, run)
    return longest


def top_key_silence(inside: list[tuple[date, Any]], cutoff: date) -> Value:
    """Days since the key with the most active days was last there; of several, the longest."""
    active: dict[Any, set[date]] = {}
    for day, key in inside:
        active.setdefault(key, set()).add(day)
    most = max((len(each) for each in active.values()), default=0)
    return max((float((cutoff - max(each)).days) for each in active.values() if len(each) == most), default=None)


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


def spoken(known: list[State], name: str, cutoff: date) -> list[tuple[date, Any]]:
    """The values of the states begun by the cutoff, in order, corrected as was known, without those that have none."""
    states = sorted(known, key=lambda state: (state.valid_from, state.seen))
    corrected = {state.valid_from: state.values[name] for state in states if state.valid_from < cutoff}
    return [(day, value) for day, value in corrected.items() if value is not None]


def changes(known: list[State], name: str, cutoff: date, days: int) -> float:
    """How often a value was replaced by another in ``[cutoff − days, cutoff)``, of the states known at the cutoff."""
    count = 0
    for (_, earlier), (day, later) in pairwise(spoken(known, name, cutoff)):
        if earlier != later and cutoff - span(days) <= day < cutoff:
            count += 1
    return float(count)


def days_unchanged(known: list[State], name: str, cutoff: date) -> Value:
    """Days since the value in force was first what it is, with no other in between."""
    if in_force(known, cutoff).get(name) is None:
        return None
    states = spoken(known, name, cutoff)
    since, stands = states[-1]
    for day, value in reversed(states):
        if value != stands:
            break
        since = day
    return float((cutoff - since).days)


def moved(aggregation: str, now: Any, then: Any, order: list[str] | None) -> Value:
    """How a value moved since the beginning of the window; None where it was or is unknown."""
    if now is None or then is None:
        return None
    match aggregation:
        case "change":
            return now - then
        case "relative_change":
            return (now - then) / abs(then) if then else None
        case "steps":
            known = now in (order or []) and then in (order or [])
            return float(order.index(now) - order.index(then)) if order and known else None
    raise AssertionError(aggregation)


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


def ratio(of: float | None, per: float | None) -> float | None:
    """One feature per another; none where either is missing or the divisor is 0."""
    return None if of is None or not per else of / per


def versus_peers(own: float | None, others: list[float | None], fewest: int) -> float | None:
    """How far a value lies above the median of its peers, the account itself among them."""
    values = [value for value in others if value is not None]
    return None if own is None or len(values) < fewest else own - statistics.median(values)
