"""Splits by time alone. Rows are never split at random: neighbouring rows of an account share its churn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold

from churnpredict.errors import Problem, TrainingError

#: Folds of accounts, each judged by a model of the others.
ACCOUNT_FOLDS = 5


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


def rolling_splits(
    test: Sequence[date], train_at: Callable[[date], Sequence[date]], *, every_days: int
) -> list[OutOfTimeSplit]:
    """Splits with rising origins: at each, what is then known is learnt from, and what follows is judged on.

    Parameters
    ----------
    test
        Cutoffs to be judged on, in rising order. The first is the first origin; a cutoff `every_days` or more after
        an origin is the next one.
    train_at
        The training cutoffs of an origin: those whose first interval had ended by then, as
        `Dataset.training_cutoffs` gives them.
    every_days
        Days between two origins, 1 or more.

    Returns
    -------
    list of OutOfTimeSplit
        One per origin, in order; the test cutoffs of each reach to the next origin.

    Raises
    ------
    ValueError
        If a training cutoff does not lie before its origin.

    Examples
    --------
    >>> weekly = [date(2024, 1, 1) + timedelta(weeks=week) for week in range(8)]
    >>> splits = rolling_splits(weekly, lambda origin: [origin - timedelta(days=90)], every_days=28)
    >>> [(split.known_until.isoformat(), len(split.test)) for split in splits]
    [('2024-01-01', 4), ('2024-01-29', 4)]
    """
    blocks: list[list[date]] = []
    for cutoff in test:
        if not blocks or (cutoff - blocks[-1][0]).days >= every_days:
            blocks.append([])
        blocks[-1].append(cutoff)
    splits = [OutOfTimeSplit(tuple(train_at(block[0])), tuple(block)) for block in blocks]
    for split in splits:
        late = [cutoff for cutoff in split.train if cutoff >= split.known_until]
        if late:
            msg = f"training cutoff {late[0]} is not before the origin {split.known_until}"
            raise ValueError(msg)
    return splits


def few_origins(
    cutoffs: Sequence[date], test: Sequence[date], *, first_horizon: int, most: int
) -> list[OutOfTimeSplit]:
    """Test cutoffs in at most `most` blocks, each with all that could be learnt from before it.

    Parameters
    ----------
    cutoffs
        What may be learnt from once its first interval has ended, the test included.
    test
        Cutoffs to be judged on, in rising order.
    first_horizon
        End of the first interval, in days.
    most
        How many blocks, 1 or more.

    Examples
    --------
    >>> weekly = [date(2024, 1, 1) + timedelta(weeks=week) for week in range(30)]
    >>> origins = few_origins(weekly, weekly[19:], first_horizon=60, most=2)
    >>> [(len(origin.train), origin.known_until.isoformat(), len(origin.test)) for origin in origins]
    [(11, '2024-05-13', 6), (17, '2024-06-24', 5)]
    """
    days = (test[-1] - test[0]).days // most + 1
    return rolling_splits(
        test,
        lambda origin: [cutoff for cutoff in cutoffs if cutoff + timedelta(days=first_horizon) <= origin],
        every_days=days,
    )


def account_folds(accounts: npt.NDArray[np.object_], *, seed: int) -> npt.NDArray[np.int64]:
    """A fold for each row, the same for all rows of an account; on top of a split by time, never instead of it.

    Parameters
    ----------
    accounts
        Account of each row, of training and test rows together.
    seed
        Which accounts go together; the same accounts and seed give the same folds.

    Returns
    -------
    array of int, shape (rows,)
        0 to ``ACCOUNT_FOLDS - 1``.

    Examples
    --------
    >>> folds = account_folds(np.array(["a", "b", "c", "d", "e", "a"], dtype=object), seed=7)
    >>> bool(folds[0] == folds[5]), sorted(set(folds.tolist()))
    (True, [0, 1, 2, 3, 4])
    """
    names, place = np.unique(accounts.astype(str), return_inverse=True)
    fold_of = np.empty(len(names), np.int64)
    splitter = GroupKFold(ACCOUNT_FOLDS, shuffle=True, random_state=seed)
    for number, (_, inside) in enumerate(splitter.split(names, groups=names)):
        fold_of[inside] = number
    return fold_of[place]
