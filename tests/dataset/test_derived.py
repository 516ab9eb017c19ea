"""Features made of features: one per another, and an account against similar accounts."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from .company import Company, Row, collected, random_company
from .declared import CUTOFF, CUTOFFS, declaration

DECLARED = """
    [accounts]
    table = "accounts.parquet"
    started_on = "started_on"
    [events.usage]
    table = "usage.parquet"
    time = "at"
    windows = [7]
    [events.usage.signals.amount]
    measure = "amount"
    aggregations = ["sum", "mean"]
    [histories.contract]
    table = "contract.parquet"
    values = { seats = "number", plan = "category" }
    [churn]
    kind = "dated"
    table = "churn.parquet"
    time = "churned_on"
    [ratios]
    amount_per_seat = { of = "amount__sum__7d", per = "seats__value" }
    mean_per_sum = { of = "amount__mean__7d", per = "amount__sum__7d" }
    [peers]
    amount_on_plan = { of = "amount__sum__7d", by = "plan", fewest = 3 }
    ratio_among_all = { of = "amount_per_seat__ratio__7d", fewest = 2 }
    """
RATIO, VERSUS = "amount_per_seat__ratio__7d", "amount_on_plan__versus_peers__7d"


def company(accounts: dict[str, tuple[list[float], float | None, str | None]], left: str = "nobody") -> Company:
    """Accounts by their amounts of the last week, their seats and their plan; one of them left before the cutoff."""
    start, yesterday = CUTOFF - timedelta(days=90), datetime.combine(CUTOFF, datetime.min.time()) - timedelta(days=1)
    usage = [
        {"account_id": a, "at": yesterday, "amount": x} for a, (amounts, _, _) in accounts.items() for x in amounts
    ]
    contract = [
        {"account_id": a, "valid_from": start, "seats": seats, "plan": plan} for a, (_, seats, plan) in accounts.items()
    ]
    tables: dict[str, list[Row]] = {
        "accounts": [{"account_id": a, "started_on": start} for a in accounts],
        "usage": usage,
        "contract": contract,
        "churn": [{"account_id": left, "churned_on": start + timedelta(days=9)}],
    }
    return Company(DECLARED, tables)


def found(folder: Path, made: Company) -> pd.DataFrame:
    return made.features(folder, [CUTOFF]).set_index("account_id")


def test_a_ratio_is_one_feature_per_another(tmp_path: Path) -> None:
    accounts = {
        "some": ([6.0, 3.0], 2.0, "pro"),
        "none of it": ([], 2.0, "pro"),
        "below zero": ([6.0], -2.0, "pro"),
        "per zero": ([6.0], 0.0, "pro"),
        "per nothing": ([6.0], None, "pro"),
    }
    ratio = found(tmp_path, company(accounts))[RATIO]
    assert ratio.dropna().to_dict() == {"some": 4.5, "none of it": 0.0, "below zero": -3.0}
    assert ratio[["per zero", "per nothing"]].isna().all()


def test_what_cancelled_out_is_nothing_to_divide_by(tmp_path: Path) -> None:
    row = found(tmp_path, company({"a": ([0.1, 0.2, -0.3], 1.0, "pro")})).loc["a"]
    assert pd.isna(row["mean_per_sum__ratio__7d"])


def test_an_account_is_compared_with_the_median_of_its_group(tmp_path: Path) -> None:
    accounts = {
        "a": ([1.0], 1.0, "pro"),
        "b": ([4.0], 1.0, "pro"),
        "c": ([16.0], 1.0, "pro"),
        "d": ([100.0], 1.0, "basic"),
        "e": ([], 1.0, "basic"),
        "f": ([5.0], 1.0, None),
    }
    versus = found(tmp_path, company(accounts))[VERSUS]
    assert versus[["a", "b", "c"]].tolist() == [-3.0, 0.0, 12.0]
    assert versus[["d", "e"]].isna().all(), "two of a plan are too few"
    assert pd.isna(versus["f"]), "nobody is like an account of unknown plan"


def test_who_has_left_is_nobodys_peer(tmp_path: Path) -> None:
    accounts = {name: ([amount], 1.0, "pro") for name, amount in {"a": 1.0, "b": 4.0, "c": 16.0, "d": 100.0}.items()}
    versus = found(tmp_path, company(accounts, left="d"))[VERSUS]
    assert versus.to_dict() == {"a": -3.0, "b": 0.0, "c": 12.0}


def test_peers_without_a_value_do_not_count(tmp_path: Path) -> None:
    accounts = {"a": ([4.0], 2.0, "pro"), "b": ([8.0], 0.0, "pro")}
    column = "ratio_among_all__versus_peers__7d"
    assert found(tmp_path / "one", company(accounts))[column].isna().all()
    versus = found(tmp_path / "two", company(accounts | {"c": ([3.0], 1.0, "basic")}))[column]
    assert versus[["a", "c"]].tolist() == [-0.5, 0.5]
    assert pd.isna(versus["b"])


def test_equals_do_not_differ_by_rounding(tmp_path: Path) -> None:
    accounts = {name: ([0.1, 0.2, 0.3, 0.7], 1.0, "pro") for name in "abc"}
    assert (found(tmp_path, company(accounts))[VERSUS] == 0).all()


def test_the_accounts_that_are_asked_for_do_not_change_whom_they_are_compared_with(tmp_path: Path) -> None:
    made = random_company(21, 25, 900).declared(declaration(parts=["facts", "contract", "usage", "derived"]))
    dataset = made.open(tmp_path)
    whole = collected(dataset, CUTOFFS[:2])
    account = whole.loc[whole["rows_in_region__versus_peers__28d"].notna(), "account_id"].iloc[0]
    alone = collected(dataset, CUTOFFS[:2], [account])
    expected = whole[whole["account_id"] == account].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, expected, check_exact=True)
