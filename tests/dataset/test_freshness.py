"""Each source by itself must reach the cutoff: one that stopped paints everybody silent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from churnpredict.dataset import Dataset
from churnpredict.errors import StaleDataError

from .declared import CUTOFF
from .opening import opened, write

TICKETS = """
    [events.tickets]
    table = "tickets.parquet"
    time = "at"
    known_at = "known_at"
    {declared}
    [events.tickets.signals.tickets]
    aggregations = ["count"]
    """


def day(ago: int) -> datetime:
    return datetime.combine(CUTOFF, datetime.min.time()) - timedelta(days=ago)


def with_tickets(
    folder: Path, ago: Iterable[int], declared: str = "", known: Iterable[int] | None = None, more: str = ""
) -> Dataset:
    """Usage of every day up to the cutoff, and tickets on some days before it, known then or on others."""
    ago = list(ago)
    moment = pa.timestamp("us")
    tickets = {
        "account_id": pa.array(["a"] * len(ago), pa.string()),
        "at": pa.array([day(days) for days in ago], moment),
        "known_at": pa.array([day(days) for days in (ago if known is None else known)], moment),
    }
    write(folder / "tickets.parquet", pa.table(tickets))
    usage = pa.table({"account_id": ["a"] * 99, "at": [day(days) for days in range(1, 100)], "amount": [1.0] * 99})
    return opened(folder, usage=usage, more=more + TICKETS.format(declared=declared))


def stale(dataset: Dataset, cutoff: date = CUTOFF) -> str:
    """What the refusal says."""
    with pytest.raises(StaleDataError) as error:
        dataset.check_fresh(cutoff)
    assert error.value.exit_code == 4
    return str(error.value)


def test_a_source_that_stopped_is_refused_though_others_go_on(tmp_path: Path) -> None:
    message = stale(with_tickets(tmp_path, range(15, 90)))
    assert message.startswith(
        "events.tickets.max_age_days: the last row before 2024-03-01 was seen on 2024-02-15, 15 days before; "
        "expected at most 14 days (it was never silent for more than 1 before). Load tickets.parquet"
    )
    with_tickets(tmp_path, range(14, 90)).check_fresh(CUTOFF)


def test_a_sparse_source_may_be_silent_for_twice_its_longest_silence(tmp_path: Path) -> None:
    with_tickets(tmp_path, [60, 70, 100]).check_fresh(CUTOFF)
    assert "at most 60 days (it was never silent for more than 30 before)" in stale(
        with_tickets(tmp_path, [61, 71, 101])
    )


@pytest.mark.parametrize("ago", [[], [400]], ids=["never seen", "seen once"])
def test_nothing_says_how_often_a_source_without_a_past_should_come(tmp_path: Path, ago: list[int]) -> None:
    with_tickets(tmp_path, ago).check_fresh(CUTOFF)


def test_a_source_that_is_loaded_in_batches_is_as_old_as_its_last_batch(tmp_path: Path) -> None:
    ago = list(range(30, 120))
    monthly = [max(0, 30 * ((days - 1) // 30)) for days in ago]
    with_tickets(tmp_path, ago, known=monthly).check_fresh(CUTOFF)


def test_rows_that_were_not_yet_known_make_no_source_fresh(tmp_path: Path) -> None:
    ago = range(1, 90)
    assert "was seen on 2024-02-10, 20 days before" in stale(
        with_tickets(tmp_path, ago, known=[days if days >= 20 else 0 for days in ago])
    )


@pytest.mark.parametrize("days", [3, 40])
def test_a_source_may_say_how_old_it_may_be(tmp_path: Path, days: int) -> None:
    declared = f"max_age_days = {days}"
    with_tickets(tmp_path, [days, days + 1, 99], declared).check_fresh(CUTOFF)
    message = stale(with_tickets(tmp_path, [days + 1, 99], declared))
    assert f"{days + 1} days before; expected at most {days} days. Load" in message
    assert "no row was seen before 2024-03-01" in stale(with_tickets(tmp_path, [], declared))


def test_what_all_together_may_be_each_may_be(tmp_path: Path) -> None:
    more = "[freshness]\nmax_age_days = 20\n"
    with_tickets(tmp_path, range(20, 90), more=more).check_fresh(CUTOFF)
    assert "at most 20 days" in stale(with_tickets(tmp_path, range(21, 90), more=more))


def test_a_source_may_stop_before_all_together_do(tmp_path: Path) -> None:
    dataset = with_tickets(tmp_path, range(1, 90), "max_age_days = 3", more="[freshness]\nmax_age_days = 30\n")
    dataset.check_fresh(CUTOFF)
    later = CUTOFF + timedelta(days=20)
    assert "events.tickets.max_age_days" in stale(dataset, later)
    assert "freshness.max_age_days" in stale(dataset, CUTOFF + timedelta(days=31))


def test_a_source_that_is_later_than_ever_is_named_before_it_is_refused(tmp_path: Path) -> None:
    assert with_tickets(tmp_path, range(4, 90)).check_fresh(CUTOFF).late == {"tickets": CUTOFF - timedelta(days=4)}
    assert with_tickets(tmp_path, range(3, 90)).check_fresh(CUTOFF).late == {}
    # It was silent for as long before.
    assert with_tickets(tmp_path, [*range(9, 50), *range(60, 90)]).check_fresh(CUTOFF).late == {}
