"""How far back windows may look and how often training may look, in the history there is."""

from __future__ import annotations

from dataclasses import dataclass

from churnpredict.config import Training

#: The longest windows of features, the usual first; a shorter one leaves more cutoffs to learn from.
_LONGEST_WINDOWS = (84, 28)
#: Days between cutoffs, and the days of complete labels from which on they suffice.
_EVERY_DAYS = ((28, 450), (14, 200), (7, 0))
#: Days of cutoffs before the test's embargo, below which there is hardly anything to learn from.
_FEWEST_DAYS = 28


@dataclass(frozen=True)
class Schedule:
    """What a history allows.

    Parameters
    ----------
    longest_window
        Days of the longest window that leaves enough to learn from.
    every_days
        Days between training cutoffs.
    missing_days
        Days of history that are missing before a model can be trained and tested; 0 where it is enough.
    """

    longest_window: int
    every_days: int
    missing_days: int


def schedule_for(days: int, *, silent_days: int, late_days: int) -> Schedule:
    """What a history of `days` days allows.

    Parameters
    ----------
    days
        Days from the first event to the last cutoff.
    silent_days
        Days of silence that are churn, or 0.
    late_days
        Days after which a churn is known at the latest.

    Examples
    --------
    >>> schedule_for(1000, silent_days=0, late_days=0)
    Schedule(longest_window=84, every_days=28, missing_days=0)
    >>> schedule_for(300, silent_days=0, late_days=7)
    Schedule(longest_window=28, every_days=7, missing_days=0)
    """
    training = Training()
    horizon, tested = training.horizons[-1], training.test_share
    needed = (horizon + _FEWEST_DAYS) / (1 - tested)
    complete = 0
    for longest in _LONGEST_WINDOWS:
        complete = days - max(longest, silent_days) - horizon - late_days
        if complete >= needed:
            break
    every = next(each for each, enough in _EVERY_DAYS if complete >= enough or not enough)
    return Schedule(longest, every, max(0, round(needed - complete)))
