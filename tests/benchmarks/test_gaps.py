"""What gaps in the sources cost is measured company by company, against the same company whole."""

from __future__ import annotations

import pytest

from .running import run_benchmark

pytestmark = pytest.mark.benchmark


def test_a_gap_is_held_against_the_whole() -> None:
    options = ("--accounts", "500", "--judged", "500", "--seeds", "5")
    gaps = run_benchmark("gaps.py", *options, "--gaps", "no renewal date", "no known_at")["gaps"]
    assert set(gaps) == {"nothing is missing", "no renewal date", "no known_at"}
    assert gaps["nothing is missing"]["auc_lost"] == [0, 0, 0]
    # The renewal date is most of what there is to know: so much shows in one small company.
    assert gaps["no renewal date"]["auc_lost"][0] > 0.03
    assert all(0.5 < each["auc"] < 1 for each in gaps.values())
