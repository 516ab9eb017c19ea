"""Claims about the doctor: what it proves on the user's own data, and what gaps it says cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from churnpredict.dataset import Dataset
from churnpredict.lab import check_up
from churnpredict.lab.checkup import prove_no_leak
from churnpredict.lab.costs import costs

from .company import TODAY, Trained

CUTOFF = TODAY - timedelta(days=90)


@pytest.mark.case(25, "told by the doctor with what it costs")
def test_the_doctor_proves_that_nothing_leaks_and_says_what_cannot_be_proven(trained: Trained) -> None:
    found = check_up(trained.dataset, TODAY)
    assert found.leakage is not None
    assert found.leakage.moved == ()
    assert found.leakage.accounts > 50
    assert found.leakage.sentence().startswith(f"No leak: {found.leakage.features} features of ")
    late, unmet = found.costs
    assert late.startswith("sources without known_at cannot tell late rows")
    assert unmet.startswith("no signal of the category executive is declared")


def test_a_feature_that_moves_when_later_rows_go_is_named(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the features had been made of a month that nobody could have read."""
    whole = Dataset.as_known_at
    monkeypatch.setattr(Dataset, "as_known_at", lambda self, cutoff: whole(self, cutoff - timedelta(days=30)))
    proof = prove_no_leak(trained.dataset, CUTOFF)
    assert {"logins__sum__28d", "tickets__count__28d"} <= set(proof.moved)
    assert "plan__value" not in proof.moved
    assert proof.sentence().startswith("LEAK: ")


def test_what_is_not_declared_costs_what_was_measured(trained: Trained) -> None:
    project = trained.project
    bare = project.model_copy(update={"histories": {}, "events": {"usage": project.events["usage"]}})
    reports = [report for report in trained.dataset.reports if report.place == "events.usage"]
    said = list(costs(bare, reports))
    assert said == [
        "no renewal date is declared; AUC was 0.067 lower (0.054 to 0.080), log-loss 0.0126 higher (0.0106 to 0.0147; "
        "measured on simulated companies)",
        "no signal of the category executive is declared; AUC was 0.009 lower (0.004 to 0.013), log-loss 0.0019 higher "
        "(0.0010 to 0.0027; measured on simulated companies)",
        "no signal of the category support is declared; AUC was much the same, log-loss 0.0005 higher (0.0001 to "
        "0.0009; measured on simulated companies)",
        "no signal of the category financial is declared; no cost was measured (AUC -0.001 to +0.007, on simulated "
        "companies)",
    ]


@pytest.mark.parametrize(("days", "said"), [(200, "365 days for 900"), (500, "548 days for 900"), (600, None)])
def test_a_short_history_costs_what_was_measured(trained: Trained, days: int, said: str | None) -> None:
    usage = next(report for report in trained.dataset.reports if report.place == "events.usage")
    assert usage.last_day is not None
    short = replace(usage, first_day=usage.last_day - timedelta(days=days))
    told = [line for line in costs(trained.project, [short]) if line.startswith("events reach back")]
    assert [said in line for line in told if said] == ([] if said is None else [True])
    assert len(told) == (said is not None)


def test_every_declared_column_is_reported(trained: Trained) -> None:
    usage = next(report for report in trained.dataset.reports if report.place == "events.usage")
    assert {column.name: column.missing for column in usage.columns} == dict.fromkeys(
        ["account_id", "day", "loaded_at", "logins"], 0
    )
