"""What is declared of accounts and of what held: facts without a date, and the values of histories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from churnpredict.dataset import ColumnProfile, Filled, TableProfile
from churnpredict.onboarding.proposal import Proposal
from churnpredict.onboarding.roles import MOSTLY_EMPTY, Placed, churn_day
from churnpredict.onboarding.suspicions import MOST_CATEGORIES, of_a_fact, of_a_state
from churnpredict.onboarding.vocabulary import (
    ANNUAL,
    KEYS,
    KNOWN,
    MONTHLY,
    NAMES,
    OWNERS,
    RENEWALS,
    TERMS,
    name_of,
    words_of,
)

_MONTHS = 12


@dataclass(frozen=True)
class GuessedValue:
    """A fact, or a value of a history, as it would be declared.

    Parameters
    ----------
    name
        Its name.
    value
        What is declared of it.
    unsure
        What speaks against it.
    listed
        The key under which the risk list shows it, if it does.
    """

    name: str
    value: Any
    unsure: str = ""
    listed: str = ""


def facts_of(
    table: TableProfile, passed: set[str | None], filled: Mapping[str, Filled], taken: set[str], proposal: Proposal
) -> list[GuessedValue]:
    """Categories that hold all along; all else of the table is named as a suspicion, revenue is shown only."""
    found = []
    for column in table.columns:
        if column.name in passed or not column.varies or column.kind == "other" or _is_a_name(column):
            continue
        why = of_a_fact(column, filled)
        made = _shown(column, taken) if why else _category(column, taken)
        if why:
            proposal.suspect(table.name, column.name, why, shown=made is not None)
        if made is not None:
            taken.add(made.name)
            found.append(made)
    return found


def _is_a_name(column: ColumnProfile) -> bool:
    return column.kind == "text" and column.distinct > MOST_CATEGORIES


def _category(column: ColumnProfile, taken: set[str]) -> GuessedValue:
    plain = _plain(column, "flag" if column.kind == "flag" else "category", taken)
    return GuessedValue(plain.name, plain.value, "undated: only right if it never changes")


def _shown(column: ColumnProfile, taken: set[str]) -> GuessedValue | None:
    """How revenue or a renewal is shown without becoming a feature; None for what is neither."""
    words = words_of(column.name)
    unsure = "as of today: shown on the list, kept from the model"
    if column.kind in ("whole", "number") and words & (ANNUAL | MONTHLY):
        value = {"kind": "number", "column": column.name, "times": _times(column), "aggregations": []}
        return GuessedValue(name_of("arr", taken), value, unsure, "arr")
    if column.kind == "date" and words & RENEWALS:
        value = {"kind": "date", "column": column.name, "aggregations": []}
        return GuessedValue(name_of("renewal_on", taken), value, unsure, "renewal_on")
    return None


def _times(column: ColumnProfile) -> int:
    return _MONTHS if words_of(column.name) & MONTHLY else 1


def values_of(placed: Placed, filled: Mapping[str, Filled], taken: set[str], proposal: Proposal) -> list[GuessedValue]:
    """The values of a history; what may be written over is named as a suspicion, revenue is shown only."""
    found = []
    for column in _columns_of(placed):
        why = of_a_state(column, filled, one_row_each=placed.one_row_each)
        guessed = _shown(column, taken) if why else _value(column, placed, taken)
        if why:
            proposal.suspect(placed.table.name, column.name, why, shown=guessed is not None)
        if guessed is not None:
            taken.add(guessed.name)
            found.append(guessed)
    if placed.until is not None and not any(each.listed == "renewal_on" for each in found):
        found += _renewal(placed, placed.until, taken, proposal)
    return found


def _columns_of(placed: Placed) -> Iterator[ColumnProfile]:
    passed = {placed.account, placed.time, placed.until, placed.known_at}
    if placed.one_row_each:
        passed.add(churn_day(placed.table))
    for column in placed.table.columns:
        words = words_of(column.name)
        if column.name in passed or not column.varies or words & (KEYS | KNOWN | NAMES | OWNERS):
            continue
        yield column


def _value(column: ColumnProfile, placed: Placed, taken: set[str]) -> GuessedValue | None:
    words = words_of(column.name)
    if column.kind in ("whole", "number"):
        if words & (ANNUAL | MONTHLY):
            name = name_of("arr", taken)
            plain = "number" if column.name == name else {"kind": "number", "column": column.name}
            monthly = {"kind": "number", "column": column.name, "times": _MONTHS}
            return GuessedValue(name, monthly if words & MONTHLY else plain, listed="arr")
        return _plain(column, "number", taken)
    if column.kind == "flag":
        return _plain(column, "flag", taken)
    if column.kind == "text" and column.distinct <= MOST_CATEGORIES:
        return _plain(column, "category", taken)
    if column.kind == "date" and words & RENEWALS:
        value: dict[str, Any] = {"kind": "date", "column": column.name}
        if placed.known_at is None:
            value["aggregations"] = []
        late = "" if placed.known_at else "without known_at a date that is written over would tell: it is only shown"
        return GuessedValue(name_of("renewal_on", taken), value, late, "renewal_on")
    return None


def _plain(column: ColumnProfile, kind: str, taken: set[str]) -> GuessedValue:
    name = name_of(column.name, taken)
    return GuessedValue(name, kind if name == column.name else {"kind": kind, "column": column.name})


def _renewal(placed: Placed, until: str, taken: set[str], proposal: Proposal) -> list[GuessedValue]:
    """The end of a term as its renewal, shown only: written over when a term is cut short, it would tell."""
    column = placed.table.column(until)
    # Where hardly any term has an end, it is that of those that left.
    if not words_of(placed.table.name) & TERMS or column is None or column.missing > MOSTLY_EMPTY:
        return []
    name = name_of("renewal_on", taken)
    taken.add(name)
    why = "an end that is written over when a term is cut short tells of it from the first day on"
    proposal.suspect(placed.table.name, until, why, shown=True)
    value = {"kind": "date", "column": until, "aggregations": []}
    return [GuessedValue(name, value, "take aggregations away if the end is never written over", "renewal_on")]
