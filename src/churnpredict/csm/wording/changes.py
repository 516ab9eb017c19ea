"""Why a risk is not what it was: what moved, from where to where, and by how many points it moved the risk.

Verbs such as fell and rose speak of the value, signed points of the risk; neither is made of the other. Labels keep
their capitals, because nobody but their author knows whether they may lose them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from churnpredict.columns import FeatureName
from churnpredict.config import TENURE
from churnpredict.csm.wording.amounts import day_in_words, hardly_moved, plain, shortened, window_in_words
from churnpredict.csm.wording.reasons import points_in_words, value_in_words

#: What stands in brackets behind the label, by aggregation; nothing where the label says it all.
QUALIFIERS: Mapping[str, str] = MappingProxyType(
    {
        "count": "last {window}",
        "sum": "last {window}",
        "mean": "average of the last {window}",
        "min": "lowest of the last {window}",
        "max": "highest of the last {window}",
        "std": "spread in the last {window}",
        "active_days": "days of the last {window} with any",
        "distinct": "different ones in the last {window}",
        "trend": "last {window} against those before",
        "slope": "weekly trend of the last {window}",
        "versus_past": "last {window} against its own past",
        "share": "share of the last {window}",
        "longest_silence": "longest silence of the last {window}",
        "top_key_silence": "silence of the most active one",
        "days_since": "since the last one",
        "days_since_first": "since the first one",
        "last": "most recent",
        "value": "",
        "days_until": "",
        "change": "change in the last {window}",
        "relative_change": "change in the last {window}",
        "steps": "steps in the last {window}",
        "days_unchanged": "time unchanged",
        "ratio": "",
        "versus_peers": "against similar accounts",
        "changes": "changes in the last {window}",
    }
)
UNCHANGED = "Unchanged"
LATE_DATA = "Data that came late or were corrected"
NEW_MODEL = "The model was trained again"
OTHER_DATA = "Other data"
TIME_PASSED = "Time passed"


@dataclass(frozen=True)
class Move:
    """A feature that was one thing and is another.

    Parameters
    ----------
    feature
        Its name, in its parts.
    label, kind
        Its signal in words; number, flag or category.
    before, value
        What it was at the cutoff before and what it is; None where nothing is known.
    """

    feature: FeatureName
    label: str
    kind: str
    before: float | str | None
    value: float | str | None


def move_in_words(move: Move) -> str:
    """What moved, from where to where.

    Examples
    --------
    >>> move_in_words(Move(FeatureName("users", "distinct", 28), "Active users", "number", 31.0, 14.0))
    'Active users (different ones in the last 4 weeks) fell from 31 to 14'
    >>> move_in_words(Move(FeatureName("plan", "value"), "Plan", "category", "pro", None))
    'Plan was pro and is not known any more'
    """
    qualifier = QUALIFIERS[move.feature.aggregation].format(window=window_in_words(move.feature.days))
    label = shortened(plain(move.label).strip(), 80)
    label = f"{label} ({qualifier})" if qualifier else label
    said = [
        None if value is None else value_in_words(move.feature, move.kind, value) for value in (move.before, move.value)
    ]
    if said[0] is None or said[1] is None:
        return (
            f"{label} is known now: {said[1]}"
            if said[0] is None
            else f"{label} was {said[0]} and is not known any more"
        )
    if said[0] == said[1]:
        return f"{label} hardly moved, past a step of the model: {said[1]}"
    if _edged(move):
        return f"{label} hardly moved, past a step of the model: {said[1]}, was {said[0]}"
    return f"{label} {_verb(move)} from {said[0]} to {said[1]}"


def clock_in_words(move: Move) -> str:
    """What the passing of time did.

    Examples
    --------
    >>> clock_in_words(Move(FeatureName("renewal_on", "days_until"), "Renewal on", "number", 30.0, 23.0))
    'Renewal came closer'
    >>> clock_in_words(Move(FeatureName("renewal_on", "days_until"), "Renewal on", "number", 3.0, -4.0))
    'Renewal has passed'
    """
    if move.feature.aggregation != "days_until" or not isinstance(move.value, float | int):
        return TIME_PASSED
    label = shortened(plain(move.label).strip(), 80).removesuffix(" on")
    return f"{label} came closer" if move.value >= 0 else f"{label} has passed"


def risk_change_in_words(change: float, since: date, causes: Sequence[tuple[str, float]] = ()) -> str:
    """How a risk changed since the list before, and because of what.

    Parameters
    ----------
    change
        Signed probability.
    since
        The cutoff of the list before.
    causes
        What did it and by how much (signed probability); those of less than half a point are not told.

    Examples
    --------
    >>> causes = [("Logins (last 4 weeks) fell from 31 to 14", 0.042), ("Renewal came closer", 0.013), ("Noise", 0.002)]
    >>> risk_change_in_words(0.057, date(2025, 2, 24), causes)
    'Up 6 points since 24 Feb: Logins (last 4 weeks) fell from 31 to 14 (+4); Renewal came closer (+1)'
    >>> risk_change_in_words(-0.001, date(2025, 2, 24))
    'Unchanged since 24 Feb'
    """
    size = points_in_words(abs(change)).removeprefix("+")
    moved = f"{'Up' if change > 0 else 'Down'} {size}" if shows(change) else UNCHANGED
    day, _ = day_in_words(since).rsplit(" ", 1)
    told = [f"{cause} ({points_in_words(points).split()[0]})" for cause, points in causes if shows(points)]
    return f"{moved} since {day}{': ' if told else ''}{'; '.join(told)}"


def change_alone(sentence: str) -> str:
    """What `risk_change_in_words` says without the causes; nothing of a risk that is as it was.

    Examples
    --------
    >>> change_alone("Up 6 points since 24 Feb: Renewal came closer (+6)"), change_alone("Unchanged since 24 Feb")
    ('Up 6 points since 24 Feb', '')
    """
    return "" if sentence.startswith(UNCHANGED) else sentence.partition(": ")[0]


def shows(points: float) -> bool:
    """Whether a signed probability rounds to a point of risk at the least."""
    return math.floor(abs(points) * 100 + 0.5) > 0


def _edged(move: Move) -> bool:
    """Whether a number moved by less than a reader would call a move; dates move as the calendar does."""
    if move.kind != "number" or isinstance(move.before, str | None) or isinstance(move.value, str | None):
        return False
    return move.feature.aggregation != "days_until" and hardly_moved(move.before, move.value)


def _verb(move: Move) -> str:
    clockwise = move.feature.aggregation == "days_until" or move.feature == TENURE
    if clockwise or move.kind != "number" or isinstance(move.value, str) or isinstance(move.before, str):
        return "changed"
    return "fell" if (move.value or 0.0) < (move.before or 0.0) else "rose"
