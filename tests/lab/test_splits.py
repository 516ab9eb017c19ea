"""Claims about splits by time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnpredict.errors import TrainingError
from churnpredict.lab import OutOfTimeSplit, out_of_time_split

FIRST = date(2024, 1, 1)

quickly = settings(derandomize=True, database=None, deadline=None, max_examples=300)


@dataclass(frozen=True)
class Grid:
    """What a split is made of."""

    cutoffs: list[date]
    closed_until: date
    horizons: list[int]
    test_share: float

    def split(self) -> OutOfTimeSplit:
        return out_of_time_split(self.cutoffs, self.closed_until, horizons=self.horizons, test_share=self.test_share)

    def closed(self, cutoff: date) -> bool:
        return cutoff + timedelta(days=self.horizons[-1]) <= self.closed_until


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    steps = draw(st.lists(st.integers(1, 60), min_size=1, max_size=40))
    cutoffs = [FIRST + timedelta(days=sum(steps[:count])) for count in range(len(steps))]
    horizons = draw(st.lists(st.integers(1, 200), min_size=1, max_size=3, unique=True).map(sorted))
    closed_until = FIRST + timedelta(days=draw(st.integers(0, 1_500)))
    return Grid(cutoffs, closed_until, horizons, draw(st.floats(0.01, 0.5)))


def regular(count: int, **changes: object) -> Grid:
    """A grid every four weeks whose last label has just closed."""
    cutoffs = [FIRST + timedelta(days=28 * step) for step in range(count)]
    declared = {"closed_until": cutoffs[-1] + timedelta(days=90), "horizons": [60, 90], "test_share": 0.25} | changes
    return Grid(cutoffs, **declared)  # type: ignore[arg-type]


@quickly
@given(grids())
def test_no_label_that_training_may_know_touches_the_test(grid: Grid) -> None:
    try:
        split = grid.split()
    except TrainingError:
        return
    test_begins = min(split.test)
    assert split.known_until == test_begins
    for cutoff in split.train:
        ends = [cutoff + timedelta(days=horizon) for horizon in grid.horizons]
        counting = [end for end in ends if end <= split.known_until]
        assert counting, "a cutoff without a label that counts has nothing to teach"
        assert max(counting) <= test_begins


@quickly
@given(grids())
def test_the_test_is_the_latest_share_of_the_cutoffs_with_complete_labels(grid: Grid) -> None:
    complete = [cutoff for cutoff in grid.cutoffs if grid.closed(cutoff)]
    try:
        split = grid.split()
    except TrainingError:
        return
    assert split.test == tuple(complete[-math.ceil(grid.test_share * len(complete)) :])
    assert all(earlier < later for earlier, later in pairwise([*split.train, *split.test]))


@quickly
@given(grids())
def test_history_is_refused_only_where_it_does_not_reach_before_the_test(grid: Grid) -> None:
    complete = [cutoff for cutoff in grid.cutoffs if grid.closed(cutoff)]
    test = complete[-math.ceil(grid.test_share * len(complete)) :] if complete else []
    first, last = (
        [cutoff for cutoff in complete if test and cutoff + timedelta(days=horizon) <= test[0]]
        for horizon in (grid.horizons[0], grid.horizons[-1])
    )
    if last:
        assert grid.split().train == tuple(first)
    if not first:
        with pytest.raises(TrainingError, match="cutoffs with complete labels"):
            grid.split()


def test_the_embargo_is_the_first_horizon_to_the_day() -> None:
    for horizon, kept in ((84, 12), (85, 11), (56, 13)):
        split = regular(20, horizons=[horizon, 90]).split()
        assert (len(split.train), len(split.test)) == (kept + 1, 5)


def test_a_cutoff_whose_last_label_is_open_is_not_tested_on() -> None:
    grid = regular(20)
    day_short = regular(20, closed_until=grid.closed_until - timedelta(days=1))
    assert grid.split().test[-1] == grid.cutoffs[-1]
    assert day_short.split().test[-1] == grid.cutoffs[-2]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_short_history_is_refused_with_what_to_do(count: int) -> None:
    with pytest.raises(TrainingError) as error:
        regular(count).split()
    closed = regular(count).closed_until
    assert f"training: {count} cutoffs with complete labels by {closed}; expected enough that one lies" in str(
        error.value
    )
    assert "Wait for more history, or lower training.every_days." in str(error.value)
    assert error.value.exit_code == 5


def test_no_cutoff_at_all_is_refused() -> None:
    with pytest.raises(TrainingError):
        out_of_time_split([], FIRST, horizons=[60, 90], test_share=0.25)


def test_a_history_without_one_complete_label_before_the_test_is_refused() -> None:
    """Four cutoffs, one for the test: 84 days lie between, so no label of [60, 90) is known in training."""
    with pytest.raises(TrainingError):
        regular(4).split()
