"""Column names that cross a folder, and the grammar of feature names.

A feature is named ``signal__aggregation`` or ``signal__aggregation__<days>d``, for example ``logins__sum__28d``.
Names are derived by :class:`FeatureName` and parsed by it; nothing else puts them together or takes them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCOUNT_ID = "account_id"
CUTOFF = "cutoff"

#: Over the events of a window; the window is part of the name.
WINDOWED = (
    *("count", "sum", "mean", "min", "max", "std", "active_days", "distinct", "trend", "slope"),
    *("versus_past", "share", "longest_silence", "top_key_silence"),
)
#: Over the events of the last `LONGEST_MEMORY` days.
UNWINDOWED = ("days_since", "days_since_first", "last")
#: What may be asked of an event signal.
EVENT_AGGREGATIONS = WINDOWED + UNWINDOWED
#: Of these, what needs a measure that is a number, and what needs one that is a key, such as a user id.
OF_NUMBERS = ("sum", "mean", "min", "max", "std", "last")
OF_KEYS = ("distinct", "top_key_silence")
#: Days that an aggregation without a window looks back; an account silent for longer has no value there.
LONGEST_MEMORY = 365

#: Of a history value within a window: how it moved.
MOVES = ("change", "relative_change", "steps", "changes")
#: What may be asked of a history value: how it stands at the cutoff, and how it moved.
HISTORY_AGGREGATIONS = ("value", "days_until", "days_unchanged", *MOVES)
#: Of other features at the same cutoff; their window, if any, is that of the feature they are made of.
DERIVED_AGGREGATIONS = ("ratio", "versus_peers")

#: Names that tables have for themselves on the way to a feature; nothing declared may be called so.
RESERVED = frozenset(
    [
        *("account_id", "account_id_known", "ago", "changed", "cutoff", "day", "ends", "known_on", "name", "now"),
        *("owner", "place", "replaced", "ring", "seen", "starts", "started_on", "then", "valid_from", "valid_to"),
    ]
)

_SEPARATOR = "__"


@dataclass(frozen=True, order=True)
class FeatureName:
    """The name of a feature, in its parts.

    Parameters
    ----------
    signal
        What is looked at: the name of a signal, of a history value, of a fact, of a ratio or of a comparison with
        peers. Holds no double underscore.
    aggregation
        What is made of it: one of `EVENT_AGGREGATIONS`, `HISTORY_AGGREGATIONS` or `DERIVED_AGGREGATIONS`.
    days
        Length of the window ``[cutoff − days, cutoff)`` in days, or None for an aggregation without a window.

    Examples
    --------
    >>> str(FeatureName("logins", "sum", 28))
    'logins__sum__28d'
    >>> FeatureName.parse("plan__value")
    FeatureName(signal='plan', aggregation='value', days=None)
    """

    signal: str
    aggregation: str
    days: int | None = None

    def __str__(self) -> str:
        parts = [self.signal, self.aggregation]
        if self.days is not None:
            parts.append(f"{self.days}d")
        return _SEPARATOR.join(parts)

    @classmethod
    def parse(cls, name: str) -> FeatureName:
        """Take a feature's name apart.

        Raises
        ------
        ValueError
            If `name` does not follow the grammar.
        """
        signal, *rest = name.split(_SEPARATOR)
        match rest:
            case [aggregation] if signal and aggregation:
                return cls(signal, aggregation)
            case [aggregation, window] if signal and window.endswith("d") and window[:-1].isdecimal():
                parsed = cls(signal, aggregation, int(window[:-1]))
                # One name per window: 028 and digits of other scripts would be further names of the same.
                if parsed.days and str(parsed) == name:
                    return parsed
        msg = f"{name!r} is not a feature name; expected signal__aggregation or signal__aggregation__<days>d"
        raise ValueError(msg)


def risk_column(start: int, end: int) -> str:
    """Name of the probability of churn in ``[cutoff + start, cutoff + end)`` days.

    Examples
    --------
    >>> risk_column(0, 90), risk_column(60, 90)
    ('risk_90d', 'risk_60_90d')
    """
    return f"risk_{end}d" if start == 0 else f"risk_{start}_{end}d"


def points_column(category: str) -> str:
    """Name of what the features of a category add to the risk, in probability.

    Examples
    --------
    >>> points_column("support")
    'points_support'
    """
    return f"points_{category}"


def churned_column(start: int, end: int) -> str:
    """Name of the label of ``[cutoff + start, cutoff + end)`` days: 1 churned, 0 not, null not known.

    Examples
    --------
    >>> churned_column(0, 60)
    'churned_0_60d'
    """
    return f"churned_{start}_{end}d"


def value_column(name: str) -> str:
    """Name of a declared value that an account's page shows as it stands.

    Examples
    --------
    >>> value_column("plan")
    'shown__plan'
    """
    return f"shown__{name}"


def touch_column(name: str) -> str:
    """Name of the day of the last touch of a kind.

    Examples
    --------
    >>> touch_column("call")
    'touch__call'
    """
    return f"touch__{name}"


def heard_column(source: str) -> str:
    """Name of whether an events source has any row of an account in reach.

    Examples
    --------
    >>> heard_column("usage")
    'heard__usage'
    """
    return f"heard__{source}"
