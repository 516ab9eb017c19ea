"""The benchmarks run, so that the figures they print can be measured again: a tiny company, without the peers."""

from __future__ import annotations

import pytest

from .running import run_benchmark

pytestmark = pytest.mark.benchmark

PROMISED = (
    *("auc_share", "log_loss_share", "ece_90", "coherence_violations", "lead_share_model", "lead_share_rule"),
    *("revenue_top10_model", "revenue_top10_arr"),
)


def test_the_model_is_held_against_the_oracle_and_stays_below_it() -> None:
    figures = run_benchmark("oracle.py", "--accounts", "400", "--judged", "400", "--seeds", "5")
    assert all(isinstance(figures[name], int | float) for name in PROMISED)
    assert 0.3 < figures["auc_share"] < 1
    assert figures["log_loss_share"] < 1
    assert figures["coherence_violations"] == 0
    assert figures["spread"]["auc_share"] == [figures["auc_share"], figures["auc_share"]]
    assert [one["rows"] for one in figures["runs"]] == [figures["rows"]]


def test_contenders_see_the_same_rows_and_one_that_cannot_run_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    # Neither uv nor anything else is found: AutoGluon has no environment to run in.
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("UV", raising=False)
    chosen = ("logistic", "lightgbm_default", "autogluon")
    result = run_benchmark("peers.py", "--data", "simulator", "--accounts", "500", "--contenders", *chosen)
    contenders = result["contenders"]
    assert set(contenders) == {"churnpredict", "health_score", *chosen}
    assert "uv" in contenders.pop("autogluon")["could_not_run"]
    assert len({(one["n"], one["churners"]) for one in contenders.values()}) == 1
    assert contenders["churnpredict"]["log_loss_minus_ours"] == 0
    for one in contenders.values():
        for figure in ("log_loss", "auc", "pr_auc", "lift_at_10"):
            low, high = one["intervals"][figure]
            assert low <= one[figure] <= high


def test_what_goes_wrong_is_named_in_its_first_week() -> None:
    found = run_benchmark("drift.py", "--accounts", "400", "--seeds", "7", "--weeks", "6")
    assert found["named_in_week"] == {"schema": 1, "price": 1, "late": 1}
    assert found["quiet_alarms"] <= 1
