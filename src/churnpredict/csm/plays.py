"""Plays of a week: which are begun, which are still being worked, and which are more than the owner can work.

All of it follows from the list itself and from the stored lists of earlier weeks, so a past week run again gives the
plays it gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Outcomes, Playbook, Workload
from churnpredict.csm.playbooks import due_date, play_for
from churnpredict.errors import DataError, Problem

PlayState = Literal["due", "cooling down", "beyond capacity", "held out"]
DUE: PlayState = "due"
COOLING: PlayState = "cooling down"
BEYOND: PlayState = "beyond capacity"
#: Left without a play at random, to measure what plays are worth; it takes a place of the capacity all the same.
HELD_OUT: PlayState = "held out"
#: The file of a week that its plays are read from.
RISK_LIST = "risk_list.parquet"
_OPENED = {ACCOUNT_ID: "str", "play": "str", "opened_on": "datetime64[us]", "due_on": "datetime64[us]"}


def no_plays() -> pd.DataFrame:
    """What `opened_plays` gives where nothing was begun."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _OPENED.items()})


def opened_plays(weeks: Path, cutoff: date, days: int) -> pd.DataFrame:
    """Plays that the lists of ``[cutoff − days, cutoff)`` began, the latest of each account and play.

    Parameters
    ----------
    weeks
        The folder that holds a folder per cutoff, named as the day. Later weeks are not looked at.
    cutoff
        The cutoff of the week to come.
    days
        How far to look back.

    Returns
    -------
    DataFrame
        account_id, play, opened_on (the cutoff of its list), due_on.

    Raises
    ------
    DataError
        If a list is damaged.
    """
    earliest = (cutoff - timedelta(days=days)).isoformat()
    paths = [p for p in sorted(weeks.glob(f"*/{RISK_LIST}")) if earliest <= p.parent.name < cutoff.isoformat()]
    return pd.concat([no_plays(), *map(_begun, paths)], ignore_index=True).drop_duplicates(
        [ACCOUNT_ID, "play"], keep="last", ignore_index=True
    )


def _begun(path: Path) -> pd.DataFrame:
    try:
        if "play_state" not in pq.read_schema(path).names:
            return no_plays()  # a list of before there were plays
        columns = [ACCOUNT_ID, "play", CUTOFF, "due_on"]
        frame = pd.read_parquet(path, columns=columns, filters=[("play_state", "==", DUE)])
    except (OSError, ValueError, pa.ArrowException) as error:
        todo = "Predict that cutoff again."
        raise DataError(Problem(str(path), "cannot be read", "a stored list", todo)) from error
    return frame.rename(columns={CUTOFF: "opened_on"}).astype(_OPENED)


def planned(
    accounts: pd.DataFrame,
    detectors: Mapping[str, set[str]],
    opened: pd.DataFrame,
    *,
    playbooks: Mapping[str, Playbook],
    workload: Workload,
    outcomes: Outcomes | None = None,
) -> pd.DataFrame:
    """The play of each account, and whether it is begun this week.

    Parameters
    ----------
    accounts
        account_id, cutoff (one), owner, tier, risk_90d and arr (NaN where it is not known).
    detectors
        By account, the detectors whose evidence it has.
    opened
        See `opened_plays`.
    playbooks, workload, outcomes
        The declarations; without `outcomes` nobody is held out.

    Returns
    -------
    DataFrame
        The same rows: play, playbook (the action), play_role, play_state, opened_on and due_on; missing where there
        is nothing to do. Of the plays of an owner that are not cooling down, critical accounts come first, then the
        higher risk × ARR; what is beyond the owner's capacity has no due date. What is held out has no action either.
    """
    names = [
        play_for(tier, detectors.get(account, ()), playbooks=playbooks)
        for account, tier in zip(accounts[ACCOUNT_ID], accounts["tier"], strict=True)
    ]
    plays = pd.Series(names, index=accounts.index, dtype="str")
    made = accounts.assign(play=plays).merge(opened, on=[ACCOUNT_ID, "play"], how="left").set_axis(accounts.index)
    if accounts.empty:
        return made.assign(playbook=plays, play_role=plays, play_state=plays)
    cutoff = accounts[CUTOFF].iloc[0].date()
    states = _states(made, _cooling(made, playbooks, workload), workload)
    # Among those who would have got one, so that both groups are alike.
    held = made[ACCOUNT_ID].map(lambda name: is_held_out(name, cutoff, outcomes or Outcomes())).astype("bool")
    made["play_state"] = states.mask((states == DUE) & held & (made["tier"] != "critical"), HELD_OUT)
    due = {name: pd.Timestamp(due_date(cutoff, playbook, workload)) for name, playbook in playbooks.items()}
    begun = made["play_state"] == DUE
    made["opened_on"] = made["opened_on"].where(made["play_state"] == COOLING).mask(begun, pd.Timestamp(cutoff))
    made["due_on"] = made["due_on"].where(made["play_state"] == COOLING).mask(begun, made["play"].map(due))
    done = made["play"].where(made["play_state"] != HELD_OUT)
    made["playbook"] = done.map({name: playbook.action for name, playbook in playbooks.items()})
    made["play_role"] = done.map({name: playbook.role for name, playbook in playbooks.items()})
    return made


def is_held_out(account: str, cutoff: date, outcomes: Outcomes) -> bool:
    """Whether an account is drawn to be left without a play in the quarter of a cutoff.

    The draw is a hash of salt, quarter and account: the same on every machine and in every week of the quarter, and
    independent of everything that is known of the account.

    Examples
    --------
    >>> is_held_out("ACME", date(2025, 3, 3), Outcomes())
    False
    """
    quarter = f"{cutoff.year}Q{(cutoff.month + 2) // 3}"
    digest = sha256(f"{outcomes.holdout_salt}\x00{quarter}\x00{account}".encode()).digest()
    return int.from_bytes(digest[:8]) < outcomes.holdout_share * 2**64


def _cooling(made: pd.DataFrame, playbooks: Mapping[str, Playbook], workload: Workload) -> pd.Series:
    lasting = {
        name: workload.cool_down_days if playbook.cool_down_days is None else playbook.cool_down_days
        for name, playbook in playbooks.items()
    }
    age = (made[CUTOFF] - made["opened_on"]).dt.days
    return (age < made["play"].map(lasting).astype("float64")).fillna(value=False)


def _states(made: pd.DataFrame, cooling: pd.Series, workload: Workload) -> pd.Series:
    new = made[made["play"].notna() & ~cooling]
    owners = new["owner"].fillna("")
    # An account whose ARR is not known is no account without revenue.
    value = new["risk_90d"] * new["arr"].fillna(new["arr"].median() if new["arr"].notna().any() else 1.0)
    ranked = new.assign(calm=new["tier"] != "critical", value=-value, queue=owners)
    ranked = ranked.sort_values(["calm", "value", ACCOUNT_ID])
    place = ranked.groupby("queue").cumcount().reindex(new.index)
    general = float("inf") if workload.per_owner is None else workload.per_owner
    within = place < owners.map(lambda owner: workload.owners.get(owner, general)).astype("float64")
    states = pd.Series(None, index=made.index, dtype="str")
    states[new.index] = within.map({True: DUE, False: BEYOND})
    return states.mask(made["play"].notna() & cooling, COOLING)
