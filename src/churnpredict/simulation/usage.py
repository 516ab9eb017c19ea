"""Product usage: who was active on which day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from .latent import ENGAGEMENT
from .scene import Scene, before_extract, sigmoid
from .timeline import Bools, Floats, Ints, day_times, load_times

_MOST_USERS = 14
_CHUNK = 128
_RAMP_DAYS = 20.0
_FEATURES = 24
_FINER_CATALOGUE = 1.8
_IDLE_EXCLUDED = 0.6


@dataclass(frozen=True)
class _Users:
    """Users of the product, in order of account: whose, how eager (log-odds of an active workday), how thorough.

    The most eager one of an account is its champion.
    """

    account: Ints
    number: Ints
    eagerness: Floats
    depth: Floats

    @cached_property
    def champion(self) -> Bools:
        """Whether each user is the champion of the account."""
        order = np.lexsort((-self.eagerness, self.account))
        first = np.append(True, np.diff(self.account[order]) > 0)
        champion = np.zeros(len(order), np.bool_)
        champion[order[first[: len(order)]]] = True
        return champion


def usage_table(scene: Scene, departures: Bools) -> pd.DataFrame:
    """Make the usage table, one row per account, user and active day; in order of account, seat and day.

    When the champion leaves, their successor takes their seat under an id of their own: the account goes on as before,
    and one who was always there is silent.

    Parameters
    ----------
    scene : Scene
        What is recorded.
    departures : array of bool, shape (accounts, world.days)
        The champion left on that recorded day.

    From ``world.drift`` on, ``features_used`` counts a finer catalogue and ``minutes`` leaves out idle time.
    """
    world = scene.world
    rng = world.stream("usage")
    users = _draw_users(scene, rng)
    starts = np.searchsorted(users.account, np.arange(0, world.accounts, _CHUNK))
    stops = np.append(starts[1:], len(users.account))
    chunks = [_draw_chunk(scene, rng, users=users, chunk=slice(a, b)) for a, b in zip(starts, stops, strict=True)]
    rows = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
    loaded_at = load_times(world, rng, day=rows["day"].astype(np.int64))
    kept = before_extract(world, loaded_at)
    rows = {name: values[kept] for name, values in rows.items()}
    account_ids = scene.account_ids.take(users.account)
    return pd.DataFrame(
        {
            "account_id": account_ids.take(rows["user"]),
            "user_id": _user_ids(account_ids, users, rows=rows, departures=departures),
            "day": day_times(world, rows["day"].astype(np.int64)),
            "logins": rows["logins"],
            "features_used": rows["features_used"],
            "minutes": rows["minutes"],
            "loaded_at": loaded_at[kept],
        }
    )


def _user_ids(
    account_ids: pd.api.extensions.ExtensionArray, users: _Users, *, rows: dict[str, Ints], departures: Bools
) -> pd.api.extensions.ExtensionArray:
    """Name the user of each row: a number within the account, counted on for those who succeed the champion."""
    user, account = rows["user"], users.account[rows["user"]]
    seats = np.bincount(users.account, minlength=departures.shape[0])
    left = np.cumsum(departures, axis=1, dtype=np.int16)[account, rows["day"]]
    number = users.number[user]
    number = np.where((left > 0) & users.champion[user], seats[account] + left, number)
    # Few pairs are named often; making each name once keeps millions of rows quick.
    codes, pairs = pd.factorize(user.astype(np.int64) * 1000 + number)
    names = [f"{account_ids[pair // 1000]}-U{pair % 1000:02d}" for pair in pairs]
    return pd.array(names, dtype="str").take(codes)


def _draw_users(scene: Scene, rng: np.random.Generator) -> _Users:
    population = scene.population
    pool = np.clip(np.rint(0.5 * population.seats**0.8), 2, _MOST_USERS).astype(np.int64)
    pool = np.where(population.telemetry, pool, 0)
    account = np.repeat(np.arange(scene.world.accounts), pool)
    first = np.cumsum(pool) - pool
    # How much an account uses the product is mostly habit; only the change speaks of its engagement.
    habit = 0.4 * rng.standard_normal(scene.world.accounts)
    return _Users(
        account=account,
        number=np.arange(len(account)) - first[account] + 1,
        eagerness=habit[account] - 0.5 + 1.2 * rng.standard_normal(len(account)),
        depth=0.4 * rng.standard_normal(len(account)),
    )


def _draw_chunk(scene: Scene, rng: np.random.Generator, *, users: _Users, chunk: slice) -> dict[str, Ints]:
    """Draw the active days of some users and what they did: arrays of equal length, in order of user and day."""
    account = users.account[chunk]
    engagement = scene.latents[ENGAGEMENT, account]
    day = np.arange(scene.world.days, dtype=np.float32)
    tenure = np.maximum(day - scene.population.start[account, None].astype(np.float32), 0)
    ramp = 1 - np.exp(-(tenure + 1) / np.float32(_RAMP_DAYS))
    activity = sigmoid(users.eagerness[chunk, None].astype(np.float32) + np.float32(0.6) * engagement)
    activity *= scene.workday.astype(np.float32) * ramp * scene.live[account]
    user, active = np.nonzero(rng.random(activity.shape, dtype=np.float32) < activity)
    return _draw_sessions(scene, rng, users=users, active=(user + chunk.start, active, engagement[user, active]))


def _draw_sessions(
    scene: Scene, rng: np.random.Generator, *, users: _Users, active: tuple[Ints, Ints, Floats]
) -> dict[str, Ints]:
    user, day, engagement = active
    depth = users.depth[user].astype(np.float32) + np.float32(0.4) * engagement
    features = 1 + rng.binomial(_FEATURES - 1, sigmoid(depth - 1.6))
    minutes = np.exp(3.0 + 0.5 * depth + 0.6 * rng.standard_normal(len(user), dtype=np.float32))
    drifted = np.zeros(len(day), np.bool_) if scene.world.drift is None else day >= scene.world.drift
    return {
        "user": user.astype(np.int32),
        "day": day.astype(np.int16),
        "logins": (1 + rng.poisson(0.7 * np.exp(0.3 * engagement))).astype(np.int32),
        "features_used": np.rint(features * np.where(drifted, _FINER_CATALOGUE, 1.0)).astype(np.int32),
        "minutes": np.maximum(1, np.rint(minutes * np.where(drifted, _IDLE_EXCLUDED, 1.0))).astype(np.int32),
    }
