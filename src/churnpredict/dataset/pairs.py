"""Rows of the spine × days of their account: the only place where days of events meet cutoffs."""

from __future__ import annotations

import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.dataset.rows import with_text_ids
from churnpredict.dataset.windows import days_before

KEYS = (ACCOUNT_ID, CUTOFF)


def visible_pairs(spine: ir.Table, days: ir.Table, longest: int) -> ir.Table:
    """Rows of the spine × days of its account that were seen and began at most `longest` days before.

    Parameters
    ----------
    spine
        account_id, cutoff.
    days
        account_id, day, ``seen`` where that may be another day, see `second_clock`, and any columns.
    longest
        Days back.

    Returns
    -------
    Table
        The columns of `days`, cutoff, and ``ago``, the days from the day to the cutoff: at least 1.
    """
    pairs = spine.select(*KEYS).inner_join(with_text_ids(days), ACCOUNT_ID)
    pairs = pairs.mutate(ago=days_before(pairs.cutoff, pairs.day))
    return pairs.filter((pairs.seen if second_clock(days) else pairs.day) < pairs.cutoff, pairs.ago <= longest)


def second_clock(table: ir.Table) -> list[str]:
    """The column that says when a row was seen, in a list; an empty one where each was seen on its own day."""
    return [column for column in table.columns if column == "seen"]


def days_of(events: ir.Table, *keys: str) -> ir.Table:
    """One row per account, `keys` and day, with when the first of its events was seen where that may be another day."""
    if second_clock(events):
        return events.group_by(ACCOUNT_ID, *keys, "day").agg(seen=events.seen.min())
    return events.select(ACCOUNT_ID, *keys, "day").distinct()
