"""The spine: which accounts count at which cutoffs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir


def spine(lives: ir.Table, cutoffs: Sequence[date], accounts: Sequence[str] | None = None) -> ir.Table:
    """Accounts × cutoffs, for the accounts that were customers as far as was known at the cutoff.

    Parameters
    ----------
    lives
        Lives, see `churnpredict.dataset.lives`.
    cutoffs
        Days; nothing at or after its own cutoff decides whether a row is on the spine.
    accounts
        Only these, or all.

    Returns
    -------
    Table
        One row per account and cutoff: account_id, cutoff, started_on (first day of its present life).
    """
    # A literal, not a table in memory: servers would need the right to create one, and plan without its statistics.
    grid = ibis.literal(list(cutoffs), type="array<date>").unnest().name("cutoff").as_table()
    if accounts is not None:
        lives = lives.filter(lives.account_id.isin(list(accounts)))
    return _alive(lives.cross_join(grid))


def spine_of(lives: ir.Table, rows: ir.Table) -> ir.Table:
    """Chosen rows (account_id, cutoff) as a spine: those whose account was a customer as far as was then known."""
    return _alive(lives.inner_join(rows.select("account_id", "cutoff").distinct(), "account_id"))


def _alive(pairs: ir.Table) -> ir.Table:
    alive = pairs.filter(pairs.started_on < pairs.cutoff, ~known_to_have_churned(pairs))
    # Two lives of an account are both open while the churn of the first is not yet known: the later one counts.
    return alive.group_by("account_id", "cutoff").agg(started_on=alive.started_on.max())


def known_to_have_churned(pairs: ir.Table) -> ir.BooleanValue:
    """Whether the churn of a life (churned_on, known_on) was past and known at ``cutoff``."""
    return ((pairs.churned_on < pairs.cutoff) & (pairs.known_on < pairs.cutoff)).fill_null(False)
