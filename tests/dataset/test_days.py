"""Days are those of the project's time zone, whatever the rows were written in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pytest

from .opening import File, features, opened

# Days and zones -----------------------------------------------------------------------------------------------------

BERLIN = ZoneInfo("Europe/Berlin")


def days_since(folder: Path, moment: datetime | str, cutoff: date, time_zone: str = "Europe/Berlin") -> float | None:
    """Whole days from an event of account a to a cutoff, as the features have it."""
    if isinstance(moment, str):
        usage: File = f"account_id,at,amount\na,{moment},1\n"
    else:
        kind = pa.timestamp("us", tz="UTC" if moment.tzinfo else None)
        usage = pa.table({"account_id": ["a"], "at": pa.array([moment], kind), "amount": [1.0]})
    value = features(opened(folder, usage=usage, time_zone=time_zone), cutoff)["a"]["rows__days_since"]
    return None if pd.isna(value) else value


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # Winter is an hour ahead of UTC.
        (datetime(2024, 2, 28, 22, 59, 59, tzinfo=UTC), date(2024, 2, 28)),
        (datetime(2024, 2, 28, 23, 0, tzinfo=UTC), date(2024, 2, 29)),
        # Summer is two.
        (datetime(2024, 7, 1, 21, 59, 59, tzinfo=UTC), date(2024, 7, 1)),
        (datetime(2024, 7, 1, 22, 0, tzinfo=UTC), date(2024, 7, 2)),
        # The days on which the clock goes forward and back: 23 and 25 hours long.
        (datetime(2024, 3, 30, 22, 59, 59, tzinfo=UTC), date(2024, 3, 30)),
        (datetime(2024, 3, 30, 23, 0, tzinfo=UTC), date(2024, 3, 31)),
        (datetime(2024, 3, 31, 21, 59, 59, tzinfo=UTC), date(2024, 3, 31)),
        (datetime(2024, 3, 31, 22, 0, tzinfo=UTC), date(2024, 4, 1)),
        (datetime(2024, 10, 26, 21, 59, 59, tzinfo=UTC), date(2024, 10, 26)),
        (datetime(2024, 10, 26, 22, 0, tzinfo=UTC), date(2024, 10, 27)),
        (datetime(2024, 10, 27, 22, 59, 59, tzinfo=UTC), date(2024, 10, 27)),
        (datetime(2024, 10, 27, 23, 0, tzinfo=UTC), date(2024, 10, 28)),
    ],
    ids=str,
)
@pytest.mark.case(28, "whole local days")
def test_an_instant_lies_on_the_local_day(tmp_path: Path, moment: datetime, day: date) -> None:
    assert moment.astimezone(BERLIN).date() == day
    assert days_since(tmp_path, moment, day + timedelta(days=1)) == 1
    # A cutoff is the midnight that begins its day: an event of that day lies after it.
    assert days_since(tmp_path, moment, day) is None


@pytest.mark.parametrize("time_zone", ["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize("clock", ["00:00:00", "23:59:59"])
@pytest.mark.case(27, "read in the declared zone")
def test_a_time_without_a_zone_is_local(tmp_path: Path, time_zone: str, clock: str) -> None:
    moment = datetime.fromisoformat(f"2024-03-31 {clock}")
    assert days_since(tmp_path, moment, date(2024, 4, 1), time_zone) == 1
    assert days_since(tmp_path, f"2024-03-31 {clock}", date(2024, 4, 1), time_zone) == 1


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "UTC"])
def test_the_zone_that_a_file_was_written_in_does_not_matter(tmp_path: Path, zone: str) -> None:
    moment = datetime(2024, 2, 28, 23, 0, tzinfo=UTC)
    column = pa.array([moment], pa.timestamp("us", tz=zone))
    usage = pa.table({"account_id": ["a"], "at": column, "amount": [1.0]})
    dataset = opened(tmp_path, usage=usage, time_zone="Europe/Berlin")
    assert features(dataset)["a"]["rows__days_since"] == 1


@pytest.mark.parametrize("resolution", ["s", "ms", "us", "ns"])
def test_the_resolution_of_a_time_does_not_matter(tmp_path: Path, resolution: str) -> None:
    column = pa.array([datetime(2024, 2, 29, 23, 59, 59)], pa.timestamp(resolution))  # noqa: DTZ001
    usage = pa.table({"account_id": ["a"], "at": column, "amount": [1.0]})
    assert features(opened(tmp_path, usage=usage))["a"]["rows__days_since"] == 1


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-28T23:30:00Z", date(2024, 2, 29)),
        ("2024-02-28 23:30:00+00", date(2024, 2, 29)),
        ("2024-02-29T00:30:00+02:00", date(2024, 2, 28)),
        ("2024-02-28T20:00:00.5-0500", date(2024, 2, 29)),
    ],
)
def test_an_instant_in_a_csv_file_lies_on_the_local_day(tmp_path: Path, text: str, day: date) -> None:
    assert datetime.fromisoformat(text).astimezone(BERLIN).date() == day
    assert days_since(tmp_path, text, day + timedelta(days=1)) == 1
    assert days_since(tmp_path, text, day) is None


def test_a_row_without_a_time_never_happened(tmp_path: Path) -> None:
    usage = pa.table({"account_id": ["a"], "at": pa.array([None], pa.timestamp("us")), "amount": [1.0]})
    assert features(opened(tmp_path, usage=usage))["a"]["rows__count__28d"] == 0
