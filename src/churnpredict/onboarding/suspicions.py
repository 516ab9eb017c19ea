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
    RENEWALS,
    TOTALS,
    words_of,
)

#: A column filled this many times as often for those that left, or for those that stayed, follows from leaving.
TIMES = 3.0
#: Shares that are compared at least, and accounts that must have a value before they say anything.
LEAST_SHARE = 0.02
FEWEST_HOLDERS = 10
#: More values than these are no category, but a name or an id.
MOST_CATEGORIES = 60


def of_a_fact(column: ColumnProfile, filled: Mapping[str, Filled]) -> str | None:
    """Why a column without a date, one value per account, may know the future; None where nothing speaks for it."""
    words = words_of(column.name)
    if column.name in filled and (why := _filled_by_leaving(filled[column.name])):
        return why
    if words & (CHURNS | LATEST) or (column.kind == "flag" and words & CHANGING):
        return "it says what became of the account, as it is today"
    if column.kind == "date":
        return "a day without a date of its own may have been written down at any time"
    if words & (LATER | CHANGING):
        return "it may change while an account is one, and is as it is today; declare a history of it"
    if column.kind in ("whole", "number"):
        total = words & (TOTALS | {"days", "since"})
        what = "a total" if total else "a number"
        return f"{what} as of today: at an earlier cutoff it was another; declare it as a history, or as events"
    return None


def of_an_event(column: ColumnProfile) -> str | None:
    """Why a column of a dated row may have been written after the row's day; None where nothing speaks for it."""
    words = words_of(column.name)
    if words & LATEST:
        return "as it is today, not as it was on the row's day"
    if words & LATER:
        return "may be written, or written over, after the row's own day"
    if words & CHURNS:
        return "it may say that the account left"
    if column.kind == "date" and words & (ENDS | RENEWALS):
        return "a day after the row's own, which may be planned or written over"
    return None


def of_a_state(column: ColumnProfile) -> str | None:
    """Why a column of a history may be written over after the state began."""
    words = words_of(column.name)
    if words & (LATER | LATEST | CHURNS) and not words & (MONTHLY | ANNUAL):
        return "may be written over when the state ends, and then tells of it from its first day on"
    return None


def _filled_by_leaving(filled: Filled) -> str | None:
    if filled.holders < FEWEST_HOLDERS:
        return None
    more, less = max(filled.left, filled.stayed), min(filled.left, filled.stayed)
    if more < LEAST_SHARE or less > more / TIMES:
        return None
    return f"filled for {filled.left:.0%} of those that left and for {filled.stayed:.0%} of those that stayed"
