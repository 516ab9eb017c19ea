"""Features of histories: the state as it stood and was known at a cutoff, and how it moved within a window."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, CUTOFF, FeatureName
from churnpredict.config import History, HistoryValue
from churnpredict.dataset.windows import days_ahead, days_before

KEYS = (ACCOUNT_ID, CUTOFF)


def history_features(spine: ir.Table, history: ir.Table, source: History) -> ir.Table:
    """Features of one history.

    Parameters
    ----------
    spine
        account_id, cutoff.
    history
        account_id, valid_from, valid_to, seen, and a column per value.
    source
        The declaration.

    Returns
    -------
    Table
        One row per row of the spine: account_id, cutoff, and a column per feature: float64, or string for the value
        of a category.
    """
    names = {key: list(value.feature_names(key, source.windows)) for key, value in source.values.items()}
    rows = state(spine, history, list(source.values))
    moved = sorted({f.days for features in names.values() for f in features if f.aggregation == "change" and f.days})
    for days in moved:
        numbers = [key for key, features in names.items() if FeatureName(key, "change", days) in features]
        then = state(spine, history, numbers, days_back=days).rename({f"{key}_then_{days}": key for key in numbers})
        rows = rows.left_join(then, KEYS, rname=f"{{name}}_then_{days}")
    for key, features in names.items():
        turns = [f for f in features if f.aggregation == "changes"]
        if turns:
            rows = rows.left_join(_changes(spine, history, key, turns), KEYS, rname=f"{{name}}_{key}")
    columns = {str(f): _finished(f, source.values[key], rows) for key, features in names.items() for f in features}
    return rows.select(*KEYS, **columns)


def state(spine: ir.Table, history: ir.Table, values: list[str], *, days_back: int = 0) -> ir.Table:
    """The values in force just before the day `days_back` days before the cutoff, as they were known at the cutoff.

    Of the rows that were seen before the cutoff, the one that began last speaks; of several that began on that day,
    the one that was seen last. If it had ended by then, there is no value. Its end counts as known when it came.

    Returns
    -------
    Table
        One row per row of the spine: account_id, cutoff, and `values`, null where nothing was in force.
    """
    pairs = spine.select(*KEYS).inner_join(
        history.select(ACCOUNT_ID, "valid_from", "valid_to", "seen", *values), ACCOUNT_ID
    )
    pairs = pairs.filter(pairs.seen < pairs.cutoff, days_before(pairs.cutoff, pairs.valid_from) > days_back)
    # The values come last in the order only so that repeated rows give the same answer on every engine and run.
    repeated = (ibis.asc(column, nulls_first=False) for column in ("valid_to", *values))
    latest_first = [ibis.desc("valid_from"), ibis.desc("seen"), *repeated]
    place = ibis.row_number().over(ibis.window(group_by=list(KEYS), order_by=latest_first))
    last = pairs.mutate(place=place)
    last = last.filter(last.place == 0)
    in_force = last.valid_to.isnull() | (days_before(last.cutoff, last.valid_to) <= days_back)
    last = last.select(*KEYS, **{v: ibis.ifelse(in_force, last[v], ibis.null(last[v].type())) for v in values})
    joined = spine.select(*KEYS).left_join(last, KEYS)
    return joined.select(*KEYS, *values)


def _changes(spine: ir.Table, history: ir.Table, value: str, features: list[FeatureName]) -> ir.Table:
    """How often a value was replaced by another within each window, among the rows that were seen by the cutoff."""
    rows = history.select(ACCOUNT_ID, "valid_from", "seen", value)
    pairs = spine.select(*KEYS).inner_join(rows, ACCOUNT_ID)
    pairs = pairs.mutate(ago=days_before(pairs.cutoff, pairs.valid_from))
    pairs = pairs.filter(pairs.seen < pairs.cutoff, pairs.ago >= 1)
    in_order = ibis.window(group_by=list(KEYS), order_by=["valid_from", "seen", value])
    pairs = pairs.mutate(changed=(pairs[value] != pairs[value].lag().over(in_order)).fill_null(False))
    changes = pairs.filter(pairs.changed)
    counts = {str(f): ibis.ifelse(changes.ago <= f.days, 1, 0).sum() for f in features}
    return changes.group_by(*KEYS).agg(**counts)


def _finished(feature: FeatureName, value: HistoryValue, rows: ir.Table) -> ir.Value:
    now = rows[feature.signal]
    match feature.aggregation:
        case "days_until":
            return days_ahead(rows.cutoff, now).cast("float64")
        case "change":
            return now - rows[f"{feature.signal}_then_{feature.days}"]
        case "changes":
            return rows[str(feature)].cast("float64").fill_null(0.0)
        case _:
            return now if value.kind == "category" else now.cast("float64")
