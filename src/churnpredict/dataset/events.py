"""Features of events: to days once, to rings once per cutoff, to windows last.

A row is visible at a cutoff when ``seen < cutoff``; since nothing is seen before its day, its day then lies before
the cutoff, too. Raw events never meet cutoffs: days do, which is what keeps this near the speed of reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, CUTOFF, FeatureName
from churnpredict.config import Events
from churnpredict.dataset.aggregations import (
    AGGREGATIONS,
    COMBINE,
    DAILY,
    WindowParts,
    parts_needed,
    windows_needed,
)
from churnpredict.dataset.rows import with_text_ids
from churnpredict.dataset.windows import LONGEST_MEMORY, days_before, ring_edges, ring_of

KEYS = (ACCOUNT_ID, CUTOFF)


@dataclass(frozen=True)
class _Signal:
    """A signal with the features that add up over rings: all but counts of distinct keys."""

    name: str
    total: str
    features: list[FeatureName]

    @property
    def parts(self) -> list[str]:
        return parts_needed(self.features, self.total)

    def column(self, part: str) -> str:
        return f"{self.name}__{part}"

    def windowed(self, part: str, days: int | None, *, before: bool = False) -> str:
        return f"{self.name}__{part}__{'before' if before else 'now'}_{days or 'ever'}"


def event_features(spine: ir.Table, events: ir.Table, source: Events) -> ir.Table:
    """Features of one events source.

    Parameters
    ----------
    spine
        account_id, cutoff.
    events
        account_id (text, or the integer it is written from), day, seen, and a column per signal, null where a row
        does not count for it.
    source
        The declaration.

    Returns
    -------
    Table
        One row per row of the spine: account_id, cutoff, and a float64 column per feature.
    """
    visible = events.filter(events.seen.notnull())
    if source.known_at is None:
        # Seen on its own day: one clock, and nothing of what two of them take.
        visible = visible.drop("seen")
    names = {name: list(signal.feature_names(name, source.windows)) for name, signal in source.signals.items()}
    adding = [
        _Signal(
            name,
            "n" if signal.measure is None or signal.keyed else "s",
            [feature for feature in names[name] if feature.aggregation != "distinct"],
        )
        for name, signal in source.signals.items()
    ]
    adding = [signal for signal in adding if signal.features]
    counting = {name: [f for f in features if f.aggregation == "distinct"] for name, features in names.items()}
    edges = _edges([feature for features in names.values() for feature in features])
    rows = spine.select(*KEYS).left_join(_windows(spine, visible, adding, edges), KEYS, rname="{name}_known")
    for name, features in counting.items():
        if features:
            rows = rows.left_join(_distinct(spine, visible, name, features), KEYS, rname=f"{{name}}_{name}")
    columns = {str(f): _finished(signal, f, rows) for signal in adding for f in signal.features}
    columns |= {str(f): rows[str(f)].cast("float64").fill_null(0.0) for features in counting.values() for f in features}
    if source.absent == "missing":
        nothing = rows[f"{ACCOUNT_ID}_known"].isnull()
        columns = {name: ibis.ifelse(nothing, ibis.null("float64"), value) for name, value in columns.items()}
    return rows.select(*KEYS, **columns)


def _windows(spine: ir.Table, events: ir.Table, signals: list[_Signal], edges: list[int]) -> ir.Table:
    """Per account and cutoff with a visible row in reach: every part of every window, see `_Signal.windowed`."""
    pairs = _visible_pairs(spine, _daily(events, signals), edges[-1])
    rings = pairs.mutate(ring=ring_of(pairs.ago, edges)).group_by(*KEYS, "ring")
    rings = rings.agg(**{s.column(part): value for s in signals for part, value in _ring_parts(s, pairs)})
    sums = {name: value for signal in signals for name, value in _window_parts(signal, rings, edges)}
    return rings.group_by(*KEYS).agg(**sums) if sums else rings.select(*KEYS).distinct()


def _visible_pairs(spine: ir.Table, days: ir.Table, longest: int) -> ir.Table:
    """Rows of the spine × days of its account that were seen and began at most `longest` days before; see `ago`."""
    pairs = spine.select(*KEYS).inner_join(with_text_ids(days), ACCOUNT_ID)
    pairs = pairs.mutate(ago=days_before(pairs.cutoff, pairs.day))
    return pairs.filter((pairs.seen if _second_clock(days) else pairs.day) < pairs.cutoff, pairs.ago <= longest)


def _edges(features: list[FeatureName]) -> list[int]:
    """Ends of the rings that these features need, in days back."""
    lengths = [LONGEST_MEMORY]
    for feature in features:
        if feature.days is not None:
            aggregation = AGGREGATIONS.get(feature.aggregation)
            lengths += [feature.days, 2 * feature.days if aggregation and aggregation.looks_before else feature.days]
    return ring_edges(lengths)


def _daily(events: ir.Table, signals: list[_Signal]) -> ir.Table:
    """One row per account, day and day it was seen on where that may be another, with the parts of each signal."""
    made: dict[str, ir.Value] = {}
    for signal in signals:
        wanted = dict.fromkeys([*(part for part in signal.parts if part in DAILY), "n", signal.total])
        made |= {signal.column(part): DAILY[part](events[signal.name]) for part in wanted}
    daily = events.group_by(ACCOUNT_ID, "day", *_second_clock(events)).agg(**made)
    marked = {signal.column("days"): _first_seen(signal, daily) for signal in signals if "days" in signal.parts}
    return daily.mutate(**marked) if marked else daily


def _second_clock(table: ir.Table) -> list[str]:
    return [column for column in table.columns if column == "seen"]


def _first_seen(signal: _Signal, daily: ir.Table) -> ir.FloatingValue:
    n = daily[signal.column("n")]
    if not _second_clock(daily):
        return ibis.ifelse(n > 0, 1, 0).cast("float64")
    # Rows of one day may be seen on several days; the day counts once, as soon as the first of them is seen.
    until_then = ibis.window(group_by=[ACCOUNT_ID, "day"], order_by="seen", preceding=(None, 0))
    return ibis.ifelse((n > 0) & (n.sum().over(until_then) == n), 1, 0).cast("float64")


def _ring_parts(signal: _Signal, pairs: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    for part in signal.parts:
        if part == "moment":
            yield part, -(pairs.ago * pairs[signal.column(signal.total)]).sum()
        elif part == "ago":
            happened = (pairs[signal.column("n")] > 0) & (pairs.ago <= LONGEST_MEMORY)
            yield part, ibis.ifelse(happened, pairs.ago, ibis.null("int64")).min()
        else:
            yield part, COMBINE[part](pairs[signal.column(part)])


def _window_parts(signal: _Signal, rings: ir.Table, edges: list[int]) -> Iterator[tuple[str, ir.Value]]:
    for part in signal.parts:
        value = rings[signal.column(part)]
        if part == "ago":
            yield signal.windowed(part, None), value.min()
        now, before = windows_needed(signal.features, part, signal.total)
        for days in now:
            inside = rings.ring < edges.index(days)
            yield signal.windowed(part, days), COMBINE[part](_where(inside, value))
        for days in before:
            inside = (rings.ring >= edges.index(days)) & (rings.ring < edges.index(2 * days))
            yield signal.windowed(part, days, before=True), COMBINE[part](_where(inside, value))


def _where(condition: ir.BooleanValue, value: ir.Value) -> ir.Value:
    return ibis.ifelse(condition, value, ibis.null(value.type()))


def _finished(signal: _Signal, feature: FeatureName, rows: ir.Table) -> ir.FloatingValue:
    if feature.days is None:
        return rows[signal.windowed("ago", None)].cast("float64")
    days = feature.days
    window = WindowParts(
        days,
        signal.total,
        now=lambda part: rows[signal.windowed(part, days)],
        before=lambda part: rows[signal.windowed(part, days, before=True)],
    )
    return AGGREGATIONS[feature.aggregation].finish(window)


def _distinct(spine: ir.Table, events: ir.Table, name: str, features: list[FeatureName]) -> ir.Table:
    """How many different keys each window holds.

    A day on which a key was touched is the key's last visible one for the cutoffs after it was seen, up to the one
    at which a later day is seen. Counting only these days counts each key once, in one pass for all windows.
    """
    touched = events.filter(events[name].notnull())
    if _second_clock(events):
        touched = touched.group_by(ACCOUNT_ID, name, "day").agg(seen=touched.seen.min())
        later = ibis.window(group_by=[ACCOUNT_ID, name], order_by="day", rows=(1, None))
        touched = touched.mutate(replaced=touched.seen.min().over(later))
    else:
        touched = touched.select(ACCOUNT_ID, name, "day").distinct()
        in_order = ibis.window(group_by=[ACCOUNT_ID, name], order_by="day")
        touched = touched.mutate(replaced=touched.day.lead().over(in_order))
    pairs = _visible_pairs(spine, touched.drop(name), max(f.days or 0 for f in features))
    last = pairs.filter(pairs.replaced.isnull() | (pairs.replaced >= pairs.cutoff))
    return last.group_by(*KEYS).agg(**{str(f): ibis.ifelse(last.ago <= f.days, 1, 0).sum() for f in features})
