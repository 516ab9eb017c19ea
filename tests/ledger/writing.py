"""Entries of a few accounts, written down at noon of a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from churnpredict.ledger import Entry, Given, Recorded, Stamp, record

FIRST = date(2025, 3, 3)


def on(days: int) -> date:
    """The day `days` after the first Monday."""
    return FIRST + timedelta(days=days)


def stamp(days: int = 100, by: str = "Ada", zone: str = "UTC") -> Stamp:
    return Stamp(datetime(2025, 3, 3, 12, tzinfo=UTC) + timedelta(days=days), by, zone)


def entry(state: Any, days: int, account: str = "acme", **fields: Any) -> Entry:
    return Entry(account_id=account, state=state, on_day=on(days), **fields)


def write(path: Path, *entries: Entry, day: int = 100, **listed: Any) -> list[Recorded]:
    """Write entries down, `day` days after the first Monday."""
    given = [Given(f"line {number}", each, listed) for number, each in enumerate(entries, start=2)]
    return record(path, given, stamp(day))
