"""Which column says whose a row is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from churnpredict.dataset import ColumnProfile, TableProfile
from churnpredict.onboarding.vocabulary import ACCOUNTS, KEYS, PEOPLE, words_of

#: Share of the values of one column that must be there in another for both to speak of the same.
SAME = 0.9
#: A key has at least so many values; fewer are a category.
FEWEST = 20
#: Answers how much of a (table, column) is there in another, 0–1.
Contained = Callable[[tuple[str, str], tuple[str, str]], float]


@dataclass(frozen=True)
class Candidate:
    """A column that may say whose rows are, in every table that has it.

    Parameters
    ----------
    name
        What it is called.
    tables
        Where it is.
    score
        How much speaks for it; above `SURE` nothing is asked.
    """

    name: str
    tables: tuple[str, ...]
    score: float


#: From here on a name says that a column is the account's, and its values do not say otherwise.
SURE = 4.5


def candidates(profiles: Mapping[str, TableProfile]) -> list[Candidate]:
    """Columns that may say whose rows are, the likeliest first."""
    places: dict[str, list[tuple[TableProfile, ColumnProfile]]] = {}
    for table in profiles.values():
        for column in table.of_kind("whole", "text"):
            if column.distinct >= FEWEST:
                places.setdefault(column.name, []).append((table, column))
    places = {name: where for name, where in places.items() if _may_say_who(name, where)}
    found = [
        Candidate(name, tuple(table.name for table, _ in where), _score(name, where)) for name, where in places.items()
    ]
    return sorted((each for each in found if each.score > 0), key=lambda each: (-each.score, each.name))


def _may_say_who(name: str, where: list[tuple[TableProfile, ColumnProfile]]) -> bool:
    """Whether a column is named so, is that of one row each, or, whatever it is called, is a text that tables share."""
    if words_of(name) & (ACCOUNTS | PEOPLE | KEYS) or any(column.distinct == table.rows for table, column in where):
        return True
    return len(where) > 1 and all(column.kind == "text" for _, column in where)


def _score(name: str, where: list[tuple[TableProfile, ColumnProfile]]) -> float:
    words = words_of(name)
    told = 4.0 if words & ACCOUNTS else 1.0 if words & PEOPLE else 0.0
    told += 1.0 if words & KEYS else 0.0
    # Rows of an account are several: what is different in every row of every table says which row it is.
    repeated = any(column.distinct < table.rows * (1 - column.missing) for table, column in where)
    return told + 0.5 * min(len(where), 4) if repeated else told - 3.0


def account_columns(profiles: Mapping[str, TableProfile], name: str, contained: Contained) -> dict[str, str]:
    """The column of accounts by table: the one called `name`, or one that holds the same values."""
    found = {table.name: name for table in profiles.values() if table.column(name) is not None}
    fullest = max(found, key=lambda table: _distinct(profiles[table], name))
    kind = _column(profiles[fullest], name).kind
    for table in profiles.values():
        if table.name in found:
            continue
        for column in table.of_kind(kind):
            if _may_be_the_same(column) and contained((table.name, column.name), (fullest, name)) >= SAME:
                found[table.name] = column.name
                break
            if _is_its_key(table, column) and contained((fullest, name), (table.name, column.name)) >= SAME:
                found[table.name] = column.name
                break
    return found


def _may_be_the_same(column: ColumnProfile) -> bool:
    # Whole numbers from one on are in each other whatever they mean: a name must say so, too.
    words = words_of(column.name)
    return column.distinct >= FEWEST and bool(words & ACCOUNTS or (column.kind == "text" and words & KEYS))


def _is_its_key(table: TableProfile, column: ColumnProfile) -> bool:
    of_accounts = bool(words_of(table.name) & ACCOUNTS)
    return of_accounts and column.distinct == table.rows and bool(words_of(column.name) & KEYS)


def _distinct(table: TableProfile, name: str) -> int:
    return _column(table, name).distinct


def _column(table: TableProfile, name: str) -> ColumnProfile:
    found = table.column(name)
    if found is None:
        raise KeyError(name)
    return found
