"""What acting does to the next training is measured: each training is held against the truth, and against no acting."""

from __future__ import annotations

import pytest

from .running import run_benchmark

pytestmark = pytest.mark.benchmark


def test_acting_unlogged_lowers_the_risk_and_the_ledger_gives_it_back() -> None:
    result = run_benchmark("feedback.py", "--accounts", "900", "--seeds", "8", "--share", "0.2")
    (run,) = result["runs"]
    assert run["treatments"] > 100
    trainings = run["trainings"]
    assert set(trainings) == {"naive", "ledger", "no programme"}
    # The same accounts on the same day, seen by two models; without a programme, others are still there.
    assert trainings["naive"]["true"] == trainings["ledger"]["true"]
    assert trainings["ledger"]["training_rows"] < trainings["naive"]["training_rows"]
    for each in trainings.values():
        assert each["off"] == pytest.approx(each["predicted"] / each["true"] - 1)
    mean = result["mean"]
    assert mean["no programme"]["off_by_acting"] == 0
    assert mean["naive"]["off_by_acting"] < -0.10
    assert mean["naive"]["off_by_acting"] < mean["ledger"]["off_by_acting"] - 0.05
