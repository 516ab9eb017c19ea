"""Claims about how changes are told: words follow the values, points the risk, and nothing is lost on the way."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnpredict.columns import MOVES, WINDOWED, FeatureName
from churnpredict.config import TENURE
from churnpredict.csm import ListPolicy
from churnpredict.csm.changes import NAMED, change_causes, told_changes
from churnpredict.csm.wording import (
    LATE_DATA,
    NEW_MODEL,
    OTHER_DATA,
    QUALIFIERS,
    SENTENCES,
    TIME_PASSED,
    Move,
    clock_in_words,
    move_in_words,
    risk_change_in_words,
)
from churnpredict.csm.wording.amounts import SMALL_MOVE

from .invented import CUTOFF, TYPICAL_RISK, invented

WEEK_BEFORE = CUTOFF - pd.Timedelta(days=7)
#: What has a direction that words speak of: its value is a size of something.
DIRECTED = sorted(set(SENTENCES) - {"days_until"})

POINTS = {"b": 0.04, "c": 0.03, "d": -0.02, "e": 0.015, "f": 0.01}


def feature(aggregation: str) -> FeatureName:
    return FeatureName("logins", aggregation, 28 if aggregation in (*WINDOWED, *MOVES) else None)


def moved(aggregation: str, before: float | str | None, value: float | str | None, kind: str = "number") -> str:
    return move_in_words(Move(feature(aggregation), "Logins", kind, before, value))


def drivers(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    """Of (account, part, feature, points)."""
    told = [
        {"account_id": account, "rank": rank, "part": part, "feature": name, "label": name.split("__")[0].capitalize()}
        | {"kind": "number", "points": points, "before": 31.0, "value": 14.0}
        for rank, (account, part, name, points) in enumerate(rows, 1)
    ]
    return pd.DataFrame(told)


def parts(**of: float) -> pd.DataFrame:
    return pd.DataFrame(
        [{"account_id": "a", "by_data": 0.0, "by_time": 0.0, "by_late_data": 0.0, "by_model": 0.0} | of]
    )


def test_every_aggregation_can_move() -> None:
    assert set(QUALIFIERS) == set(SENTENCES)


@pytest.mark.parametrize("aggregation", DIRECTED)
def test_words_say_which_way_the_value_went(aggregation: str) -> None:
    assert " fell from " in moved(aggregation, 3.0, 0.5)
    assert " rose from " in moved(aggregation, 0.5, 3.0)
    for before, value in ((3.0, 0.5), (0.5, 3.0), (-2.0, 5.0)):
        assert moved(aggregation, before, value).startswith("Logins")


@pytest.mark.parametrize("aggregation", sorted(SENTENCES))
def test_what_became_known_or_was_lost_is_said(aggregation: str) -> None:
    assert " is known now: " in moved(aggregation, None, 3.0)
    assert moved(aggregation, 3.0, None).endswith(" and is not known any more")


def test_a_move_that_no_reader_could_see_is_told_as_a_step_of_the_model() -> None:
    logins = "Logins (average of the last 4 weeks) hardly moved, past a step of the model"
    assert moved("mean", 310.1, 310.2) == f"{logins}: 310"
    assert moved("mean", 14.0, 13.9) == f"{logins}: 13.9, was 14"


@given(
    st.sampled_from(DIRECTED),
    st.floats(-1e6, 1e6, allow_subnormal=False),
    st.floats(-1e6, 1e6, allow_subnormal=False),
)
def test_no_sentence_claims_a_move_that_it_does_not_show(aggregation: str, before: float, value: float) -> None:
    sentence = moved(aggregation, before, value)
    if found := re.search(r" (fell|rose) from (.+) to (.+)$", sentence):
        way, was, now = found.groups()
        assert was != now
        assert (way == "fell") == (value < before)
        assert abs(value - before) > SMALL_MOVE * max(abs(value), abs(before))
    else:
        assert " hardly moved, " in sentence


def test_categories_flags_and_dates_change() -> None:
    assert moved("value", "pro", "basic_plan", "category") == "Logins changed from pro to basic plan"
    assert moved("value", 1.0, 0.0, "flag") == "Logins changed from yes to no"
    assert moved("days_until", 12.0, 377.0) == "Logins changed from in 12 days to in 377 days"
    assert move_in_words(Move(TENURE, "Time as a customer", "number", 800.0, 3.0)).endswith("from 2.2 years to 3 days")


def test_clocks_are_told_as_time() -> None:
    renewal = FeatureName("renewal_on", "days_until")
    assert clock_in_words(Move(renewal, "Renewal on", "number", 14.0, 7.0)) == "Renewal came closer"
    assert clock_in_words(Move(renewal, "Renewal on", "number", 7.0, 0.0)) == "Renewal came closer"
    assert clock_in_words(Move(renewal, "Renewal on", "number", 1.0, -6.0)) == "Renewal has passed"
    assert clock_in_words(Move(TENURE, "Time as a customer", "number", 1.0, 8.0)) == TIME_PASSED


@pytest.mark.parametrize(("change", "said"), [(0.062, "Up 6 points"), (-0.011, "Down 1 point"), (0.004, "Unchanged")])
def test_the_total_is_told_in_points(change: float, said: str) -> None:
    assert risk_change_in_words(change, date(2025, 2, 24)) == f"{said} since 24 Feb"


def test_causes_stand_by_their_size_with_what_is_left_told_together() -> None:
    told = drivers(
        *(("a", "by_data", f"{name}__sum__28d", points) for name, points in POINTS.items()),
        ("a", "by_time", "renewal_on__days_until", -0.05),
    )
    causes = change_causes(parts(by_data=0.085, by_time=-0.05, by_late_data=0.03, by_model=0.02), told)["a"]
    named = [cause for cause, _ in causes]
    assert causes[0] == ("Renewal_on came closer", -0.05)
    assert sum(points for _, points in causes) == pytest.approx(0.085, abs=1e-9)
    assert sum(cause.endswith("fell from 31 to 14") for cause in named) == NAMED
    assert {OTHER_DATA, LATE_DATA, NEW_MODEL} < set(named)
    sizes = [abs(points) for _, points in causes]
    assert sizes == sorted(sizes, reverse=True)


def test_the_list_tells_the_change_of_each_account_it_knew() -> None:
    company = invented(4)
    ids = company.predictions["account_id"].tolist()
    company = replace(company, predictions=company.predictions.assign(risk_90d=[0.30, 0.20, 0.10, 0.05], tier="red"))
    before = pd.DataFrame({"account_id": ids[:3], "cutoff": WEEK_BEFORE, "risk_90d": [0.24, 0.20, 0.12]})
    before["tier"] = ["yellow", "red", "critical"]
    told = parts(account_id=ids[0], by_data=0.04, by_time=0.02)  # type: ignore[arg-type]
    moves = drivers((ids[0], "by_data", "users__count__28d", 0.04))
    policy = ListPolicy(TYPICAL_RISK, changes=told, change_drivers=moves)
    listed = replace(company, previous=before).listed(policy).set_index("account_id").loc[ids]
    assert listed["move"].tolist() == ["escalated", "unchanged", "recovered", "new"]
    assert listed["change_in_risk"].tolist()[:3] == pytest.approx([0.06, 0.0, -0.02])
    assert listed["change_in_words"].tolist()[:3] == [
        "Up 6 points since 24 Feb: Users (last 4 weeks) fell from 31 to 14 (+4); Time passed (+2)",
        "Unchanged since 24 Feb",
        "Down 2 points since 24 Feb",
    ]
    assert listed[["change_in_risk", "change_in_words", "previous_tier"]].iloc[3].isna().all()


def test_a_first_week_says_nothing_of_before() -> None:
    company = invented(3)
    nothing = pd.DataFrame(columns=["account_id", "tier"])
    told = told_changes(company.predictions, nothing, parts=parts().iloc[:0], drivers=drivers(("a", "", "a__sum", 0.0)))
    assert told.drop(columns="account_id").isna().all(axis=None)
