"""Nothing at or after a cutoff moves a feature of it, or decides who is on its spine."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .company import ACCOUNTS, ROWS, SEEDS, Company, collected, random_company, searched
from .declared import CHURN_KINDS, CUTOFF, CUTOFFS, declaration
from .rewriting import rewritten

ALL_CUTOFFS = st.sampled_from(CUTOFFS)
MANY_ACCOUNTS = st.integers(5, 30)
MANY_ROWS = st.integers(300, 1500)
#: Who is on the spine, and from when, without the cost of other features.
SPINE_ONLY = {"dated": [], "silence": ["usage"], "unrenewed": []}


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Bit by bit: no tolerance."""
    one, other = one.reset_index(drop=True), other.reset_index(drop=True)
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.parametrize(
    ("source", "known"),
    [("usage", True), ("usage", False), ("telemetry", True)],
    ids=["known_at", "no_known_at", "absent_is_missing"],
)
@searched(2)
@given(seed=SEEDS, accounts=MANY_ACCOUNTS, rows=MANY_ROWS, cutoff=ALL_CUTOFFS)
def test_no_feature_moves_when_the_future_is_rewritten(
    tmp_path_factory: pytest.TempPathFactory,
    source: str,
    *,
    known: bool,
    seed: int,
    accounts: int,
    rows: int,
    cutoff: date,
) -> None:
    derived = ["derived"] if source == "usage" and known else []
    toml = declaration(known=known, parts=["facts", "contact", "contract", source, *derived])
    company = random_company(seed, accounts, rows, known=known).declared(toml)
    before = company.features(tmp_path_factory.mktemp("before"), [cutoff])
    after = rewritten(company, cutoff, seed, known=known).features(tmp_path_factory.mktemp("after"), [cutoff])
    assert_same(before, after)


@pytest.mark.parametrize("churn", CHURN_KINDS)
@searched(5)
@given(seed=SEEDS, accounts=ACCOUNTS, rows=ROWS, cutoff=ALL_CUTOFFS)
def test_no_account_joins_or_leaves_a_spine_when_the_future_is_rewritten(
    tmp_path_factory: pytest.TempPathFactory, churn: str, seed: int, accounts: int, rows: int, cutoff: date
) -> None:
    company = random_company(seed, accounts, rows).declared(declaration(churn, parts=SPINE_ONLY[churn]))
    before = company.features(tmp_path_factory.mktemp("before"), [cutoff])
    after = rewritten(company, cutoff, seed, known=True).features(tmp_path_factory.mktemp("after"), [cutoff])
    assert_same(before, after)


@pytest.mark.parametrize("churn", CHURN_KINDS)
@searched(4)
@given(seed=SEEDS, accounts=ACCOUNTS, rows=ROWS, days=st.sampled_from([60, 61, 70, 89, 90, 91, 100, 150]))
def test_no_label_moves_when_all_that_came_after_observed_until_is_rewritten(
    tmp_path_factory: pytest.TempPathFactory, churn: str, seed: int, accounts: int, rows: int, days: int
) -> None:
    company = random_company(seed, accounts, rows).declared(declaration(churn, parts=SPINE_ONLY[churn]))
    observed_until = CUTOFF + timedelta(days=days)
    cutoffs = [cutoff for cutoff in CUTOFFS if cutoff <= observed_until]
    other = rewritten(company, observed_until, seed, known=True)
    before = company.open(tmp_path_factory.mktemp("before")).labels(cutoffs, observed_until)
    after = other.open(tmp_path_factory.mktemp("after")).labels(cutoffs, observed_until)
    assert_same(before, after)


def test_what_a_list_shows_does_not_move_when_the_future_is_rewritten(tmp_path: Path) -> None:
    company = random_company(5, 30, 600).declared(declaration(parts=["contract"]))
    for cutoff in CUTOFFS[:3]:
        other = rewritten(company, cutoff, 5, known=True)
        before = company.open(tmp_path / f"before {cutoff}").details([cutoff])
        assert len(before["arr"].unique()) > 1
        assert_same(before, other.open(tmp_path / f"after {cutoff}").details([cutoff]))


