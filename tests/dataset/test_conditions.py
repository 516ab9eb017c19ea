"""Which rows count: conditions on text, numbers and flags."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from churnpredict.errors import DataError

from .opening import File, features, opened

# Conditions ---------------------------------------------------------------------------------------------------------


def counted_where(folder: Path, where: str, usage: File) -> float:
    """How many of account a's rows of the last 28 days meet a condition."""
    more = f'[events.usage.signals.chosen]\naggregations = ["count"]\nwhere = {{ {where} }}'
    return float(features(opened(folder, usage=usage, more=more))["a"]["chosen__count__28d"])


CONDITIONED = pa.table(
    {
        "account_id": ["a"] * 4,
        "at": [date(2024, 2, 28)] * 4,
        "amount": [1.0, 2.0, float("nan"), None],
        "kind": ["x", "y", "X", None],
        "paid": [True, False, None, True],
        "level": [1, 0, 3, None],
    }
)


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ('kind = "x"', 1),
        ('kind = ["x", "y"]', 2),
        ('kind = { none_of = ["x"] }', 2),
        ("amount = { at_least = 2 }", 1),
        ("amount = { at_most = 2 }", 2),
        ("amount = { above = 1 }", 1),
        ("amount = { below = 2 }", 1),
        ("amount = { above = 0, below = 2 }", 1),
        ("amount = 2", 1),
        ("level = { none_of = [0] }", 2),
        ("paid = true", 2),
        ("paid = false", 1),
        ('paid = true, kind = "x"', 1),
        ("kind = { one_of = [] }", 0),
    ],
)
def test_a_row_counts_where_its_conditions_hold(tmp_path: Path, where: str, count: float) -> None:
    assert counted_where(tmp_path, where, CONDITIONED) == count


@pytest.mark.parametrize("where", ["level = true", 'paid = "true"'])
def test_a_flag_may_be_written_in_other_ways(tmp_path: Path, where: str) -> None:
    assert counted_where(tmp_path, where, CONDITIONED) > 0


def test_a_condition_on_a_flag_of_a_csv_file_holds(tmp_path: Path) -> None:
    text = "account_id,at,amount,paid\na,2024-02-28,1,true\na,2024-02-28,1,false\na,2024-02-28,1,True\n"
    assert counted_where(tmp_path, "paid = true", text) == 2


def test_a_condition_on_a_number_of_a_csv_file_holds(tmp_path: Path) -> None:
    text = "account_id,at,amount\na,2024-02-28,1.50\na,2024-02-28,10\na,2024-02-28,\n"
    assert counted_where(tmp_path, "amount = { at_least = 1.5, below = 10 }", text) == 1


def test_a_flag_that_is_compared_with_another_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="paid"):
        counted_where(tmp_path, 'paid = "maybe"', CONDITIONED)


def test_a_condition_on_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"events\.usage\.signals\.chosen\.where\.knd: usage\.parquet has no column"):
        counted_where(tmp_path, 'knd = "x"', CONDITIONED)
