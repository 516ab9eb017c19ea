"""What really goes on inside an account: five hidden daily processes and the shocks that move them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .population import Population
from .timeline import BURN_IN, NEVER, Bools, Floats, column_count
from .world import World

ENGAGEMENT, SUPPORT, FINANCE, EXECUTIVE, COMPETITION = range(5)

# Half-lives of 57, 27, 86, 69 and 46 days: slow enough that today's state still speaks about the quarter ahead.
PERSISTENCE = np.array([0.988, 0.975, 0.992, 0.990, 0.985], np.float32)
NOISE = np.sqrt(1 - PERSISTENCE**2)

DEPARTURES_A_YEAR = 0.25
COMPETITORS_A_YEAR = 0.30
PRICE_RISE_SHARE = 0.35
PRICE_RISE_LEAD = 80
SLIDE_DAYS = 60

_OUTAGES_A_YEAR = 3.2
_OUTAGE_REACH = 0.30
_SLIDE_A_DAY = 0.02


@dataclass(frozen=True)
class Shocks:
    """The days on which something happened to an account; bool matrices, a row per account, a column per day.

    Parameters
    ----------
    departures
        The champion left.
    competitors
        A competitor appeared.
    price_rises
        A price rise was announced, 80 days before a renewal.
    outages
        The product failed for this account.
    """

    departures: Bools
    competitors: Bools
    price_rises: Bools
    outages: Bools


def draw_shocks(world: World, population: Population) -> Shocks:
    """Draw every shock of a world, burn-in and tail included."""
    rng = world.stream("shocks")
    shape = (world.accounts, column_count(world))
    outage_days = rng.random(shape[1]) < _OUTAGES_A_YEAR / 365
    outages = np.zeros(shape, np.bool_)
    outages[:, outage_days] = rng.random((shape[0], int(outage_days.sum()))) < _OUTAGE_REACH
    raised = rng.random(population.renewals.shape) < PRICE_RISE_SHARE
    return Shocks(
        departures=rng.random(shape, dtype=np.float32) < DEPARTURES_A_YEAR / 365,
        competitors=rng.random(shape, dtype=np.float32) < COMPETITORS_A_YEAR / 365,
        price_rises=_announce(population, raised, columns=shape[1]),
        outages=outages,
    )


def simulate_latents(world: World, population: Population, *, shocks: Shocks) -> Floats:
    """Simulate the latents of a world.

    Returns
    -------
    array of float32, shape (5, accounts, days)
        Engagement, support, finance, executive relation (higher is healthier) and competition (higher is riskier),
        with standard deviation about 1 around each account's long-run level.
    """
    rng = world.stream("latents")
    shape = (5, world.accounts, column_count(world))
    innovations = rng.standard_normal(shape, dtype=np.float32) * NOISE[:, None, None]
    add_shocks(innovations, shocks)
    settled = rng.standard_normal(shape[:2], dtype=np.float32)
    latents = propagate(innovations, settled)
    latents += population.means[:, :, None].astype(np.float32)
    return latents


def add_shocks(innovations: Floats, shocks: Shocks) -> None:
    """Add shocks to innovations (first axis: latent), in place.

    The departures may reach further back than the innovations: engagement slides for 60 days after each.
    """
    days = innovations.shape[-1]
    innovations[EXECUTIVE] -= np.float32(1.6) * shocks.departures[..., -days:]
    innovations[ENGAGEMENT] -= np.float32(_SLIDE_A_DAY) * _rolling_count(shocks.departures)[..., -days:]
    innovations[COMPETITION] += np.float32(1.6) * shocks.competitors
    innovations[FINANCE] -= shocks.price_rises
    innovations[SUPPORT] -= np.float32(1.2) * shocks.outages


def propagate(innovations: Floats, before: Floats) -> Floats:
    """Run the autoregressions along the last axis, in place, from the state on the day before.

    Parameters
    ----------
    innovations : array, shape (5, ..., days)
        Overwritten by the deviation of each latent from its long-run level.
    before : array, shape (5, ...)
        The deviation on the day before the first.
    """
    persistence = PERSISTENCE.reshape(5, *([1] * (before.ndim - 1)))
    state = before
    for day in range(innovations.shape[-1]):
        innovations[..., day] += persistence * state
        state = innovations[..., day]
    return innovations


def _announce(population: Population, raised: Bools, *, columns: int) -> Bools:
    announced = np.zeros((len(population.start), columns), np.bool_)
    column = population.renewals - PRICE_RISE_LEAD + BURN_IN
    inside = raised & (population.renewals != NEVER) & (column >= 0) & (column < columns)
    inside &= population.renewals - PRICE_RISE_LEAD > population.start[:, None]
    announced[np.nonzero(inside)[0], column[inside]] = True
    return announced


def _rolling_count(happened: Bools) -> Floats:
    """Count along the last axis over the 60 days that end with each day."""
    total = np.cumsum(happened, axis=-1, dtype=np.float32)
    total[..., SLIDE_DAYS:] -= total[..., :-SLIDE_DAYS].copy()
    return total
