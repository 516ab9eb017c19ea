"""Every feature equals its plain twin: events on the ends of intervals, late rows, gaps and corrections included."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given

from churnpredict.columns import DERIVED_AGGREGATIONS, EVENT_AGGREGATIONS, HISTORY_AGGREGATIONS
from churnpredict.config import Project

from .company import ACCOUNTS, ROWS, SEEDS, Company, collected, random_company, searched
from .declared import CUTOFF, CUTOFFS, PARTS, declaration
from .plain import Row
from .twin import Twin, differences

KNOWN = pytest.mark.parametrize("known", [True, False], ids=["known_at", "no_known_at"])


def assert_equal_to_twin(company: Company, folder: Path) -> None:
    """All features of `CUTOFFS` at once against the twin's."""
    dataset = company.open(folder)
    twin = Twin(dataset.project, company.tables)
    frame = collected(dataset, CUTOFFS)
    for cutoff in CUTOFFS:
        found = differences(frame[frame["cutoff"] == pd.Timestamp(cutoff)], twin.features(cutoff))
        assert not found, f"at {cutoff}:\n" + "\n".join(found[:10]) + f"\n{company.of(found[0].split()[0])}"


@KNOWN
@pytest.mark.parametrize("source", ["usage", "telemetry"], ids=["absent_is_zero", "absent_is_missing"])
@searched(4)
@given(seed=SEEDS, accounts=ACCOUNTS, rows=ROWS)
def test_features_of_events_equal_their_twin(
    tmp_path_factory: pytest.TempPathFactory, source: str, *, known: bool, seed: int, accounts: int, rows: int
) -> None:
    company = random_company(seed, accounts, rows, known=known).declared(declaration(known=known, parts=[source]))
    assert_equal_to_twin(company, tmp_path_factory.mktemp("company"))


@KNOWN
@searched(4)
@given(seed=SEEDS, accounts=ACCOUNTS, rows=ROWS)
def test_features_of_histories_equal_their_twin(
    tmp_path_factory: pytest.TempPathFactory, *, known: bool, seed: int, accounts: int, rows: int
) -> None:
    toml = declaration(known=known, parts=["contract", "contact"])
    company = random_company(seed, accounts, rows, known=known).declared(toml)
    assert_equal_to_twin(company, tmp_path_factory.mktemp("company"))


@pytest.mark.parametrize("churn", ["dated", "silence", "unrenewed"])
@searched(3)
@given(seed=SEEDS, accounts=ACCOUNTS, rows=ROWS)
def test_facts_and_tenure_equal_their_twin_on_every_spine(
    tmp_path_factory: pytest.TempPathFactory, churn: str, seed: int, accounts: int, rows: int
) -> None:
    parts = ["facts", "usage"] if churn == "silence" else ["facts"]
    company = random_company(seed, accounts, rows).declared(declaration(churn, parts=parts))
    assert_equal_to_twin(company, tmp_path_factory.mktemp("company"))


@searched(3)
@given(seed=SEEDS, accounts=ACCOUNTS, rows=ROWS)
def test_tones_equal_their_twin(tmp_path_factory: pytest.TempPathFactory, seed: int, accounts: int, rows: int) -> None:
    company = random_company(seed, accounts, rows).declared(declaration(parts=["tone"]))
    assert_equal_to_twin(company, tmp_path_factory.mktemp("company"))


@searched(2)
@given(seed=SEEDS, accounts=ACCOUNTS, rows=ROWS)
def test_ratios_and_comparisons_equal_their_twin(
    tmp_path_factory: pytest.TempPathFactory, seed: int, accounts: int, rows: int
) -> None:
    toml = declaration(parts=["facts", "contract", "usage", "derived"])
    company = random_company(seed, accounts, rows).declared(toml)
    assert_equal_to_twin(company, tmp_path_factory.mktemp("company"))


def test_random_companies_move_every_feature(tmp_path: Path) -> None:
    company = random_company(7, 30, 1500)
    dataset = company.open(tmp_path)
    frame = collected(dataset, CUTOFFS)
    still = [name for name in frame.columns if frame[name].nunique() < 2]
    assert not still, "the twin proves nothing about a feature that never moves"
    assert set(PARTS) == {"facts", "contact", "contract", "usage", "telemetry", "tone", "derived"}
    named = {feature.name.aggregation for feature in dataset.project.features()}
    assert named == {*EVENT_AGGREGATIONS, *HISTORY_AGGREGATIONS, *DERIVED_AGGREGATIONS}


# The same by hand, lest both readings of a definition be wrong together ---------------------------------------------

