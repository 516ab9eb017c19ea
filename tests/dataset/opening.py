"""Three small tables, any of which may be replaced by another, opened."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from churnpredict.config import read_project
from churnpredict.dataset import Dataset, open_dataset
from churnpredict.errors import DataError

from .company import collected
from .declared import CUTOFF

TOML = """
    time_zone = "{time_zone}"
    [accounts]
    table = {accounts}
    started_on = "started_on"
    {facts}
    [events.usage]
    table = {usage}
    time = "at"
    windows = [28]
    max_missing_accounts = 0.25
    [events.usage.signals.rows]
    aggregations = ["count", "days_since"]
    [events.usage.signals.amount]
    measure = "amount"
    aggregations = ["sum"]
    {more}
    [churn]
    kind = "dated"
    table = {churn}
    time = "churned_on"
    """

ACCOUNTS = pa.table({"account_id": ["a", "b"], "started_on": [date(2023, 1, 1)] * 2})
USAGE = pa.table(
    {
        "account_id": ["a", "a", "b"],
        "at": [datetime(2024, 2, 28), datetime(2023, 12, 1), datetime(2024, 2, 20)],  # noqa: DTZ001
        "amount": [1.0, 2.0, 4.0],
    }
)
CHURN = pa.table({"account_id": ["b"], "churned_on": [date(2024, 5, 1)]})

File = pa.Table | str | bytes


def opened(folder: Path, *, time_zone: str = "UTC", more: str = "", facts: str = "", **files: Any) -> Dataset:
    """Open three tables, each a Parquet table, the text or bytes of a CSV file, or None for a file that is not there.

    A pair is a CSV file and what its declaration says of it.
    """
    declared = {}
    for name, content in ({"accounts": ACCOUNTS, "usage": USAGE, "churn": CHURN} | files).items():
        content, options = content if isinstance(content, tuple) else (content, "")  # noqa: PLW2901
        suffix = "csv" if isinstance(content, str | bytes) else "parquet"
        declared[name] = f'{{ path = "{name}.{suffix}"{", " if options else ""}{options} }}'
        write(folder / f"{name}.{suffix}", content)
    path = folder / "churnpredict.toml"
    path.write_text(TOML.format(time_zone=time_zone, more=more, facts=facts, **declared), encoding="utf-8")
    return open_dataset(read_project(path))


def write(path: Path, content: File | None) -> None:
    if isinstance(content, str):
        path.write_bytes(content.encode())
    elif isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        pq.write_table(content, path)


def features(dataset: Dataset, cutoff: date = CUTOFF) -> dict[str, dict[str, Any]]:
    """Features by account."""
    rows = collected(dataset, [cutoff]).drop(columns="cutoff").to_dict("records")
    return {row.pop("account_id"): row for row in rows}


def refused(folder: Path, **files: Any) -> str:
    """What the error says."""
    with pytest.raises(DataError) as error:
        opened(folder, **files)
    assert type(error.value) is DataError
    return str(error.value)
