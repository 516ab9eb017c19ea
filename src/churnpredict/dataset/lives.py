"""Lives: the stretches ``[started_on, churned_on)`` in which an account is a customer.

The three kinds of churn differ only here. Everything after reads lives: the spine asks who is alive at a cutoff as
far as was then known, the labels ask when the life ended.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from churnpredict.config import Churn, DatedChurn, SilenceChurn
from churnpredict.dataset.rows import with_text_ids
from churnpredict.dataset.tables import SourceTables
from churnpredict.dataset.windows import days_ahead, plus_days


def lives(tables: SourceTables, churn: Churn) -> ir.Table:
    """All lives, as they are known at the end of the data.

    Returns
    -------
    Table
        One row per life: account_id, started_on, churned_on (first day it was no customer; null while it is one),
        known_on (day from whose end on the churn could be known). An account may have several, which do not overlap.
    """
    if isinstance(churn, SilenceChurn):
        return _between_silences(tables.events[churn.events], churn.days)
    if tables.churn is None:
        msg = "dated and unrenewed churn have a table"
        raise TypeError(msg)
    if isinstance(churn, DatedChurn):
        return _until_dated(tables.accounts, tables.churn)
    return _while_covered(tables.churn, churn.grace_days)


def source_of_lives(tables: SourceTables, churn: Churn) -> ir.Table:
    """The table with a row of every account that has a life."""
    if isinstance(churn, SilenceChurn):
        return tables.events[churn.events]
    return tables.accounts if isinstance(churn, DatedChurn) or tables.churn is None else tables.churn


def _until_dated(accounts: ir.Table, churn: ir.Table) -> ir.Table:
    # What was written down first speaks; a later correction of the day was not known when a list was made.
    written = churn.filter(churn.seen.notnull())
    in_order = ibis.window(group_by="account_id", order_by=["seen", "day"])
    written = written.mutate(place=ibis.row_number().over(in_order))
    first = written.filter(written.place == 0).select("account_id", churned_on="day", known_on="seen")
    started = accounts.select("account_id", "started_on").filter(accounts.started_on.notnull())
    joined = started.left_join(first, "account_id")
    return joined.select("account_id", "started_on", "churned_on", "known_on")


def _between_silences(events: ir.Table, days: int) -> ir.Table:
    # The day that counts is the one on which an event could be seen: late rows make an account look silent at the
    # time, and a label must say what could have been known.
    heard = with_text_ids(events.filter(events.seen.notnull()).select("account_id", starts=events.seen).distinct())
    previous = heard.starts.lag().over(ibis.window(group_by="account_id", order_by="starts"))
    stretch = _numbered(heard.mutate(reached=previous), days)
    found = stretch.group_by("account_id", "stretch").agg(started_on=stretch.starts.min(), last=stretch.starts.max())
    churned_on = plus_days(found.last, days)
    return found.select("account_id", "started_on", churned_on=churned_on, known_on=churned_on)


def _while_covered(terms: ir.Table, grace_days: int) -> ir.Table:
    open_end = ibis.date("9999-12-31")
    terms = terms.filter(terms.starts.notnull()).mutate(ends=terms.ends.coalesce(open_end))
    terms = terms.group_by("account_id", "starts").agg(ends=terms.ends.max())
    before = ibis.window(group_by="account_id", order_by="starts", preceding=(None, 1))
    stretch = _numbered(terms.mutate(reached=terms.ends.max().over(before)), grace_days)
    found = stretch.group_by("account_id", "stretch").agg(started_on=stretch.starts.min(), ended_on=stretch.ends.max())
    churned_on = found.ended_on.nullif(open_end)
    known_on = plus_days(churned_on, grace_days)
    return found.select("account_id", "started_on", churned_on=churned_on, known_on=known_on)


def _numbered(rows: ir.Table, longest_gap: int) -> ir.Table:
    """Number each account's stretches: one begins where `starts` is more than `longest_gap` days after `reached`."""
    gap = days_ahead(rows.reached, rows.starts)
    rows = rows.mutate(begins=ibis.ifelse(gap.isnull() | (gap > longest_gap), 1, 0))
    so_far = ibis.window(group_by="account_id", order_by="starts", preceding=(None, 0))
    return rows.mutate(stretch=rows.begins.sum().over(so_far))
