"""Claims about the doctor: what it proves on the user's own data, and what gaps it says cost."""

from __future__ import annotations

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
    assert said[0].startswith("no renewal date is declared; AUC was 0.079 lower")
    assert [line.split(" is declared")[0] for line in said[1:]] == [
        "no signal of the category financial",
        "no signal of the category executive",
    ]
    assert all("measured on a simulated company" in line for line in said)


def test_every_declared_column_is_reported(trained: Trained) -> None:
    usage = next(report for report in trained.dataset.reports if report.place == "events.usage")
    assert {column.name: column.missing for column in usage.columns} == dict.fromkeys(
        ["account_id", "day", "loaded_at", "logins"], 0
    )
