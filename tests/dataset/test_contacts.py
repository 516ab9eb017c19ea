"""What an account's page shows of the people behind it: as it stood, as far as it was known, and never later."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from churnpredict.config import read_project
from churnpredict.csm import Contacts
from churnpredict.dataset import Dataset, open_dataset
from churnpredict.errors import ConfigError

CUTOFF = date(2025, 3, 3)
TOML = """
    [accounts]
    table = "accounts.parquet"
    started_on = "started_on"
    [accounts.facts]
    segment = "category"
    [histories.contact]
    table = "contact.parquet"
    known_at = "known_at"
    [histories.contact.values]
    contact = { kind = "category", aggregations = [] }
    decides = { kind = "flag", aggregations = [] }
    [events.calls]
    table = "calls.parquet"
    time = "at"
    known_at = "known_at"
    absent = "missing"
    windows = [28]
    [events.calls.signals.calls]
    aggregations = ["count"]
    [account_page]
    values = ["decides", "segment", "contact"]
    [account_page.touches.call]
    events = "calls"
    where = { side = "us" }
    by = "us"
    [account_page.touches.ring]
    events = "calls"
    where = { side = "them" }
    by = "customer"
    [churn]
    kind = "dated"
    table = "churn.parquet"
    time = "churned_on"
    """


def opened(folder: Path, calls: list[tuple[str, int, int, str]], toml: str = TOML) -> Dataset:
    """Accounts a and b; calls as (account, days before the cutoff, known days before it, side)."""

    def ago(days: int) -> datetime:
        return datetime.combine(CUTOFF - timedelta(days=days), time(9))

    accounts = {"account_id": ["a", "b"], "started_on": [ago(400)] * 2, "segment": ["small", "large"]}
    contact = {
        "account_id": ["a", "a"],
        "valid_from": [ago(90), ago(5)],
        "known_at": [ago(90), ago(0)],
        "contact": ["Ana Ruiz", "Bo Lind"],
        "decides": [True, False],
    }
    columns = list(zip(*calls, strict=True)) or [()] * 4
    rows = {
        "account_id": pa.array(columns[0], pa.string()),
        "at": pa.array([ago(days) for days in columns[1]], pa.timestamp("us")),
        "known_at": pa.array([ago(days) for days in columns[2]], pa.timestamp("us")),
        "side": pa.array(columns[3], pa.string()),
    }
    pd.DataFrame(accounts).to_parquet(folder / "accounts.parquet")
    pd.DataFrame(contact).to_parquet(folder / "contact.parquet")
    pa.parquet.write_table(pa.table(rows), folder / "calls.parquet")
    pd.DataFrame({"account_id": ["other"], "churned_on": [ago(90)]}).to_parquet(folder / "churn.parquet")
    path = folder / "churnpredict.toml"
    path.write_text(toml, encoding="utf-8")
    return open_dataset(read_project(path))


def days_ago(days: int) -> pd.Timestamp:
    return pd.Timestamp(CUTOFF - timedelta(days=days))


def test_values_are_those_known_and_touches_the_newest_of_their_kind(tmp_path: Path) -> None:
    calls = [("a", 40, 40, "us"), ("a", 9, 9, "us"), ("a", 3, 3, "them"), ("a", 2, 0, "them"), ("b", 0, 0, "us")]
    frame = opened(tmp_path, calls).contacts(CUTOFF).set_index("account_id")
    a, b = frame.loc["a"], frame.loc["b"]
    # Who came five days ago was not yet written down.
    assert (a["shown__contact"], a["shown__decides"], a["shown__segment"]) == ("Ana Ruiz", 1.0, "small")
    assert (a["touch__call"], a["touch__ring"]) == (days_ago(9), days_ago(3))
    assert b[["shown__contact", "shown__decides", "touch__call", "touch__ring"]].isna().all()
    assert b["shown__segment"] == "large"
    assert frame["heard__calls"].tolist() == [True, False]


@pytest.mark.parametrize(("days", "heard"), [(28, True), (29, False)])
def test_a_source_is_silent_on_an_account_without_a_row_in_its_longest_window(
    tmp_path: Path, days: int, *, heard: bool
) -> None:
    frame = opened(tmp_path, [("a", days, days, "us"), ("b", 1, 1, "us")]).contacts(CUTOFF)
    assert frame["heard__calls"].tolist() == [heard, True]


@pytest.mark.parametrize(("days", "touched"), [(365, True), (366, False)])
def test_a_touch_is_forgotten_after_a_year(tmp_path: Path, days: int, *, touched: bool) -> None:
    frame = opened(tmp_path, [("a", days, days, "us")]).contacts(CUTOFF)
    assert frame["touch__call"].notna().tolist() == [touched, False]


@pytest.mark.parametrize(
    ("given", "instead", "expected"),
    [
        ('"contact"]', '"contacts"]', "account_page.values.2"),
        ('events = "calls"\n    where = { side = "us" }', 'events = "cals"', "account_page.touches.call.events"),
    ],
)
def test_what_is_not_declared_cannot_be_shown(tmp_path: Path, given: str, instead: str, expected: str) -> None:
    with pytest.raises(ConfigError, match="is not declared") as told:
        opened(tmp_path, [], TOML.replace(given, instead))
    assert expected in str(told.value)


def test_where_names_are_redacted_no_text_of_a_contact_is_shown(tmp_path: Path) -> None:
    dataset = opened(tmp_path, [("a", 1, 1, "us")], f"{TOML}\n    [privacy]\n    redact = true\n")
    contacts = Contacts.declared(dataset.project, dataset.contacts(CUTOFF), {})
    assert [label for label, _ in contacts.told(["a"], CUTOFF)["a"]] == [
        "Decides",
        "Last call, by us",
        "Last ring, by the customer",
    ]
