"""Features of histories: the state as it stood and was known at a cutoff, and how it moved."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, CUTOFF, FeatureName
from churnpredict.config import History, HistoryValue
from churnpredict.dataset.aggregations import safe_ratio
from churnpredict.dataset.windows import days_ahead, days_before

KEYS = (ACCOUNT_ID, CUTOFF)

#: What compares the value with the one at the beginning of the window.
_COMPARED = ("change", "relative_change", "steps")
#: What looks at the turns from one value to another.
_TURNS = ("changes", "days_unchanged")


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
    compared = {(f.days, key) for key, features in names.items() for f in features if f.aggregation in _COMPARED}
    for days in sorted({days for days, _ in compared if days}):
        values = [key for key in names if (days, key) in compared]
        then = state(spine, history, values, days_back=days).rename({_then(key, days): key for key in values})
        rows = rows.left_join(then, KEYS, rname=f"{{name}}_then_{days}")
    for key, features in names.items():
        turning = [f for f in features if f.aggregation in _TURNS]
        if turning:
            rows = rows.left_join(_turns(spine, history, key, turning), KEYS, rname=f"{{name}}_{key}")
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


def _turns(spine: ir.Table, history: ir.Table, value: str, features: list[FeatureName]) -> ir.Table:
    """How often a value was replaced by another, and since when it stands, among the rows seen by the cutoff.

    Of several rows that begin on one day, the one seen last speaks: a correction is no turn. Rows without the value
    are passed over: a gap is no turn, either.
    """
    pairs = spine.select(*KEYS).inner_join(history.select(ACCOUNT_ID, "valid_from", "seen", value), ACCOUNT_ID)
    pairs = pairs.mutate(ago=days_before(pairs.cutoff, pairs.valid_from))
    pairs = pairs.filter(pairs.seen < pairs.cutoff, pairs.ago >= 1)
    latest_first = [ibis.desc("seen"), ibis.asc(value, nulls_first=False)]
    place = ibis.row_number().over(ibis.window(group_by=[*KEYS, "valid_from"], order_by=latest_first))
    pairs = pairs.mutate(place=place)
    pairs = pairs.filter(pairs.place == 0, pairs[value].notnull())
    in_order = ibis.window(group_by=list(KEYS), order_by="valid_from")
    pairs = pairs.mutate(then=pairs[value].lag().over(in_order))
    turns = pairs.filter(pairs.then.isnull() | (pairs.then != pairs[value]))
    return turns.group_by(*KEYS).agg(**{str(f): _of_turns(f, turns) for f in features})


def _of_turns(feature: FeatureName, turns: ir.Table) -> ir.IntegerValue:
    if feature.days is None:
        return turns.ago.min()
    return ibis.ifelse(turns.then.notnull() & (turns.ago <= feature.days), 1, 0).sum()


def _then(value: str, days: int | None) -> str:
    return f"{value}__then_{days}"


def _rank(name: ir.StringValue, order: Sequence[str]) -> ir.FloatingValue:
    return ibis.cases(*[(name == each, number) for number, each in enumerate(order)]).cast("float64")


def _finished(feature: FeatureName, value: HistoryValue, rows: ir.Table) -> ir.Value:
    now = rows[feature.signal]
    if feature.aggregation in _COMPARED:
        return _compared(feature.aggregation, now, rows[_then(feature.signal, feature.days)], value.order or [])
    match feature.aggregation:
        case "days_until":
            return days_ahead(rows.cutoff, now).cast("float64")
        case "changes":
            return rows[str(feature)].cast("float64").fill_null(0.0)
        case "days_unchanged":
            return ibis.ifelse(now.notnull(), rows[str(feature)].cast("float64"), ibis.null("float64"))
        case _:
            return now if value.kind == "category" else now.cast("float64")


def _compared(aggregation: str, now: ir.Value, then: ir.Value, order: Sequence[str]) -> ir.FloatingValue:
    if aggregation == "steps":
        return _rank(now, order) - _rank(then, order)
    return now - then if aggregation == "change" else safe_ratio(now - then, then.abs())
