# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["featuretools==1.31.0", "pandas<3", "pyarrow", "setuptools<81"]
# ///
"""What featuretools 1.31 has of the 64 features: seven aggregations over seven windows, one synthesis each.

It has no trend, no slope and no days since by these definitions, so it makes 49 columns. It needs pandas 2, hence an
environment of its own: ``uv run --script`` makes it.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
import warnings
from pathlib import Path

import featuretools as ft
import pandas as pd

WINDOWS = (7, 14, 30, 60, 90, 180, 365)
NAMES = {
    "COUNT(events)": "events__count",
    "NUM_UNIQUE(events.day)": "events__active_days",
    "SUM(events.value)": "amount__sum",
    "MEAN(events.value)": "amount__mean",
    "MAX(events.value)": "amount__max",
    "STD(events.value)": "amount__std",
    "NUM_UNIQUE(events.user_id)": "users__distinct",
}
ZERO_IF_NONE = ("events__count", "events__active_days", "amount__sum", "users__distinct")


def entities(folder: Path, rows: pd.DataFrame) -> ft.EntitySet:
    """Accounts with their events."""
    events = pd.read_parquet(folder / "events.parquet").astype({"at": "datetime64[ns]"})
    events["event_id"] = range(len(events))
    events["day"] = (events["at"].dt.normalize() - pd.Timestamp("2000-01-01")).dt.days
    accounts = pd.DataFrame({"account_id": rows["account_id"].unique()})
    found = ft.EntitySet("company")
    found.add_dataframe(dataframe_name="accounts", dataframe=accounts, index="account_id")
    kinds = {"user_id": "Categorical", "day": "Categorical"}
    found.add_dataframe(
        dataframe_name="events", dataframe=events, index="event_id", time_index="at", logical_types=kinds
    )
    found.add_relationship("accounts", "account_id", "events", "account_id")
    return found


def features(folder: Path) -> pd.DataFrame:
    """All windows side by side."""
    rows = pd.read_parquet(folder / "rows.parquet").rename(columns={"cutoff": "time"})
    rows["time"] = pd.to_datetime(rows["time"]).astype("datetime64[ns]")
    company, made = entities(folder, rows), []
    for days in WINDOWS:
        frame, _ = ft.dfs(
            entityset=company,
            target_dataframe_name="accounts",
            cutoff_time=rows[["account_id", "time"]],
            cutoff_time_in_index=True,
            training_window=f"{days} days",
            include_cutoff_time=False,
            agg_primitives=["count", "sum", "mean", "max", "std", "num_unique"],
            trans_primitives=[],
            max_depth=1,
            n_jobs=1,
        )
        frame = frame[list(NAMES)].astype("float64").rename(columns=NAMES)
        frame = frame.fillna(dict.fromkeys(ZERO_IF_NONE, 0.0))
        made.append(frame.add_suffix(f"__{days}d"))
    return pd.concat(made, axis=1).reset_index(names=["account_id", "cutoff"])


def main() -> None:
    """Write the features and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("result", type=Path)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    wall, cpu = time.perf_counter(), time.process_time()
    frame = features(options.folder)
    cost = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    frame.to_parquet(options.result)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(cost | {"peak_mib": peak}))


if __name__ == "__main__":
    main()
