"""The true hazard: how the hidden state of an account becomes its daily chance to leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .latent import COMPETITION, EXECUTIVE, Shocks
from .population import Population
from .timeline import BURN_IN, NEVER, Bools, Floats, Ints, column_count
from .world import World

LAG_FROM = 75
LAG_TO = 30
WEIGHTS = np.array([-0.62, -0.34, -0.40, -0.40, 0.38], np.float32)
INTERACTION = np.float32(0.30)

_CONSTANT = -8.17
_SEGMENT = np.array([0.15, -0.05, -0.35])
_TERM = {1: 0.0, 12: 0.0, 24: 0.05}
_MONTHLY = np.log(1.6)
_NEAR_RENEWAL = np.log(17.0)
_FAR_FROM_RENEWAL = np.log(0.14)
_BEFORE_RENEWAL = 4
_AFTER_RENEWAL = 10
_EXOGENOUS_A_YEAR = 0.03
_HIGHEST = 0.5


@dataclass(frozen=True)
class Truth:
    """Everything the tables of a world do not show.

    Parameters
    ----------
    population : Population
        The accounts.
    latents : array of float32, shape (5, accounts, days)
        The hidden state, burn-in and tail included.
    shocks : Shocks
        What happened to the accounts.
    base : array of float32, shape (accounts, days)
        The part of the log-hazard that does not depend on the latents.
    hazard : array of float32, shape (accounts, days)
        The untreated hazard per day.
    patience : array of float, shape (accounts,)
        One Exp(1) draw per account; the account churns when its cumulative hazard exceeds it.
    """

    population: Population
    latents: Floats
    shocks: Shocks
    base: Floats
    hazard: Floats
    patience: Floats


def reveal(world: World, population: Population, *, shocks: Shocks, latents: Floats) -> Truth:
    """Work out the hazard of every account on every day."""
    base = base_log_hazard(world, population)
    patience = world.stream("patience").exponential(1.0, world.accounts)
    return Truth(population, latents, shocks, base, daily_hazard(base, latents), patience)


def daily_hazard(base: Floats, latents: Floats) -> Floats:
    """Turn latents into hazards per day.

    The hazard of day s reads the latents' mean over ``[s − 75, s − 30)``: nothing of the last 30 days. The first 75
    columns have no such past and are 0.
    """
    hazard = np.zeros(base.shape, np.float32)
    pressure = log_pressure(latents)[..., : base.shape[-1] - LAG_FROM]
    hazard[..., LAG_FROM:] = finish(base[..., LAG_FROM:] + pressure)
    return hazard


def finish(log_hazard: Floats) -> Floats:
    """Turn log-hazards into hazards per day, with what no state explains (mergers, bankruptcies) added."""
    return np.minimum(np.exp(log_hazard) + np.float32(_EXOGENOUS_A_YEAR / 365), np.float32(_HIGHEST))


def log_pressure(latents: Floats) -> Floats:
    """Weigh the lagged latents into their part of the log-hazard.

    Parameters
    ----------
    latents : array, shape (5, ..., days)
        The hidden state, one entry per day on the last axis.

    Returns
    -------
    array, shape (..., days − 44)
        Entry j belongs to day ``75 + j`` of the input, and reads its days ``[j, j + 45)``.
    """
    executive = _lagged_mean(latents[EXECUTIVE])
    competition = _lagged_mean(latents[COMPETITION])
    pressure = INTERACTION * np.maximum(competition, 0) * np.maximum(-executive, 0)
    pressure += WEIGHTS[EXECUTIVE] * executive
    pressure += WEIGHTS[COMPETITION] * competition
    for latent in range(EXECUTIVE):
        pressure += WEIGHTS[latent] * _lagged_mean(latents[latent])
    return pressure


def base_log_hazard(world: World, population: Population) -> Floats:
    """Add up what does not depend on the latents: traits, frailty, onboarding, and the nearness of a renewal."""
    day = np.arange(column_count(world), dtype=np.float32) - BURN_IN
    tenure = day[None, :] - population.start[:, None].astype(np.float32)
    onboarding = np.float32(0.6) * np.exp(-np.square((tenure - 80) / 45))
    trait = _CONSTANT + _SEGMENT[population.segment] + population.frailty
    trait = trait + np.select([population.term == months for months in _TERM], list(_TERM.values()))
    base: Floats = onboarding + trait[:, None].astype(np.float32) + _renewal_kernel(population, len(day))
    return base


def near_renewal(population: Population, columns: int, *, before: int, after: int) -> Bools:
    """Mark the days in ``[renewal − before, renewal + after]`` of any renewal; a column per day."""
    edges = np.zeros((len(population.start), columns + 1), np.int16)
    account = np.broadcast_to(np.arange(len(population.start))[:, None], population.renewals.shape)
    for shift, step in ((-before, 1), (after + 1, -1)):
        column = np.clip(population.renewals + BURN_IN + shift, 0, columns)
        np.add.at(edges, (account, np.where(population.renewals == NEVER, columns, column)), step)
    return np.cumsum(edges[:, :-1], axis=1) > 0


def churn_days(hazard: Floats, patience: Floats, *, start: Ints) -> Ints:
    """Find the day each account churns: the first on which its cumulative hazard exceeds its patience.

    Because the patience is drawn once, a smaller hazard never makes an account churn earlier: what happens with and
    without a treatment is one coupled pair.

    Parameters
    ----------
    hazard : array, shape (n, days)
        Hazard per day, burn-in included; counted from the later of day 0 and the day after the start.
    patience : array, shape (n,)
        Cumulative hazard each account bears.
    start : array of int, shape (n,)
        Day numbers.

    Returns
    -------
    array of int, shape (n,)
        Day numbers, ``NEVER`` for those who stay.
    """
    begin = np.maximum(start + 1, 0) + BURN_IN
    counted = np.where(np.arange(hazard.shape[1])[None, :] >= begin[:, None], hazard, 0)
    exceeded = np.cumsum(counted, axis=1, dtype=np.float64) > patience[:, None]
    return np.where(exceeded.any(axis=1), exceeded.argmax(axis=1) - BURN_IN, NEVER)


def _renewal_kernel(population: Population, columns: int) -> Floats:
    near = near_renewal(population, columns, before=_BEFORE_RENEWAL, after=_AFTER_RENEWAL)
    kernel = np.where(near, np.float32(_NEAR_RENEWAL), np.float32(_FAR_FROM_RENEWAL))
    return np.where(population.term[:, None] == 1, np.float32(_MONTHLY), kernel)


def _lagged_mean(latent: Floats) -> Floats:
    width = LAG_FROM - LAG_TO
    total = np.zeros((*latent.shape[:-1], latent.shape[-1] + 1), np.float32)
    np.cumsum(latent, axis=-1, out=total[..., 1:])
    mean: Floats = (total[..., width:] - total[..., :-width]) / np.float32(width)
    return mean
