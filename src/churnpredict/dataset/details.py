"""What people are shown of an account beside its features: values as they stand, last touches, sources without data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, LONGEST_MEMORY, heard_column, touch_column, value_column
from churnpredict.config import Project
from churnpredict.dataset.histories import state
from churnpredict.dataset.pairs import KEYS
from churnpredict.dataset.rows import with_text_ids
from churnpredict.dataset.tables import SourceTables


def with_values(rows: ir.Table, tables: SourceTables, project: Project, shown: Mapping[str, str]) -> ir.Table:
    """The rows with declared values as they stood, and were known, at each cutoff.

    Parameters
    ----------
    rows
        account_id, cutoff and any columns.
    tables, project
        The sources and their declarations.
    shown
        Name of the value of a history or of a fact, by the column it goes to.
    """
    before = rows.columns
    for values, keys in _by_source(rows, tables, project, set(shown.values())):
        rows = rows.left_join(values, keys, rname="{name}_values").drop(*(f"{key}_values" for key in keys))
    return rows.select(*before, **{column: rows[_apart(name)] for column, name in shown.items()})


def listed(spine: ir.Table, tables: SourceTables, project: Project) -> ir.Table:
    """What the list shows of each account beside its risk.

    Returns
    -------
    Table
        One row per row of the spine: account_id, cutoff, account_name, owner, arr and renewal_on; null where not known.
    """
    shown = {"arr": project.risk_list.arr, "renewal_on": project.risk_list.renewal_on}
    called = ACCOUNT_ID if project.privacy.redact else "name"
    named = tables.accounts.select(ACCOUNT_ID, account_name=called, owner="owner")
    rows = spine.left_join(named, ACCOUNT_ID).select(*KEYS, "account_name", "owner")
    rows = with_values(rows, tables, project, {column: name for column, name in shown.items() if name})
    undeclared = {"arr": ibis.null("float64"), "renewal_on": ibis.null("date")}
    rows = rows.mutate(**{column: value for column, value in undeclared.items() if not shown[column]})
    return rows.select(*KEYS, "account_name", "owner", *shown)


def contacts(spine: ir.Table, tables: SourceTables, project: Project, *, cutoff: date) -> ir.Table:
    """What the page of each account is declared to show of the people behind it, and which sources are silent on it.

    Parameters
    ----------
    spine
        account_id, cutoff; of one cutoff.
    tables, project
        The sources and their declarations.
    cutoff
        That one.

    Returns
    -------
    Table
        One row per row of the spine: account_id, cutoff, a `value_column` per value shown, a `touch_column` per touch
        (day of the newest visible row within `LONGEST_MEMORY` days, or null), and a `heard_column` per source of
        which an account without a row has no data (whether one was visible within the source's longest window).
    """
    page = project.account_page
    rows = with_values(spine.select(*KEYS), tables, project, {value_column(name): name for name in page.values})
    columns: dict[str, ir.Value] = {}
    for column, newest in _newest(tables, project, cutoff):
        rows = rows.left_join(newest, ACCOUNT_ID, rname="{name}_newest").drop(f"{ACCOUNT_ID}_newest")
        columns[column] = rows[column]
    heard = {heard_column(key) for key in project.events} & set(columns)
    return rows.mutate(**{column: rows[column].notnull() for column in sorted(heard)})


def _newest(tables: SourceTables, project: Project, cutoff: date) -> Iterator[tuple[str, ir.Table]]:
    """Per touch and per source that may be without data: account_id and the day of the newest visible row."""
    for name, rows in tables.touches.items():
        yield touch_column(name), _newest_of(rows, cutoff, LONGEST_MEMORY, touch_column(name))
    for key, source in project.events.items():
        if source.absent == "missing":
            column, longest = heard_column(key), max(source.windows)
            yield column, _newest_of(tables.events[key], cutoff, longest, column)


def _newest_of(rows: ir.Table, cutoff: date, longest: int, column: str) -> ir.Table:
    """Of the rows that lay in ``[cutoff − longest, cutoff)`` and had been seen by then."""
    first = ibis.date(cutoff - timedelta(days=longest))
    visible = rows.filter(rows.seen < ibis.date(cutoff), rows.day >= first)
    return with_text_ids(visible.group_by(ACCOUNT_ID).agg(**{column: visible.day.max()}))


def _apart(name: str) -> str:
    # A name that nothing declared can have: a value may be called as a column that is shown.
    return f"{name}_"


def _by_source(
    rows: ir.Table, tables: SourceTables, project: Project, names: set[str]
) -> Iterator[tuple[ir.Table, list[str]]]:
    """The values of each source that has some of the names, and what they are joined by."""
    for key, history in project.histories.items():
        if wanted := sorted(names & set(history.values)):
            yield state(rows, tables.histories[key], wanted).rename({_apart(n): n for n in wanted}), [*KEYS]
    facts = [(tables.accounts, project.accounts.facts)]
    facts += [(tables.facts[key], source.values) for key, source in project.facts.items()]
    for table, declared in facts:
        if wanted := sorted(names & set(declared)):
            yield table.select(ACCOUNT_ID, **{_apart(name): table[name] for name in wanted}), [ACCOUNT_ID]
