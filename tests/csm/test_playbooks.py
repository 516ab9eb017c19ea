"""Claims about what is due when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from churnpredict.config import Tier
from churnpredict.config.policies import Playbook
from churnpredict.csm import Step, due_date, next_step

MONDAY = date(2025, 3, 3)


@pytest.mark.parametrize(
    ("due_days", "expected"),
    [
        (0, date(2025, 3, 3)),
        (2, date(2025, 3, 5)),
        (4, date(2025, 3, 7)),
        (5, date(2025, 3, 7)),
        (6, date(2025, 3, 7)),
        (7, date(2025, 3, 10)),
        (14, date(2025, 3, 17)),
    ],
)
def test_a_weekend_brings_the_due_date_forward_to_friday(due_days: int, expected: date) -> None:
    assert due_date(MONDAY, due_days) == expected


@pytest.mark.parametrize("start", range(7))
@pytest.mark.parametrize("due_days", range(15))
def test_nothing_is_due_before_its_cutoff_late_or_at_a_weekend(start: int, due_days: int) -> None:
    cutoff = MONDAY + timedelta(days=start)
    due = due_date(cutoff, due_days)
    assert cutoff <= due <= cutoff + timedelta(days=due_days)
    assert due.weekday() < 5 or due == cutoff


def test_a_cutoff_at_a_weekend_stays_its_own_due_date() -> None:
    saturday = date(2025, 3, 8)
    assert due_date(saturday, 0) == saturday
    assert due_date(saturday, 1) == saturday


def test_a_tier_without_a_playbook_has_nothing_to_do() -> None:
    playbooks: dict[Tier, Playbook] = {"red": Playbook(action="Call", due_days=2)}
    assert next_step("red", MONDAY, playbooks=playbooks) == Step("Call", date(2025, 3, 5))
    assert next_step("green", MONDAY, playbooks=playbooks) is None
