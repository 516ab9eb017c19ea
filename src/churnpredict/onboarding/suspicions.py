"""What may know the future: columns that are named, and left out of what a model reads."""

from __future__ import annotations

from collections.abc import Mapping

from churnpredict.dataset import ColumnProfile, Filled
from churnpredict.onboarding.vocabulary import (
    ANNUAL,
    CHANGING,
    CHURNS,
    ENDS,
    LATER,
    LATEST,
    MONTHLY,
    OWNERS,
    RAISED,
    RENEWALS,
    TOTALS,
    words_of,
)

#: A column filled this many times as often for those that left, or for those that stayed, follows from leaving.
TIMES = 3.0
#: Shares that are compared at least, and accounts that must have a value before they say anything.
LEAST_SHARE = 0.02
FEWEST_HOLDERS = 10
#: Share of the accounts with a value that left, from which on the value says that they did; where more than half of
#: all accounts left it says nothing. Share of the leavers to be expected, up to which it says that they stayed.
NEARLY_ALL, MOST_OF_ALL, NEARLY_NONE = 0.95, 0.6, 0.1
#: Share of the accounts that have a value, below which it is an oddity of a few.
LEAST_OF_ALL = 0.01
#: More values than these are no category, but a name or an id.
MOST_CATEGORIES = 60


def of_a_fact(column: ColumnProfile, filled: Mapping[str, Filled]) -> str | None:
    """Why a column without a date, one value per account, may know the future; None where nothing speaks for it."""
    if column.name in filled and (why := _follows_from_leaving(filled[column.name])):
        return why
    return _as_it_is_today(column)


def _as_it_is_today(column: ColumnProfile) -> str | None:
    words = words_of(column.name)
    if words & (CHURNS | LATEST):
        return "it says what became of the account, as it is today"
    if column.kind == "flag":
        return "a flag without a date is how things are today"
    if column.kind == "date":
        return "a day without a date of its own may have been written down at any time"
    if words & (LATER | CHANGING | OWNERS):
        return "it may change while an account is one, and is as it is today; declare a history of it"
    if column.kind in ("whole", "number"):
        total = words & (TOTALS | {"days", "since"})
        what = "a total" if total else "a number"
        return f"{what} as of today: at an earlier cutoff it was another; declare it as a history, or as events"
    return None


def of_an_event(column: ColumnProfile, filled: Mapping[str, Filled], day: str, *, loaded: bool) -> str | None:
    """Why a column of a dated row may have been written after the row's day; None where nothing speaks for it.

    Parameters
    ----------
    column
        The column.
    filled
        Which values of the table's columns those have that left, by the name of each.
    day
        The column of the row's day: what it speaks of itself is not later.
    loaded
        Whether a column is named for when the rows could first be read.
    """
    if column.name in filled and (why := _held_by_leavers(filled[column.name])):
        return why
    return _written_later(column, words_of(column.name) - words_of(day), loaded=loaded)


def _written_later(column: ColumnProfile, words: frozenset[str], *, loaded: bool) -> str | None:
    if words & LATEST:
        return "as it is today, not as it was on the row's day"
    if words & LATER:
        return "may be written, or written over, after the row's own day"
    if words & RAISED and not loaded:
        return "may be raised after the row's own day, and no column says when the row could first be read"
    if words & CHURNS:
        return "it may say that the account left"
    if column.kind == "date" and words & (ENDS | RENEWALS):
        return "a day after the row's own, which may be planned or written over"
    return None


def of_a_state(column: ColumnProfile, filled: Mapping[str, Filled], *, one_row_each: bool) -> str | None:
    """Why a column of a history may be written over after the state began."""
    words = words_of(column.name)
    if column.name in filled and (why := _held_by_leavers(filled[column.name])):
        return why
    if one_row_each:
        return "no account has a second row: a change writes it over, and nothing says when"
    if words & (LATER | LATEST | CHURNS) and not words & (MONTHLY | ANNUAL):
        return "may be written over when the state ends, and then tells of it from its first day on"
    return None


def _follows_from_leaving(filled: Filled) -> str | None:
    return _filled_by_leaving(filled) or _held_by_leavers(filled) or _held_by_nobody_who_left(filled)


def _held_by_leavers(filled: Filled) -> str | None:
    """A value that hardly anybody has but those that left."""
    for level in filled.levels:
        told = level.holders >= FEWEST_HOLDERS and level.left >= NEARLY_ALL
        if told and filled.of_all <= MOST_OF_ALL and level.holders >= LEAST_OF_ALL * filled.accounts:
            return f"{level.value!r} is the value of {level.holders} accounts, {level.left:.0%} of which left"
    return None


def _held_by_nobody_who_left(filled: Filled) -> str | None:
    """A value of so many accounts that some should have left, and hardly any did."""
    for level in filled.levels:
        expected = filled.of_all * level.holders
        if expected >= FEWEST_HOLDERS and level.left * level.holders <= NEARLY_NONE * expected:
            return f"{level.value!r} is the value of {level.holders} accounts, {level.left:.0%} of which left"
    return None


def _filled_by_leaving(filled: Filled) -> str | None:
    if filled.holders < FEWEST_HOLDERS:
        return None
    more, less = max(filled.left, filled.stayed), min(filled.left, filled.stayed)
    if more < LEAST_SHARE or less > more / TIMES:
        return None
    return f"filled for {filled.left:.0%} of those that left and for {filled.stayed:.0%} of those that stayed"
