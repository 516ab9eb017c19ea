"""Why an account is where it is: one sentence per driver, for every aggregation there is.

Direction words such as fell and rose speak of the value; signed points speak of the risk. They are made apart from
each other, so neither can contradict the other. Labels come from the configuration and begin the sentence wherever
they can, because nobody but its author knows whether a label may lose its capital letter.
"""

# ruff: noqa: PLR2004 - where a reader wants fewer digits or larger units is best read where it is decided

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from churnpredict.columns import DERIVED_AGGREGATIONS, LONGEST_MEMORY, MOVES, FeatureName
from churnpredict.config import TENURE
from churnpredict.csm.wording.amounts import (
    day_in_words,
    days_ahead,
    days_in_words,
    hardly_moved,
    number,
    plain,
    shortened,
    window_in_words,
)
from churnpredict.errors import DataError, Problem

_Say = Callable[[float], str]

#: What moves with the calendar alone, or already says how it moved: an earlier value would say nothing more.
TELLS_PAST = frozenset(
    ["trend", "versus_past", "slope", *MOVES, "days_until", "days_since", "days_since_first", "days_unchanged"]
)


@dataclass(frozen=True)
class Driver:
    """What moved the risk of one account, and by how much.

    Parameters
    ----------
    feature
        The feature's name, in its parts.
    label
        Its signal in words.
    kind
        ``number``, ``flag`` or ``category``.
    points
        What it adds to the risk within 90 days, as a signed probability: 0.06 is six points more risk.
    value, typical
        The account's value and the typical one among accounts; a flag is 1 or 0. None if there is no data.
    before, before_on
        The account's value at an earlier cutoff, and that cutoff; None where it is not known.
    """

    feature: FeatureName
    label: str
    kind: str
    points: float
    value: float | str | None
    typical: float | str | None = None
    before: float | str | None = None
    before_on: date | None = None


@dataclass(frozen=True)
class _Sentence:
    """How a numeric feature is told: its value, a typical value in the same unit, and its absence.

    `value` gets the label, the window in words and the number.
    """

    value: Callable[[str, str, float], str]
    typical: _Say
    missing: str = "No data on {label} in the last {window}"


def reason(driver: Driver) -> str:
    """One plain sentence: the value, its window, the account's own past, the typical value, the weight in points.

    Raises
    ------
    DataError
        If the feature's aggregation has no words.

    Examples
    --------
    >>> reason(Driver(FeatureName("logins", "count", 28), "Logins", "number", 0.06, 14.0, 31.0))
    'Logins in the last 4 weeks: 14 (typical: 31), +6 points'
    >>> past = {"before": 31.0, "before_on": date(2025, 2, 24)}
    >>> reason(Driver(FeatureName("logins", "count", 28), "Logins", "number", 0.06, 14.0, 29.0, **past))
    'Logins in the last 4 weeks: 14, down from 31 on 24 Feb 2025 (typical: 29), +6 points'
    >>> reason(Driver(FeatureName("renewal", "days_until"), "Renewal", "number", -0.002, 23.0))
    'Renewal in 23 days, −<1 point'
    """
    return f"{_told(driver)}, {points_in_words(driver.points)}"


def split_reason(text: str) -> tuple[str, str]:
    """Take a reason apart into what was seen and its weight.

    Examples
    --------
    >>> split_reason("Logins in the last 4 weeks: 14 (typical: 31), +6 points")
    ('Logins in the last 4 weeks: 14 (typical: 31)', '+6 points')
    """
    seen, _, weight = text.rpartition(", ")
    return seen, weight


def points_in_words(points: float) -> str:
    """A signed probability as percentage points of risk.

    Examples
    --------
    >>> points_in_words(0.062), points_in_words(-0.01), points_in_words(0.001)
    ('+6 points', '−1 point', '+<1 point')
    """
    sign = "+" if points > 0 else "−" if points < 0 else ""
    rounded = math.floor(abs(points) * 100 + 0.5)
    if rounded == 0 and points:
        return f"{sign}<1 point"
    return f"{sign}{rounded} {'point' if rounded == 1 else 'points'}"


def value_in_words(feature: FeatureName, kind: str, value: float | str) -> str:
    """The value of a feature alone, in its unit.

    Examples
    --------
    >>> value_in_words(FeatureName("renewal", "days_until"), "number", 23.0)
    'in 23 days'
    """
    if isinstance(value, str) or (kind, feature.aggregation) == ("flag", "value"):
        return _as_text(value)
    return _sentence(feature).typical(value)


