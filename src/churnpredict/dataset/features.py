"""Every declared feature as one lazy expression over the spine.

What enters a feature was visible at its row's cutoff. Labels are nowhere in sight: this module cannot import them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, CUTOFF, FeatureName
from churnpredict.config import TENURE, HistoryValue, Peers, Project
from churnpredict.dataset.derived import with_peers, with_ratios
from churnpredict.dataset.events import event_features
from churnpredict.dataset.histories import history_features
from churnpredict.dataset.tables import SourceTables
from churnpredict.dataset.windows import days_ahead, days_before


def features(
    spine: ir.Table,
    tables: SourceTables,
    project: Project,
    *,
    everybody: ir.Table,
    names: Collection[str] | None = None,
) -> ir.Table:
    """Declared features of the rows of the spine.

    Parameters
    ----------
    spine
        account_id, cutoff, started_on.
    tables
        The sources.
    project
        The declarations.
    everybody
        The spine of all accounts at the same cutoffs, among whom are an account's peers; `spine` itself where nobody
        is left out.
    names
        Only these features, and of no more sources than they come from; or all.

    Returns
    -------
    Table
        One row per row of the spine: account_id, cutoff, then a column per feature in declared order; float64 for
        numbers and flags (1.0 true), string for categories; null where nothing is known.
    """
    if names is not None:
        project = _only(project, names)
    rows = own_features(spine, tables, project)
    compared = rows
    if project.peers and everybody is not spine:
        compared = ingredients_of_peers(everybody, tables, project)
    rows = compared_features(rows, compared, project)
    return rows if names is None else rows.select(ACCOUNT_ID, CUTOFF, *(name for name in rows.columns if name in names))


def own_features(spine: ir.Table, tables: SourceTables, project: Project) -> ir.Table:
    """Those features of the rows of the spine that come from nothing but their own account, see `features`."""
    return with_ratios(_of_sources(spine, tables, project), project.ratios)


def ingredients_of_peers(everybody: ir.Table, tables: SourceTables, project: Project) -> ir.Table:
    """Of the spine of all accounts, the features that accounts are compared by."""
    needed = {name for peers in project.peers.values() for name in _ingredients(peers)}
    return own_features(everybody, tables, _only(project, needed)).select(ACCOUNT_ID, CUTOFF, *sorted(needed))


def compared_features(rows: ir.Table, everybody: ir.Table, project: Project) -> ir.Table:
    """All declared features, in declared order, of rows with their own features and of everybody's to compare with."""
    rows = with_peers(rows, everybody, project.peers) if project.peers else rows
    return rows.select(ACCOUNT_ID, CUTOFF, *(str(feature.name) for feature in project.features()))


def _only(project: Project, names: Collection[str]) -> Project:
    """The project with no more sources, ratios and comparisons than the features `names` need.

    Sources stay whole: whether an account has data is decided over all signals of a source.
    """
    peers = {key: each for key, each in project.peers.items() if str(each.feature_name(key)) in names}
    needed = {*names, *(name for each in peers.values() for name in _ingredients(each))}
    ratios = {key: each for key, each in project.ratios.items() if str(each.feature_name(key)) in needed}
    needed |= {name for ratio in ratios.values() for name in (ratio.of, ratio.per)}
    signals = {FeatureName.parse(name).signal for name in needed}
    events = {key: source for key, source in project.events.items() if signals & set(source.signals)}
    histories = {key: source for key, source in project.histories.items() if signals & set(source.values)}
    facts = {key: source for key, source in project.facts.items() if signals & set(source.values)}
    return project.model_copy(
        update={"events": events, "histories": histories, "facts": facts, "ratios": ratios, "peers": peers}
    )


def _ingredients(peers: Peers) -> list[str]:
    return [peers.of] if peers.group is None else [peers.of, str(peers.group)]


def _of_sources(spine: ir.Table, tables: SourceTables, project: Project) -> ir.Table:
    rows = spine.mutate(**{str(TENURE): days_before(spine.cutoff, spine.started_on).cast("float64")})
    for piece in _dated_pieces(spine, tables, project):
        joined = rows.left_join(piece, [ACCOUNT_ID, CUTOFF], rname="{name}_right")
        rows = joined.drop(f"{ACCOUNT_ID}_right", f"{CUTOFF}_right")
    for facts, values in _fact_sources(tables, project):
        joined = rows.left_join(facts.select(ACCOUNT_ID, *values), ACCOUNT_ID, rname="{name}_right")
        rows = joined.mutate(**_fact_columns(joined, values)).drop(f"{ACCOUNT_ID}_right", *values)
    return rows


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
