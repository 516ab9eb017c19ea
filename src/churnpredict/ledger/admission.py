"""What may be written into a ledger, given what is in it. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Any

from churnpredict.errors import DataError, Problem
from churnpredict.ledger.entries import FIELDS, REACHED, Entry, Recorded, State
from churnpredict.ledger.interventions import FINAL, in_order

#: What the ledger or the published list adds when an entry is written; importing the same again need not say it.
_ADDED = ("intervention", "play", "tier", "risk_90d", "arr")
_COMPARED = tuple(name for name in FIELDS if name not in ("intervention", "corrects"))


@dataclass(frozen=True)
class Given:
    """An entry that is to be written, and where it was given.

    Parameters
    ----------
    where
        The line of a file, or the command.
    entry
        What is to be written.
    listed
        What the published list said of the account, by field: it completes the first step of an intervention.
    """

    where: str
    entry: Entry
    listed: Mapping[str, Any] = field(default_factory=dict)


class _Books:
    """What stands, while entries are let in one by one."""

    def __init__(self, recorded: Sequence[Recorded]) -> None:
        self.entries = {each.seq: each.entry for each in recorded}
        self.corrected = {e.corrects: seq for seq, e in self.entries.items() if e.corrects is not None}
        self.names: dict[str, list[str]] = {}
        self.admitted: list[Entry] = []
        for entry in self.entries.values():
            self._name(entry)

    def add(self, entry: Entry) -> None:
        seq = len(self.entries) + 1
        self.entries[seq] = entry
        if entry.corrects is not None:
            self.corrected[entry.corrects] = seq
        self._name(entry)
        self.admitted.append(entry)

    def _name(self, entry: Entry) -> None:
        names = self.names.setdefault(entry.account_id, [])
        if entry.intervention not in names:
            names.append(entry.intervention)

    def steps(self, intervention: str) -> dict[int, Entry]:
        """Entries of an intervention that stand."""
        return {
            seq: entry
            for seq, entry in self.entries.items()
            if entry.intervention == intervention and seq not in self.corrected and entry.state != "withdrawn"
        }

    def unfinished(self, account: str, play: str | None) -> list[str]:
        """Interventions of an account that something can still come after."""
        found = []
        for name in self.names.get(account, []):
            steps = in_order(list(self.steps(name).values()))
            plays = {step.play for step in steps} - {None}
            if steps and steps[-1].state not in FINAL and (play is None or not plays or play in plays):
                found.append(name)
        return found


def admit(recorded: Sequence[Recorded], given: Iterable[Given], today: date) -> list[Entry]:
    """The entries that are new, each with its intervention; those that are in the ledger already are left out.

    Parameters
    ----------
    recorded
        What is in the ledger.
    given
        What is to be written, in any order: corrections come first, then days in their order.
    today
        The day of writing.

    Raises
    ------
    DataError
        With everything that cannot be written; then nothing is.
    """
    books = _Books(recorded)
    problems: list[Problem] = []
    rank: dict[State, int] = {"open": 0, "planned": 1, "saving": 2}
    for each in sorted(given, key=lambda g: (g.entry.corrects is None, g.entry.on_day, rank.get(g.entry.state, 3))):
        faults = [Problem(f"{each.where}: {field}", *told) for field, *told in each.entry.faults(today)]
        problems += faults
        if faults:
            continue
        try:
            new = _correction(books, each) if each.entry.corrects is not None else _step(books, each)
        except DataError as error:
            problems += error.problems
        else:
            if new is not None:
                books.add(new)
    if problems:
        raise DataError(*problems)
    return books.admitted


def _step(books: _Books, given: Given) -> Entry | None:
    """The entry with its intervention; None if it is in the ledger already."""
    if _is_there(books, given):
        return None
    entry = replace(given.entry, intervention=given.entry.intervention or _find(books, given))
    steps = books.steps(entry.intervention)
    strangers = {step.account_id for step in steps.values()} - {entry.account_id}
    if strangers:
        told = f"intervention {entry.intervention!r} is of {strangers.pop()!r}"
        raise DataError(Problem(given.where, told, "an intervention of one account"))
    if steps:
        more: dict[str, Any] = {"play": next((step.play for step in steps.values() if step.play), None)}
    else:
        more = dict(given.listed)
    new = replace(entry, **{name: value for name, value in more.items() if getattr(entry, name) is None})
    _check_chain(given.where, [*steps.values(), new])
    return new


def _is_there(books: _Books, given: Given) -> bool:
    """Whether the ledger says the same; it must not say otherwise of the same step."""
    entry = given.entry
    stated = [name for name in _COMPARED if name not in _ADDED or getattr(entry, name) is not None]
    for seq, there in books.entries.items():
        if not _same_step(entry, there):
            continue
        differing = [name for name in stated if getattr(entry, name) != getattr(there, name)]
        if not differing:
            return True
        if seq not in books.corrected:
            said = ", ".join(f"{name} {str(getattr(there, name))[:40]}" for name in differing)
            todo = f"To set entry {seq} right, record it with corrects = {seq}."
            raise DataError(Problem(given.where, f"entry {seq} says otherwise: {said}", "the same", todo))
    return False


def _same_step(entry: Entry, there: Entry) -> bool:
    keys = ["account_id", "state", "on_day", *(name for name in ("intervention", "play") if getattr(entry, name))]
    return all(getattr(entry, name) == getattr(there, name) for name in keys)


def _find(books: _Books, given: Given) -> str:
    """The intervention that an entry without one belongs to, or a new one."""
    entry = given.entry
    candidates = books.unfinished(entry.account_id, entry.play)
    if len(candidates) > 1:
        todo = "Say which with intervention."
        raise DataError(Problem(given.where, f"{len(candidates)} interventions are open", ", ".join(candidates), todo))
    if candidates:
        return candidates[0]
    return f"{entry.account_id}#{len(books.names.get(entry.account_id, [])) + 1}"


def _correction(books: _Books, given: Given) -> Entry | None:
    entry, seq = given.entry, int(given.entry.corrects or 0)
    there = books.entries.get(seq)
    if there is None:
        raise DataError(Problem(f"{given.where}: corrects", f"there is no entry {seq}", f"1 to {len(books.entries)}"))
    if there.account_id != entry.account_id:
        told, todo = f"entry {seq} is of {there.account_id!r}", "Withdraw it, and record the other anew."
        raise DataError(Problem(given.where, told, f"one of {entry.account_id!r}", todo))
    unsaid = [name for name in FIELDS if getattr(entry, name) in (None, "")]
    new = replace(entry, **{name: getattr(there, name) for name in unsaid})
    by = books.corrected.get(seq)
    if by is not None:
        if books.entries[by] == new:
            return None
        todo = f"Correct entry {by}."
        raise DataError(Problem(given.where, f"entry {seq} was corrected by entry {by}", "an entry that stands", todo))
    if new.intervention != there.intervention:
        raise DataError(Problem(given.where, f"entry {seq} is of {there.intervention!r}", "the same intervention"))
    rest = [step for number, step in books.steps(there.intervention).items() if number != seq]
    _check_chain(given.where, rest if new.state == "withdrawn" else [*rest, new])
    return new


def _check_chain(where: str, steps: Sequence[Entry]) -> None:
    """Each state follows from the one before."""
    ordered = in_order(steps)
    states: list[State | None] = [None, *(step.state for step in ordered)]
    for before, after in pairwise(states):
        possible = REACHED.get(before, ())
        if after not in possible:
            told = f"{after} {f'after {before}' if before else 'with nothing before it'}"
            expected = f"one of: {', '.join(possible)}" if possible else f"nothing after {before}"
            todo = "Record when the work with the customer began (saving) first." if after == "saved" else ""
            raise DataError(Problem(where, told, expected, todo))
    for step in ordered:
        if step.reengaged_on is not None and step.reengaged_on < ordered[0].on_day:
            told = f"reengaged_on {step.reengaged_on}"
            raise DataError(Problem(where, told, f"a day from {ordered[0].on_day} on, when it was opened"))
