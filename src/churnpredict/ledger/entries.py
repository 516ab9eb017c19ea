"""An entry of the ledger: one state that one intervention reached on one day, and who wrote it down when."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Literal, get_args
from zoneinfo import ZoneInfo

State = Literal["open", "planned", "saving", "saved", "lost", "wrong", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)
#: What an intervention may come to from each state, and from none. ``withdrawn`` is only ever a correction.
REACHED: dict[State | None, tuple[State, ...]] = {
    None: ("open", "planned", "saving", "wrong"),
    "open": ("planned", "saving", "lost", "wrong"),
    "planned": ("saving", "lost", "wrong"),
    "saving": ("saved", "lost", "wrong"),
}
TIERS = ("green", "yellow", "red", "critical")
#: Characters of each text, at most.
_LONGEST = {"account_id": 200, "intervention": 260, "play": 60, "reason": 100, "note": 2_000}
_AMOUNTS = ("arr", "cost", "expansion_arr")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is written down.

    Parameters
    ----------
    account_id
        The account.
    state
        ``open`` (on the list), ``planned``, ``saving`` (the work with the customer began), ``saved`` or ``lost``;
        ``wrong``, which says that the list was, because of `reason`; ``withdrawn``, which takes an entry back.
    on_day
        The day on which it came about, never after the day it is written down on.
    intervention
        Which one; empty where the ledger is to find it.
    play
        The playbook at work.
    tier, risk_90d
        What the list said at that time; risk 0–1.
    arr, cost, expansion_arr
        Annual revenue at stake, what this step cost, and annual revenue won on top; 0 or more, in the currency of
        the list.
    reengaged_on
        The day on which the customer was active again.
    reason
        A short code, the same for the same reason: ``price``, ``sponsor left``.
    note
        More in words.
    corrects
        `seq` of the entry that this one replaces; what is not given here stays as it was there.
    """

    account_id: str
    state: State
    on_day: date
    intervention: str = ""
    play: str | None = None
    tier: str | None = None
    risk_90d: float | None = None
    arr: float | None = None
    cost: float | None = None
    expansion_arr: float | None = None
    reengaged_on: date | None = None
    reason: str | None = None
    note: str | None = None
    corrects: int | None = None

    def faults(self, today: date) -> Iterator[tuple[str, str, str]]:
        """What is wrong with it by itself: the field, what was given, what was expected."""
        yield from self._unfit_texts()
        yield from self._unfit_numbers()
        for name in DAYS:
            day = getattr(self, name)
            if day is not None and day > today:
                yield name, f"{day} is in the future; today is {today}", "a day that has begun"
        if self.state == "wrong" and not self.reason and self.corrects is None:
            yield "reason", "nothing", "why the list was wrong"
        if self.state == "withdrawn" and self.corrects is None:
            yield "corrects", "nothing", "the number of the entry that is taken back"

    def _unfit_texts(self) -> Iterator[tuple[str, str, str]]:
        for name, longest in _LONGEST.items():
            text = getattr(self, name)
            if text is not None and (len(text) > longest or not _storable(text)):
                yield name, f"{text[:40]!r}", f"text of at most {longest:,} characters"
        if not self.account_id.strip():
            yield "account_id", "nothing", "an account"
        if self.tier is not None and self.tier not in TIERS:
            yield "tier", repr(self.tier), f"one of: {', '.join(TIERS)}"

    def _unfit_numbers(self) -> Iterator[tuple[str, str, str]]:
        for name in _AMOUNTS:
            amount = getattr(self, name)
            if amount is not None and not (math.isfinite(amount) and amount >= 0):
                yield name, f"{amount}", "0 or more"
        if self.risk_90d is not None and not 0 <= self.risk_90d <= 1:
            yield "risk_90d", f"{self.risk_90d}", "a probability, 0–1"


def _storable(text: str) -> bool:
    return not any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in text)


#: The fields of an entry, in order.
FIELDS = tuple(field.name for field in fields(Entry))
DAYS = ("on_day", "reengaged_on")
NUMBERS = ("risk_90d", *_AMOUNTS)


@dataclass(frozen=True)
class Stamp:
    """Who writes, and when.

    Parameters
    ----------
    recorded_at
        The present moment, with its zone.
    recorded_by
        Who.
    time_zone
        The project's; its midnights begin the days.
    """

    recorded_at: datetime
    recorded_by: str
    time_zone: str

    @property
    def today(self) -> date:
        """The day of the present moment."""
        return self.recorded_at.astimezone(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True)
class Recorded:
    """An entry in the ledger.

    Parameters
    ----------
    seq
        Its number, from 1 on without gaps.
    recorded_at
        When it was written down, with its zone.
    recorded_by
        By whom.
    entry
        What was written down.
    """

    seq: int
    recorded_at: datetime
    recorded_by: str
    entry: Entry

    def recorded_on(self, time_zone: str) -> date:
        """The day on which it was written down."""
        return self.recorded_at.astimezone(ZoneInfo(time_zone)).date()

    def known_before(self, day: date, time_zone: str) -> bool:
        """Whether it could be read, and had come about, when `day` began."""
        return max(self.recorded_on(time_zone), self.entry.on_day) < day
