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

from churnpredict.columns import LONGEST_MEMORY, FeatureName

#: How a part is made from the events of a day. `value` is null on rows that do not count for the signal.
DAILY: dict[str, Callable[[ir.Value], ir.Value]] = {
    "n": lambda value: value.count().cast("float64"),
    "s": lambda value: value.sum(),
    "q": lambda value: (value * value).sum(),
    "lo": lambda value: value.min(),
    "hi": lambda value: value.max(),
    "rows": lambda value: value.isnull().count().cast("float64"),
}
#: How parts of days, and then of rings, become one.
COMBINE: dict[str, Callable[[ir.Value], ir.Value]] = {
    "n": lambda part: part.sum(),
    "s": lambda part: part.sum(),
    "q": lambda part: part.sum(),
    "lo": lambda part: part.min(),
    "hi": lambda part: part.max(),
    "rows": lambda part: part.sum(),
    "days": lambda part: part.sum(),
    "moment": lambda part: part.sum(),
    "ago": lambda part: part.min(),
    "first": lambda part: part.max(),
    "begun": lambda part: part.max(),
}

#: A sum closer to 0 than this is 0.
SMALLEST_TOTAL = 1e-9


def span(name: str, days: int) -> tuple[int, int]:
    """Ends of a span in days before the cutoff: ``(a, b)`` is ``[cutoff − b, cutoff − a)``.

    Parameters
    ----------
    name
        ``now``: the window; ``before``: the window before it; ``past``: what is left of the longest memory.
    days
        Length of the window.

    Examples
    --------
    >>> span("now", 28), span("before", 28), span("past", 28)
    ((0, 28), (28, 56), (28, 365))
    """
    return {"now": (0, days), "before": (days, 2 * days), "past": (days, LONGEST_MEMORY)}[name]


@dataclass(frozen=True)
class WindowParts:
    """The parts of one signal over the spans that a window of `days` days has, see `span`.

    Parameters
    ----------
    days
        Length of the window; the longest memory for an aggregation without one.
    total
        ``s`` for a measured signal, ``n`` for counted rows: what a trend or a slope is about.
    over
        Part by name and span; null without rows.
    ever
        Part by name over the longest memory: ``ago`` and ``first``, the days since the last and the first event;
        ``begun``, those since the first row of the source, whether it counts for the signal or not.
    """

    days: int
    total: str
    over: Callable[[str, str], ir.FloatingValue]
    ever: Callable[[str], ir.FloatingValue]

    def now(self, part: str) -> ir.FloatingValue:
        """The part over ``[cutoff − days, cutoff)``."""
        return self.over(part, "now")


@dataclass(frozen=True)
class Aggregation:
    """An aggregation whose parts add up over rings: the parts it needs and what it makes of them.

    Parameters
    ----------
    parts
        Names of the parts over spans; ``total`` stands for ``s`` or ``n``, see `WindowParts`. ``days`` counts days
        with events, ``moment`` is the sum of −days_before × total, ``rows`` counts all rows of the source.
    finish
        From the parts to the feature.
    spans
        The spans it needs them over.
    ever
        Names of the parts over the longest memory.
    """

    parts: Sequence[str]
    finish: Callable[[WindowParts], ir.FloatingValue]
    spans: Sequence[str] = ("now",)
    ever: Sequence[str] = ()


def safe_ratio(numerator: ir.NumericValue, denominator: ir.NumericValue) -> ir.FloatingValue:
    """Quotient as float64, null where the denominator is 0: a bare ``/`` on integers differs between engines."""
    return numerator.cast("float64") / denominator.cast("float64").nullif(0.0)


def _std(window: WindowParts) -> ir.FloatingValue:
    n, total, squares = window.now("n"), window.now("s"), window.now("q")
    # Sums of squares cancel; what should be 0 may come out a little below.
    spread = ibis.greatest(squares - safe_ratio(total * total, n), 0.0)
    return ibis.ifelse(n > 1, safe_ratio(spread, n - 1).sqrt(), ibis.null("float64"))


def _something(total: ir.FloatingValue) -> ir.FloatingValue:
    # Fractions that cancel leave a rest of rounding, which is nothing to divide by.
    return ibis.ifelse(total.abs() > SMALLEST_TOTAL, total, ibis.null("float64"))


def _trend(window: WindowParts) -> ir.FloatingValue:
    before = window.over(window.total, "before")
    return safe_ratio(window.now(window.total).fill_null(0.0), _something(before))


def _versus_past(window: WindowParts) -> ir.FloatingValue:
    # Rates per day. A past shorter than the window itself is too little to compare with.
    past_days = window.ever("begun").cast("float64") - window.days
    enough = ibis.ifelse(past_days >= window.days, past_days, ibis.null("float64"))
    usual = safe_ratio(_something(window.over(window.total, "past")), enough)
    return safe_ratio(window.now(window.total).fill_null(0.0) / window.days, usual)


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
    "trend": Aggregation(["total"], _trend, spans=["now", "before"]),
    "versus_past": Aggregation(["total"], _versus_past, spans=["now", "past"], ever=["begun"]),
    "slope": Aggregation(["total", "moment"], _slope),
    "share": Aggregation(["n", "rows"], lambda window: safe_ratio(window.now("n"), window.now("rows"))),
    "days_since": Aggregation([], lambda window: window.ever("ago").cast("float64"), ever=["ago"]),
    "days_since_first": Aggregation([], lambda window: window.ever("first").cast("float64"), ever=["first"]),
}


def parts_needed(names: Sequence[FeatureName], total: str) -> list[str]:
    """Parts that the features of one signal need, without repetition."""
    needed: list[str] = []
    for name in names:
        aggregation = AGGREGATIONS[name.aggregation]
        needed += [*_over_spans(aggregation, total), *aggregation.ever]
    return list(dict.fromkeys(needed))


def spans_needed(names: Sequence[FeatureName], part: str, total: str) -> list[tuple[str, int]]:
    """Spans that need `part`, by name and length of the window, see `span`."""
    needed: list[tuple[str, int]] = []
    for name in names:
        aggregation = AGGREGATIONS[name.aggregation]
        if name.days is not None and part in _over_spans(aggregation, total):
            needed += [(each, name.days) for each in aggregation.spans]
    return sorted(set(needed))


def is_ever(names: Sequence[FeatureName], part: str) -> bool:
    """Whether `part` is needed over the longest memory."""
    return any(part in AGGREGATIONS[name.aggregation].ever for name in names)


def _over_spans(aggregation: Aggregation, total: str) -> list[str]:
    return [total if part == "total" else part for part in aggregation.parts]
