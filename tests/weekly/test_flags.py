"""Flags and plays of published weeks: what is known overrides, plays wait, and a past week gives what it gave."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from churnpredict.batch import Week, predict_week
from churnpredict.config import Project, read_project
from churnpredict.explanation import explain_account
from lab.company import TODAY

from .files import contents

WEEKS = [TODAY - timedelta(weeks=weeks) for weeks in (3, 2, 1)]
DECLARED = """
[critical.ticket]
label = "A ticket"
events = "tickets"
where = { account_id = { none_of = ["nobody"] } }
expires_days = 7
show = ["account_id"]

[displacement.dear]
label = "Pays a lot"
history = "contract"
where = { arr = { above = 9000 } }

[workload]
per_owner = 12
cool_down_days = 14
"""


@pytest.fixture
def declared(project: Project) -> Project:
    path = project.folder / "churnpredict.toml"
    path.write_text(path.read_text(encoding="utf-8") + DECLARED, encoding="utf-8")
    return read_project(path)


@pytest.fixture
def weeks(declared: Project) -> list[Week]:
    return [predict_week(declared, cutoff) for cutoff in WEEKS]


def test_evidence_makes_an_account_critical_and_the_score_stays_beside_it(weeks: list[Week]) -> None:
    listed = weeks[-1].risk_list
    critical = listed[listed["tier"] == "critical"]
    assert 0 < len(critical) < len(listed)
    assert set(critical["scored_tier"]) > {"green"}
    assert critical["flags"].str.startswith("critical").all()
    assert critical["evidence_1"].str.startswith("A ticket, ").all()
    stored = pd.read_parquet(weeks[-1].folder / "predictions.parquet").set_index("account_id")
    assert stored["critical"].sum() == len(critical)
    assert (stored["scored_tier"] != "critical").all()
    evidence = pd.read_parquet(weeks[-1].folder / "evidence.parquet")
    assert set(evidence.loc[evidence["flag"] == "critical", "account_id"]) == set(critical["account_id"])
    assert (evidence["day"] < pd.Timestamp(WEEKS[-1])).all()


def test_what_was_critical_last_week_has_the_tier_that_its_scores_give_it(declared: Project, weeks: list[Week]) -> None:
    path = declared.folder / "churnpredict.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(DECLARED, ""), encoding="utf-8")
    before = weeks[-1].risk_list.set_index("account_id")
    after = predict_week(read_project(path), TODAY).risk_list.set_index("account_id")
    was = before.index[(before["tier"] == "critical") & (before["scored_tier"] == "green")].intersection(after.index)
    assert (after.loc[was, "previous_tier"] == "critical").all()
    assert (after.loc[was, "tier"] == after.loc[was, "raw_tier"]).all()


def test_plays_keep_within_capacity_and_are_not_begun_again_before_they_cooled_down(weeks: list[Week]) -> None:
    begun: dict[tuple[str, str], pd.Timestamp] = {}
    for week in weeks:
        new = week.risk_list[week.risk_list["play_state"] == "due"]
        assert new["owner"].fillna("").value_counts().max() <= 12
        assert (week.risk_list["play_state"] == "beyond capacity").any()
        for row in new.itertuples():
            earlier = begun.get((row.account_id, row.play))
            assert earlier is None or (row.cutoff - earlier).days >= 14
            begun[row.account_id, row.play] = row.cutoff
    assert (weeks[-1].risk_list["play_state"] == "cooling down").any()


def test_a_past_week_run_again_gives_the_same_bytes(declared: Project, weeks: list[Week]) -> None:
    before = contents(weeks[1].folder)
    assert contents(predict_week(declared, WEEKS[1]).folder) == before


def test_one_account_alone_is_critical_as_on_the_list(declared: Project, weeks: list[Week]) -> None:
    listed = weeks[-1].risk_list
    account = str(listed.loc[listed["tier"] == "critical", "account_id"].iloc[0])
    assert explain_account(declared, account, WEEKS[-1]).tier == "critical"


def test_nothing_is_flagged_where_nothing_is_declared(project: Project) -> None:
    listed = predict_week(project, TODAY).risk_list
    assert listed["flags"].isna().all()
    assert (listed["tier"] == listed["scored_tier"]).all()
