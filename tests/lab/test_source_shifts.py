"""Whether a week is unusual: against the weeks before it, and against the same weeks a year ago."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from churnpredict.lab.monitoring.source_shifts import WEEKS, Shift, shifts


def weeks(
    rows: np.ndarray, *, counted: np.ndarray | None = None, mean: np.ndarray | None = None, accounts: int = 300
) -> pd.DataFrame:
    """Weeks of a source, newest first: all rows, and one signal."""
    rows = np.asarray(rows, dtype=float)
    each = {"place": "events.usage", "week": np.arange(len(rows)), "accounts": float(accounts), "sd": np.nan}
    everything = pd.DataFrame({**each, "signal": "", "rows": rows, "mean": np.nan})
    signal = pd.DataFrame({**each, "signal": "minutes", "rows": rows if counted is None else counted, "mean": mean})
    return pd.concat([everything, signal.assign(sd=10.0)], ignore_index=True)


def quiet(seed: int = 1, weeks: int = WEEKS) -> np.ndarray:
    return np.random.default_rng(seed).poisson(4_000, weeks).astype(float)


def one(found: list[Shift], what: str) -> Shift:
    return next(shift for shift in found if shift.what == what)


def minutes(seed: int = 1) -> np.ndarray:
    return 40 + np.random.default_rng(seed).normal(0, 0.5, WEEKS)


def test_a_quiet_source_is_usual_week_after_week() -> None:
    states = [shift.state for seed in range(40) for shift in shifts(weeks(quiet(seed), mean=minutes(seed)))]
    assert set(states) == {"usual"}


def test_a_source_that_stops_arriving_is_unusual_in_its_first_week() -> None:
    rows = quiet()
    rows[0] = 100
    found = one(shifts(weeks(rows)), "rows")
    assert found.state == "unusual"
    assert found.sentence() == f"100 rows in the last week, usually {np.median(rows[1:9]):,.0f}"
    assert found.distance is not None
    assert found.distance < -5


def test_a_measure_counted_differently_is_unusual_and_its_rows_are_not() -> None:
    mean = minutes()
    mean[0] *= 0.6
    found = shifts(weeks(quiet(), mean=mean))
    assert (one(found, "mean").state, one(found, "rows").state) == ("unusual", "usual")


def test_a_renamed_value_that_no_row_carries_any_more_is_unusual() -> None:
    rows = quiet()
    counted = np.random.default_rng(2).poisson(400, WEEKS).astype(float)
    counted[0] = 0
    found = one(shifts(weeks(rows, counted=counted)), "share")
    assert found.state == "unusual"
    assert found.now == 0


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_a_holiday_that_was_there_a_year_ago_is_seasonal(late: int) -> None:
    rows = quiet()
    rows[[0, 52 + late]] *= 0.3
    found = one(shifts(weeks(rows)), "rows")
    assert (found.state, found.compared_with_last_year) == ("seasonal", True)


def test_a_fall_far_deeper_than_the_holiday_a_year_ago_is_unusual() -> None:
    rows = quiet()
    rows[52] *= 0.6
    rows[0] = 40
    assert one(shifts(weeks(rows)), "rows").state == "unusual"


def test_without_a_year_a_holiday_is_unusual_and_says_what_it_could_not_see() -> None:
    rows = quiet(weeks=30)
    rows[0] *= 0.3
    found = one(shifts(weeks(rows)), "rows")
    assert (found.state, found.compared_with_last_year) == ("unusual", False)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(lambda: quiet(weeks=8), id="too few weeks"),
        pytest.param(lambda: np.array([0.0, 3, 2, 4] * 15), id="too few rows a week"),
    ],
)
def test_too_little_says_that_it_is_too_early(rows: Callable[[], np.ndarray]) -> None:
    assert one(shifts(weeks(rows())), "rows").state == "too early"


def test_a_small_source_may_swing() -> None:
    rows = np.random.default_rng(4).poisson(15, WEEKS).astype(float)
    rows[0] = 6
    assert one(shifts(weeks(rows)), "rows").state == "usual"
