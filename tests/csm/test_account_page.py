"""Claims about the data of the accounts' pages that need no browser."""

from __future__ import annotations

import json
import math
import re
import zlib
from base64 import b64decode
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnpredict.csm import MOST_WEEKS, Background, render_risk_list
from churnpredict.csm.account_page import DETAIL, MOST_LINES, account_details, apportioned, is_context, tenths
from churnpredict.csm.packing import packed

from .invented import CUTOFF, TYPICAL_RISK, Invented, around, invented
from .test_rendering import data_of

AROUND: dict[str, Any] = {"cutoff": CUTOFF.date(), "typical_risk": TYPICAL_RISK}


def details_of(company: Invented, background: Background | None = None) -> list[dict[str, Any]]:
    details = account_details(company.listed(), background or company.background(), **AROUND)
    return [dict(zip(DETAIL, record, strict=True)) for record in details.records]


def unpacked(page: str) -> list[list[Any]]:
    found = re.search(r'<script type="application/json" id="details">(.*?)</script>', page, re.DOTALL)
    assert found
    return [record for chunk in json.loads(found[1]) for record in json.loads(zlib.decompress(b64decode(chunk)))]


def test_typical_drivers_and_everything_else_add_up_to_the_risk_of_every_account() -> None:
    company = invented(300)
    exact = company.drivers.groupby("account_id")["points"].agg(["sum", "size"])
    listed = company.listed()
    for account, risk, record in zip(listed["account_id"], listed["risk_90d"], details_of(company), strict=True):
        points = [each for _, each, _ in record["drivers"]]
        assert tenths(TYPICAL_RISK) + sum(points) + record["others"] == record["risk"] == tenths(risk)
        others = risk - TYPICAL_RISK - exact.loc[account, "sum"]
        # What everything else takes of the rounding: half a tenth for each figure beside it.
        assert abs(record["others"] / 1000 - others) <= 0.0005 * (exact.loc[account, "size"] + 2) + 1e-12


def test_the_categories_add_up_to_the_same_difference() -> None:
    for record in details_of(invented(300)):
        assert sum(record["categories"]) == record["risk"] - tenths(TYPICAL_RISK)


@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=5))
def test_apportioned_points_stay_within_a_tenth_of_their_own(shares: list[float]) -> None:
    total = tenths(math.fsum(shares))
    told = apportioned(shares, total)
    assert sum(told) == total  # type: ignore[arg-type]
    assert all(abs(each - share * 1000) <= 1.5 for each, share in zip(told, shares, strict=True))  # type: ignore[operator]


def test_no_sign_turns_on_the_way_to_the_page() -> None:
    company = invented(200)
    by_account = dict(zip(company.listed()["account_id"], details_of(company), strict=True))
    for account, of_account in company.drivers.groupby("account_id"):
        shown = sorted(points for _, points, _ in by_account[account]["drivers"])
        assert shown == sorted(tenths(points) for points in of_account["points"])
        assert all(tenths(points) * points >= 0 for points in of_account["points"])


def test_what_raises_goes_before_what_lowers_the_strongest_first() -> None:
    for record in details_of(invented(100)):
        points = [each for _, each, _ in record["drivers"]]
        up, down = [each for each in points if each > 0], [each for each in points if each < 0]
        assert up == sorted(up, reverse=True)
        assert down == sorted(down)
        assert [each for each in points if each] == [*up, *down]


@pytest.mark.parametrize(
    ("feature", "category", "context"),
    [
        ("renewal_on__days_until", "financial", True),
        ("tenure__days_since", "product", True),
        ("segment__value", "context", True),
        ("logins__days_since", "product", False),
        ("discount__value", "financial", False),
    ],
)
def test_timing_size_and_terms_are_context(feature: str, category: str, *, context: bool) -> None:
    assert is_context(feature, category) == context


def test_the_past_ends_with_this_list_and_knows_where_an_account_was_not_on_one() -> None:
    company = invented(60)
    past = company.background().past
    records = dict(zip(company.listed()["account_id"], details_of(company), strict=True))
    for account, record in records.items():
        rows = past[past["account_id"] == account].sort_values("cutoff")
        assert [risk for risk in record["risks"] if risk is not None] == [
            *map(tenths, rows["risk_90d"]),
            record["risk"],
        ]
        assert [tier for tier in record["tiers"][:-1] if tier is not None] == rows["tier"].tolist()
        assert len(record["risks"]) == 13


def test_no_more_lists_lines_or_later_ones_are_kept_than_there_is_room_for() -> None:
    company = invented(3)
    account = company.predictions["account_id"].iloc[0]
    days = [CUTOFF + pd.Timedelta(days=7 * back) for back in range(-60, 4)]
    past = pd.DataFrame({"account_id": account, "cutoff": days, "risk_90d": 0.1, "tier": "green"})
    piece = {"flag": "critical", "detector": "critical.x", "label": "X", "detail": "", "value": None, "typical": None}
    evidence = pd.DataFrame({"account_id": account, "day": days[:50]}).assign(**piece)
    details = account_details(company.listed(), Background(past=past, evidence=evidence), **AROUND)
    assert len(details.weeks) == MOST_WEEKS + 1
    assert details.weeks[-1] == CUTOFF.date()
    assert details.weeks == sorted(details.weeks)
    known = [len(dict(zip(DETAIL, record, strict=True))["known"]) for record in details.records]
    assert sorted(known) == [0, 0, MOST_LINES]


