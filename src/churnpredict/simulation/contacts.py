"""The accounts themselves and the history of their main point of contact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .names import INDUSTRIES, company_names, owner_names, person_names
from .population import REGIONS, SEGMENTS
from .scene import Scene, before_extract, close_rows, pick
from .timeline import NEVER, Bools, Ints, day_times, load_times

_ACCOUNTS_AN_OWNER = 60
_LIVE_SHARE = 0.55
_INDUSTRY_UNKNOWN = 0.04
_SEEN = 0.60
_LATEST_NEWS = 30

_ROLES = ("head of operations", "it manager", "project lead", "managing director", "procurement manager", "team lead")
_DECIDES = np.array([0.8, 0.5, 0.15, 1.0, 0.6, 0.05])
_ROLE_SHARES = (0.24, 0.20, 0.20, 0.10, 0.12, 0.14)


def accounts_table(scene: Scene) -> pd.DataFrame:
    """Make the accounts table, one row per account that ever was."""
    world, population = scene.world, scene.population
    rng = world.stream("accounts")
    owners = owner_names(rng, max(1, round(_LIVE_SHARE * world.accounts / _ACCOUNTS_AN_OWNER)))
    industry = pick(list(INDUSTRIES), population.industry)
    industry[rng.random(world.accounts) < _INDUSTRY_UNKNOWN] = None
    return pd.DataFrame(
        {
            "account_id": scene.account_ids,
            "name": pd.array(company_names(rng, population.industry, region=population.region), dtype="str"),
            "owner": pick(owners, rng.integers(0, len(owners), world.accounts)),
            "started_on": day_times(world, population.start),
            "segment": pick(SEGMENTS, population.segment),
            "industry": industry,
            "region": pick(REGIONS, population.region),
        }
    )


def contacts_table(scene: Scene, departures: Bools) -> pd.DataFrame:
    """Make the contacts table, one row per account and main point of contact.

    Only 60 % of the departures are ever noticed, and those up to 30 days late.

    Parameters
    ----------
    scene : Scene
        What is recorded.
    departures : array of bool, shape (accounts, world.days)
        The champion left on that recorded day.
    """
    world = scene.world
    rng = world.stream("contacts")
    left, on = _noticed_departures(scene, departures, rng=rng)
    account = np.concatenate([np.arange(world.accounts), left])
    day = np.concatenate([scene.population.start, on])
    noticed = np.concatenate([scene.population.start, on + rng.integers(0, _LATEST_NEWS + 1, len(on))])
    order = np.lexsort((day, account))
    account, day, noticed = account[order], day[order], noticed[order]
    recorded_at = load_times(world, rng, day=noticed)
    role = rng.choice(len(_ROLES), len(account), p=_ROLE_SHARES)
    columns: dict[str, Any] = {
        "contact_name": pd.array(person_names(rng, len(account)), dtype="str"),
        "role": pick(_ROLES, role),
        "decision_maker": rng.random(len(account)) < _DECIDES[role],
    }
    # Nobody keeps the contact up to date once the account is gone.
    kept = before_extract(world, recorded_at) & (noticed < scene.churn[account])
    account, day = account[kept], day[kept]
    open_end = np.full(world.accounts, NEVER)
    versions = {
        "account_id": scene.account_ids.take(account),
        "valid_from": day_times(world, day),
        "valid_to": day_times(world, close_rows(account, day, end=open_end)),
        "recorded_at": recorded_at[kept],
    }
    return pd.DataFrame(versions | {name: values[kept] for name, values in columns.items()})


def _noticed_departures(scene: Scene, departures: Bools, *, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Pick the departures that anyone notices: positions of accounts, and days."""
    left, on = np.nonzero(departures & scene.live & (rng.random(departures.shape, dtype=np.float32) < _SEEN))
    # A successor cannot begin with the contract itself: that row is the first contact's.
    later = on > scene.population.start[left]
    return left[later], on[later]
