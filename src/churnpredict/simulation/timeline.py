"""Day numbers, calendar months and timestamps of a simulated company.

Day 0 is the first recorded day. Matrices with one column per day begin ``BURN_IN`` days earlier, so that the
lagged hazard of day 0 has a past to read, and end ``TAIL`` days after the last recorded day, so that the true risk
of the last cutoff is known.
"""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .world import World

Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Times: TypeAlias = npt.NDArray[np.datetime64]

BURN_IN = 180
TAIL = 120
NEVER = 1_000_000

_SECONDS_A_DAY = 86_400
_NIGHTLY_LOAD = 2 * 3600 + 15 * 60
_EXTRACT = 6 * 3600
_LATEST = 20


def column_count(world: World) -> int:
    """Count the columns of a matrix with one column per day, burn-in and tail included."""
    return BURN_IN + world.days + TAIL


def recorded(matrix: npt.NDArray[Any], world: World) -> npt.NDArray[Any]:
    """Cut a matrix with one column per day (last axis) to the recorded days ``[0, world.days)``; a view."""
    return matrix[..., BURN_IN : BURN_IN + world.days]


def month_steps(start: date, day: Ints, *, months: Ints, count: int) -> Ints:
    """Give the days 1, 2, … ``count`` steps of some calendar months after a day.

    Parameters
    ----------
    start : date
        The date of day 0.
    day, months : array of int, shape (n,)
        First day number, and months per step (0 for no steps).
    count : int
        Steps to take.

    Returns
    -------
    array of int, shape (n, count)
        Day numbers, ``NEVER`` where there are no steps. A 31st falls on a shorter month's last day.
    """
    dates = np.datetime64(start, "D") + day.astype("timedelta64[D]")
    first_months = dates.astype("datetime64[M]")
    of_month = (dates - first_months.astype("datetime64[D]")).astype(np.int64)
    steps = months[:, None] * np.arange(1, count + 1)
    then = first_months[:, None] + steps.astype("timedelta64[M]")
    first = then.astype("datetime64[D]")
    length = ((then + np.timedelta64(1, "M")).astype("datetime64[D]") - first).astype(np.int64)
    reached = first + np.minimum(of_month[:, None], length - 1).astype("timedelta64[D]")
    numbers = (reached - np.datetime64(start, "D")).astype(np.int64)
    return np.where(months[:, None] > 0, numbers, NEVER)


def day_times(world: World, day: Ints) -> Times:
    """Turn day numbers into midnights (naive UTC, microseconds); ``NEVER`` becomes not-a-time."""
    start = np.datetime64(world.start, "us")
    times = start + np.where(day == NEVER, 0, day) * np.timedelta64(1, "D").astype("timedelta64[us]")
    return np.where(day == NEVER, np.datetime64("NaT", "us"), times)


def office_times(world: World, rng: np.random.Generator, *, day: Ints) -> Times:
    """Give each day number a moment in ``[07:00, 19:00)``, to the second."""
    seconds = rng.integers(7 * 3600, 19 * 3600, len(day))
    times: Times = day_times(world, day) + seconds.astype("timedelta64[s]")
    return times


def load_times(world: World, rng: np.random.Generator, *, day: Ints) -> Times:
    """Say when rows about some days could first have been read.

    That is the night after the day; for a ``world.late_rows`` share of rows, 1 to 20 days after that night.
    """
    late = rng.random(len(day), dtype=np.float32) < world.late_rows
    delay = np.zeros(len(day), np.int64)
    delay[late] = rng.integers(1, _LATEST + 1, int(late.sum()))
    return day_times(world, day + 1 + delay) + np.timedelta64(_NIGHTLY_LOAD, "s")


def extract_time(world: World) -> np.datetime64:
    """Say when the tables were extracted: the morning after the last recorded day."""
    return np.datetime64(world.start, "us") + np.timedelta64(world.days * _SECONDS_A_DAY + _EXTRACT, "s")
