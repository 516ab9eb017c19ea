"""The contract history: renewals, seats, plans and discounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .latent import ENGAGEMENT, FINANCE, PRICE_RISE_LEAD, Shocks
from .scene import Scene, before_extract, close_rows, pick, sigmoid
from .timeline import BURN_IN, NEVER, Bools, Floats, Ints, Times, day_times, load_times

PLANS = ("starter", "business", "enterprise")

_PRICE_A_SEAT = np.array([300.0, 480.0, 720.0])
_DISCOUNT_STEP = 0.005
_LARGEST_DISCOUNT = 0.40
_ADDED_A_YEAR = 0.8
_REMOVED_A_YEAR = 0.3


@dataclass(frozen=True)
class Terms:
    """Contract rows, in order of account and day, as arrays of equal length.

    Parameters
    ----------
    account, day : array of int
        Position of the account, and day from which the row is valid.
    seats, plan : array of int
        Seats bought, and code of the plan (``PLANS``).
    discount : array of float
        Share of the list price given away, between 0 and 0.4.
    arr : array of float
        Annual recurring revenue.
    """

    account: Ints
    day: Ints
    seats: Ints
    plan: Ints
    discount: Floats
    arr: Floats

    def arr_on(self, account: Ints, day: Ints) -> Floats:
        """Read the annual recurring revenue of some accounts on some days from their beginning on."""
        span = NEVER * 4
        key = self.account * span + self.day
        found: Floats = self.arr[np.searchsorted(key, account * span + day, side="right") - 1]
        return found


@dataclass(frozen=True)
class _Changes:
    """What changes on a day, each as a difference to the row before."""

    account: Ints
    day: Ints
    renewal: Bools
    log_seats: Floats
    log_price: Floats
    discount: Floats
    plan: Ints


def draw_terms(scene: Scene, shocks: Shocks) -> Terms:
    """Draw the contract rows of every account from its beginning, those before the recorded span included."""
    rng = scene.world.stream("contracts")
    parts = [_initial(scene, rng), _renewals(scene, shocks, rng=rng), _seat_changes(scene, rng)]
    return _accumulate(_join(parts))


def contracts_table(scene: Scene, terms: Terms, *, cancelled_at: Times) -> pd.DataFrame:
    """Make the contracts table, one row per account and version.

    Parameters
    ----------
    scene : Scene
        What is recorded.
    terms : Terms
        The contract rows.
    cancelled_at : array of datetime64, shape (accounts,)
        When each cancellation was recorded, not-a-time without one; only then is the last row closed.
    """
    world, population = scene.world, scene.population
    recorded_at = load_times(world, world.stream("contracts load"), day=terms.day)
    kept = before_extract(world, recorded_at)
    account, day = terms.account[kept], terms.day[kept]
    end = np.where(before_extract(world, cancelled_at), scene.churn, NEVER)
    return pd.DataFrame(
        {
            "account_id": scene.account_ids.take(account),
            "valid_from": day_times(world, day),
            "valid_to": day_times(world, close_rows(account, day, end=end)),
            "recorded_at": recorded_at[kept],
            "arr": terms.arr[kept],
            "seats": terms.seats[kept].astype(np.int32),
            "plan": pick(PLANS, terms.plan[kept]),
            "discount": terms.discount[kept],
            "term_months": population.term[account].astype(np.int32),
            "renewal_on": day_times(world, next_renewal(population.renewals[account], day)),
        }
    )


def next_renewal(renewals: Ints, day: Ints) -> Ints:
    """Give the first renewal after each day, ``NEVER`` without one; a row of renewals per day."""
    upcoming: Ints = np.where(renewals > day[:, None], renewals, NEVER).min(axis=1)
    return upcoming


def _initial(scene: Scene, rng: np.random.Generator) -> _Changes:
    population = scene.population
    n = scene.world.accounts
    plan = np.clip(population.segment + rng.choice([-1, 0, 0, 0, 1], n), 0, len(PLANS) - 1)
    discount = rng.choice([0.0, 0.05, 0.10, 0.15, 0.20], n, p=[0.45, 0.2, 0.2, 0.1, 0.05])
    log_price = 0.10 * rng.standard_normal(n)
    account = np.arange(n)
    log_seats = np.log(population.seats)
    return _Changes(account, population.start, np.ones(n, np.bool_), log_seats, log_price, discount, plan)


def _renewals(scene: Scene, shocks: Shocks, *, rng: np.random.Generator) -> _Changes:
    renewals = scene.population.renewals
    account, step = np.nonzero((renewals < scene.churn[:, None]) & (renewals < scene.world.days))
    day = renewals[account, step]
    n = len(day)
    engagement, finance = scene.latent(ENGAGEMENT, account, day=day), scene.latent(FINANCE, account, day=day)
    announced = day - PRICE_RISE_LEAD + BURN_IN
    raised = (announced >= 0) & shocks.price_rises[account, np.maximum(announced, 0)]
    resized = rng.random(n) < 0.6
    return _Changes(
        account,
        day,
        np.ones(n, np.bool_),
        resized * (0.10 * engagement + 0.12 * rng.standard_normal(n)),
        np.log1p(np.where(raised, rng.uniform(0.05, 0.15, n), 0.02)),
        0.02 - 0.03 * finance + 0.03 * rng.standard_normal(n),
        (rng.random(n) < 0.10 * sigmoid(engagement)).astype(np.int64) - (rng.random(n) < 0.06 * sigmoid(-engagement)),
    )


def _seat_changes(scene: Scene, rng: np.random.Generator) -> _Changes:
    """Draw seats added and removed between renewals, on the recorded days."""
    engagement = scene.latents[ENGAGEMENT]
    added = scene.draw(rng, _ADDED_A_YEAR / 365 * np.exp(0.5 * engagement))
    removed = scene.draw(rng, _REMOVED_A_YEAR / 365 * np.exp(-0.6 * engagement))
    account = np.concatenate([added[0], removed[0]])
    sign = np.repeat([1.0, -1.0], [len(added[0]), len(removed[0])])
    nothing = np.zeros(len(account))
    return _Changes(
        account,
        np.concatenate([added[1], removed[1]]),
        np.zeros(len(account), np.bool_),
        sign * rng.uniform(0.05, 0.30, len(account)),
        nothing,
        nothing,
        nothing.astype(np.int64),
    )


def _join(parts: list[_Changes]) -> _Changes:
    fields = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _Changes.__dataclass_fields__}
    order = np.lexsort((fields["day"], fields["account"]))
    return _Changes(**{name: values[order] for name, values in fields.items()})


def _accumulate(changes: _Changes) -> Terms:
    account = changes.account
    seats = np.maximum(1, np.rint(np.exp(_running(account, changes.log_seats)))).astype(np.int64)
    plan = np.clip(_running(account, changes.plan), 0, len(PLANS) - 1).astype(np.int64)
    discount = np.clip(_running(account, changes.discount), 0, _LARGEST_DISCOUNT)
    discount = np.round(np.rint(discount / _DISCOUNT_STEP) * _DISCOUNT_STEP, 3)
    arr = np.round(seats * _PRICE_A_SEAT[plan] * np.exp(_running(account, changes.log_price)) * (1 - discount), 2)
    last_of_day = np.append((account[1:] != account[:-1]) | (changes.day[1:] != changes.day[:-1]), True)
    # On a small account a few per cent are less than a seat: nothing changed, so no row.
    changed = changes.renewal | np.append(True, seats[1:] != seats[:-1])
    # A seat change on the day of a renewal falls into the renewal's row, which the rule above must not lose.
    kept = last_of_day & (changed | np.append(False, changes.day[1:] == changes.day[:-1]))
    return Terms(account[kept], changes.day[kept], seats[kept], plan[kept], discount[kept], arr[kept])


def _running(account: Ints, change: Floats | Ints) -> Floats:
    """Sum changes within each account, for rows in order of account."""
    total = np.cumsum(change, dtype=np.float64)
    first = np.append(True, account[1:] != account[:-1])
    before = np.where(first, total - change, -np.inf)
    positions = np.maximum.accumulate(np.where(first, np.arange(len(account)), 0))
    running: Floats = total - before[positions]
    return running