BY_HAND = """
    [accounts]
    table = "accounts.parquet"
    started_on = "started_on"
    [events.usage]
    table = "usage.parquet"
    time = "at"
    known_at = "known_at"
    windows = [7]
    absent = "{absent}"
    [events.usage.signals.rows]
    aggregations = ["count", "active_days", "trend", "slope", "days_since"]
    [events.usage.signals.amount]
    measure = "amount"
    aggregations = ["sum", "mean", "min", "max", "std", "trend"]
    [events.usage.signals.users]
    measure = "user"
    aggregations = ["distinct"]
    windows = [7, {longest}]
    [churn]
    kind = "dated"
    table = "churn.parquet"
    time = "churned_on"
    """
MIDNIGHT, LAST_SECOND = time(), time(23, 59, 59)


def by_hand(folder: Path, rows: list[Row], absent: str = "zero", longest: int = 500) -> dict[str, float]:
    """Features of account a at `CUTOFF`."""
    tables = {
        "accounts": [{"account_id": "a", "started_on": CUTOFF - timedelta(days=900)}],
        "usage": [{"account_id": "a", "known_at": row["at"]} | row for row in rows],
        "churn": [{"account_id": "other", "churned_on": CUTOFF}],
    }
    frame = Company(BY_HAND.format(absent=absent, longest=longest), tables).features(folder, [CUTOFF])
    return frame.drop(columns=["account_id", "cutoff"]).iloc[0].to_dict()


def on(days: int, clock: time = MIDNIGHT) -> datetime:
    """A moment on the day `days` days after the cutoff."""
    return datetime.combine(CUTOFF + timedelta(days=days), clock)


@pytest.mark.parametrize(
    ("at", "count", "days_since"),
    [
        (on(0), 0, None),
        (on(-1, LAST_SECOND), 1, 1),
        (on(-1), 1, 1),
        (on(-7), 1, 7),
        (on(-8, LAST_SECOND), 0, 8),
        (on(-365), 0, 365),
        (on(-366, LAST_SECOND), 0, None),
    ],
)
@pytest.mark.case(26, "not visible")
def test_a_window_begins_on_its_first_day_and_ends_before_the_cutoff(
    tmp_path: Path, at: datetime, count: float, days_since: float | None
) -> None:
    found = by_hand(tmp_path, [{"at": at}])
    assert found["rows__count__7d"] == count
    assert found["rows__days_since"] == pytest.approx(days_since or float("nan"), nan_ok=True)


@pytest.mark.parametrize(
    ("known_at", "count"),
    [(on(-1, LAST_SECOND), 1), (on(-30), 1), (on(0), 0), (on(40), 0), (None, 0)],
    ids=["the day before", "before it happened", "on the cutoff", "later", "never"],
)
def test_a_row_counts_once_it_was_known(tmp_path: Path, known_at: datetime | None, count: float) -> None:
    assert by_hand(tmp_path, [{"at": on(-3), "known_at": known_at}])["rows__count__7d"] == count


def test_aggregations_by_hand(tmp_path: Path) -> None:
    rows = [
        {"at": on(-1, LAST_SECOND), "amount": 5.0, "user": "u"},
        {"at": on(-1), "amount": 1.0, "user": "v"},
        {"at": on(-7), "amount": None, "user": "u"},
        {"at": on(-8), "amount": 100.0, "user": "w"},
        {"at": on(-14), "amount": 100.0, "user": None},
    ]
    found = by_hand(tmp_path, rows)
    # Days −7 … −1 hold 1, 0, 0, 0, 0, 0, 2 rows: the slope is Σ x·y / Σ x² with x = −3 … 3, which is 3 / 28.
    assert found == pytest.approx(
        {
            "tenure__days_since": 900,
            "rows__count__7d": 3,
            "rows__active_days__7d": 2,
            "rows__trend__7d": 3 / 2,
            "rows__slope__7d": 3 / 28,
            "rows__days_since": 1,
            "amount__sum__7d": 6,
            "amount__mean__7d": 3,
            "amount__min__7d": 1,
            "amount__max__7d": 5,
            "amount__std__7d": 8**0.5,
            "amount__trend__7d": 6 / 200,
            "users__distinct__7d": 2,
            "users__distinct__500d": 3,
        }
    )


def test_an_account_without_rows_has_none_or_no_data_as_declared(tmp_path: Path) -> None:
    rows = [{"account_id": "other", "at": on(-1)}]
    zero, missing = by_hand(tmp_path / "zero", rows), by_hand(tmp_path / "missing", rows, absent="missing")
    assert {name: zero[name] for name in ("rows__count__7d", "amount__sum__7d", "users__distinct__7d")} == {
        "rows__count__7d": 0,
        "amount__sum__7d": 0,
        "users__distinct__7d": 0,
    }
    assert pd.isna(zero["amount__mean__7d"])
    assert all(pd.isna(value) for name, value in missing.items() if name != "tenure__days_since")


