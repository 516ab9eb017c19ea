"""The 64 features by the public API: a declaration, `open_dataset`, `Dataset.features`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from churnpredict.config import read_project
from churnpredict.dataset import open_dataset

DECLARATION = """
[accounts]
table = "accounts.parquet"
started_on = "started_on"

[churn]
kind = "dated"
table = "churn.parquet"
time = "churned_on"

[events.usage]
table = "events.parquet"
time = "at"
windows = [7, 14, 30, 60, 90, 180, 365]

[events.usage.signals.events]
aggregations = ["count", "active_days", "trend", "slope", "days_since"]

[events.usage.signals.amount]
measure = "value"
aggregations = ["sum", "mean", "max", "std"]

[events.usage.signals.users]
measure = "user_id"
aggregations = ["distinct"]
"""


def prepare(folder: Path, *, own: bool) -> Callable[[], Iterator[pd.DataFrame]]:
    """Open and check the sources, which the other engines do not do; what then makes the features."""
    config = folder / "churnpredict.toml"
    config.write_text(DECLARATION, encoding="utf-8")
    rows = pd.read_parquet(folder / "rows.parquet")
    dataset = open_dataset(read_project(config))
    if own:
        return lambda: dataset.features_of(rows.astype({"account_id": "str"}))
    return lambda: dataset.features(sorted(rows["cutoff"].unique()))
