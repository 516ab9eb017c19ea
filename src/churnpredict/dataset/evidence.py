"""Evidence: the rows, people and figures that raise a flag at a cutoff, as they were known then.

The same cut decides here as everywhere, ``seen < cutoff``; and a row counts while it lies in
``[cutoff − expires_days, cutoff)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import DeclaredDetector, Detector, Project, Silence
from churnpredict.dataset.aggregations import safe_ratio
from churnpredict.dataset.detectors import DetectorTables
from churnpredict.dataset.features import features
from churnpredict.dataset.histories import state
from churnpredict.dataset.rows import meets
from churnpredict.dataset.tables import SourceTables
from churnpredict.dataset.windows import days_before

KEYS = (ACCOUNT_ID, CUTOFF)
#: The columns of evidence, in order, with their types.
EVIDENCE = {
    ACCOUNT_ID: "str",
    CUTOFF: "datetime64[us]",
    "flag": "str",
    "detector": "str",
    "label": "str",
    "feature": "str",
    "day": "datetime64[us]",
    "detail": "str",
    "value": "float64",
    "typical": "float64",
    "pieces": "int64",
}
#: Rows that are carried of an account and a detector, the newest; their number is told in full.
MOST_ROWS = 5
#: What is known of a piece of evidence beside whose it is.
FOUND = ("day", "detail", "value", "typical")


def evidence(
    spine: ir.Table, tables: SourceTables, project: Project, *, everybody: ir.Table, since: date
) -> Iterator[tuple[DeclaredDetector, ir.Table]]:
    """What raises the flags of the rows of the spine, detector by detector.

    Parameters
    ----------
    spine
        account_id, cutoff, started_on.
    tables
        The sources.
    project
        The declarations.
    everybody
        The spine of all accounts, see `churnpredict.dataset.features.features`.
    since
        The earliest cutoff of the spine: what had expired by then is not read.

    Yields
    ------
    DeclaredDetector, Table
        A row per carried piece of evidence: account_id, cutoff, day (of the row, since when a state holds, when a
        person was last seen; null of a feature), detail (what may be shown of it), value and typical (days of silence
        and the usual gap, the feature's value; else null), pieces (how many there are in all), place (0 is the
        newest).
    """
    for declared in project.detectors():
        detector = declared.detector
        if detector.feature is not None and detector.value is not None:
            rows = features(spine, tables, project, everybody=everybody, names=[detector.feature])
            found = _as_evidence(rows, detector.feature)
            found = found.filter(meets(found.value, detector.value).fill_null(False))
        else:
            found = _dated(spine, tables.evidence[declared.place], detector, since)
        yield declared, _numbered(found, detector.at_least)


def _dated(spine: ir.Table, source: DetectorTables, detector: Detector, since: date) -> ir.Table:
    if detector.history is not None:
        return _young(_in_force(spine, source.rows), detector.expires_days)
    reach = detector.expires_days if detector.silence is None else detector.silence.memory_days
    candidates = source.rows
    if reach is not None:
        candidates = candidates.filter(candidates.day >= ibis.date(since - timedelta(days=reach)))
    visible = _visible(spine, candidates)
    rows = visible.mutate(**_no_figures()) if detector.silence is None else _silent(visible, detector.silence)
    return _young(_uncleared(spine, rows, source.cleared), detector.expires_days)


def _numbered(found: ir.Table, at_least: int) -> ir.Table:
    # The rest of the order only makes repeated runs and other engines carry the same ones.
    newest = [ibis.desc("day"), ibis.asc("detail"), ibis.asc("value", nulls_first=False)]
    found = found.mutate(
        pieces=found[ACCOUNT_ID].count().over(ibis.window(group_by=list(KEYS))),
        place=ibis.row_number().over(ibis.window(group_by=list(KEYS), order_by=newest)),
    )
    return found.filter(found.pieces >= at_least, found.place < MOST_ROWS)


def _visible(spine: ir.Table, rows: ir.Table) -> ir.Table:
    """Rows that could be read at each cutoff, with their days before it."""
    pairs = spine.select(*KEYS).inner_join(rows, ACCOUNT_ID)
    return pairs.filter(pairs.seen < pairs.cutoff).mutate(ago=lambda pairs: days_before(pairs.cutoff, pairs.day))


def _young(pairs: ir.Table, expires_days: int | None) -> ir.Table:
    if expires_days is not None:
        pairs = pairs.filter(days_before(pairs.cutoff, pairs.day) <= expires_days)
    return pairs.select(*KEYS, *FOUND)


def _uncleared(spine: ir.Table, rows: ir.Table, cleared: ir.Table | None) -> ir.Table:
    if cleared is None:
        return rows
    ends = _visible(spine, cleared)
    last = ends.group_by(*KEYS).agg(cleared_on=ends.day.max())
    joined = rows.left_join(last, KEYS)
    return joined.filter(joined.cleared_on.isnull() | (joined.day > joined.cleared_on))


def _silent(visible: ir.Table, silence: Silence) -> ir.Table:
    """A row per person who was usually there and is not any more."""
    pairs = visible.filter(visible.person.notnull(), visible.ago <= silence.memory_days)
    people = pairs.group_by(*KEYS, "person").agg(
        days=pairs.day.nunique(), first=pairs.day.min(), day=pairs.day.max(), detail=pairs.detail.max()
    )
    people = people.mutate(
        value=days_before(people.cutoff, people.day).cast("float64"),
        typical=safe_ratio(days_before(people.day, people["first"]), people.days - 1),
    )
    return people.filter(
        people.days >= silence.engaged_days,
        people.value >= silence.least_days,
        people.value >= people.typical * silence.times,
    )


def _in_force(spine: ir.Table, history: ir.Table) -> ir.Table:
    """The state of each row of the spine, where it raises the flag."""
    rows = state(spine, history, ["raises", "since", "detail"])
    return rows.filter(rows.raises == 1).rename(day="since").mutate(**_no_figures())


def _as_evidence(rows: ir.Table, name: str) -> ir.Table:
    """The value of a feature for each row of the spine."""
    undated = {"day": ibis.null("date"), "detail": ibis.literal(""), "typical": ibis.null("float64")}
    return rows.select(*KEYS, value=rows[name], **undated).select(*KEYS, *FOUND)


def _no_figures() -> dict[str, ir.Value]:
    return {"value": ibis.null("float64"), "typical": ibis.null("float64")}
