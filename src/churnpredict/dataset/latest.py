"""The latest value of a signal: the mean of what was visible of its last day."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, LONGEST_MEMORY, FeatureName
from churnpredict.dataset.aggregations import safe_ratio
from churnpredict.dataset.pairs import KEYS, second_clock, visible_pairs


def last(spine: ir.Table, events: ir.Table, features: list[FeatureName]) -> ir.Table:
    """The value of the last day with a visible row, within the longest memory; the mean where that day has several.

    Days are all the time there is, so rows of one day have no order; their mean is the same on every engine. A day
    as it was seen on some day is the last one for the cutoffs from then on, until more of it or a later one is seen.

    Parameters
    ----------
    spine
        account_id, cutoff.
    events
        account_id, day, seen where that may be another, and a number in the column of the signal; null where a row
        does not count.
    features
        One feature, named after that column.

    Returns
    -------
    Table
        One row per account and cutoff with a value: account_id, cutoff, the feature.
    """
    (feature,) = features
    counting = events.filter(events[feature.signal].notnull())
    value = counting[feature.signal]
    days = counting.group_by(ACCOUNT_ID, "day", *second_clock(events)).agg(total=value.sum(), n=value.count())
    pairs = visible_pairs(spine, _with_replaced(days), LONGEST_MEMORY)
    latest = pairs.filter(pairs.replaced.isnull() | (pairs.replaced >= pairs.cutoff))
    return latest.select(*KEYS, **{str(feature): safe_ratio(latest.total, latest.n)})


def _with_replaced(days: ir.Table) -> ir.Table:
    """What was seen of each day so far, and ``replaced``: the first day on which more of it or a later one is seen."""
    if not second_clock(days):
        return days.mutate(replaced=days.day.lead().over(ibis.window(group_by=ACCOUNT_ID, order_by="day")))
    so_far = ibis.window(group_by=[ACCOUNT_ID, "day"], order_by="seen", preceding=(None, 0))
    later = ibis.window(group_by=ACCOUNT_ID, order_by=[ibis.desc("day"), ibis.desc("seen")], preceding=(None, 1))
    return days.mutate(
        total=days.total.sum().over(so_far),
        n=days.n.sum().over(so_far),
        replaced=days.seen.min().over(later),
    )
