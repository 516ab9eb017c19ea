"""What comes out of the guesses: sections of a configuration, what was asked, what may leak, what was left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Question:
    """Something that the tables do not settle.

    Parameters
    ----------
    about
        The TOML path that the answer decides.
    text
        The question, as it is asked at a terminal.
    guess
        What is taken if nobody is asked.
    options
        What may be answered; empty where any whole number may.
    why
        What speaks for the guess.
    """

    about: str
    text: str
    guess: str
    options: tuple[str, ...] = ()
    why: str = ""


#: Answers a question, by asking somebody or by taking its guess.
Ask = Callable[[Question], str]


@dataclass(frozen=True)
class Suspicion:
    """A column, or a whole table, that may know the future; it is left out, or only shown.

    Parameters
    ----------
    table, column
        Which; column is empty for a whole table.
    why
        What makes it look so.
    shown
        Whether it is on the list all the same, where no model reads it.
    """

    table: str
    column: str
    why: str
    shown: bool = False

    def __str__(self) -> str:
        what = f"{self.table}.{self.column}" if self.column else self.table
        return f"{what}: {self._said}"

    @property
    def _said(self) -> str:
        return f"{self.why}; {'shown on the list, kept from the model' if self.shown else 'left out'}"


def summed_up(suspicions: Iterable[Suspicion]) -> list[str]:
    """One line per table and reason, with all columns that it is of.

    Examples
    --------
    >>> summed_up([Suspicion("crm", "status", "as of today"), Suspicion("crm", "owner", "as of today")])
    ['crm.status, owner: as of today; left out']
    """
    grouped: dict[tuple[str, str, bool], list[Suspicion]] = {}
    for each in suspicions:
        grouped.setdefault((each.table, each.why, each.shown), []).append(each)
    return [
        str(replace(first, column=", ".join([first.column, *(each.column for each in rest)])))
        for first, *rest in grouped.values()
    ]


@dataclass(frozen=True)
class Entry:
    """A line of the configuration.

    Parameters
    ----------
    key, value
        What it says.
    unsure
        What speaks against it, if something does.
    out
        Whether it is written as a comment, to be taken or not.
    """

    key: str
    value: Any
    unsure: str = ""
    out: bool = False


@dataclass
class Section:
    """A table of the configuration.

    Parameters
    ----------
    path
        Its header: ``events.usage``; empty for what stands before all tables.
    entries
        Its lines, in order.
    comments
        What is said above it.
    unsure
        What speaks against the whole of it.
    out
        Whether all of it is written as a comment, to be taken or not.
    """

    path: str
    entries: list[Entry] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    out: bool = False

    def add(self, key: str, value: Any, unsure: str = "", *, out: bool = False) -> None:
        """Add a line."""
        self.entries.append(Entry(key, value, unsure, out))


@dataclass
class Proposal:
    """A configuration as it was guessed.

    Parameters
    ----------
    sections
        Its tables, in order.
    roles
        What each declared table is to an account, by its name.
    questions
        What the tables did not settle, with what was answered.
    suspicions
        What may know the future.
    left_out
        Why, by the name of each table that is not declared.
    as_of
        The last cutoff that all tables reach, a Monday.
    """

    sections: list[Section] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    questions: list[tuple[Question, str]] = field(default_factory=list)
    suspicions: list[Suspicion] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    as_of: date | None = None

    @property
    def unsure(self) -> int:
        """How many lines and tables are marked as unsure."""
        lines = sum(bool(entry.unsure) for section in self.sections for entry in section.entries)
        return lines + sum(len(section.unsure) for section in self.sections)

    def suspect(self, table: str, column: str, why: str, *, shown: bool = False) -> None:
        """Name a column that may know the future, or, without a column, a table."""
        self.suspicions.append(Suspicion(table, column, why, shown))

    def settle(self, ask: Ask, question: Question) -> str:
        """Ask, and keep the question with its answer."""
        answer = ask(question)
        self.questions.append((question, answer))
        return answer
