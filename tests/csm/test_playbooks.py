"""Claims about which play is whose, and about what is due when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnpredict.config import Playbook, Workload, default_playbooks
from churnpredict.csm import due_date, play_for

MONDAY = date(2025, 3, 3)
EASTER = Workload(holidays=[date(2025, 4, 18), date(2025, 4, 21)])
DUES = ["at once", "1 hour", "48 hours", "3 business days", "1 day", "10 days", "1 week", "2 weeks"]


def due(cutoff: date, said: str, workload: Workload | None = None) -> date:
    return due_date(cutoff, Playbook(action="Call", due=said), workload or Workload())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("at once", date(2025, 3, 3)),
        ("1 hour", date(2025, 3, 4)),
        ("24 hours", date(2025, 3, 4)),
        ("48 hours", date(2025, 3, 5)),
        ("5 business days", date(2025, 3, 10)),
        ("5 days", date(2025, 3, 7)),
        ("6 days", date(2025, 3, 7)),
        ("1 week", date(2025, 3, 10)),
        ("2 weeks", date(2025, 3, 17)),
    ],
)
def test_hours_and_business_days_are_working_days_others_end_on_the_working_day_before(
    said: str, expected: date
) -> None:
    assert due(MONDAY, said) == expected


@pytest.mark.parametrize(
    ("cutoff", "said", "expected"),
    [
        (date(2025, 4, 16), "48 hours", date(2025, 4, 22)),
        (date(2025, 4, 14), "4 days", date(2025, 4, 17)),
        (date(2025, 4, 14), "1 week", date(2025, 4, 17)),
        (date(2025, 4, 18), "at once", date(2025, 4, 22)),
        (date(2025, 4, 18), "1 business day", date(2025, 4, 22)),
        (date(2025, 4, 18), "2 days", date(2025, 4, 22)),
    ],
)
def test_nobody_works_on_a_holiday(cutoff: date, said: str, expected: date) -> None:
    assert due(cutoff, said, EASTER) == expected


def test_the_week_may_have_other_working_days() -> None:
    gulf = Workload(working_days=["Sun", "Mon", "Tue", "Wed", "Thu"])
    assert due(date(2025, 3, 6), "24 hours", gulf) == date(2025, 3, 9)
    assert due(date(2025, 3, 6), "2 days", gulf) == date(2025, 3, 6)


@given(shift=st.integers(0, 500), said=st.sampled_from(DUES))
def test_a_due_date_is_a_working_day_and_never_before_its_cutoff(shift: int, said: str) -> None:
    cutoff = MONDAY + timedelta(days=shift)
    last = due(cutoff, said, EASTER)
    assert last >= cutoff
    assert last.weekday() < 5
    assert last not in EASTER.holidays


PLAYBOOKS = default_playbooks() | {
    "legal": Playbook(action="Lawyers talk", due="1 week", evidence=["displacement.redlines"]),
    "notice": Playbook(action="Ask why", due="at once", evidence=["critical.notice"]),
}


@pytest.mark.parametrize(
    ("tier", "raised", "expected"),
    [
        ("green", [], None),
        ("yellow", [], "yellow"),
        ("red", [], "red"),
        ("critical", ["critical.escalation"], "critical"),
        ("critical", ["critical.notice", "critical.escalation"], "notice"),
        ("critical", ["critical.escalation", "displacement.redlines"], "critical"),
        ("red", ["displacement.redlines"], "win_back"),
        ("green", ["displacement.talk"], "win_back"),
    ],
)
def test_what_is_known_goes_before_what_is_likely(tier: str, raised: list[str], expected: str | None) -> None:
    assert play_for(tier, raised, playbooks=PLAYBOOKS) == expected


def test_the_playbook_declared_first_counts_among_equals() -> None:
    first = {"legal": PLAYBOOKS["legal"]} | PLAYBOOKS
    assert play_for("red", ["displacement.redlines"], playbooks=first) == "legal"


def test_without_playbooks_there_is_nothing_to_do() -> None:
    assert play_for("red", ["critical.x"], playbooks={}) is None