def test_the_rewritten_future_is_another_one(tmp_path: Path) -> None:
    # Were it not, the tests above would prove nothing.
    company = random_company(3, 20, 800).declared(declaration(parts=["contract", "contact", "usage"]))
    other = rewritten(company, CUTOFF, 3, known=True)
    before, after = (each.features(tmp_path / name, CUTOFFS[2:]) for name, each in (("a", company), ("b", other)))
    still = [name for name in before.columns if before[name].equals(after[name])]
    assert set(still) <= {"account_id", "cutoff", "tenure__days_since"}


@searched(2)
@given(seed=SEEDS, accounts=MANY_ACCOUNTS, rows=MANY_ROWS, cutoff=ALL_CUTOFFS)
def test_a_cutoff_among_many_equals_the_same_cutoff_alone(
    tmp_path_factory: pytest.TempPathFactory, seed: int, accounts: int, rows: int, cutoff: date
) -> None:
    company = random_company(seed, accounts, rows).declared(
        declaration(parts=["facts", "contract", "usage", "derived"])
    )
    dataset = company.open(tmp_path_factory.mktemp("company"))
    many, alone = collected(dataset, CUTOFFS), collected(dataset, [cutoff])
    assert_same(many[many["cutoff"] == pd.Timestamp(cutoff)], alone)


@searched(2)
@given(seed=SEEDS, accounts=MANY_ACCOUNTS, rows=MANY_ROWS)
def test_an_account_alone_equals_the_same_account_among_all(
    tmp_path_factory: pytest.TempPathFactory, seed: int, accounts: int, rows: int
) -> None:
    company = random_company(seed, accounts, rows).declared(declaration(parts=["facts", "contract", "usage"]))
    dataset = company.open(tmp_path_factory.mktemp("whole"))
    whole = collected(dataset, CUTOFFS)
    account = whole["account_id"].value_counts().index[0]
    among_all = whole[whole["account_id"] == account]
    assert_same(collected(dataset, CUTOFFS, [account]), among_all)
    kept = {account, "bare"}  # tables may not be empty
    alone = company.with_rows(lambda _, rows: [row for row in rows if row["account_id"] in kept])
    assert_same(alone.features(tmp_path_factory.mktemp("alone"), CUTOFFS), among_all)


@searched(2)
@given(seed=SEEDS, accounts=MANY_ACCOUNTS, rows=MANY_ROWS)
def test_the_order_of_the_rows_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, seed: int, accounts: int, rows: int
) -> None:
    company = random_company(seed, accounts, rows).declared(declaration(parts=["contract", "contact", "usage"]))
    random = Random(seed)
    shuffled = company.with_rows(lambda _, rows: random.sample(rows, len(rows)))
    one = company.features(tmp_path_factory.mktemp("one"), CUTOFFS)
    assert_same(one, shuffled.features(tmp_path_factory.mktemp("other"), CUTOFFS))


REPEATED_STATES = """
    [accounts]
    table = "accounts.parquet"
    started_on = "started_on"
    [histories.contract]
    table = "contract.parquet"
    valid_to = "valid_to"
    values = { plan = "category" }
    [churn]
    kind = "dated"
    table = "churn.parquet"
    time = "churned_on"
    """


def test_the_order_of_repeated_states_does_not_matter(tmp_path: Path) -> None:
    start = CUTOFF - timedelta(days=20)
    states = [
        {"account_id": f"a{number}", "valid_from": start, "valid_to": ends, "plan": "pro"}
        for number in range(50)
        for ends in (None, CUTOFF - timedelta(days=10))
    ]
    tables = {
        "accounts": [{"account_id": f"a{number}", "started_on": start} for number in range(50)],
        "churn": [{"account_id": "other", "churned_on": CUTOFF}],
    }
    one = Company(REPEATED_STATES, tables | {"contract": states}).features(tmp_path / "one", [CUTOFF])
    other = Company(REPEATED_STATES, tables | {"contract": states[::-1]}).features(tmp_path / "other", [CUTOFF])
    assert_same(one, other)