@pytest.mark.parametrize(("day", "there"), [(-28, True), (-365, True), (-366, False)])
def test_memory_reaches_beyond_short_windows(tmp_path: Path, day: int, *, there: bool) -> None:
    found = by_hand(tmp_path, [{"at": on(day)}], absent="missing", longest=28)
    assert found["rows__days_since"] == pytest.approx(-day if there else float("nan"), nan_ok=True)
    assert found["rows__count__7d"] == pytest.approx(0 if there else float("nan"), nan_ok=True)


@pytest.mark.parametrize(("day", "distinct"), [(-400, 1), (-500, 1), (-501, None)])
def test_a_row_in_the_longest_window_is_no_missing_data(tmp_path: Path, day: int, distinct: float | None) -> None:
    found = by_hand(tmp_path, [{"at": on(day), "user": "u"}], absent="missing")
    expected = float("nan") if distinct is None else distinct
    assert found["users__distinct__500d"] == pytest.approx(expected, nan_ok=True)
    assert pd.isna(found["rows__count__7d"]) == (distinct is None)


def test_a_trend_over_amounts_that_cancelled_out_is_none(tmp_path: Path) -> None:
    before = [{"at": on(-8 - number), "amount": amount} for number, amount in enumerate([0.1, 0.2, -0.3])]
    assert pd.isna(by_hand(tmp_path, [{"at": on(-1), "amount": 5.0}, *before])["amount__trend__7d"])


HISTORY_BY_HAND = """
    [accounts]
    table = "accounts.parquet"
    started_on = "started_on"
    [histories.contract]
    table = "contract.parquet"
    valid_to = "valid_to"
    known_at = "known_at"
    windows = [7]
    [histories.contract.values]
    seats = "number"
    plan = "category"
    renewal = "date"
    [churn]
    kind = "dated"
    table = "churn.parquet"
    time = "churned_on"
    """


def state(begins: int, seats: float, *, known: int | None = None, ends: int | None = None, plan: str = "pro") -> Row:
    """A row of the history of account a: days from the cutoff on which it begins, is known and ends."""
    return {
        "account_id": "a",
        "valid_from": on(begins).date(),
        "valid_to": None if ends is None else on(ends).date(),
        "known_at": on(begins if known is None else known, LAST_SECOND),
        "seats": seats,
        "plan": plan,
        "renewal": on(int(seats)).date(),
    }


@pytest.mark.parametrize(
    ("rows", "seats", "change", "changes"),
    [
        ([state(-1, 5)], 5, None, 0),
        ([state(0, 5)], None, None, 0),
        ([state(-9, 5, known=0)], None, None, 0),
        ([state(-9, 5, known=-1)], 5, 0, 0),
        ([state(-9, 5, ends=0)], 5, 0, 0),
        ([state(-9, 5, ends=-1)], None, None, 0),
        ([state(-7, 5)], 5, None, 0),
        ([state(-8, 5)], 5, 0, 0),
        ([state(-30, 5, ends=-20), state(-10, 6, plan="basic")], 6, 0, 0),
        ([state(-30, 5), state(-7, 6, plan="basic")], 6, 1, 1),
        ([state(-30, 5), state(-8, 6, plan="basic")], 6, 0, 0),
        ([state(-30, 5), state(-7, 6)], 6, 1, 0),
        # A correction speaks once it is known, of the past as well.
        ([state(-30, 5), state(-30, 9, known=-2)], 9, 0, 0),
        ([state(-30, 5), state(-30, 9, known=0)], 5, 0, 0),
        # What is not yet known does not come between two rows that are.
        ([state(-30, 5), state(-4, 6, plan="x", known=3), state(-2, 7, plan="x")], 7, 2, 1),
        ([state(-30, 5), state(-4, 6, plan="x", known=3), state(-2, 7)], 7, 2, 0),
    ],
)
def test_states_by_hand(
    tmp_path: Path, rows: list[Row], seats: float | None, change: float | None, changes: float
) -> None:
    tables = {
        "accounts": [{"account_id": "a", "started_on": CUTOFF - timedelta(days=900)}],
        "contract": rows,
        "churn": [{"account_id": "other", "churned_on": CUTOFF}],
    }
    found = Company(HISTORY_BY_HAND, tables).features(tmp_path, [CUTOFF]).iloc[0]
    nothing = float("nan")
    assert found["seats__value"] == pytest.approx(nothing if seats is None else seats, nan_ok=True)
    assert found["seats__change__7d"] == pytest.approx(nothing if change is None else change, nan_ok=True)
    assert found["renewal__days_until"] == pytest.approx(nothing if seats is None else seats, nan_ok=True)
    assert found["plan__changes__7d"] == changes


def test_tenure_is_declared_by_nobody_and_always_first() -> None:
    accounts = {"table": "a.parquet", "started_on": "s"}
    project = Project.model_validate(
        {"accounts": accounts, "churn": {"kind": "dated", "table": "c.parquet", "time": "t"}}
    )
    assert [str(feature.name) for feature in project.features()] == ["tenure__days_since"]
