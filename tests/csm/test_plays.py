"""Claims about which plays a week begins: cool-down, capacity, and the same again for a past week."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from churnpredict.config import Outcomes, Playbook, Workload, default_playbooks
from churnpredict.csm import opened_plays, to_parquet
from churnpredict.csm.plays import no_plays, planned
from churnpredict.errors import DataError

from .invented import invented

CUTOFF = date(2025, 3, 3)


def accounts(*rows: tuple[str, str, float, float | None], owner: str | None = "Ana") -> pd.DataFrame:
    """Accounts of one owner: id, tier, risk and ARR."""
    frame = pd.DataFrame(list(rows), columns=["account_id", "tier", "risk_90d", "arr"])
    return frame.assign(cutoff=pd.Timestamp(CUTOFF), owner=owner).astype({"arr": "float64"})


def plan(frame: pd.DataFrame, opened: pd.DataFrame | None = None, **workload: Any) -> pd.DataFrame:
    made = planned(
        frame,
        {},
        no_plays() if opened is None else opened,
        playbooks=default_playbooks(),
        workload=Workload(**workload),
    )
    return made.set_index("account_id")


def begun(account: str, play: str, days_ago: int) -> pd.DataFrame:
    """A play that an earlier list began."""
    day = pd.Timestamp(CUTOFF - timedelta(days=days_ago))
    row = {"account_id": account, "play": play, "opened_on": day, "due_on": day + pd.Timedelta(days=2)}
    return pd.concat([no_plays(), pd.DataFrame([row])], ignore_index=True).astype(no_plays().dtypes.to_dict())


def test_a_play_is_begun_with_its_action_role_and_due_date() -> None:
    row = plan(accounts(("a", "red", 0.3, 10.0))).loc["a"]
    assert (row["play"], row["play_state"], row["play_role"]) == ("red", "due", "Account leadership")
    assert (row["opened_on"].date(), row["due_on"].date()) == (CUTOFF, date(2025, 3, 5))


def test_an_account_without_a_play_has_none_of_its_columns() -> None:
    row = plan(accounts(("a", "green", 0.3, 10.0))).loc["a"]
    assert row[["play", "playbook", "play_role", "play_state", "opened_on", "due_on"]].isna().all()


@pytest.mark.parametrize(("days_ago", "state"), [(7, "cooling down"), (27, "cooling down"), (28, "due"), (29, "due")])
def test_the_same_play_is_not_begun_again_before_it_has_cooled_down(days_ago: int, state: str) -> None:
    row = plan(accounts(("a", "red", 0.3, 10.0)), begun("a", "red", days_ago)).loc["a"]
    assert row["play_state"] == state
    first = CUTOFF - timedelta(days=days_ago) if state == "cooling down" else CUTOFF
    assert row["opened_on"].date() == first
    assert row["due_on"].date() == first + timedelta(days=2)


def test_another_play_of_the_account_does_not_wait() -> None:
    assert plan(accounts(("a", "red", 0.3, 10.0)), begun("a", "yellow", 7)).loc["a", "play_state"] == "due"


def test_a_playbook_may_cool_down_in_its_own_time() -> None:
    frame = accounts(("a", "red", 0.3, 10.0))
    own = {"red": Playbook(action="Call", due="at once", tiers=["red"], cool_down_days=7)}
    made = planned(frame, {}, begun("a", "red", 8), playbooks=own, workload=Workload())
    assert made["play_state"].tolist() == ["due"]


def test_critical_accounts_come_first_then_risk_times_arr() -> None:
    frame = accounts(
        ("rich", "red", 0.3, 1000.0),
        ("risky", "red", 0.9, 100.0),
        ("unknown", "red", 0.95, None),
        ("known", "critical", 0.01, 1.0),
    )
    for capacity, worked in enumerate([[], ["known"], ["known", "rich"], ["known", "rich", "unknown"]]):
        states = plan(frame, per_owner=capacity)["play_state"]
        assert sorted(states.index[states == "due"]) == sorted(worked)
        assert set(states[states != "due"]) <= {"beyond capacity"}


def test_what_is_beyond_capacity_keeps_its_action_and_has_no_due_date() -> None:
    row = plan(accounts(("a", "red", 0.3, 10.0)), per_owner=0).loc["a"]
    assert row["playbook"]
    assert row[["opened_on", "due_on"]].isna().all()


def test_capacity_counts_new_plays_only() -> None:
    frame = accounts(("open", "red", 0.9, 10.0), ("new", "red", 0.1, 10.0))
    states = plan(frame, begun("open", "red", 7), per_owner=1)["play_state"]
    assert states.to_dict() == {"open": "cooling down", "new": "due"}


def test_each_owner_has_a_capacity_of_their_own() -> None:
    three = [(f"{owner}{n}", "red", 0.3, 10.0) for owner in ("ana", "bo", "none") for n in range(3)]
    frame = accounts(*three).assign(owner=["Ana"] * 3 + ["Bo"] * 3 + [None] * 3)
    states = plan(frame, per_owner=2, owners={"Bo": 1})
    due = states[states["play_state"] == "due"]["owner"].fillna("").value_counts()
    assert due.to_dict() == {"Ana": 2, "Bo": 1, "": 2}


def test_where_no_arr_is_known_risk_alone_orders() -> None:
    states = plan(accounts(("low", "red", 0.3, None), ("high", "red", 0.6, None)), per_owner=1)["play_state"]
    assert states.to_dict() == {"low": "beyond capacity", "high": "due"}


def test_nobody_on_the_list_is_no_error() -> None:
    assert plan(accounts()).empty


# From stored lists --------------------------------------------------------------------------------------------------


def stored(weeks: Path, cutoff: date, states: list[str]) -> pd.DataFrame:
    """A published list of some accounts, the first of them with these states of play."""
    frame = invented(6).listed()
    frame = frame.assign(cutoff=pd.Timestamp(cutoff), play="red", due_on=pd.Timestamp(cutoff) + pd.Timedelta(days=2))
    frame["play_state"] = pd.Series([*states, *[None] * (len(frame) - len(states))], dtype="str")
    folder = weeks / cutoff.isoformat()
    folder.mkdir(parents=True)
    (folder / "risk_list.parquet").write_bytes(to_parquet(frame))
    return frame


def test_only_what_was_begun_in_the_days_before_is_found(tmp_path: Path) -> None:
    listed = stored(tmp_path, CUTOFF - timedelta(days=7), ["due", "cooling down", "beyond capacity"])
    stored(tmp_path, CUTOFF - timedelta(days=29), ["due"] * 6)
    stored(tmp_path, CUTOFF, ["due"] * 6)
    stored(tmp_path, CUTOFF + timedelta(days=7), ["due"] * 6)
    opened = opened_plays(tmp_path, CUTOFF, 28)
    assert opened["account_id"].tolist() == [listed["account_id"][0]]
    assert opened["opened_on"].dt.date.tolist() == [CUTOFF - timedelta(days=7)]
    assert opened["due_on"].dt.date.tolist() == [CUTOFF - timedelta(days=5)]


def test_the_latest_of_several_beginnings_counts(tmp_path: Path) -> None:
    for days in (21, 7):
        stored(tmp_path, CUTOFF - timedelta(days=days), ["due"])
    assert opened_plays(tmp_path, CUTOFF, 28)["opened_on"].dt.date.tolist() == [CUTOFF - timedelta(days=7)]


def test_no_list_and_a_list_of_before_there_were_plays_began_nothing(tmp_path: Path) -> None:
    assert opened_plays(tmp_path / "nowhere", CUTOFF, 28).empty
    folder = tmp_path / "2025-02-24"
    folder.mkdir()
    pd.DataFrame({"account_id": ["a"]}).to_parquet(folder / "risk_list.parquet")
    assert opened_plays(tmp_path, CUTOFF, 28).empty


def test_a_damaged_list_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "2025-02-24"
    folder.mkdir()
    (folder / "risk_list.parquet").write_bytes(b"PAR1 broken")
    with pytest.raises(DataError, match=r"2025-02-24/risk_list\.parquet: cannot be read"):
        opened_plays(tmp_path, CUTOFF, 28)


def test_weeks_in_a_row_never_begin_a_play_twice_within_its_cool_down() -> None:
    rng, opened, started = np.random.default_rng(3), no_plays(), {}
    for week in range(12):
        cutoff = pd.Timestamp(CUTOFF) + pd.Timedelta(weeks=week)
        rows = [(f"a{n}", str(rng.choice(["red", "yellow", "green"])), float(rng.random()), 5.0) for n in range(20)]
        frame = accounts(*rows).assign(cutoff=cutoff)
        made = planned(frame, {}, opened, playbooks=default_playbooks(), workload=Workload(per_owner=4))
        new = made[made["play_state"] == "due"]
        assert len(new) <= 4
        for key in zip(new["account_id"], new["play"], strict=True):
            assert (cutoff - started.get(key, pd.Timestamp(2000, 1, 1))).days >= 28
            started[key] = cutoff
        opened = pd.concat([opened, new[list(opened.columns)]], ignore_index=True)
        opened = opened.drop_duplicates(["account_id", "play"], keep="last")


def held(frame: pd.DataFrame, share: float = 0.5, **workload: Any) -> pd.DataFrame:
    """The plays where a share is held out."""
    outcomes = Outcomes(holdout_share=share, holdout_salt="acme")
    declared = {"playbooks": default_playbooks(), "workload": Workload(**workload), "outcomes": outcomes}
    return planned(frame, {}, no_plays(), **declared).set_index("account_id")


def many(tier: str) -> pd.DataFrame:
    return accounts(*[(f"{tier}{number:03}", tier, 0.3, 1000.0 - number) for number in range(200)])


def test_who_is_held_out_has_a_play_and_nothing_to_do() -> None:
    made = held(many("red"))
    out = made[made["play_state"] == "held out"]
    assert 60 < len(out) < 140
    assert (out["play"] == "red").all()
    assert out[["playbook", "play_role", "opened_on", "due_on"]].isna().all(axis=None)
    assert set(made["play_state"]) == {"held out", "due"}


def test_critical_accounts_are_never_held_out() -> None:
    assert set(held(many("critical"))["play_state"]) == {"due"}


def test_only_who_would_have_got_a_play_is_held_out() -> None:
    with_places = held(many("red"), per_owner=40)
    assert (with_places["play_state"] == "beyond capacity").sum() == 160
    assert with_places.iloc[40:]["play_state"].eq("beyond capacity").all()
