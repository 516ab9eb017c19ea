"""Entries put together: interventions as they stand, and the days from which labels are censored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from churnpredict.ledger.entries import Entry, Recorded, State

FINAL: tuple[State, ...] = ("saved", "lost", "wrong")


@dataclass(frozen=True)
class Intervention:
    """One intervention, corrections applied.

    Parameters
    ----------
    name
        What the ledger calls it.
    account_id
        The account.
    steps
        The entries that stand, in the order of their states; at least one.
    """

    name: str
    account_id: str
    steps: tuple[Entry, ...]

    @property
    def state(self) -> State:
        """What it came to."""
        return self.steps[-1].state

    @property
    def finished(self) -> bool:
        """Whether nothing can come after its state."""
        return self.state in FINAL

    @property
    def opened_on(self) -> date:
        """The day of its first step."""
        return self.steps[0].on_day

    @property
    def began_on(self) -> date | None:
        """The day on which the work with the customer began; None if it never did."""
        return next((step.on_day for step in self.steps if step.state == "saving"), None)

    @property
    def ended_on(self) -> date | None:
        """The day of its outcome."""
        return self.steps[-1].on_day if self.finished else None

    @property
    def cost(self) -> float | None:
        """What its steps cost together; None if that is not known of any."""
        known = [step.cost for step in self.steps if step.cost is not None]
        return sum(known) if known else None

    def first(self, field: str) -> str | float | None:
        """What its earliest step that says something says."""
        said: str | float | None = next((v for step in self.steps if (v := getattr(step, field)) is not None), None)
        return said

    def last(self, field: str) -> str | float | date | None:
        """What its latest step that says something says."""
        return next((v for step in reversed(self.steps) if (v := getattr(step, field)) is not None), None)


@dataclass(frozen=True)
class Treatment:
    """The work with a customer began.

    Parameters
    ----------
    account_id, day
        Whose, and when.
    seen
        The day from whose end on the ledger says so, never before `day`.
    replaced
        The day from whose end on the ledger says otherwise, by a correction; None while it stands.
    """

    account_id: str
    day: date
    seen: date
    replaced: date | None


def standing(recorded: Iterable[Recorded]) -> dict[int, Recorded]:
    """The entries that no other corrects and that take nothing back, by number."""
    entries = list(recorded)
    corrected = {each.entry.corrects for each in entries}
    return {each.seq: each for each in entries if each.seq not in corrected and each.entry.state != "withdrawn"}


def interventions_of(recorded: Iterable[Recorded]) -> list[Intervention]:
    """Every intervention as it stands, in the order in which they were first written down."""
    found: dict[str, list[Entry]] = {}
    for each in standing(recorded).values():
        found.setdefault(each.entry.intervention, []).append(each.entry)
    return [Intervention(name, steps[0].account_id, in_order(steps)) for name, steps in found.items()]


def joined(ledger: Sequence[Intervention], elsewhere: Iterable[Intervention]) -> list[Intervention]:
    """Those of the ledger, and those written down elsewhere that the ledger does not know: by account and first day.

    An account whose work the ledger saw begin on the same day is told by the ledger alone.
    """
    known = {(each.account_id, each.began_on) for each in ledger}
    return [*ledger, *(each for each in elsewhere if (each.account_id, each.began_on) not in known)]


def in_order(steps: Sequence[Entry]) -> tuple[Entry, ...]:
    """Steps in the order in which they came about; those of one day as their states follow each other."""
    rank: dict[State, int] = {"open": 0, "planned": 1, "saving": 2, "saved": 3, "lost": 3, "wrong": 3}
    return tuple(sorted(steps, key=lambda step: (step.on_day, rank[step.state])))


def treatments_of(recorded: Sequence[Recorded], time_zone: str) -> list[Treatment]:
    """Every day on which the ledger says, or once said, that the work with a customer began.

    What was only planned did not touch the customer and is not among them, nor is a loss that nobody worked on.
    """
    corrected_on = {
        each.entry.corrects: each.recorded_on(time_zone) for each in recorded if each.entry.corrects is not None
    }
    return [
        Treatment(
            each.entry.account_id,
            each.entry.on_day,
            max(each.entry.on_day, each.recorded_on(time_zone)),
            corrected_on.get(each.seq),
        )
        for each in recorded
        if each.entry.state == "saving"
    ]
