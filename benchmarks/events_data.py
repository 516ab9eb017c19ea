"""Events of a B2B product, made anew by each benchmark from a seed: sessions of few, very uneven accounts, by time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

WINDOWS = (7, 14, 30, 60, 90, 180, 365)
FIRST_DAY = np.datetime64("2022-01-01")
DAYS = 1_095
#: Cutoffs lie in the last two years, so that the longest window of most of them is full of data.
FIRST_CUTOFF = 365
SESSION_LENGTH = 4.0
_DAY_US = 86_400_000_000
_BLOCK_DAYS = 30


@dataclass(frozen=True)
class Size:
    """How many accounts, about how many events, and how many cutoffs of each account."""

    accounts: int
    events: int
    cutoffs: int = 24


SIZES = {
    "S": Size(2_000, 2_000_000),
    "M": Size(20_000, 20_000_000),
    "L": Size(100_000, 100_000_000),
    "XL": Size(200_000, 200_000_000),
    "tiny": Size(30, 3_000, 4),
}


def make(folder: Path, size: Size, *, own: bool) -> int:
    """Write events.parquet, accounts.parquet, churn.parquet and rows.parquet; the number of events.

    Parameters
    ----------
    folder
        Where to.
    size
        How much.
    own
        Whether each account has cutoffs of its own, or all have the first of each month.
    """
    random = np.random.default_rng(20_240)
    numbers = np.arange(size.accounts, dtype=np.int32)
    written = _write_events(folder / "events.parquet", size, random)
    started = np.full(size.accounts, FIRST_DAY - 366)
    _write(folder / "accounts.parquet", account_id=numbers, started_on=started)
    # Somebody has to leave; on the day after the data end, so that all accounts are scored at every cutoff.
    _write(folder / "churn.parquet", account_id=numbers[:1], churned_on=np.array([FIRST_DAY + DAYS]))
    cutoffs = _own_cutoffs(size, random) if own else np.tile(_months(size.cutoffs), size.accounts)
    _write(folder / "rows.parquet", account_id=np.repeat(numbers, size.cutoffs), cutoff=cutoffs)
    return written


def _months(count: int) -> npt.NDArray[np.datetime64]:
    return (np.datetime64("2023-01", "M") + np.arange(count)).astype("datetime64[D]")


def _own_cutoffs(size: Size, random: np.random.Generator) -> npt.NDArray[np.datetime64]:
    # Every 30 days from a day of the account's own, as renewals are.
    first = random.integers(0, 30, size.accounts)[:, None]
    return (FIRST_DAY + FIRST_CUTOFF + first + 30 * np.arange(size.cutoffs)).ravel()


def _write(path: Path, **columns: npt.NDArray[Any]) -> None:
    pq.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), path)


def _write_events(path: Path, size: Size, random: np.random.Generator) -> int:
    """A month at a time, so that the events of the largest size need little memory to be made."""
    begins = random.integers(0, 500, size.accounts)
    ends = np.where(random.random(size.accounts) < 0.25, begins + random.integers(60, 900, size.accounts), DAYS)
    ends = np.minimum(ends, DAYS)
    rate = random.lognormal(0.0, 1.0, size.accounts) * (random.random(size.accounts) > 0.01)
    rate *= size.events / SESSION_LENGTH / (rate * (ends - begins)).sum()
    users = np.minimum(1 + random.lognormal(2.0, 0.8, size.accounts), 200.0)
    written, writer = 0, None
    for start in range(0, DAYS, _BLOCK_DAYS):
        low, high = np.maximum(begins, start), np.minimum(ends, min(start + _BLOCK_DAYS, DAYS))
        sessions = random.poisson(rate * np.maximum(high - low, 0))
        table = _sessions(np.repeat(np.arange(size.accounts), sessions), low, high, users, random)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=1_000_000)
        written += table.num_rows
    if writer is not None:
        writer.close()
    return written


def _sessions(
    account: npt.NDArray[np.int64],
    low: npt.NDArray[np.int64],
    high: npt.NDArray[np.int64],
    users: npt.NDArray[np.float64],
    random: np.random.Generator,
) -> pa.Table:
    day = low[account] + (random.random(len(account)) * (high - low)[account]).astype(np.int64)
    # Some users do most of the work; most of it is done in the daytime.
    user = (random.random(len(account)) ** 1.7 * users[account]).astype(np.int32)
    hour = np.clip(random.normal(13.5, 3.0, len(account)), 0.0, 23.0)
    session = np.repeat(np.arange(len(account)), random.geometric(1 / SESSION_LENGTH, len(account)))
    within = (hour[session] * 3.6e9).astype(np.int64) + random.integers(0, 2_400_000_000, len(session))
    # Some rows are of midnight sharp, where windows end.
    within[random.random(len(session)) < 0.001] = 0
    moment = FIRST_DAY.astype("datetime64[us]").astype(np.int64) + day[session] * _DAY_US + within
    order = np.argsort(moment, kind="stable")
    session = session[order]
    return pa.table(
        {
            "account_id": pa.array(account[session].astype(np.int32)),
            "user_id": pa.array(user[session]),
            "at": pa.array(moment[order], pa.timestamp("us")),
            "value": pa.array(np.round(random.gamma(2.0, 10.0, len(session)), 2)),
        }
    )