def _told(driver: Driver) -> str:
    label = shortened(plain(driver.label).strip(), 80)
    window = window_in_words(driver.feature.days)
    if driver.feature.aggregation in DERIVED_AGGREGATIONS and driver.feature.days:
        # Made of another feature, which may have a window or none.
        label = f"{label} in the last {window}"
    sentence = _sentence(driver.feature)
    if driver.value is None:
        return f"{sentence.missing.format(label=label, window=window)}{_own_past(driver, sentence.typical)}"
    if isinstance(driver.value, str) or (driver.kind, driver.feature.aggregation) == ("flag", "value"):
        said = f"{label}: {_as_text(driver.value)}"
        typical = None if driver.typical is None else _as_text(driver.typical)
    else:
        said = sentence.value(label, window, driver.value)
        typical = sentence.typical(driver.typical) if isinstance(driver.typical, int | float) else None
    past = _own_past(driver, sentence.typical)
    return f"{said}{past} (typical: {typical})" if typical else f"{said}{past}"


def _own_past(driver: Driver, say: _Say) -> str:
    """The account's earlier value, after a comma; empty where it is not known or says nothing."""
    before, now = driver.before, driver.value
    if before is None or driver.before_on is None or driver.feature.aggregation in TELLS_PAST:
        return ""
    day = day_in_words(driver.before_on)
    if isinstance(before, str) or isinstance(now, str) or driver.kind == "flag":
        was, is_now = _as_text(before), None if now is None else _as_text(now)
        return f", as on {day}" if was == is_now else f", was {was} on {day}"
    was = say(before)
    if now is None:
        return f", was {was} on {day}"
    if was == say(now):
        return f", as on {day}"
    if hardly_moved(before, now):
        # What carries the points is where it stands, not the crumb by which it moved.
        return f", much as on {day}"
    return f", {'down' if now < before else 'up'} from {was} on {day}"


def _sentence(feature: FeatureName) -> _Sentence:
    if feature == TENURE:
        return _Sentence(lambda label, _, days: f"{label}: {_duration(days)}", _duration, "No data on {label}")
    if feature.aggregation not in SENTENCES:
        raise DataError(
            Problem(
                f"feature {feature}",
                f"the aggregation {feature.aggregation!r} has no words",
                f"one of: {', '.join(SENTENCES)}",
                "Score with the version of the product that made the drivers.",
            )
        )
    return SENTENCES[feature.aggregation]


def _as_text(value: float | str) -> str:
    if isinstance(value, str):
        return shortened(plain(value).replace("_", " ").strip(), 60) or "blank"
    # A typical flag may be a median of halves; neither word would be true of it.
    return {1.0: "yes", 0.0: "no"}.get(float(value), "mixed")


def _duration(days: float) -> str:
    if days < 60:
        return days_in_words(days)
    return f"{number(round(days / 30.44))} months" if days < 730 else f"{number(round(days / 365.25, 1))} years"


def _some(value: float) -> str:
    return number(value) if value else "none"


def _ratio(value: float) -> str:
    size = abs(value)
    digits = f"{size:.2g}" if 0 < size < 0.095 else f"{size:.1f}" if size < 9.95 else f"{size:,.0f}"
    return f"{'−' if value < 0 else ''}{'0' if size == 0 else digits}×"


def _compared(label: str, value: float, other: str) -> str:
    told = _ratio(value)
    if value < 0:
        return f"{label} changed sign, to {told} {other}"
    moved = "held at" if told == "1.0×" else "fell to" if value < 1 else "rose to"
    return f"{label} {moved} {told} {other}"


def _trend(label: str, window: str, value: float) -> str:
    return _compared(label, value, f"the {window} before")


def _versus_past(label: str, window: str, value: float) -> str:
    return _compared(label, value, f"the account's own past in the last {window}")


def _moved(value: float, unit: str = "") -> str | None:
    told = number(abs(value))
    if told in ("0", "almost 0"):
        return None
    return f"{'fell' if value < 0 else 'rose'} by {told}{unit}"


def _signed(value: float) -> str:
    told = number(value)
    if told in ("0", "almost 0"):
        return "no change"
    return f"+{told}" if value > 0 else told


def _percentage(share: float) -> float:
    return round(100 * share, 1)


def _signed_percentage(value: float) -> str:
    told = _signed(_percentage(value))
    return told if told == "no change" else f"{told}%"


def _slope(label: str, window: str, value: float) -> str:
    # Least-squares change of the daily total from one day to the next; a week is a step people think in.
    return f"{label} per day {_moved(7 * value, ' each week') or 'held steady'} in the last {window}"


def _change(label: str, window: str, value: float) -> str:
    return f"{label} {_moved(value) or 'unchanged'} in the last {window}"


def _relative_change(label: str, window: str, value: float) -> str:
    return f"{label} {_moved(_percentage(value), '%') or 'unchanged'} in the last {window}"


def _steps(label: str, window: str, value: float) -> str:
    told = number(abs(value))
    if told in ("0", "almost 0"):
        return f"{label} unchanged in the last {window}"
    steps = f"{told} {'step' if abs(value) == 1 else 'steps'}"
    return f"{label} moved {steps} {'down' if value < 0 else 'up'} in the last {window}"


