"""Invoices and the payments that are known so far."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .contracts import Terms
from .latent import FINANCE
from .population import Population
from .scene import Scene, numbered, ordered
from .timeline import Bools, Ints, load_times, month_steps, office_times

_TERMS_DAYS = 30
_QUARTERLY_SHARE = 0.5
_DISPUTED_SHARE = 0.04
_EARLIEST = -20
_LATEST = 150


def billing_tables(scene: Scene, terms: Terms) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the invoices and the payments table.

    Returns
    -------
    invoices : DataFrame
        One row per invoice, in order of ``issued_at``.
    payments : DataFrame
        One row per invoice that has been paid, in order of ``paid_at``; an unpaid invoice has no row.
    """
    world, population = scene.world, scene.population
    rng = world.stream("billing")
    months = _billing_months(population, rng)
    account, day = _invoice_days(scene, months)
    columns = {
        "account_id": scene.account_ids.take(account),
        "issued_at": office_times(world, rng, day=day),
        "loaded_at": load_times(world, rng, day=day),
        "amount": np.round(terms.arr_on(account, day) * months[account] / 12, 2),
        "account": account,
        "day": day,
    }
    invoices = pd.DataFrame(columns).sort_values(["issued_at", "account_id"], kind="stable", ignore_index=True)
    invoices.insert(0, "invoice_id", numbered("I", len(invoices)))
    payments = _payments(scene, rng, invoices=invoices)
    return ordered(world, invoices.drop(columns=["account", "day"]), time="issued_at", known="loaded_at"), payments


def _billing_months(population: Population, rng: np.random.Generator) -> Ints:
    quarterly: Bools = rng.random(len(population.term)) < _QUARTERLY_SHARE
    return np.where(population.term == 1, 1, np.where((population.term == 12) & quarterly, 3, 12))


def _invoice_days(scene: Scene, months: Ints) -> tuple[Ints, Ints]:
    """Give the account and the day of each invoice on a recorded day while the account is a customer."""
    start = scene.population.start
    most_months = int(scene.world.days - start.min()) // 28
    accounts, days = [np.arange(len(start))], [start]
    for length in (1, 3, 12):
        billed = np.flatnonzero(months == length)
        due = month_steps(scene.world.start, start[billed], months=months[billed], count=most_months // length + 1)
        accounts.append(np.repeat(billed, due.shape[1]))
        days.append(due.ravel())
    account, day = np.concatenate(accounts), np.concatenate(days)
    kept = (day >= 0) & (day < scene.world.days) & (day < scene.churn[account])
    return account[kept], day[kept]


def _payments(scene: Scene, rng: np.random.Generator, *, invoices: pd.DataFrame) -> pd.DataFrame:
    account, issued = invoices["account"].to_numpy(), invoices["day"].to_numpy()
    n = len(account)
    finance = scene.latents[FINANCE, account, np.minimum(issued + _TERMS_DAYS, scene.world.days - 1)]
    late = 2 - 8 * finance + 6 * rng.standard_normal(n)
    late = late + (rng.random(n) < _DISPUTED_SHARE) * rng.uniform(15, 60, n)
    days_late = np.clip(np.rint(late), _EARLIEST, _LATEST).astype(np.int64)
    paid = issued + _TERMS_DAYS + days_late
    known = (paid < scene.churn[account]) & (paid < scene.world.days)
    paid = paid[known]
    columns = {
        "invoice_id": invoices["invoice_id"][known].reset_index(drop=True),
        "account_id": invoices["account_id"][known].reset_index(drop=True),
        "paid_at": office_times(scene.world, rng, day=paid),
        "loaded_at": load_times(scene.world, rng, day=paid),
        "days_late": days_late[known].astype(np.int32),
        "amount": invoices["amount"].to_numpy()[known],
    }
    return ordered(scene.world, columns, time="paid_at", known="loaded_at")
