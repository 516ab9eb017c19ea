"""What every table is drawn from, and the plumbing the tables share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from .population import Population
from .timeline import Bools, Floats, Ints, Times, extract_time
from .world import World


@dataclass(frozen=True)
class Scene:
    """The recorded days of a world.

    Parameters
    ----------
    world : World
        Its options.
    population : Population
        Its accounts.
    latents : array of float32, shape (5, accounts, world.days)
        The hidden state on the recorded days.
    churn : array of int, shape (accounts,)
        Day each account churned, ``NEVER`` for those who stay.
    """

    world: World
    population: Population
    latents: Floats
    churn: Ints

    @cached_property
    def account_ids(self) -> pd.api.extensions.ExtensionArray:
        """The identifier of each account, in order."""
        width = max(5, len(str(self.world.accounts)))
        return pd.array([f"A{number:0{width}d}" for number in range(1, self.world.accounts + 1)], dtype="str")

    @cached_property
    def live(self) -> Bools:
        """Whether each account is a customer on each recorded day: in ``[start, churn)``."""
        day = np.arange(self.world.days)
        begun = self.population.start[:, None] <= day
        return begun & (day < self.churn[:, None])

    @cached_property
    def workday(self) -> Floats:
        """How busy each recorded day is for an office, between 0 and 1: weekends, year's end and August are quiet."""
        date = np.datetime64(self.world.start, "D") + np.arange(self.world.days)
        weekday = (date.astype(np.int64) + 3) % 7
        of_year = (date - date.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
        busy = np.array([0.95, 1.0, 1.0, 0.97, 0.85, 0.07, 0.05])[weekday]
        busy = busy * np.where((of_year >= 355) | (of_year <= 3), 0.35, 1.0)
        # The winter dip is wide and shallow: usage falls, nobody is leaving.
        busy = busy * np.where((of_year >= 334) | (of_year <= 20), 0.88, 1.0)
        quiet: Floats = busy * np.where((of_year >= 212) & (of_year < 240), 0.85, 1.0)
        return quiet

    def draw(self, rng: np.random.Generator, rate: Floats) -> tuple[Ints, Ints]:
        """Draw events at a rate per account and recorded day: positions of accounts, and days, in order of day."""
        counts = rng.poisson(np.where(self.live, rate, 0).T)
        day, account = np.nonzero(counts)
        times = counts[day, account]
        return np.repeat(account, times), np.repeat(day, times)

    def latent(self, which: int, account: Ints, *, day: Ints) -> Floats:
        """Read a latent on some days; days before the recorded span give the account's long-run level."""
        value = self.latents[which, account, np.clip(day, 0, self.world.days - 1)]
        read: Floats = np.where(day >= 0, value, self.population.means[which, account])
        return read


def sigmoid(logit: Floats) -> Floats:
    """Squash log-odds into a probability."""
    return 1 / (1 + np.exp(-logit))


def pick(labels: Sequence[str], codes: Ints) -> pd.api.extensions.ExtensionArray:
    """Turn codes into strings."""
    return pd.array(list(labels), dtype="str").take(codes)


def ordered(world: World, columns: dict[str, Any] | pd.DataFrame, *, time: str, known: str) -> pd.DataFrame:
    """Make a frame in order of time, without the rows that were not recorded when the tables were extracted."""
    frame = pd.DataFrame(columns)
    frame = frame.sort_values([time, "account_id"], kind="stable")
    return frame[frame[known] < extract_time(world)].reset_index(drop=True)


def numbered(prefix: str, count: int) -> pd.Series[str]:
    """Give identifiers to rows in order: a prefix and a number from 1, seven digits wide."""
    return pd.Series([f"{prefix}{number:07d}" for number in range(1, count + 1)], dtype="str")


def close_rows(account: Ints, day: Ints, *, end: Ints) -> Ints:
    """Give the day each history row ends, for rows in order of account and day.

    A row ends where the next row of its account begins; an account's last row ends on ``end`` of the account.
    """
    closing = end[account]
    followed = account[1:] == account[:-1]
    closing[:-1][followed] = day[1:][followed]
    return closing


def before_extract(world: World, recorded_at: Times) -> Bools:
    """Mark what had been recorded when the tables were extracted."""
    return recorded_at < extract_time(world)
