"""Profiles as a survey would give them, and small folders of tables, for tests of what is guessed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from churnpredict.config import Table
from churnpredict.dataset import ColumnProfile, TableProfile

FIRST, LAST = date(2023, 1, 2), date(2025, 6, 30)


def profile(name: str, rows: int, later: dict[tuple[str, str], float] | None = None, **columns: Any) -> TableProfile:
    """A table whose columns are given as (kind, distinct) or (kind, distinct, missing)."""
    return TableProfile(
        name,
        Table(path=f"{name}.parquet"),
        rows,
        tuple(column(key, *each) for key, each in columns.items()),
        later or {},
    )


def column(name: str, kind: Any, distinct: int, missing: float = 0.0, levels: tuple[str, ...] = ()) -> ColumnProfile:
    days = (FIRST, LAST) if kind == "date" else (None, None)
    counted = tuple((level, 100) for level in levels)
    return ColumnProfile(name, kind, distinct, missing, 0.0, 9.0, *days, counted)


def company(accounts: int = 45) -> dict[str, pd.DataFrame]:
    """A vendor as its own tables would show it, with everything that may know the future."""
    rng = np.random.default_rng(7)
    ids = [f"C{number:04d}" for number in range(accounts)]
    left = [number % 3 == 0 for number in range(accounts)]
    joined = [FIRST + timedelta(days=int(day)) for day in rng.integers(0, 200, accounts)]
    gone = [day + timedelta(days=400) if out else None for day, out in zip(joined, left, strict=True)]
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "company_name": [f"Company {each}" for each in ids],
            "csm": [f"csm {number % 4}" for number in range(accounts)],
            "region": ["north" if number % 2 else "south" for number in range(accounts)],
            "status": ["cancelled" if out else "active" for out in left],
            "signed_up": pd.to_datetime(joined),
            "cancelled_on": pd.to_datetime(pd.Series(gone)),
            "last_login": pd.to_datetime([LAST - timedelta(days=number % 9) for number in range(accounts)]),
            "total_tickets": rng.integers(0, 40, accounts),
            "exit_interview": [f"note {number % 5}" if out else None for number, out in enumerate(left)],
            "mrr": rng.integers(100, 900, accounts).astype(float),
        }
    )
    usage = _rows(rng, ids, joined, gone, every=7).assign(
        user_id=lambda rows: [f"u{number % 7}" for number in range(len(rows))],
        minutes=lambda rows: rng.integers(1, 90, len(rows)),
        action=lambda rows: rng.choice(["view", "edit", "share"], len(rows)),
    )
    usage["loaded_at"] = usage["at"] + pd.Timedelta(hours=30)
    tickets = _rows(rng, ids, joined, gone, every=40).assign(
        priority=lambda rows: rng.choice(["low", "high"], len(rows)),
        resolution_hours=lambda rows: rng.integers(1, 90, len(rows)),
    )
    return {
        "customers": customers,
        "usage": usage,
        "tickets": tickets,
        "products": pd.DataFrame({"sku": ["a", "b"], "price": [1.0, 2.0]}),
    }


def _rows(
    rng: np.random.Generator, ids: list[str], joined: list[date], gone: list[date | None], *, every: int
) -> pd.DataFrame:
    rows = []
    for account, first, last in zip(ids, joined, gone, strict=True):
        days = np.arange(int(rng.integers(0, every)), ((last or LAST) - first).days, every)
        rows += [
            (account, datetime.combine(first, datetime.min.time()) + timedelta(days=int(day), hours=9)) for day in days
        ]
    return pd.DataFrame(rows, columns=["customer_id", "at"])


def write_csv(tables: dict[str, pd.DataFrame], folder: Path, **options: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, **options)
    return folder


def write_parquet(tables: dict[str, pd.DataFrame], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    return folder
