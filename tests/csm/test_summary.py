"""Claims about the week in brief."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from churnpredict.csm import chat_payload, message, summarise

from .invented import CUTOFF, Invented, invented

DAY = CUTOFF.date()


def brief(company: Invented) -> dict[str, Any]:
    return summarise(company.listed(), company="Alder & Sons", cutoff=DAY, currency="EUR")


def test_the_figures_are_those_of_the_list() -> None:
    company = invented(120)
    listed, summary = company.listed(), brief(company)
    assert summary["accounts"] == 120
    assert {tier: held["accounts"] for tier, held in summary["tiers"].items() if held["accounts"]} == dict(
        listed["tier"].value_counts()
    )
    assert summary["flagged"] == (listed["tier"] != "green").sum()
    assert sum(held["arr_at_risk"] or 0 for held in summary["tiers"].values()) == pytest.approx(
        listed["arr_at_risk"].sum()
    )
    assert summary == json.loads(json.dumps(summary))


def test_moves_are_counted_against_the_list_before() -> None:
    company = invented(3)
    ids = company.predictions["account_id"].tolist()
    now = company.predictions.assign(tier=["red", "green", "yellow"])
    before = pd.DataFrame({"account_id": ids[:2], "tier": ["yellow", "critical"]})
    assert brief(replace(company, predictions=now, previous=before))["moves"] == {
        "new": 1,
        "escalated": 1,
        "recovered": 1,
        "left": 0,
    }


def test_the_first_week_speaks_of_no_moves() -> None:
    company = replace(invented(3), previous=pd.DataFrame(columns=["account_id", "tier"]))
    assert brief(company)["moves"] is None
    assert "Since" not in message(brief(company))


def test_the_worst_tier_is_named_first_and_the_most_money_within_it() -> None:
    company = invented(200)
    named = brief(company)["riskiest"]
    listed = company.listed()
    order = {"critical": 0, "red": 1, "yellow": 2, "green": 3}
    worst = listed.sort_values("arr_at_risk", ascending=False).sort_values(
        "tier", key=lambda tiers: tiers.map(order), kind="stable"
    )
    assert [account["account_id"] for account in named] == worst["account_id"].head(5).tolist()
    lines = message(brief(company)).splitlines()
    assert lines[0].startswith("Alder & Sons: ")
    assert lines[0].endswith("need attention as of Mon 3 Mar 2025.")
    assert [named[0]["account_name"] in line for line in lines].count(True) >= 1
    assert len(lines) == 2 + 5


def test_a_quiet_week_says_so() -> None:
    company = invented(4)
    quiet = replace(company, predictions=company.predictions.assign(tier="green"))
    assert "No account needs attention" in message(brief(quiet))
    assert brief(quiet)["riskiest"] == []


def test_missing_money_is_not_zero() -> None:
    company = invented(20)
    bare = brief(replace(company, details=company.details.assign(arr=None)))
    assert all(held["arr"] is None for held in bare["tiers"].values())
    assert "ARR" not in message(bare)


HOSTILE = ["<!channel>", "a\nb\r\nc", "\x1b[31mred", "\u202egnp", "<https://evil.example|x>", "&"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_cannot_act_in_a_message(name: str) -> None:
    company = invented(1)
    details = company.details.assign(account_name=name, owner=name)
    flagged = company.predictions.assign(tier="red")
    text = message(brief(replace(company, details=details, predictions=flagged)))
    assert len(text.splitlines()) == 3
    assert all(char.isprintable() for char in text.replace("\n", ""))
    sent = json.loads(chat_payload(text))["text"]
    assert "<" not in sent
    assert ">" not in sent


def test_the_same_week_gives_the_same_message() -> None:
    assert message(brief(invented(50))) == message(brief(invented(50)))
    assert brief(invented(50))["as_of"] == date(2025, 3, 3).isoformat()
