"""Whether the sources reach a cutoff: one that stopped would paint every account silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from churnpredict.config import Events, Project
from churnpredict.dataset.engines import fetch_rows
from churnpredict.dataset.windows import days_ahead
from churnpredict.errors import DataError, Problem, StaleDataError

#: A source that was never silent for more than a month is taken to have stopped after two.
TIMES_THE_LONGEST_SILENCE = 2


@dataclass(frozen=True)
class _Heard:
    """What was heard of a source before a cutoff; None where nothing was.

    Parameters
    ----------
    newest
        Day of the newest visible row.
    last_seen
        Last day on which a row could first be read.
    longest_silence
        Most days between two days on which rows could first be read; None with fewer than two.
    """

    newest: date | None
    last_seen: date | None
    longest_silence: int | None


def check_fresh(sources: dict[str, ir.Table], project: Project, cutoff: date) -> None:
    """Refuse a cutoff that the events do not reach, all of them together and each source by itself.

    All together may be silent for ``freshness.max_age_days``; a source for its own ``max_age_days`` or, where it
    declares none, for as long as all together or twice its longest silence so far, whichever is more. What counts for
    a source is when its rows could be read: one that is loaded once a month is silent for a month.

    Parameters
    ----------
    sources
        Tables of events by source: day and seen.
    project
        The declarations.
    cutoff
        What is seen on this day or later counts for nothing.

    Raises
    ------
    StaleDataError
        With every source that stopped.
    DataError
        If nothing was seen before the cutoff.
    """
    heard = {key: _heard(events, cutoff) for key, events in sources.items()}
    newest = max((each.newest for each in heard.values() if each.newest is not None), default=None)
    if newest is None:
        raise DataError(Problem("--as-of", f"{cutoff} is before the first event", "a day after it"))
    age, allowed = (cutoff - newest).days, project.freshness.max_age_days
    if age > allowed:
        given = f"the newest event before {cutoff} is of {newest}, {age} days old"
        todo = "Load the sources, name an earlier --as-of, or raise freshness.max_age_days."
        raise StaleDataError(Problem("freshness.max_age_days", given, f"at most {allowed} days", todo))
    stopped = [
        problem
        for key, source in project.events.items()
        for problem in _stopped(f"events.{key}.max_age_days", source, heard[key], cutoff, allowed)
    ]
    if stopped:
        raise StaleDataError(*stopped)


def _heard(events: ir.Table, cutoff: date) -> _Heard:
    visible = events.filter(events.seen < ibis.date(cutoff))
    days = visible.group_by("seen").agg(newest=visible.day.max())
    silence = days_ahead(days.seen.lag().over(ibis.window(order_by="seen")), days.seen)
    days = days.mutate(silence=silence)
    ends = days.aggregate(newest=days.newest.max(), last_seen=days.seen.max(), longest_silence=days.silence.max())
    return _Heard(**fetch_rows(ends)[0])


def _stopped(place: str, source: Events, heard: _Heard, cutoff: date, overall: int) -> Iterator[Problem]:
    todo = f"Load {source.table}, name an earlier --as-of, or set {place}."
    allowed, why = source.max_age_days, ""
    if allowed is None:
        if heard.longest_silence is None:
            return  # seen on one day or none: nothing says how often it comes
        allowed = max(overall, TIMES_THE_LONGEST_SILENCE * heard.longest_silence)
        why = f" (it was never silent for more than {heard.longest_silence} before)"
    if heard.last_seen is None:
        yield Problem(place, f"no row was seen before {cutoff}", f"one within {allowed} days", todo)
    elif (age := (cutoff - heard.last_seen).days) > allowed:
        given = f"the last row before {cutoff} was seen on {heard.last_seen}, {age} days before"
        yield Problem(place, given, f"at most {allowed} days{why}", todo)
