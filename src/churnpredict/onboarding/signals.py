"""What may be looked at in the columns of an events source: counts, kinds of rows, people, amounts, scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from churnpredict.dataset import ColumnProfile, Filled, Rhythm
from churnpredict.onboarding.proposal import Proposal
from churnpredict.onboarding.roles import Placed
from churnpredict.onboarding.suspicions import of_an_event
from churnpredict.onboarding.vocabulary import (
    ACCOUNTS,
    ADDED,
    AVERAGED,
    CALENDAR,
    KEYS,
    KINDS,
    PEOPLE,
    PRICES,
    QUANTITIES,
    URGENT,
    name_of,
    words_of,
)

#: Kinds of rows that get a signal of their own, of one column, and the least share of the rows each must have.
MOST_KINDS = 8
LEAST_KIND = 0.01
#: Values up to which a column is one of kinds.
MOST_VALUES = 30
#: Signals of one source: more would be read by nobody.
MOST_SIGNALS = 12
#: Days a week with a row of an account, from which on a source is dense, and regular.
DENSE, REGULAR = 2.0, 0.25
#: Days of a source from which on windows of a year are full often enough.
LONG_HISTORY = 1_095


@dataclass(frozen=True)
class GuessedSignal:
    """A signal as it would be declared.

    Parameters
    ----------
    name
        Its name.
    keys
        What is declared of it, in order.
    unsure
        What speaks against it.
    """

    name: str
    keys: dict[str, Any] = field(default_factory=dict)
    unsure: str = ""


def preset_of(rhythm: Rhythm, days: int) -> str:
    """The preset of windows that fits how often a source has rows of an account, and how many days it spans.

    Examples
    --------
    >>> preset_of(Rhythm(accounts=100, days_a_week=4.0, at_once=0.0), days=700)
    'dense'
    """
    if rhythm.days_a_week >= DENSE:
        return "dense"
    # A year's window says little where there is hardly more than a year.
    return "sparse" if rhythm.days_a_week < REGULAR and days >= LONG_HISTORY else "regular"


def signals_of(
    placed: Placed, filled: Mapping[str, Filled], taken: set[str], proposal: Proposal
) -> list[GuessedSignal]:
    """Signals of a source; what may know the future is named in the proposal instead.

    Parameters
    ----------
    placed
        The source.
    filled
        Which values of its columns those have that left, by the name of each.
    taken
        Names in use; those of the signals are added.
    proposal
        Receives the suspicions.
    """
    columns = list(_usable(placed, filled, proposal))
    counted = next((c for c in columns if c.name.lower() in ("n", "count", "events") and c.kind == "whole"), None)
    made: list[GuessedSignal] = [_volume(placed, counted)]
    measured = [column for column in columns if column is not counted]
    for signal in _of_columns(measured, counted):
        if len(made) < MOST_SIGNALS:
            made.append(signal)
    named = []
    for signal in made:
        name = name_of(signal.name)
        name = name_of(f"{placed.table.name} {signal.name}", taken) if name in taken else name
        taken.add(name)
        named.append(GuessedSignal(name, signal.keys, signal.unsure))
    return named


def _usable(placed: Placed, filled: Mapping[str, Filled], proposal: Proposal) -> Iterator[ColumnProfile]:
    clocks = {placed.account, placed.time, placed.known_at}
    for column in placed.table.columns:
        if column.name in clocks or not column.varies or words_of(column.name) <= CALENDAR:
            continue
        if words_of(column.name) & KEYS and column.distinct >= placed.table.rows:
            continue  # it tells rows apart, and they are counted
        if why := of_an_event(column, filled, str(placed.time), loaded=placed.loaded):
            proposal.suspect(placed.table.name, column.name, why)
        elif column.kind not in ("date", "other"):
            yield column


def _volume(placed: Placed, counted: ColumnProfile | None) -> GuessedSignal:
    """How much there is of the source: its rows, or what a column says that each row stands for."""
    if counted is None:
        return GuessedSignal(placed.table.name, {"aggregations": ["count", "trend", "active_days", "days_since"]})
    kinds = ["sum", "trend", "active_days", "days_since"]
    return GuessedSignal(placed.table.name, {"measure": counted.name, "aggregations": kinds})


def _of_columns(columns: list[ColumnProfile], counted: ColumnProfile | None) -> Iterator[GuessedSignal]:
    product = _revenue(columns)
    if product is not None:
        yield product
    factors = product.keys["measure"] if product else []
    for column in sorted(columns, key=_order):
        if column.name not in factors:
            yield from _of_column(column, counted)


def _of_column(column: ColumnProfile, counted: ColumnProfile | None) -> Iterator[GuessedSignal]:
    words = words_of(column.name)
    if column.kind == "flag":
        yield GuessedSignal(_without_is(column.name), {"where": {column.name: True}, "aggregations": ["count"]})
    elif words & PEOPLE and not words & ACCOUNTS:
        yield _people(column)
    elif column.kind == "text" and column.levels and column.distinct <= MOST_VALUES:
        yield from _kinds(column, counted)
    elif words & KEYS:
        thing = "_".join(sorted(words - KEYS)) or column.name
        yield GuessedSignal(f"different {thing}", {"measure": column.name, "aggregations": ["distinct"]})
    elif column.kind in ("whole", "number"):
        yield _amount(column)


def _people(column: ColumnProfile) -> GuessedSignal:
    """Who they were, or how many."""
    words = words_of(column.name)
    if words & KEYS or column.kind == "text":
        return GuessedSignal(_plural(words & PEOPLE), {"measure": column.name, "aggregations": ["distinct"]})
    return GuessedSignal(column.name, {"measure": column.name, "aggregations": ["mean", "max"]})


def _order(column: ColumnProfile) -> int:
    """People and amounts first: kinds of rows are many, and would crowd them out."""
    words = words_of(column.name)
    if words & PEOPLE:
        return 0
    if words & (ADDED | AVERAGED):
        return 1
    return 2 if column.kind in ("text", "flag") else 3


def _without_is(name: str) -> str:
    return name.removeprefix("is_").removeprefix("has_")


def _plural(words: frozenset[str]) -> str:
    word = min(words)
    return f"active_{word if word.endswith('s') else word + 's'}"


def _revenue(columns: list[ColumnProfile]) -> GuessedSignal | None:
    """A price and a quantity of one row, multiplied."""
    numbers = [column for column in columns if column.kind in ("whole", "number")]
    price = next(
        (c for c in numbers if words_of(c.name) & PRICES and not words_of(c.name) & QUANTITIES - {"units"}), None
    )
    quantity = next((c for c in numbers if words_of(c.name) & QUANTITIES and c is not price), None)
    if price is None or quantity is None:
        return None
    keys = {"measure": [quantity.name, price.name], "aggregations": ["sum", "trend"]}
    return GuessedSignal("revenue", keys, "a price is taken to be that of one piece")


def _kinds(column: ColumnProfile, counted: ColumnProfile | None) -> Iterator[GuessedSignal]:
    """The rows of a kind: severe ones together, otherwise those of each common value."""
    urgent = [value for value, _ in column.levels if value.lower() in URGENT]
    measured = {} if counted is None else {"measure": counted.name}
    how = {"aggregations": ["count" if counted is None else "sum"]}
    if urgent:
        yield GuessedSignal(f"severe_{column.name}", {**measured, "where": {column.name: urgent}, **how})
        return
    if not words_of(column.name) & KINDS:
        return
    rows = sum(count for _, count in column.levels)
    common = [value for value, count in column.levels if count >= LEAST_KIND * rows][:MOST_KINDS]
    for value in common:
        name = value if any(char.isalpha() for char in value) else f"{column.name} {value}"
        yield GuessedSignal(name, {**measured, "where": {column.name: value}, **how})
    if column.distinct > len(common):
        others = f"{column.distinct - len(common)} more values of {column.name} have no signal of their own"
        yield GuessedSignal(f"kinds of {column.name}", {"measure": column.name, "aggregations": ["distinct"]}, others)


def _amount(column: ColumnProfile) -> GuessedSignal:
    words = words_of(column.name)
    if words & AVERAGED:
        return GuessedSignal(column.name, {"measure": column.name, "aggregations": ["mean"]})
    keys = {"measure": column.name, "aggregations": ["sum"]}
    if words & ADDED:
        return GuessedSignal(column.name, keys)
    return GuessedSignal(column.name, {**keys, "aggregations": ["mean"]}, "averaged; an amount would be summed")
