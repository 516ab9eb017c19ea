"""Detectors over the tables of the little companies, and the plain twin of what they find."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pandas as pd

from churnpredict.config import DeclaredDetector, Detector, Project
from churnpredict.config.declarations import Where

from .company import Row
from .plain import clocks, day_of, finite, holds, meets, span
from .twin import Twin

#: Sources with no more than detectors need.
SOURCES = """
    [accounts]
    table = "accounts.parquet"
    started_on = "started_on"
    [events.usage]
    table = "usage.parquet"
    time = "at"
    {known_at}
    windows = [28]
    where = {{ kind = {{ none_of = ["test"] }} }}
    max_missing_accounts = 1.0
    [events.usage.signals.usage_logins]
    where = {{ kind = "login", amount = {{ at_most = 40 }} }}
    aggregations = ["count"]
    [histories.contract]
    table = "contract.parquet"
    valid_to = "valid_to"
    {known_at}
    values = {{ seats = "number" }}
    [churn]
    kind = "dated"
    table = "churn.parquet"
    time = "churned_on"
    {known_at}
    max_missing_accounts = 1.0
    """
#: A detector of every kind; the names of the columns are those of `declared.SCHEMAS`.
DETECTORS = """
    [critical.large]
    label = "Large amount"
    events = "usage"
    where = { amount = { at_least = 20 } }
    expires_days = 7
    show = ["kind", "user", "at"]
    [critical.unsettled]
    events = "usage"
    where = { kind = { words = ["LOGIN"] } }
    until = { where = { kind = "export" } }
    at_least = 2
    [critical.pro]
    history = "contract"
    where = { plan = "pro" }
    expires_days = 28
    show = ["renewal", "plan"]
    [critical.manual]
    history = "contract"
    where = { auto = false }
    [displacement.logins]
    signal = "usage_logins"
    where = { kind = { none_of = ["export"] }, user = "u1" }
    expires_days = 28
    until = { events = "usage", where = { quantity = 3 } }
    [displacement.silent]
    events = "usage"
    silence = { of = "user", engaged_days = 3, memory_days = 60, least_days = 2, times = 1.5 }
    expires_days = 28
    [displacement.many]
    feature = "usage_logins__count__28d"
    value = { above = 1 }
    """
MOST = 5


def detecting(*, known: bool = True) -> str:
    """A churnpredict.toml with `DETECTORS`; `known` says whether the dated sources declare known_at."""
    return SOURCES.format(known_at='known_at = "known_at"' if known else "") + DETECTORS


def pieces(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """The rows of evidence as tuples that can be compared; None for what is missing."""
    columns = ["account_id", "cutoff", "detector", "day", "detail", "value", "typical", "pieces"]
    rows = frame[columns].itertuples(index=False)
    return [tuple(None if pd.isna(value) else _plain(value) for value in row) for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.date()
    return round(value, 6) if isinstance(value, float) else value


def twin_pieces(project: Project, tables: dict[str, list[Row]], cutoff: date) -> list[tuple[Any, ...]]:
    """What `pieces` gives of one cutoff, found row by row."""
    twin = Twin(project, tables)
    found = []
    for account in twin.spine(cutoff):
        for declared in project.detectors():
            rows = sorted(_found(twin, declared, account, cutoff), key=_newest_first)
            if len(rows) >= declared.detector.at_least:
                found += [(account, cutoff, declared.place, *row, len(rows)) for row in rows[:MOST]]
    return found


def _newest_first(row: tuple[Any, ...]) -> tuple[Any, ...]:
    day, detail, value, _ = row
    return -(day or date.min).toordinal(), detail, value is None, value or 0.0


def _found(twin: Twin, declared: DeclaredDetector, account: str, cutoff: date) -> Iterator[tuple[Any, ...]]:
    detector = declared.detector
    if detector.feature is not None:
        value = twin.features(cutoff)[account][detector.feature]
        if detector.value is not None and value is not None and meets(detector.value, value):
            yield None, "", value, None
    elif detector.history is not None:
        yield from _standing(twin, detector, account, cutoff)
    else:
        yield from _dated(twin, detector, account, cutoff)


def _standing(twin: Twin, detector: Detector, account: str, cutoff: date) -> Iterator[tuple[Any, ...]]:
    source = twin.project.histories[str(detector.history)]
    known = []
    for row in twin._rows(source.table.path, account):
        begins = day_of(row[source.valid_from])
        seen = day_of(row[source.known_at]) if source.known_at else begins
        if begins is not None and seen is not None and begins < cutoff and seen < cutoff:
            known.append((begins, seen, row))
    if not known:
        return
    begins, _, row = max(known, key=lambda each: each[:2])
    ends = day_of(row[source.valid_to]) if source.valid_to else None
    young = detector.expires_days is None or begins >= cutoff - span(detector.expires_days)
    if (ends is None or ends >= cutoff) and young and holds(detector.where, row):
        yield begins, _told(detector, row), None, None


def _dated(twin: Twin, detector: Detector, account: str, cutoff: date) -> Iterator[tuple[Any, ...]]:
    key, wheres = detector.events, [detector.where]
    if detector.signal is not None:
        key, signal = twin.project.signal(detector.signal)
        wheres.append(signal.where)
    rows = list(_visible(twin, str(key), wheres, account, cutoff))
    cleared = date.min
    if detector.until is not None:
        ends = _visible(twin, detector.until.events or str(key), [detector.until.where], account, cutoff)
        cleared = max((day for day, _ in ends), default=date.min)
    oldest = date.min if detector.expires_days is None else cutoff - span(detector.expires_days)
    if detector.silence is None:
        made = [(day, _told(detector, row), None, None) for day, row in rows]
    else:
        made = list(_silent(detector, rows, cutoff))
    yield from (each for each in made if each[0] >= oldest and each[0] > cleared)


def _silent(detector: Detector, rows: list[tuple[date, Row]], cutoff: date) -> Iterator[tuple[Any, ...]]:
    silence = detector.silence
    assert silence is not None
    recent = [(day, row) for day, row in rows if day >= cutoff - span(silence.memory_days)]
    for person in sorted({row[silence.of] for _, row in recent if row[silence.of]}):
        days = sorted({day for day, row in recent if row[silence.of] == person})
        quiet = (cutoff - days[-1]).days
        gap = (days[-1] - days[0]).days / (len(days) - 1) if len(days) > 1 else None
        engaged = len(days) >= silence.engaged_days and gap is not None
        if engaged and quiet >= silence.least_days and quiet >= silence.times * gap:
            yield days[-1], _told(detector, recent[0][1]), float(quiet), gap


def _visible(twin: Twin, key: str, wheres: list[Where], account: str, cutoff: date) -> Iterator[tuple[date, Row]]:
    source = twin.project.events[key]
    for row in twin._rows(source.table.path, account):
        day, seen = clocks(row, source.time, source.known_at)
        chosen = all(holds(where, row) for where in [source.where, *wheres])
        if day is not None and seen is not None and seen < cutoff and chosen:
            yield day, row


def _told(detector: Detector, row: Row) -> str:
    return " · ".join(text for text in (_text(row[column]) for column in detector.show) if text)


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and finite(value) is None):
        return ""
    return str(value.date() if isinstance(value, datetime) else value)