def _changes(label: str, window: str, value: float) -> str:
    times = {0.0: "never", 1.0: "once", 2.0: "twice"}.get(value, f"{number(value)} times")
    return f"{label} changed {times} in the last {window}"


def _days_until(label: str, _: str, value: float) -> str:
    # A date's label is often its column in words: "Renewal on".
    return f"{label.removesuffix(' on')} {days_ahead(value)}"


def _active_days(label: str, window: str, value: float) -> str:
    return f"{label} on {days_in_words(value) if value else 'no day'} in the last {window}"


def _distinct(label: str, window: str, value: float) -> str:
    return f"{label} in the last {window}: {f'{number(value)} different' if value else 'none'}"


def _days_since(label: str, _: str, value: float) -> str:
    return f"{label}: last {days_in_words(value)} ago"


def _days_since_first(label: str, _: str, value: float) -> str:
    return f"{label}: first of the last {window_in_words(LONGEST_MEMORY)} {days_in_words(value)} ago"


def _longest_silence(label: str, window: str, value: float) -> str:
    silence = f"longest silence {days_in_words(value)}" if value else "not a day of silence"
    return f"{label} in the last {window}: {silence}"


def _top_key_silence(label: str, window: str, value: float) -> str:
    return f"{label}: the most active one of the last {window} was last seen {days_in_words(value)} ago"


def _share(value: float) -> str:
    if value in (0, 1):
        return "all" if value else "none"
    return "<1%" if 0 < value < 0.005 else ">99%" if 0.995 < value < 1 else f"{100 * value:,.0f}%"


def _share_of_all(label: str, window: str, value: float) -> str:
    of_all = f"{_share(value)} of all" if value not in (0, 1) else _share(value)
    return f"{label} in the last {window}: {of_all}"


def _versus_peers(label: str, _: str, value: float) -> str:
    away = _away(value)
    return f"{label}: {away} similar accounts" if away else f"{label}: as in similar accounts"


def _away(value: float) -> str | None:
    told = number(abs(value))
    if told in ("0", "almost 0"):
        return None
    return f"{told} {'below' if value < 0 else 'above'}"


def _within(told: str, say: _Say = number) -> Callable[[str, str, float], str]:
    """A number over a window, told as `told` says."""
    return lambda label, window, value: f"{label} in the last {window}: {told.format(say(value))}"


#: Words for every aggregation of columns: those of events, of histories, and those derived of other features.
SENTENCES: Mapping[str, _Sentence] = MappingProxyType(
    {
        "count": _Sentence(_within("{}", _some), _some),
        "sum": _Sentence(_within("{} in total"), number),
        "mean": _Sentence(_within("{} on average"), number),
        "min": _Sentence(_within("lowest {}"), number),
        "max": _Sentence(_within("highest {}"), number),
        "std": _Sentence(
            _within("a spread of ±{}"),
            lambda typical: f"±{number(typical)}",
            "No data on the spread of {label} in the last {window}",
        ),
        "active_days": _Sentence(_active_days, number),
        "distinct": _Sentence(_distinct, _some),
        "trend": _Sentence(_trend, _ratio, "{label}: no data on the {window} before to compare with"),
        "slope": _Sentence(_slope, lambda typical: _signed(7 * typical)),
        "versus_past": _Sentence(
            _versus_past, _ratio, "{label}: no data on the past to compare the last {window} with"
        ),
        "share": _Sentence(_share_of_all, _share),
        "longest_silence": _Sentence(_longest_silence, days_in_words),
        "top_key_silence": _Sentence(_top_key_silence, days_in_words),
        "days_since": _Sentence(_days_since, days_in_words, "No recent {label} on record"),
        "days_since_first": _Sentence(_days_since_first, days_in_words, "No recent {label} on record"),
        "last": _Sentence(
            lambda label, _, value: f"{label}: {number(value)} most recently", number, "No recent {label} on record"
        ),
        "value": _Sentence(lambda label, _, value: f"{label}: {number(value)}", number, "No data on {label}"),
        "days_until": _Sentence(_days_until, days_ahead, "No data on {label}"),
        "change": _Sentence(_change, _signed, "No data on how {label} changed in the last {window}"),
        "relative_change": _Sentence(
            _relative_change,
            _signed_percentage,
            "No data on how {label} changed in the last {window}",
        ),
        "steps": _Sentence(_steps, _signed, "No data on how {label} changed in the last {window}"),
        "days_unchanged": _Sentence(
            lambda label, _, value: f"{label}: unchanged for {_duration(value)}", _duration, "No data on {label}"
        ),
        "ratio": _Sentence(lambda label, _, value: f"{label}: {number(value)}", number, "No data on {label}"),
        "versus_peers": _Sentence(
            _versus_peers,
            lambda typical: _away(typical) or "no difference",
            "{label}: no data of similar accounts",
        ),
        "changes": _Sentence(_changes, number, "No data on how often {label} changed in the last {window}"),
    }
)
