"""Features of events: to days once, to rings once per cutoff, to windows last.

A row is visible at a cutoff when ``seen < cutoff``; since nothing is seen before its day, its day then lies before
the cutoff, too. Raw events never meet cutoffs: days do, which is what keeps this near the speed of reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, LONGEST_MEMORY, FeatureName
from churnpredict.config import Events
from churnpredict.dataset.aggregations import (
    AGGREGATIONS,
    COMBINE,
    DAILY,
    WindowParts,
    is_ever,
    parts_needed,
    span,
    spans_needed,
)
from churnpredict.dataset.keys import distinct, top_key_silence
from churnpredict.dataset.latest import last
from churnpredict.dataset.pairs import KEYS, second_clock, visible_pairs
from churnpredict.dataset.silences import longest_silence
from churnpredict.dataset.windows import ring_edges, ring_of


@dataclass(frozen=True)
class _Signal:
    """A signal with the features that add up over rings."""

    name: str
    total: str
    features: list[FeatureName]

    @property
    def parts(self) -> list[str]:
        return parts_needed(self.features, self.total)

    def column(self, part: str) -> str:
        return f"{self.name}__{part}"

    def over(self, part: str, span_name: str, days: int) -> str:
        return f"{self.name}__{part}__{span_name}_{days}"

    def ever(self, part: str) -> str:
        return f"{self.name}__{part}__ever"


@dataclass(frozen=True)
class _Apart:
    """An aggregation that does not add up over rings: how it is made, and what it is without an event in reach."""

    table: Callable[[ir.Table, ir.Table, list[FeatureName]], ir.Table]
    without: Callable[[FeatureName], float | None]


_APART = {
    "distinct": _Apart(distinct, lambda feature: 0.0),
    "top_key_silence": _Apart(top_key_silence, lambda feature: None),
    "longest_silence": _Apart(longest_silence, lambda feature: float(feature.days or 0)),
    "last": _Apart(last, lambda feature: None),
}


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
            [feature for feature in names[name] if feature.aggregation in AGGREGATIONS],
        )
        for name, signal in source.signals.items()
    ]
    adding = [signal for signal in adding if signal.features]
    edges = _edges([feature for features in names.values() for feature in features])
    rows = spine.select(*KEYS).left_join(_windows(spine, visible, adding, edges), KEYS, rname="{name}_known")
    apart = list(_apart(names))
    for features in apart:
        pieces = _APART[features[0].aggregation].table(spine, visible, features)
        rows = rows.left_join(pieces, KEYS, rname=f"{{name}}_{features[0].signal}_{features[0].aggregation}")
    columns = {str(f): _finished(signal, f, rows) for signal in adding for f in signal.features}
    columns |= {str(f): _filled(f, rows) for features in apart for f in features}
    if source.absent == "missing":
        nothing = rows[f"{ACCOUNT_ID}_known"].isnull()
        columns = {name: ibis.ifelse(nothing, ibis.null("float64"), value) for name, value in columns.items()}
    return rows.select(*KEYS, **columns)


def _apart(names: dict[str, list[FeatureName]]) -> Iterator[list[FeatureName]]:
    """The features that do not add up over rings, by signal and aggregation."""
    for features in names.values():
        for aggregation in _APART:
            same = [feature for feature in features if feature.aggregation == aggregation]
            if same:
                yield same


def _filled(feature: FeatureName, rows: ir.Table) -> ir.FloatingValue:
    value, without = rows[str(feature)].cast("float64"), _APART[feature.aggregation].without(feature)
    return value if without is None else value.fill_null(without)


def reach(source: Events) -> int:
    """How many days before a cutoff the features of a source look."""
    signals = source.signals.items()
    return _edges([feature for name, signal in signals for feature in signal.feature_names(name, source.windows)])[-1]


def _windows(spine: ir.Table, events: ir.Table, signals: list[_Signal], edges: list[int]) -> ir.Table:
    """Per account and cutoff with a visible row in reach: every part of every window, see `_Signal.over`."""
    pairs = visible_pairs(spine, _daily(events, signals), edges[-1])
    rings = pairs.mutate(ring=ring_of(pairs.ago, edges)).group_by(*KEYS, "ring")
    rings = rings.agg(**{s.column(part): value for s in signals for part, value in _ring_parts(s, pairs)})
    sums = {name: value for signal in signals for name, value in _window_parts(signal, rings, edges)}
    return rings.group_by(*KEYS).agg(**sums) if sums else rings.select(*KEYS).distinct()


def _edges(features: list[FeatureName]) -> list[int]:
    """Ends of the rings that these features need, in days back."""
    lengths = [LONGEST_MEMORY]
    for feature in features:
        if feature.days is not None:
            adding = AGGREGATIONS.get(feature.aggregation)
            lengths += [end for name in (adding.spans if adding else ["now"]) for end in span(name, feature.days)]
    return ring_edges(lengths)


def _daily(events: ir.Table, signals: list[_Signal]) -> ir.Table:
    """One row per account, day and day it was seen on where that may be another, with the parts of each signal."""
    made: dict[str, ir.Value] = {}
    for signal in signals:
        wanted = dict.fromkeys([*(part for part in signal.parts if part in DAILY), "n", signal.total])
        made |= {signal.column(part): DAILY[part](events[signal.name]) for part in wanted}
    daily = events.group_by(ACCOUNT_ID, "day", *second_clock(events)).agg(**made)
    marked = {signal.column("days"): _first_seen(signal, daily) for signal in signals if "days" in signal.parts}
    return daily.mutate(**marked) if marked else daily


def _first_seen(signal: _Signal, daily: ir.Table) -> ir.FloatingValue:
    n = daily[signal.column("n")]
    if not second_clock(daily):
        return ibis.ifelse(n > 0, 1, 0).cast("float64")
    # Rows of one day may be seen on several days; the day counts once, as soon as the first of them is seen.
    until_then = ibis.window(group_by=[ACCOUNT_ID, "day"], order_by="seen", preceding=(None, 0))
    return ibis.ifelse((n > 0) & (n.sum().over(until_then) == n), 1, 0).cast("float64")


def _ring_parts(signal: _Signal, pairs: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    remembered = pairs.ago <= LONGEST_MEMORY
    for part in signal.parts:
        if part == "moment":
            yield part, -(pairs.ago * pairs[signal.column(signal.total)]).sum()
        elif part == "begun":
            yield part, _where(remembered, pairs.ago).max()
        elif part in ("ago", "first"):
            happened = remembered & (pairs[signal.column("n")] > 0)
            yield part, COMBINE[part](_where(happened, pairs.ago))
        else:
            yield part, COMBINE[part](pairs[signal.column(part)])


def _window_parts(signal: _Signal, rings: ir.Table, edges: list[int]) -> Iterator[tuple[str, ir.Value]]:
    for part in signal.parts:
        value = rings[signal.column(part)]
        if is_ever(signal.features, part):
            yield signal.ever(part), COMBINE[part](value)
        for name, days in spans_needed(signal.features, part, signal.total):
            near, far = span(name, days)
            inside = rings.ring < edges.index(far)
            if near:
                inside &= rings.ring >= edges.index(near)
            yield signal.over(part, name, days), COMBINE[part](_where(inside, value))


def _where(condition: ir.BooleanValue, value: ir.Value) -> ir.Value:
    return ibis.ifelse(condition, value, ibis.null(value.type()))


def _finished(signal: _Signal, feature: FeatureName, rows: ir.Table) -> ir.FloatingValue:
    days = feature.days or LONGEST_MEMORY
    window = WindowParts(
        days,
        signal.total,
        over=lambda part, name: rows[signal.over(part, name, days)],
        ever=lambda part: rows[signal.ever(part)],
    )
    return AGGREGATIONS[feature.aggregation].finish(window)
