"""Every declared feature as one lazy expression over the spine.

What enters a feature was visible at its row's cutoff. Labels are nowhere in sight: this module cannot import them.
"""

from __future__ import annotations

from collections.abc import Iterator

import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, CUTOFF, FeatureName
from churnpredict.config import TENURE, HistoryValue, Project
from churnpredict.dataset.events import event_features
from churnpredict.dataset.histories import history_features
from churnpredict.dataset.tables import SourceTables
from churnpredict.dataset.windows import days_ahead, days_before


def features(spine: ir.Table, tables: SourceTables, project: Project) -> ir.Table:
    """All declared features of the rows of the spine.

    Parameters
    ----------
    spine
        account_id, cutoff, started_on.
    tables
        The sources.
    project
        The declarations.

    Returns
    -------
    Table
        One row per row of the spine: account_id, cutoff, then a column per feature in declared order; float64 for
        numbers and flags (1.0 true), string for categories; null where nothing is known.
    """
    rows = spine.mutate(**{str(TENURE): days_before(spine.cutoff, spine.started_on).cast("float64")})
    for piece in _dated_pieces(spine, tables, project):
        joined = rows.left_join(piece, [ACCOUNT_ID, CUTOFF], rname="{name}_right")
        rows = joined.drop(f"{ACCOUNT_ID}_right", f"{CUTOFF}_right")
    for facts, values in _fact_sources(tables, project):
        joined = rows.left_join(facts.select(ACCOUNT_ID, *values), ACCOUNT_ID, rname="{name}_right")
        rows = joined.mutate(**_fact_columns(joined, values)).drop(f"{ACCOUNT_ID}_right", *values)
    return rows.select(ACCOUNT_ID, CUTOFF, *(str(feature.name) for feature in project.features()))


def _dated_pieces(spine: ir.Table, tables: SourceTables, project: Project) -> Iterator[ir.Table]:
    for key, source in project.events.items():
        yield event_features(spine, tables.events[key], source)
    for key, history in project.histories.items():
        yield history_features(spine, tables.histories[key], history)


def _fact_sources(tables: SourceTables, project: Project) -> Iterator[tuple[ir.Table, dict[str, HistoryValue]]]:
    if project.accounts.facts:
        yield tables.accounts, project.accounts.facts
    for key, source in project.facts.items():
        yield tables.facts[key], source.values


def _fact_columns(rows: ir.Table, values: dict[str, HistoryValue]) -> dict[str, ir.Value]:
    columns: dict[str, ir.Value] = {}
    for name, declared in values.items():
        if declared.kind == "date":
            columns[str(FeatureName(name, "days_until"))] = days_ahead(rows.cutoff, rows[name]).cast("float64")
        else:
            value = rows[name] if declared.kind == "category" else rows[name].cast("float64")
            columns[str(FeatureName(name, "value"))] = value
    return columns
