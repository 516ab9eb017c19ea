"""Features of the keys of a signal, such as its users: how many there are, and how long the most active is silent.

A key that is active on three days is one key: keys do not add up over rings, so they are counted apart.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, FeatureName
from churnpredict.dataset.pairs import KEYS, days_of, second_clock, visible_pairs

#: More than the days of any window.
_MORE_THAN_ANY_AGE = 10_000


def distinct(spine: ir.Table, events: ir.Table, features: list[FeatureName]) -> ir.Table:
    """How many different keys each window holds.

    A day on which a key was touched is the key's last visible one for the cutoffs after it was seen, up to the one
    at which a later day is seen. Counting only these days counts each key once, in one pass for all windows.

    Parameters
    ----------
    spine
        account_id, cutoff.
    events
        account_id, day, seen where that may be another, and the key in the column of the signal; null where a row
        does not count.
    features
        Of one signal, named after its column.

    Returns
    -------
    Table
        One row per account and cutoff with a key in reach: account_id, cutoff, a column per feature.
    """
    touched = _touched(events, features[0].signal)
    if second_clock(touched):
        # Backwards in time: a frame that grows is one pass, one that shrinks is counted anew for each day.
        later = ibis.window(group_by=[ACCOUNT_ID, "key_"], order_by=ibis.desc("day"), preceding=(None, 1))
        touched = touched.mutate(replaced=touched.seen.min().over(later))
    else:
        in_order = ibis.window(group_by=[ACCOUNT_ID, "key_"], order_by="day")
        touched = touched.mutate(replaced=touched.day.lead().over(in_order))
    pairs = visible_pairs(spine, touched.drop("key_"), _longest(features))
    last = pairs.filter(pairs.replaced.isnull() | (pairs.replaced >= pairs.cutoff))
    # What is counted is read already; sums of whole numbers cost more, for engines add them as 128 bits.
    nothing = ibis.null(last.ago.type())
    return last.group_by(*KEYS).agg(
        **{str(f): ibis.ifelse(last.ago <= f.days, last.ago, nothing).count() for f in features}
    )


def top_key_silence(spine: ir.Table, events: ir.Table, features: list[FeatureName]) -> ir.Table:
    """Days since the key that was active on the most days of a window was last seen.

    Of several keys that were active on as many days, the one that is silent longest: a rule on numbers, because
    engines do not order text alike.

    Parameters and result are those of `distinct`; null without a key in the window.
    """
    pairs = visible_pairs(spine, _touched(events, features[0].signal), _longest(features))
    counts = {f"days_{f.days}": ibis.ifelse(pairs.ago <= f.days, 1, 0).sum() for f in features}
    keys = pairs.group_by(*KEYS, "key_").agg(ago=pairs.ago.min(), **counts)
    return keys.group_by(*KEYS).agg(**{str(f): _age_of_the_top(keys[f"days_{f.days}"], keys.ago) for f in features})


def _age_of_the_top(active_days: ir.IntegerValue, ago: ir.IntegerValue) -> ir.IntegerValue:
    # One number that orders by active days first and by age second, and from which the age is read again.
    order = active_days.cast("int64") * _MORE_THAN_ANY_AGE + ago.cast("int64")
    return ibis.ifelse(active_days > 0, order, ibis.null("int64")).max() % _MORE_THAN_ANY_AGE


def _touched(events: ir.Table, signal: str) -> ir.Table:
    """One row per account, key and day, with the day on which it was first seen where that may be another."""
    counting = events.filter(events[signal].notnull())
    return days_of(counting.mutate(key_=counting[signal]), "key_")


def _longest(features: list[FeatureName]) -> int:
    return max(f.days or 0 for f in features)
