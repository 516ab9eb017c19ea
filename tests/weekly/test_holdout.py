"""The weekly job leaves accounts without a play at random, where that is declared."""

from __future__ import annotations

from churnpredict.batch import predict_week
from churnpredict.config import Project, read_project
from churnpredict.csm.plays import DUE, HELD_OUT, is_held_out
from lab.company import TODAY


def test_of_the_accounts_that_would_get_a_play_some_are_held_out_and_shown_so(project: Project) -> None:
    path = project.folder / "churnpredict.toml"
    declared = '\n[outcomes]\nholdout_share = 0.5\nholdout_salt = "acme"\n'
    path.write_text(path.read_text(encoding="utf-8") + declared, encoding="utf-8")
    project = read_project(path)
    week = predict_week(project, TODAY)
    listed = week.risk_list.set_index("account_id")
    groups = {state: listed[listed["play_state"] == state] for state in (DUE, HELD_OUT)}
    assert min(map(len, groups.values())) > 0
    assert (groups[HELD_OUT]["tier"] != "critical").all()
    assert all(is_held_out(account, TODAY, project.outcomes) for account in groups[HELD_OUT].index)
    calm = groups[DUE][groups[DUE]["tier"] != "critical"]
    assert not any(is_held_out(account, TODAY, project.outcomes) for account in calm.index)
    assert "Held out: no play this quarter" in (week.folder / "risk_list.html").read_text(encoding="utf-8")
