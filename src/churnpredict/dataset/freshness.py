"""Whether the sources reach a cutoff: one that stopped would paint every account silent."""

from __future__ import annotations

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
#: A source that was loaded yesterday is not late, and one that pauses over a weekend is not, either.
LATE_DAYS = 4


#: So many days without an event of any source are told: everybody looks silent.
QUIET_DAYS = 7


@dataclass(frozen=True)
class Visible:
    """What the events sources show at a cutoff that they reach.

    Parameters
    ----------
    rows
        Visible rows by the TOML path of their source.
    age
        Days from the newest visible event of any source to the cutoff.
    late
        The last day on which a row could first be read, by the key of each source that is late.
    """

    rows: dict[str, int]
    age: int
    late: dict[str, date]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the list should know."""
        if self.age <= QUIET_DAYS:
            return ()
        return (f"events: no source has an event in the {self.age - 1} days before the cutoff; everybody looks silent",)


@dataclass(frozen=True)
class SourceAge:
    """What was heard of a source before a cutoff; days are None where nothing was.

    Parameters
    ----------
    place
        TOML path of the source.
    table
        The table or file.
    newest
        Day of the newest visible row.
    last_seen
        Last day on which a row could first be read.
    age
        Days from it to the cutoff.
    longest_silence
        Most days between two days on which rows could first be read; None with fewer than two.
    allowed
        Days that it may be silent; None where nothing says how often it comes.
    declared
        Whether that was declared.
    rows
        Visible rows.
    """

    place: str
    table: str
    newest: date | None
    last_seen: date | None
    age: int | None
    longest_silence: int | None
    allowed: int | None
    declared: bool
    rows: int

    @property
    def stopped(self) -> bool:
        """Whether it has been silent for longer than it may be."""
        return self.allowed is not None and (self.age is None or self.age > self.allowed)

    @property
    def late(self) -> bool:
        """Whether it has been silent for longer than ever before, and for `LATE_DAYS` at the least."""
        if self.age is None or self.longest_silence is None:
            return False
        return self.age >= max(self.longest_silence + 1, LATE_DAYS)

    def problem(self, cutoff: date) -> Problem:
        """What to say of a source that stopped."""
        place = f"{self.place}.max_age_days"
        todo = f"Load {self.table}, name an earlier --as-of, or set {place}."
        if self.last_seen is None:
            return Problem(place, f"no row was seen before {cutoff}", f"one within {self.allowed} days", todo)
        given = f"the last row before {cutoff} was seen on {self.last_seen}, {self.age} days before"
        why = "" if self.declared else f" (it was never silent for more than {self.longest_silence} before)"
        return Problem(place, given, f"at most {self.allowed} days{why}", todo)


def check_fresh(sources: dict[str, ir.Table], project: Project, cutoff: date) -> Visible:
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
    told = source_ages(sources, project, cutoff)
    newest = max(each.newest for each in told if each.newest is not None)
    age, allowed = (cutoff - newest).days, project.freshness.max_age_days
    if age > allowed:
        given = f"the newest event before {cutoff} is of {newest}, {age} days old"
        todo = "Load the sources, name an earlier --as-of, or raise freshness.max_age_days."
        raise StaleDataError(Problem("freshness.max_age_days", given, f"at most {allowed} days", todo))
    stopped = [each.problem(cutoff) for each in told if each.stopped]
    if stopped:
        raise StaleDataError(*stopped)
    keyed = zip(project.events, told, strict=True)
    late = {key: each.last_seen for key, each in keyed if each.late and each.last_seen is not None}
    return Visible({each.place: each.rows for each in told}, age, late)


def check_kept(before: dict[str, int], now: dict[str, int], project: Project, week: date) -> None:
    """Refuse sources that lost rows since the week before: a table that was loaded by half looks like silence.

    Parameters
    ----------
    before, now
        Rows by TOML path, as they were recorded with the week before and as they are.
    project
        The declarations.
    week
        The cutoff of the week before.

    Raises
    ------
    DataError
        With every source that lost more than ``freshness.max_shrinkage``.
    """
    allowed = project.freshness.max_shrinkage
    problems = []
    for place, rows in now.items():
        recorded = before.get(place, 0)
        if rows < recorded * (1 - allowed):
            given = f"{rows:,} rows are visible, where {recorded:,} were for {week}"
            todo = "Load the whole table, or raise freshness.max_shrinkage if old rows are meant to go."
            problems.append(Problem(place, given, f"at most {allowed:.0%} fewer", todo))
    if problems:
        raise DataError(*problems)


def source_ages(sources: dict[str, ir.Table], project: Project, cutoff: date) -> list[SourceAge]:
    """How long each source has been silent at a cutoff, and how long it may be; parameters as for `check_fresh`.

    Raises
    ------
    DataError
        If nothing was seen before the cutoff.
    """
    told = [_age(key, source, sources[key], project=project, cutoff=cutoff) for key, source in project.events.items()]
    if all(each.newest is None for each in told):
        raise DataError(Problem("--as-of", f"{cutoff} is before the first event", "a day after it"))
    return told


def _age(key: str, source: Events, events: ir.Table, *, project: Project, cutoff: date) -> SourceAge:
    visible = events.filter(events.seen < ibis.date(cutoff))
    days = visible.group_by("seen").agg(newest=visible.day.max(), rows=visible.count())
    silence = days_ahead(days.seen.lag().over(ibis.window(order_by="seen")), days.seen)
    days = days.mutate(silence=silence)
    ends = days.aggregate(
        newest=days.newest.max(),
        last_seen=days.seen.max(),
        longest_silence=days.silence.max(),
        rows=days.rows.sum().fill_null(0).cast("int64"),
    )
    heard = fetch_rows(ends)[0]
    last_seen, longest, allowed = heard["last_seen"], heard["longest_silence"], source.max_age_days
    if allowed is None and longest is not None:
        allowed = max(project.freshness.max_age_days, TIMES_THE_LONGEST_SILENCE * longest)
    return SourceAge(
        place=f"events.{key}",
        table=str(source.table),
        newest=heard["newest"],
        last_seen=last_seen,
        age=None if last_seen is None else (cutoff - last_seen).days,
        longest_silence=longest,
        # Seen on one day or none: nothing says how often it comes.
        allowed=allowed,
        declared=source.max_age_days is not None,
        rows=heard["rows"],
    )
