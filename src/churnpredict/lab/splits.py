"""Splits by time alone. Rows are never split at random: neighbouring rows of an account share its churn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from churnpredict.errors import Problem, TrainingError


@dataclass(frozen=True)
class OutOfTimeSplit:
    """Cutoffs to learn from and later cutoffs to be judged on.

    Nothing at or after `known_until`, the first test cutoff, may be known in training: a label counts there only if
    its interval ended by then. So the longest horizon lies between a row with complete labels and the test, and a
    row closer than the first horizon contributes nothing.

    Parameters
    ----------
    train
        Cutoffs whose first interval had ended by `known_until`, in order.
    test
        Later cutoffs, whose last interval has ended by now, in order.
    """

    train: tuple[date, ...]
    test: tuple[date, ...]

    @property
    def known_until(self) -> date:
        """The first test cutoff: training knows nothing at or after it."""
        return self.test[0]


def out_of_time_split(
    cutoffs: Sequence[date], closed_until: date, *, horizons: Sequence[int], test_share: float
) -> OutOfTimeSplit:
    """Keep the latest cutoffs with complete labels for the test.

    Parameters
    ----------
    cutoffs
        Candidates in rising order.
    closed_until
        An interval counts when it ended by this day.
    horizons
        Ends of the intervals in days, rising.
    test_share
        Share of the cutoffs with complete labels that is kept for the test, ``0 < test_share <= 0.5``.

    Raises
    ------
    TrainingError
        If history is too short for a test and something to learn from before it.

    Examples
    --------
    >>> days = [date(2024, 1, 1) + timedelta(days=28 * step) for step in range(10)]
    >>> split = out_of_time_split(days, date(2024, 12, 1), horizons=[60, 90], test_share=0.25)
    >>> len(split.train), len(split.test)
    (4, 3)
    """
    complete = [cutoff for cutoff in cutoffs if cutoff + timedelta(days=horizons[-1]) <= closed_until]
    test = complete[len(complete) - math.ceil(test_share * len(complete)) :]
    train = [cutoff for cutoff in complete if test and cutoff + timedelta(days=horizons[0]) <= test[0]]
    if not train or train[0] + timedelta(days=horizons[-1]) > test[0]:
        given = f"{len(complete)} cutoffs with complete labels by {closed_until}"
        todo = "Wait for more history, or lower training.every_days."
        expected = f"enough that one lies {horizons[-1]} days before the first test cutoff"
        raise TrainingError(Problem("training", given, expected, todo))
    return OutOfTimeSplit(tuple(train), tuple(test))
