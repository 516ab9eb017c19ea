"""Declared detectors and touches → the rows that they choose, with their clocks and what may be shown of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from churnpredict.config import Detector, Events, Project
from churnpredict.dataset.rows import Rows


@dataclass(frozen=True)
class DetectorTables:
    """What one detector looks at.

    Parameters
    ----------
    rows
        Of events: account_id, day, seen, person (null unless silence is looked for) and detail, only rows that
        may raise the flag. Of a history: account_id, valid_from, valid_to, seen, since, raises (1 or 0) and detail,
        every row, for another may replace it.
    cleared
        Rows that end the evidence: account_id, day, seen; None where nothing does.
    """

    rows: ir.Table
    cleared: ir.Table | None = None


def detector_tables(project: Project, rows: dict[str, Rows], read: list[Rows]) -> dict[str, DetectorTables]:
    """The tables of every detector that looks at rows, by its TOML path; what they were read from joins `read`."""
    made = {}
    for declared in project.detectors():
        reading = _Reading(declared.place, rows, read)
        if declared.detector.history is not None:
            made[declared.place] = _history(project, declared.detector, reading)
        elif declared.detector.feature is None:
            made[declared.place] = _events(project, declared.detector, reading)
    return made


def touch_tables(project: Project, rows: dict[str, Rows], read: list[Rows]) -> dict[str, ir.Table]:
    """The rows of every declared touch, by its name: account_id, day, seen; what they were read from joins `read`."""
    made = {}
    for name, touch in project.account_page.touches.items():
        own = _Reading(f"account_page.touches.{name}", rows, read).of(f"events.{touch.events}")
        made[name] = _dated(own, project.events[touch.events], own.holds(touch.where, "where"))
    return made


@dataclass(frozen=True)
class _Reading:
    place: str
    rows: dict[str, Rows]
    read: list[Rows]

    def of(self, place: str) -> Rows:
        """The rows of a source, read for this place: problems name the place, suspicions stay with the source."""
        own = replace(self.rows[place], place=self.place, problems=[])
        self.read.append(own)
        return own


def _events(project: Project, detector: Detector, reading: _Reading) -> DetectorTables:
    key, counted = str(detector.events), {}
    if detector.signal is not None:
        key, signal = project.signal(detector.signal)
        counted = signal.where
    rows = reading.of(f"events.{key}")
    silence = detector.silence
    table = _dated(
        rows,
        project.events[key],
        rows.holds(counted, "signal") & rows.holds(detector.where, "where"),
        person=ibis.null("string") if silence is None else rows.text(silence.of, "silence.of").nullif(""),
        detail=rows.shown(detector.show, "show"),
    )
    if detector.until is None:
        return DetectorTables(table)
    ending = detector.until.events or key
    rows = reading.of(f"events.{ending}")
    return DetectorTables(table, _dated(rows, project.events[ending], rows.holds(detector.until.where, "until.where")))


def _dated(rows: Rows, source: Events, chosen: ir.BooleanValue, **columns: ir.Value) -> ir.Table:
    day, seen = rows.clocks(source)
    table = rows.of_accounts(source, {"day": day, "seen": seen, "chosen": chosen, **columns})
    return table.filter(table.chosen, table.seen.notnull()).drop("chosen")


def _history(project: Project, detector: Detector, reading: _Reading) -> DetectorTables:
    source = project.histories[str(detector.history)]
    rows = reading.of(f"histories.{detector.history}")
    begins = rows.day(source.valid_from, "valid_from")
    columns = {
        "valid_from": begins,
        "valid_to": ibis.null("date") if source.valid_to is None else rows.day(source.valid_to, "valid_to"),
        "seen": begins if source.known_at is None else rows.day(source.known_at, "known_at"),
        "since": begins,
        "raises": ibis.ifelse(rows.holds(detector.where, "where"), 1, 0),
        "detail": rows.shown(detector.show, "show"),
    }
    table = rows.of_accounts(source, columns)
    return DetectorTables(table.filter(table.valid_from.notnull(), table.seen.notnull()))
