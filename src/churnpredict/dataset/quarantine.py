"""Rows that are set aside: of no account, of none that is declared, or outside the limits. They are kept to be read."""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from churnpredict.config import Project, Source
from churnpredict.dataset.engines import fetch_rows
from churnpredict.dataset.rows import Rows, with_text_ids
from churnpredict.dataset.tables import SourceTables

#: Rows of a source that are kept with their reasons: enough to see what is wrong, whatever the table's size.
MOST_KEPT = 10_000
NO_ACCOUNT, OUTSIDE, UNKNOWN = "no account", "outside the limits", "no such account"


def source_of(project: Project, place: str) -> Source | None:
    """The declaration at a TOML path; None for the accounts, which are what others are held against."""
    section, _, name = place.partition(".")
    found = getattr(project, section)
    source = found[name] if name else found
    return source if isinstance(source, Source) else None


def unknown_accounts(tables: SourceTables, project: Project) -> dict[str, dict[str, Any]]:
    """How many rows of each source are of no declared account, in one query.

    Returns
    -------
    dict
        By TOML path: of_accounts (rows that name an account), unknown_accounts, and unknown, the first such id.
        Empty where the accounts are those of an events source.
    """
    if project.accounts.table is None:
        return {}
    known = tables.accounts.select(known_="account_id")
    counted = [
        _unknown_of(place, tables.rows[place], source, known)
        for place in tables.rows
        if (source := source_of(project, place)) is not None
    ]
    return {row.pop("place"): row for row in fetch_rows(reduce(ir.Table.union, counted))} if counted else {}


def _unknown_of(place: str, rows: Rows, source: Source, known: ir.Table) -> ir.Table:
    named = rows.of_account_keys(source, {})
    # Ids that are integers are grouped by before they are written as text.
    each = with_text_ids(named.group_by("account_id").agg(rows=named.count()))
    held = each.left_join(known, each.account_id == known.known_)
    foreign = held.known_.isnull()
    return held.aggregate(
        place=ibis.literal(place),
        of_accounts=held.rows.sum().fill_null(0).cast("int64"),
        unknown_accounts=held.rows.sum(where=foreign).fill_null(0).cast("int64"),
        unknown=held.account_id.min(where=foreign),
    )


def set_aside(tables: SourceTables, project: Project, place: str) -> ir.Table:
    """The first `MOST_KEPT` rows of a source that are set aside, in the order of their values.

    Returns
    -------
    Table
        reason (text), then every declared column as text.
    """
    rows, source = tables.rows[place], source_of(project, place)
    if source is None:
        account = rows.text(project.accounts.key, "account").nullif("")
        reason: ir.Value = ibis.ifelse(account.isnull(), NO_ACCOUNT, ibis.null("string"))
        return _kept(rows, rows.raw.mutate(reason_=reason))
    account = rows.text(source.account, "account").nullif("")
    counts, within = rows.holds(source.where, "where"), rows.within(source.limits)
    raw = rows.raw.mutate(account_=account, outside_=counts & ~within, counts_=counts)
    unknown: ir.BooleanValue = ibis.literal(False)
    if project.accounts.table is not None:
        known = tables.accounts.select(known_="account_id")
        raw = raw.left_join(known, raw.account_ == known.known_)
        unknown = raw.known_.isnull()
    reason = ibis.cases((raw.account_.isnull(), NO_ACCOUNT), (raw.outside_, OUTSIDE), (raw.counts_ & unknown, UNKNOWN))
    return _kept(rows, raw.mutate(reason_=reason))


def _kept(rows: Rows, reasoned: ir.Table) -> ir.Table:
    aside = reasoned.filter(reasoned.reason_.notnull())
    shown = {name: aside[name].cast("string") for name in sorted(rows.used)}
    kept = aside.select(reason=aside.reason_, **shown)
    return kept.order_by(*kept.columns).limit(MOST_KEPT)
