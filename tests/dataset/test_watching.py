"""What is watched from week to week: rows by week as they could be read then, ages of sources, who is treated."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa

from churnpredict.dataset import ages, source_weeks, treated_accounts

from .declared import CUTOFF
from .labelled import after, dated, treated
from .opening import opened, write

#: Rows of a source of its own: days before the cutoff on which they happened, and on which they could be read.
TICKETS = """
    [events.tickets]
    table = "tickets.parquet"
    time = "at"
    known_at = "known_at"
    max_missing_accounts = 1.0
    [events.tickets.signals.effort]
    measure = "effort"
    aggregations = ["mean"]
    [events.tickets.signals.severe]
    where = { severe = true }
    aggregations = ["count"]
    """


def day(ago: int) -> datetime:
    return datetime.combine(CUTOFF, datetime.min.time()) - timedelta(days=ago)


def tickets(folder: Path, rows: list[tuple[int, int]], weeks: int) -> pd.DataFrame:
    """The weeks of a source with rows of some days, each known some days before the cutoff; effort is 1, 2, 3 …"""
    moment = pa.timestamp("us")
    columns = {
        "account_id": ["a", "b"] * (len(rows) // 2) + ["a"] * (len(rows) % 2),
        "at": pa.array([day(happened) for happened, _ in rows], moment),
        "known_at": pa.array([day(known) for _, known in rows], moment),
        "effort": [float(number) for number in range(1, len(rows) + 1)],
        "severe": [number % 2 == 0 for number in range(len(rows))],
    }
    write(folder / "tickets.parquet", pa.table(columns))
    with opened(folder, more=TICKETS) as dataset:
        found = source_weeks(dataset, CUTOFF, weeks)
    return found[found["place"] == "events.tickets"].reset_index(drop=True)


def rows_of(found: pd.DataFrame, signal: str = "") -> list[float]:
    return found.loc[found["signal"] == signal, "rows"].tolist()


def test_weeks_count_back_from_the_cutoff_and_end_before_it(tmp_path: Path) -> None:
    # 8 days before belongs to the week before the last one; the cutoff's own day to none.
    found = tickets(tmp_path, [(1, 1), (7, 7), (8, 8), (14, 14), (21, 21), (0, 0)], weeks=3)
    assert rows_of(found) == [2, 2, 1]


def test_rows_that_came_late_count_for_no_week_neither_now_nor_then(tmp_path: Path) -> None:
    # The second was read on the day before the cutoff, but long after its own week had ended.
    found = tickets(tmp_path, [(9, 8), (10, 1), (3, 2), (2, 0), (35, 35)], weeks=3)
    assert rows_of(found) == [1, 1, 0]


def test_a_week_without_rows_is_a_zero_but_not_before_the_first_row(tmp_path: Path) -> None:
    found = tickets(tmp_path, [(1, 1), (22, 22)], weeks=10)
    assert rows_of(found) == [1, 0, 0]


def test_signals_have_the_rows_that_count_and_what_they_measure(tmp_path: Path) -> None:
    found = tickets(tmp_path, [(1, 1), (2, 2), (3, 3), (30, 30)], weeks=1).set_index("signal")
    assert found.loc["", ["rows", "accounts"]].tolist() == [3, 2]
    assert found.loc["severe", "rows"] == 2
    assert found.loc["effort", ["mean", "sd"]].tolist() == [2, 1]
    assert pd.isna(found.loc["severe", "mean"])


def test_the_age_of_a_source_counts_from_when_it_was_last_heard_of(tmp_path: Path) -> None:
    with opened(tmp_path) as dataset:
        (usage,) = ages(dataset, CUTOFF)
    # Rows of 20 and 28 February and of 1 December, of which 81 days was the longest silence.
    assert (usage.place, usage.age, usage.longest_silence, usage.allowed) == ("events.usage", 2, 81, 162)
    assert not usage.stopped


def test_an_intervention_acts_from_the_day_after_it_began_until_its_days_are_over(tmp_path: Path) -> None:
    with dated(tmp_path, treated=[treated(0)]) as dataset:
        acting = dataset.project.training.intervention_days
        cutoffs = [after(days) for days in (0, 1, acting - 1, acting)]
        found = treated_accounts(dataset, cutoffs, after(1000))
        assert found["treated"].tolist() == [0, 1, 1, 0]
        assert treated_accounts(dataset, cutoffs, after(0))["treated"].tolist() == [0, 0, 0, 0]


def test_without_interventions_nothing_is_said_of_them(tmp_path: Path) -> None:
    with opened(tmp_path) as dataset:
        assert treated_accounts(dataset, [CUTOFF], CUTOFF).empty
