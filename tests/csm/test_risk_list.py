"""Claims about the list and its files."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from churnpredict.csm import ListPolicy, build_risk_list, reasons_in_words, to_csv, to_parquet
from churnpredict.csm.wording import split_reason
from churnpredict.errors import DataError

from .invented import CUTOFF, PLAYBOOKS, TYPICAL_RISK, Invented, invented

CONTRACT = [
    "account_id",
    "account_name",
    "owner",
    "cutoff",
    "tier",
    "previous_tier",
    "score",
    "risk_60d",
    "risk_90d",
    "risk_60_90d",
    "health_score",
    "health_tier",
    "arr",
    "arr_at_risk",
    "renewal_on",
    "reason_1",
    "reason_2",
    "reason_3",
    "playbook",
    "due_on",
]
REASONS = ["reason_1", "reason_2", "reason_3"]


def only(company: Invented, account: str) -> Invented:
    return Invented(*(frame[frame["account_id"] == account] for frame in vars(company).values()))


def test_the_columns_begin_as_promised() -> None:
    assert list(invented(5).listed().columns)[: len(CONTRACT)] == CONTRACT


def test_the_list_has_every_account_once_riskiest_first() -> None:
    company = invented(200)
    tied = replace(company, predictions=company.predictions.assign(risk_90d=company.predictions["risk_90d"].round(2)))
    listed = tied.listed()
    assert sorted(listed["account_id"]) == sorted(company.predictions["account_id"])
    keys = [(-risk, account) for risk, account in zip(listed["risk_90d"], listed["account_id"], strict=True)]
    assert keys == sorted(keys)


def test_the_order_of_the_rows_that_came_in_does_not_matter() -> None:
    company = invented(80)
    shuffled = Invented(*(frame.sample(frac=1, random_state=1) for frame in vars(company).values()))
    pd.testing.assert_frame_equal(company.listed(), shuffled.listed())


def test_what_comes_in_is_not_changed() -> None:
    company = invented(10)
    before = [frame.copy() for frame in vars(company).values()]
    company.listed()
    for frame, copy in zip(vars(company).values(), before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_reasons_of_flagged_accounts_only_raise_the_risk() -> None:
    listed = invented(300).listed()
    flagged = listed[listed["tier"] != "green"]
    weights = [split_reason(text)[1] for text in flagged[REASONS].melt()["value"].dropna()]
    assert weights
    assert all(weight.startswith("+") for weight in weights)


def test_reasons_of_green_accounts_are_the_strongest_of_either_sign() -> None:
    company = invented(300)
    green = company.predictions.loc[company.predictions["tier"] == "green", "account_id"].iloc[0]
    listed = only(company, green).listed()
    assert listed[REASONS].iloc[0].tolist() == reasons_in_words(only(company, green).drivers.head(3))


def test_reasons_are_the_strongest_in_order_and_missing_rather_than_invented() -> None:
    company = only(invented(1), "A00001")
    drivers = company.drivers.assign(points=[0.05, -0.04, 0.03, -0.02, -0.01, 0.0, -0.001])
    predictions = company.predictions.assign(tier="red")
    listed = replace(company, predictions=predictions, drivers=drivers).listed()
    assert listed[REASONS].iloc[0].tolist()[:2] == reasons_in_words(drivers.iloc[[0, 2]])
    assert listed["reason_3"].isna().all()


def test_the_same_thing_over_another_window_is_no_second_reason() -> None:
    company = only(invented(1), "A00001")
    names = [
        "logins__count__28d",
        "logins__count__84d",
        "logins__trend__28d",
        "logins__trend__84d",
        "users__count__28d",
    ]
    drivers = company.drivers.head(5).assign(feature=names, kind="number", value=3.0, points=0.05)
    predictions = company.predictions.assign(tier="red")
    listed = replace(company, predictions=predictions, drivers=drivers).listed()
    assert listed[REASONS].iloc[0].tolist() == reasons_in_words(drivers.iloc[[0, 2, 4]])


@pytest.mark.parametrize(
    ("score", "shown"),
    [(75.0, 75.0), (74.99999999999999, 74.9), (74.96, 74.9), (64.1, 64.1), (59.95, 59.9), (0.0, 0.0), (100.0, 100.0)],
)
def test_a_shown_score_never_reaches_a_tier_it_has_not(score: float, shown: float) -> None:
    company = invented(1)
    listed = replace(company, predictions=company.predictions.assign(score=score, health_score=score)).listed()
    assert listed["score"].tolist() == [shown]
    assert listed["health_score"].tolist() == [shown]


def test_every_tenth_is_shown_as_itself() -> None:
    company = invented(1001)
    scores = [tenth / 10 for tenth in range(1001)]
    listed = replace(company, predictions=company.predictions.assign(score=scores)).listed()
    assert sorted(listed["score"]) == scores


def test_arr_at_risk_is_risk_times_arr_and_missing_without_arr() -> None:
    listed = invented(200).listed()
    known = listed[listed["arr"].notna()]
    pd.testing.assert_series_equal(known["arr_at_risk"], known["risk_90d"] * known["arr"], check_names=False)
    assert listed["arr"].isna().any()
    assert listed.loc[listed["arr"].isna(), "arr_at_risk"].isna().all()


def test_playbooks_follow_the_tier_and_green_has_nothing_to_do() -> None:
    listed = invented(300).listed()
    for tier in ("yellow", "red", "critical"):
        assert set(listed.loc[listed["tier"] == tier, "playbook"]) == {PLAYBOOKS[tier].action}
    green = listed[listed["tier"] == "green"]
    assert green["playbook"].isna().all()
    assert green["due_on"].isna().all()
    assert set(listed.loc[listed["tier"] == "critical", "due_on"]) == {CUTOFF}


def test_an_account_without_details_is_listed_under_its_id() -> None:
    company = invented(3)
    listed = replace(company, details=company.details.iloc[:0]).listed()
    assert listed["account_name"].tolist() == listed["account_id"].tolist()
    assert listed[["owner", "arr", "arr_at_risk", "renewal_on"]].isna().all(axis=None)


@pytest.mark.parametrize("accounts", [0, 4])
def test_types_are_the_same_however_much_is_missing(accounts: int) -> None:
    full = invented(50).listed()
    company = invented(max(accounts, 1))
    nothing = dict.fromkeys(["health_score", "health_tier"])
    bare = Invented(
        company.predictions.assign(**nothing).head(accounts),
        company.drivers.iloc[:0],
        company.details.assign(owner=None, arr=None, renewal_on=None).head(accounts),
        pd.DataFrame(columns=["account_id", "tier"]),
    ).listed()
    assert bare.dtypes.equals(full.dtypes)
    assert len(bare) == accounts
    assert pd.read_parquet(io.BytesIO(to_parquet(bare))).dtypes.equals(full.dtypes)


def test_an_empty_list_has_columns_and_no_rows() -> None:
    company = invented(1)
    empty = Invented(*(frame.iloc[:0] for frame in vars(company).values())).listed()
    assert len(empty) == 0
    assert to_csv(empty).decode().splitlines() == [",".join(empty.columns)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"risk_90d": 1.2}, r"predictions.risk_90d: 3 rows such as .*1\.2.*a probability"),
        ({"risk_90d": None}, "predictions.risk_90d"),
        ({"tier": "amber"}, "predictions.tier.*'amber'.*green"),
        ({"account_id": "A1"}, "predictions.account_id.*one row per account"),
    ],
)
def test_what_cannot_be_a_prediction_is_refused(change: dict[str, Any], message: str) -> None:
    company = invented(3)
    with pytest.raises(DataError, match=message):
        replace(company, predictions=company.predictions.assign(**change)).listed()


def test_a_missing_column_is_named_with_its_frame() -> None:
    company = invented(3)
    with pytest.raises(DataError, match=r"details\.owner: there is no such column"):
        replace(company, details=company.details.drop(columns="owner")).listed()


def test_a_lapse_is_not_called_leaving() -> None:
    company = invented(5)
    policy = ListPolicy(TYPICAL_RISK, PLAYBOOKS, "lapse")
    listed = build_risk_list(
        company.predictions, company.drivers, details=company.details, previous=company.previous, policy=policy
    )
    assert listed["risk_in_words"].str.contains(" lapse in the next 90 days").all()
