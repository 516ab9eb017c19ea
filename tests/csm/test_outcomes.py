"""Claims about the report: its counts and sums equal a plain computation, and it claims no effect."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from statistics import median

import pytest

from churnpredict.csm import report_outcomes
from churnpredict.csm.outcomes import NOT_CAUSAL
from churnpredict.ledger import Entry, Intervention

DAY = date(2025, 3, 3)


def intervention(name: str, *steps: tuple[str, int], **fields: object) -> Intervention:
    """Steps on days after the first one; fields go to the last step, play, tier and ARR to the first."""
    made = [Entry(account_id=name, state=state, on_day=DAY + timedelta(days=day)) for state, day in steps]
    first = {key: fields.pop(key) for key in ("play", "tier", "arr") if key in fields}
    entries = [{**vars(each)} for each in made]
    entries[0] |= first
    entries[-1] |= fields
    return Intervention(name, name, tuple(Entry(**each) for each in entries))


def test_a_report_of_three_by_hand() -> None:
    back, red, yellow = DAY + timedelta(days=12), {"play": "red", "tier": "red"}, {"play": "yellow", "tier": "yellow"}
    saved = {"arr": 100.0, "cost": 50.0, "expansion_arr": 25.0, "reengaged_on": back, "reason": "price"}
    given = [
        intervention("a", ("open", 0), ("saving", 2), ("saved", 30), **red, **saved),
        intervention("b", ("open", 0), ("saving", 1), ("lost", 10), **red, arr=40.0, cost=10.0, reason="price"),
        intervention("c", ("open", 0), ("lost", 4), **yellow, reason="closed"),
        intervention("d", ("open", 0), ("wrong", 1), **yellow, reason="merged"),
        intervention("e", ("open", 0), ("saving", 1), play="yellow", tier="red"),
    ]
    found = report_outcomes(given, DAY, currency="EUR", value_multiple=2.5)
    total = found.total
    assert (total.opened, total.begun, total.saved, total.lost, total.wrong, total.unfinished) == (5, 3, 1, 2, 1, 1)
    # The loss that nobody worked on says nothing of the work.
    assert total.saved_share == 0.5
    assert (total.arr_saved, total.arr_lost, total.without_arr, total.value) == (100, 40, 1, 250)
    assert (total.expansion_arr, total.cost, total.roi) == (25, 60, pytest.approx((250 + 25 - 60) / 60))
    assert (total.days_to_outcome, total.days_to_reengagement) == (10, 10)
    assert list(found.by_play_and_tier) == ["red / red", "yellow / red", "yellow / yellow"]
    assert found.reasons == {"saved": {"price": 1}, "lost": {"closed": 1, "price": 1}, "wrong": {"merged": 1}}
    assert found.notes == (NOT_CAUSAL,)


def test_what_is_not_known_is_none_and_not_zero() -> None:
    total = report_outcomes([], DAY).total
    assert (total.saved_share, total.cost, total.roi, total.days_to_outcome, total.days_to_reengagement) == (None,) * 5
    assert report_outcomes([intervention("a", ("open", 0))], DAY).by_play["not known"].opened == 1


def test_groups_add_up_and_equal_a_plain_computation() -> None:
    random = Random(4)
    given = []
    for number in range(300):
        end = random.choice(["saved", "lost", "wrong", None])
        steps = [("open", 0), ("saving", random.randint(0, 5)), *([(end, random.randint(6, 90))] if end else [])]
        fields = {"play": random.choice(["red", "yellow", "win_back"]), "tier": random.choice(["red", "yellow", None])}
        fields |= {"arr": random.choice([None, random.randint(1, 90) * 1e3]), "cost": random.choice([None, 100.0])}
        given.append(intervention(f"a{number}", *steps, **fields))
    found = report_outcomes(given, DAY, value_multiple=3)
    for groups in (found.by_play, found.by_tier, found.by_play_and_tier):
        for field in ("opened", "begun", "saved", "lost", "wrong", "unfinished", "without_arr"):
            assert sum(getattr(tally, field) for tally in groups.values()) == getattr(found.total, field)
    for play, tally in found.by_play.items():
        mine = [i for i in given if i.steps[0].play == play]
        saved = [i for i in mine if i.steps[-1].state == "saved"]
        ended = [(i.steps[-1].on_day - DAY).days for i in mine if i.steps[-1].state in ("saved", "lost")]
        assert tally.arr_saved == sum(i.steps[0].arr or 0 for i in saved)
        assert tally.value == 3 * tally.arr_saved
        assert tally.days_to_outcome == median(ended)
        assert tally.cost == sum(i.steps[-1].cost or 0 for i in mine)