def test_evidence_is_told_critical_first_and_newest_first() -> None:
    company = invented(1)
    account = company.predictions["account_id"].iloc[0]
    days = pd.to_datetime(["2025-02-01", "2025-02-20", "2025-02-25"])
    evidence = pd.DataFrame({"account_id": account, "flag": ["critical", "critical", "displacement"], "day": days})
    evidence = evidence.assign(detector="d", label=["old", "new", "rival"], detail="", value=np.nan, typical=np.nan)
    (record,) = details_of(replace(company, evidence=None), Background(evidence=evidence))
    assert [said.partition(",")[0] for _, _, said in record["known"]] == ["new", "old", "rival"]
    assert [day for _, day, _ in record["known"]] == [-11, -30, -6]


def test_what_is_not_known_is_said() -> None:
    company = invented(30)
    bare = replace(company, details=company.details.assign(arr=None, renewal_on=None, owner=None))
    for record, health in zip(details_of(bare), bare.listed()["health_score"], strict=True):
        said = " ".join(record["gaps"])
        for words in ("ARR is not known", "no renewal date", "Nobody owns"):
            assert words in said
        assert ("There is no health score" in said) == math.isnan(health)
        silent = record["health"][3] is None and not math.isnan(health)
        assert ("Executive has no data" in said) == silent


def test_a_reason_without_data_is_a_gap() -> None:
    company = invented(60)
    missing = company.drivers[company.drivers["value"].isna()]
    records = dict(zip(company.listed()["account_id"], details_of(company), strict=True))
    assert len(missing) > 3
    for account, label in zip(missing["account_id"], missing["label"], strict=True):
        assert any(label in said and said.startswith("No data") for said in records[account]["gaps"])


def test_an_account_that_earlier_lists_lack_is_said_to_be_new() -> None:
    company = invented(5)
    account = company.listed()["account_id"].iloc[0]
    background = company.background()
    background = replace(background, past=background.past[background.past["account_id"] != account])
    said = ["Earlier lists do not have this account." in record["gaps"] for record in details_of(company, background)]
    assert said == [True, False, False, False, False]


def test_the_page_carries_the_details_of_its_accounts_and_of_no_others() -> None:
    company = invented(230)
    listed = company.listed()
    mine = listed[listed["owner"] == "Noor Haddad"].reset_index(drop=True)
    page = render_risk_list(mine, around(), company.background())
    details = account_details(mine, company.background(), **AROUND)
    assert unpacked(page) == json.loads(json.dumps(details.records))
    assert len(unpacked(page)) == len(mine) == len(data_of(page)["rows"])


def test_a_page_without_a_background_still_has_every_account() -> None:
    page = render_risk_list(invented(3).listed(), around())
    records = [dict(zip(DETAIL, record, strict=True)) for record in unpacked(page)]
    assert [record["drivers"] for record in records] == [[], [], []]
    assert all(record["others"] == record["risk"] - tenths(TYPICAL_RISK) for record in records)


def test_accounts_have_addresses_of_their_own_even_if_only_control_characters_part_them() -> None:
    company = invented(3)
    odd = dict(zip(company.predictions["account_id"], ["a", "a\u202e", "a\x00"], strict=True))
    frames = {
        name: getattr(company, name).assign(account_id=getattr(company, name)["account_id"].map(odd))
        for name in ("predictions", "drivers", "details", "previous")
    }
    data = data_of(render_risk_list(replace(company, evidence=None, **frames).listed(), around()))
    keys = [row[data["fields"].index("key")] for row in data["rows"]]  # type: ignore[index]
    assert sorted(keys) == ["a", "a~2", "a~3"]


def test_hostile_texts_come_through_packing_unchanged() -> None:
    hostile = ["</script><script>", "\u202e", "x" * 10_000, "{{ 7*7 }}", "ü\U0001f600"]
    (chunk,) = packed(hostile, 100)
    assert json.loads(zlib.decompress(b64decode(chunk))) == hostile
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", chunk)


def test_what_changed_a_risk_adds_up_to_the_change() -> None:
    company = invented(100)
    changes = company.background().changes.set_index("account_id")["risk_change"]
    records = dict(zip(company.listed()["account_id"], details_of(company), strict=True))
    for account, record in records.items():
        total = tenths(changes[account]) if account in changes.index else 0
        assert sum(points for _, points in record["moved"]) == total
        assert all(points for _, points in record["moved"])
    causes = [cause for record in records.values() for cause in record["moved"]]
    assert any(said == "Logins (last 4 weeks) fell from 31 to 14" and points > 0 for said, points in causes)
    assert all(points < 0 for said, points in causes if said == "The model was trained again")
