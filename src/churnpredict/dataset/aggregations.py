"""What is made of a signal's events: count, sum, mean, trend and the like, each from a few parts that add up.

Events are aggregated to days once, days to rings (the stretches between neighbouring window lengths) once per
cutoff, and rings to windows. A *part* is a number that survives these steps: parts of a window come from the parts
of its rings. An aggregation names the parts it needs and finishes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from churnpredict.columns import FeatureName

#: How a part is made from the events of a day. `value` is null on rows that do not count for the signal.
DAILY: dict[str, Callable[[ir.Value], ir.Value]] = {
    "n": lambda value: value.count().cast("float64"),
    "s": lambda value: value.sum(),
    "q": lambda value: (value * value).sum(),
    "lo": lambda value: value.min(),
    "hi": lambda value: value.max(),
}
#: How parts of days, and then of rings, become one.
COMBINE: dict[str, Callable[[ir.Value], ir.Value]] = {
    "n": lambda part: part.sum(),
    "s": lambda part: part.sum(),
    "q": lambda part: part.sum(),
    "lo": lambda part: part.min(),
    "hi": lambda part: part.max(),
    "days": lambda part: part.sum(),
    "moment": lambda part: part.sum(),
    "ago": lambda part: part.min(),
}

#: ``days`` counts days with events, ``moment`` is the sum of −days_before × total, ``ago`` the days since the last.
FROM_DAYS = ("days", "moment", "ago")

#: A sum closer to 0 than this is 0.
SMALLEST_TOTAL = 1e-9

Parts = Callable[[str], ir.FloatingValue]


@dataclass(frozen=True)
class WindowParts:
    """The parts of one signal over one window ``[cutoff − days, cutoff)`` and over the window before it.

    Parameters
    ----------
    days
        Length of the window.
    total
        ``s`` for a measured signal, ``n`` for counted rows: what a trend or a slope is about.
    now, before
        Part by name over ``[cutoff − days, cutoff)`` and ``[cutoff − 2 days, cutoff − days)``; null without rows.
    """

    days: int
    total: str
    now: Parts
    before: Parts


@dataclass(frozen=True)
class Aggregation:
    """A windowed aggregation: the parts it needs and what it makes of them.

    Parameters
    ----------
    parts
        Names of the parts; ``total`` stands for ``s`` or ``n``, see `WindowParts`.
    finish
        From the parts of a window to the feature.
    looks_before
        Whether it needs the window before, too.
    """

    parts: Sequence[str]
    finish: Callable[[WindowParts], ir.FloatingValue]
    looks_before: bool = False


def safe_ratio(numerator: ir.NumericValue, denominator: ir.NumericValue) -> ir.FloatingValue:
    """Quotient as float64, null where the denominator is 0: a bare ``/`` on integers differs between engines."""
    return numerator.cast("float64") / denominator.cast("float64").nullif(0.0)


def _std(window: WindowParts) -> ir.FloatingValue:
    n, total, squares = window.now("n"), window.now("s"), window.now("q")
    # Sums of squares cancel; what should be 0 may come out a little below.
    spread = ibis.greatest(squares - safe_ratio(total * total, n), 0.0)
    return ibis.ifelse(n > 1, safe_ratio(spread, n - 1).sqrt(), ibis.null("float64"))


def _trend(window: WindowParts) -> ir.FloatingValue:
    before = window.before(window.total)
    # Fractions that cancel leave a rest of rounding, which is nothing to divide by.
    something = ibis.ifelse(before.abs() > SMALLEST_TOTAL, before, ibis.null("float64"))
    return safe_ratio(window.now(window.total).fill_null(0.0), something)


def _slope(window: WindowParts) -> ir.FloatingValue:
    # Least squares over the days of the window, days without events being 0: the day's place is −days_before, whose
    # mean is −(days + 1) / 2, and its sum of squares is days (days² − 1) / 12.
    total = window.now(window.total).fill_null(0.0)
    moment = window.now("moment").fill_null(0.0)
    days = window.days
    return (moment + (days + 1) / 2 * total) / max(days * (days**2 - 1) / 12, 1.0)


AGGREGATIONS: dict[str, Aggregation] = {
    "count": Aggregation(["n"], lambda window: window.now("n").fill_null(0.0)),
    "sum": Aggregation(["s"], lambda window: window.now("s").fill_null(0.0)),
    "mean": Aggregation(["s", "n"], lambda window: safe_ratio(window.now("s"), window.now("n"))),
    "min": Aggregation(["lo"], lambda window: window.now("lo")),
    "max": Aggregation(["hi"], lambda window: window.now("hi")),
    "std": Aggregation(["n", "s", "q"], _std),
    "active_days": Aggregation(["days"], lambda window: window.now("days").fill_null(0.0)),
    "trend": Aggregation(
        ["total"],
        _trend,
        looks_before=True,
    ),
    "slope": Aggregation(["total", "moment"], _slope),
}


def parts_needed(names: Sequence[FeatureName], total: str) -> list[str]:
    """Parts that the features of one signal need, without repetition."""
    needed: list[str] = []
    for name in names:
        parts = ["ago"] if name.aggregation == "days_since" else AGGREGATIONS[name.aggregation].parts
        needed += [total if part == "total" else part for part in parts]
    return list(dict.fromkeys(needed))


def windows_needed(names: Sequence[FeatureName], part: str, total: str) -> tuple[list[int], list[int]]:
    """Window lengths that need `part`: over the window itself, and over the one before it."""
    now: list[int] = []
    before: list[int] = []
    for name in names:
        if name.days is None or part not in parts_needed([name], total):
            continue
        now.append(name.days)
        if AGGREGATIONS[name.aggregation].looks_before:
            before.append(name.days)
    return sorted(set(now)), sorted(set(before))
