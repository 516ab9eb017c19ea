"""Interventions as a CRM's table tells them: when the work began, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from churnpredict.config import Interventions
from churnpredict.dataset.engines import fetch_rows
from churnpredict.dataset.rows import Rows
from churnpredict.ledger import Entry, Intervention

_TEXTS = ("play", "tier", "reason")
_AMOUNTS = ("arr", "cost", "expansion_arr")
#: What an intervention may have come to; anything else is not known yet.
_OUTCOMES = ("saved", "lost", "wrong")


def worked_table(rows: Rows, source: Interventions) -> ir.Table | None:
    """The table with what came of each intervention; None where no column of it says so.

    Returns
    -------
    Table
        account_id, day, seen, outcome (text, lower case), ended_on, play, tier, reason (texts), arr, cost and
        expansion_arr (float64).
    """
    if source.outcome is None or source.ended_on is None:
        return None
    day, seen = rows.clocks(source)
    columns: dict[str, ir.Value] = {"day": day, "seen": seen}
    columns["outcome"] = rows.text(source.outcome, "outcome").strip().lower()
    columns["ended_on"] = rows.day(source.ended_on, "ended_on")
    for names, read, nothing in ((_TEXTS, rows.text, "string"), (_AMOUNTS, rows.number, "float64")):
        for name in names:
            column = getattr(source, name)
            columns[name] = ibis.null(nothing) if column is None else read(column, name)
    table = rows.of_accounts(source, columns)
    return table.filter(table.day.notnull(), table.seen.notnull())


def worked_interventions(table: ir.Table, as_of: date) -> list[Intervention]:
    """Those that had begun and were written down before a day, with the outcomes that had come about by then."""
    visible = table.filter(table.seen < ibis.date(as_of)).order_by("day", "account_id")
    return [
        Intervention(f"{row['account_id']} on {row['day']}", row["account_id"], tuple(_steps(row, as_of)))
        for row in fetch_rows(visible)
    ]


def _steps(row: dict[str, Any], as_of: date) -> Iterator[Entry]:
    """Its beginning, and its outcome if that had come about; what is known of it stands in the last of them."""
    ended = row["outcome"] in _OUTCOMES and row["ended_on"] is not None and row["day"] <= row["ended_on"] < as_of
    begun = Entry(
        account_id=row["account_id"],
        state="saving",
        on_day=row["day"],
        play=row["play"] or None,
        tier=row["tier"] or None,
        arr=row["arr"],
    )
    last = replace(begun, state=row["outcome"], on_day=row["ended_on"]) if ended else begun
    if ended:
        yield begun
    yield replace(last, cost=row["cost"], expansion_arr=row["expansion_arr"], reason=row["reason"] or None)
