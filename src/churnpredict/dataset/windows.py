"""The only interval arithmetic: windows back from a cutoff, horizons ahead of it, and grids of cutoffs.

Time runs in whole days. A cutoff is the midnight that begins its day, so "before the cutoff" is "on an earlier day".
Every interval is half-open and closed on the left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir


def cutoff_grid(first: date, last: date, every_days: int) -> list[date]:
    """Cutoffs every `every_days` days within ``[first, last]``, counted back from `last`.

    Examples
    --------
    >>> cutoff_grid(date(2024, 1, 1), date(2024, 1, 31), 14)
    [datetime.date(2024, 1, 3), datetime.date(2024, 1, 17), datetime.date(2024, 1, 31)]
    """
    steps = (last - first).days // every_days
    return [last - timedelta(days=every_days * step) for step in range(steps, -1, -1)]


def days_before(cutoff: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
    """Whole days from `day` to the cutoff: 1 is the day before it, so ``[cutoff − n, cutoff)`` is 1 to n."""
    return cutoff.delta(day, unit="day")


def days_ahead(cutoff: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
    """Whole days from the cutoff to `day`: 0 is its own day, so ``[cutoff + a, cutoff + b)`` is a to b − 1."""
    return day.delta(cutoff, unit="day")


def plus_days(day: ir.DateValue, days: int) -> ir.DateValue:
    """The day `days` days later."""
    return (day + ibis.interval(days=days)).cast("date")


def ring_edges(windows: Iterable[int]) -> list[int]:
    """Ends of the rings between neighbouring window lengths, in days back.

    Ring i holds the days ``edges[i] < days_before <= edges[i + 1]``; a window of ``edges[i + 1]`` days is the union
    of the rings up to i, so each day is aggregated once however many windows hold it.

    Examples
    --------
    >>> ring_edges([28, 84, 28])
    [0, 28, 84]
    """
    return sorted({0, *windows})


def ring_of(days: ir.IntegerValue, edges: Sequence[int]) -> ir.IntegerValue:
    """Number of the ring that a day lies in, from its days before the cutoff."""
    return ibis.cases(*[(days <= edge, number) for number, edge in enumerate(edges[1:])])
