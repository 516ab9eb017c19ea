"""A name that may be declared is computed, whatever the tables inside are called; or it is refused when read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from churnpredict.config import read_project
from churnpredict.dataset import open_dataset
from churnpredict.errors import ConfigError

from .company import Company, Row, collected
from .declared import CUTOFF

BASE = """
    [accounts]
    table = "accounts.parquet"
    started_on = "started_on"
    {declared}
    [churn]
    kind = "dated"
    table = "churn.parquet"
    time = "churned_on"
    """
SECTIONS = {
    "signal": """
        [events.usage]
        table = "usage.parquet"
        time = "at"
        [events.usage.signals.{name}]
        measure = "amount"
        aggregations = ["count", "sum", "trend", "active_days", "days_since", "last", "longest_silence"]
        """,
    "key": """
        [events.usage]
        table = "usage.parquet"
        time = "at"
        [events.usage.signals.{name}]
        measure = "user"
        aggregations = ["distinct", "slope", "top_key_silence"]
        """,
    "category of a history": """
        [histories.contract]
        table = "contract.parquet"
        [histories.contract.values.{name}]
        kind = "category"
        column = "plan"
        order = ["p2", "p20"]
        aggregations = ["value", "changes", "steps", "days_unchanged"]
        """,
    "number of a history": """
        [histories.contract]
        table = "contract.parquet"
        [histories.contract.values.{name}]
        kind = "number"
        column = "seats"
        aggregations = ["value", "change", "relative_change", "days_unchanged"]
        """,
    "fact of the accounts": """
        [accounts.facts.{name}]
        kind = "category"
        column = "region"
        """,
    "date": """
        [facts.profile]
        table = "profile.parquet"
        [facts.profile.values.{name}]
        kind = "date"
        column = "founded"
        """,
}
#: Names that are, or could be, those of columns inside.
INNER = {
    "signal": [
        "account_id",
        "day",
        "seen",
        "cutoff",
        "ago",
        "ring",
        "account_id_known",
        "now",
        "total",
        "mean",
        "until",
    ],
    "key": ["account_id", "day", "seen", "cutoff", "ago", "replaced", "key"],
    "category of a history": ["account_id", "cutoff", "seen", "valid_from", "valid_to", "place", "changed", "ago"],
    "number of a history": ["account_id", "cutoff", "seen", "valid_from", "valid_to", "place", "then"],
    "fact of the accounts": ["account_id", "started_on", "name", "owner", "cutoff"],
    "date": ["account_id", "started_on", "cutoff"],
}
CASES = [pytest.param(section, name, id=f"{section}-{name}") for section, names in INNER.items() for name in names]


def _tables() -> dict[str, list[Row]]:
    start = datetime(2024, 1, 10)  # noqa: DTZ001
    return {
        "accounts": [{"account_id": a, "started_on": date(2023, 1, 1), "region": f"of {a}"} for a in "ab"],
        "usage": [
            {"account_id": "a", "at": start + timedelta(days=d), "user": f"u{d}", "amount": d} for d in (1, 9, 40)
        ],
        "contract": [
            {"account_id": "a", "valid_from": date(2024, 1, day), "plan": f"p{day}", "seats": day} for day in (2, 20)
        ],
        "profile": [{"account_id": "a", "founded": date(1999, 12, 31)}],
        "churn": [{"account_id": "b", "churned_on": CUTOFF + timedelta(days=9)}],
    }


def _features(folder: Path, section: str, name: str) -> pd.DataFrame:
    toml = BASE.format(declared=SECTIONS[section].format(name=name))
    frame = collected(open_dataset(read_project(Company(toml, _tables()).write(folder))), [CUTOFF])
    return frame.rename(columns=lambda column: column.replace(f"{name}__", "neutral__"))


@pytest.mark.parametrize(("section", "name"), CASES)
@pytest.mark.case(69, "only a name")
def test_no_declared_name_meets_one_inside(tmp_path: Path, section: str, name: str) -> None:
    expected = _features(tmp_path / "neutral", section, "neutral")
    try:
        found = _features(tmp_path / "named", section, name)
    except ConfigError:
        return
    pd.testing.assert_frame_equal(found, expected)
