"""Labels: who churned in which interval ahead, and what is not known.

A label is 1, 0 or null. It is null until the interval has passed in full and its churn had time to be written down,
when the account had churned before the interval began, and when a logged intervention came before the interval's
end or still acted when it began: what would have happened without it cannot be known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from churnpredict.columns import churned_column
from churnpredict.config import Churn, DatedChurn, UnrenewedChurn
from churnpredict.dataset.windows import days_ahead, days_before


@dataclass(frozen=True)
class Hindsight:
    """How far ahead labels look, and what may be known when they are made.

    Parameters
    ----------
    intervals
        ``[cutoff + start, cutoff + end)`` in days, in rising order without gaps.
    observed_until
        Nothing at or after this day is known: churn and interventions recorded later do not exist yet.
    closed_until
        An interval counts when ``cutoff + end <= closed_until``: by `observed_until`, every churn before this day
        has been written down.
    """

    intervals: Sequence[tuple[int, int]]
    observed_until: date
    closed_until: date

    @classmethod
    def at(cls, observed_until: date, intervals: Sequence[tuple[int, int]], churn: Churn) -> Hindsight:
        """What may be known at `observed_until` about churn that is declared as `churn`.

        Silence is complete by itself; a term is only missed after its grace; dated churn may be declared to be late.
        """
        delay = 0
        if isinstance(churn, UnrenewedChurn):
            delay = churn.grace_days
        elif isinstance(churn, DatedChurn):
            delay = churn.recorded_within_days
        return cls(intervals, observed_until, observed_until - timedelta(days=delay))


def labels(
    spine: ir.Table,
    lives: ir.Table,
    interventions: ir.Table | None,
    *,
    hindsight: Hindsight,
    acting_days: int,
) -> ir.Table:
    """What came of each row of the spine, as far as it was known on the day `hindsight.observed_until` began.

    Parameters
    ----------
    spine
        account_id, cutoff, started_on.
    lives
        account_id, started_on, churned_on, known_on.
    interventions
        account_id, day, seen, replaced (the day from whose end on it is known not to be so, or null); or None.
    hindsight
        The intervals, and what may be known.
    acting_days
        An intervention acts in ``[day, day + acting_days)``; rows whose cutoff lies there have no label.

    Returns
    -------
    Table
        One row per row of the spine: account_id, cutoff, and per interval ``churned_<start>_<end>d``: 1, 0 or null.
    """
    observed = ibis.date(hindsight.observed_until)
    rows = spine.left_join(lives, ["account_id", "started_on"], rname="{name}_right")
    churned_on = ibis.ifelse(rows.known_on < observed, rows.churned_on, ibis.null("date"))
    rows = rows.select("account_id", "cutoff", churned_on=churned_on)
    if interventions is None:
        rows = rows.mutate(treated_in=ibis.null("int64"))
    else:
        rows = _with_first_intervention(rows, _known(interventions, observed), acting_days)
    churned_in = days_ahead(rows.cutoff, rows.churned_on)
    closed_in = days_ahead(rows.cutoff, ibis.date(hindsight.closed_until))
    return rows.select(
        "account_id",
        "cutoff",
        **{
            churned_column(start, end): _label(start, end, churned_in, rows.treated_in, closed_in)
            for start, end in hindsight.intervals
        },
    )


def under_intervention(spine: ir.Table, interventions: ir.Table, *, observed_until: date, acting_days: int) -> ir.Table:
    """How many accounts were under an intervention at each cutoff, as was known on the day `observed_until` began.

    Parameters
    ----------
    spine
        account_id, cutoff.
    interventions, acting_days
        As for `labels`.
    observed_until
        Nothing that was seen on this day or later counts.

    Returns
    -------
    Table
        One row per cutoff: cutoff, accounts (on the spine), treated (those whose cutoff lies where one acts).
    """
    known = _known(interventions, ibis.date(observed_until)).select("account_id", "day")
    pairs = spine.select("account_id", "cutoff").inner_join(known, "account_id")
    begun = days_before(pairs.cutoff, pairs.day)
    acting = pairs.filter(begun > 0, begun < acting_days).select("account_id", "cutoff").distinct()
    treated = spine.left_join(acting.mutate(acts=1), ["account_id", "cutoff"])
    return treated.group_by("cutoff").agg(accounts=treated.count(), treated=treated.acts.count())


def _known(interventions: ir.Table, observed: ir.DateValue) -> ir.Table:
    """The interventions that were known when a day began, and stood."""
    stood = interventions.replaced.isnull() | (interventions.replaced >= observed)
    return interventions.filter(interventions.seen < observed, stood)


def _label(
    start: int,
    end: int,
    churned_in: ir.IntegerValue,
    treated_in: ir.IntegerValue,
    closed_in: ir.IntegerValue,
) -> ir.IntegerValue:
    gone_before = (churned_in < start).fill_null(False)
    # Where an intervention still acts at the cutoff, it began in fewer days than 0, and no churn comes before it.
    untreated = treated_in.isnull() | (treated_in >= end) | (churned_in <= treated_in).fill_null(False)
    known = (closed_in >= end) & untreated & ~gone_before
    churned = (churned_in < end).fill_null(False)
    return ibis.ifelse(known, ibis.ifelse(churned, 1, 0), ibis.null("int64")).cast("int8")


def _with_first_intervention(rows: ir.Table, interventions: ir.Table, acting_days: int) -> ir.Table:
    """The rows with the days to the first intervention that acts at the cutoff or begins later."""
    pairs = rows.inner_join(interventions.select("account_id", "day"), "account_id")
    pairs = pairs.mutate(treated_in=days_ahead(pairs.cutoff, pairs.day))
    acting = pairs.filter((pairs.treated_in >= 0) | (pairs.treated_in > -acting_days))
    first = acting.group_by("account_id", "cutoff").agg(treated_in=acting.treated_in.min())
    joined = rows.left_join(first, ["account_id", "cutoff"])
    return joined.select("account_id", "cutoff", "churned_on", "treated_in")
