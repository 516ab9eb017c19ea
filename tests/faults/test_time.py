"""Cutoffs, clocks and calendars."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from dataset.opening import features, opened
from lab.company import START, TODAY

from .commands import refused, run, spoil


@pytest.mark.case(29, "exit 2")
def test_a_cutoff_in_the_future_is_refused(config: Path) -> None:
    assert "2999-01-01 is in the future" in refused(config, 2, as_of="2999-01-01")


@pytest.mark.case(30, "exit 3, the first day that can be used")
def test_a_cutoff_before_the_history_is_refused_with_the_first_day(config: Path) -> None:
    said = refused(config, 3, as_of=START)
    assert f"{START} is before the first event; expected a day after {START}" in said


@pytest.mark.case(32, "exit 4, the source and its last day")
def test_a_source_that_stopped_is_refused_though_others_go_on(config: Path) -> None:
    stopped = TODAY - timedelta(days=60)
    spoil(config, "usage", lambda table: table[pd.to_datetime(table["loaded_at"]) < pd.Timestamp(stopped)])
    said = refused(config, 4)
    assert f"events.usage.max_age_days: the last row before {TODAY} was seen on {stopped - timedelta(days=1)}" in said


@pytest.mark.case(31, "the list of all accounts, told")
def test_a_week_without_events_is_a_list_of_all_accounts_and_told(config: Path) -> None:
    quiet = TODAY - timedelta(days=9)
    for table, clock in (("usage", "loaded_at"), ("tickets", "day")):
        spoil(config, table, lambda rows, clock=clock: rows[pd.to_datetime(rows[clock]) < pd.Timestamp(quiet)])
    ended = run("predict", config, "--json")
    accounts = len(pd.read_parquet(config.parent / "accounts.parquet"))
    left = len(pd.read_parquet(config.parent / "churn.parquet"))
    assert ended.document["accounts"] == accounts - left
    assert ended.document["warnings"] == [
        "events: no source has an event in the 9 days before the cutoff; everybody looks silent"
    ]
    assert sum(ended.document["tiers"].values()) > ended.document["tiers"].get("green", 0)


@pytest.mark.case(32, "exit 3 where it lost half of its rows since the week before")
def test_a_table_that_was_loaded_by_half_is_refused(config: Path) -> None:
    last_week = TODAY - timedelta(days=7)
    assert run("predict", config, "--json", as_of=last_week).code == 0
    manifest = config.parent / "data" / "risk_lists" / str(last_week) / "manifest.json"
    recorded = json.loads(manifest.read_text())["sources"]
    assert recorded["accounts"] == json.loads(manifest.read_text())["rows"]
    spoil(config, "tickets", lambda table: table.sample(frac=0.4, random_state=1))
    said = refused(config, 3)
    assert (
        f"rows are visible, where {recorded['events.tickets']:,} were for {last_week}; expected at most 50% fewer"
        in said
    )
    assert said.count("error: ") == 1


@pytest.mark.parametrize(
    ("event", "cutoff"),
    [
        (date(2024, 2, 29), date(2024, 3, 1)),
        (date(2024, 2, 28), date(2024, 2, 29)),
        # The Monday of week 53, and the days about the turn of the year.
        (date(2020, 12, 27), date(2020, 12, 28)),
        (date(2020, 12, 31), date(2021, 1, 1)),
        (date(2023, 12, 31), date(2024, 1, 1)),
    ],
    ids=str,
)
@pytest.mark.case(33, "a day before is a day before")
def test_days_are_counted_through_any_calendar(tmp_path: Path, event: date, cutoff: date) -> None:
    accounts = pa.table({"account_id": ["a"], "started_on": [date(2019, 1, 1)]})
    usage = pa.table({"account_id": ["a"] * 2, "at": [event, cutoff - timedelta(days=29)], "amount": [1.0, 8.0]})
    churn = pa.table({"account_id": ["a"], "churned_on": [date(2030, 1, 1)]})
    found = features(opened(tmp_path, accounts=accounts, usage=usage, churn=churn), cutoff)["a"]
    assert (found["rows__days_since"], found["rows__count__28d"], found["amount__sum__28d"]) == (1, 1, 1)
    assert found["tenure__days_since"] == (cutoff - date(2019, 1, 1)).days


@pytest.mark.parametrize("zone", ["localtime", "Factory", "posixrules", "right/Europe/Berlin", "Mars/Olympus"])
@pytest.mark.case(27, "a zone that means something else on another machine: exit 2")
def test_a_zone_that_depends_on_the_machine_is_refused(config: Path, zone: str) -> None:
    config.write_text(f'time_zone = "{zone}"\n{config.read_text(encoding="utf-8")}', encoding="utf-8")
    assert f"{zone!r} is no time zone" in refused(config, 2)
