"""The longest silence of a window: its longest run of days without an event.

A silence lies between two neighbouring days with events, and which days are neighbours depends on what was seen by
the cutoff. Neighbours are found once among days, together with the cutoffs for which they are neighbours, so that no
order is made among pairs of days and cutoffs.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from churnpredict.columns import ACCOUNT_ID, FeatureName
from churnpredict.dataset.pairs import KEYS, days_of, second_clock, visible_pairs
from churnpredict.dataset.windows import days_before


def longest_silence(spine: ir.Table, events: ir.Table, features: list[FeatureName]) -> ir.Table:
    """The longest run of days without a visible event inside each window, whose ends end a run, too.

    Parameters
    ----------
    spine
        account_id, cutoff.
    events
        account_id, day, seen where that may be another, and the column of the signal, null where a row does not count.
    features
        Of one signal, named after that column.

    Returns
    -------
    Table
        One row per account and cutoff with an event in the longest window: account_id, cutoff, and a column per
        feature in days, null where the window has none.
    """
    counting = events.filter(events[features[0].signal].notnull())
    pairs = visible_pairs(spine, _neighbours(days_of(counting)), max(f.days or 0 for f in features))
    # The cutoff itself ends the silence after the last visible day.
    until = ibis.cases(
        (pairs.next_seen < pairs.cutoff, days_before(pairs.cutoff, pairs.next_day)),
        (pairs.later.isnull() | (pairs.later >= pairs.cutoff), 0),
    )
    pairs = pairs.mutate(until=until)
    pairs = pairs.filter(pairs.until.notnull(), pairs.replaced.isnull() | (pairs.replaced >= pairs.cutoff))
    return pairs.group_by(*KEYS).agg(**{str(f): _longest(pairs, f.days or 0) for f in features})


def _longest(pairs: ir.Table, days: int) -> ir.IntegerValue:
    inside = pairs.ago <= days
    between = ibis.ifelse(inside, pairs.ago - pairs.until - 1, ibis.null("int64")).max()
    first = ibis.ifelse(inside, pairs.ago, ibis.null("int64")).max()
    return ibis.greatest(between, days - first)


def _neighbours(days: ir.Table) -> ir.Table:
    """Each day with the one that follows it, and the cutoffs for which it does.

    Returns
    -------
    Table
        account_id, day, seen (from when on the row is valid; as in `days`), replaced (until when it is; null for
        ever), next_day and next_seen (the following day, and when it was seen), later (when the first of all days
        after it was seen).
    """
    if not second_clock(days):
        following = days.day.lead().over(ibis.window(group_by=ACCOUNT_ID, order_by="day"))
        return days.mutate(next_day=following, next_seen=following, later=following, replaced=ibis.null("date"))
    backwards = ibis.window(group_by=ACCOUNT_ID, order_by=ibis.desc("day"))
    after = ibis.window(group_by=ACCOUNT_ID, order_by=ibis.desc("day"), preceding=(None, 1))
    known = days.mutate(
        next_day=days.day.lag().over(backwards),
        next_seen=days.seen.lag().over(backwards),
        later=days.seen.min().over(after),
        replaced=ibis.null("date"),
    )
    return known.union(_overtaking(known, days).select(*known.columns))


def _overtaking(known: ir.Table, days: ir.Table) -> ir.Table:
    """Later days that were seen before the day that lies between: neighbours until that one is seen, too."""
    waiting = known.filter(known.later < known.next_seen)
    others = days.select(other_account=days[ACCOUNT_ID], other_day=days.day, other_seen=days.seen)
    pairs = waiting.inner_join(
        others,
        [
            waiting[ACCOUNT_ID] == others.other_account,
            waiting.next_day < others.other_day,
            others.other_seen < waiting.next_seen,
        ],
    )
    nearer = ibis.window(group_by=[ACCOUNT_ID, "day"], order_by="other_day", preceding=(None, 1))
    pairs = pairs.mutate(replaced=pairs.other_seen.min().over(nearer).coalesce(pairs.next_seen))
    pairs = pairs.filter(pairs.other_seen < pairs.replaced)
    return pairs.mutate(
        seen=ibis.ifelse(pairs.seen > pairs.other_seen, pairs.seen, pairs.other_seen),
        next_day=pairs.other_day,
        next_seen=pairs.other_seen,
    )
