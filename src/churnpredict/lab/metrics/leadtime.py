"""The lead-time report card: for every account that churned, what the lists before it said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF

#: The window that the promise speaks of, in days before the churn: at least 60 and fewer than 90 after the cutoff.
PROMISED = (60, 90)
#: How long before its churn an alert still speaks of it.
FARTHEST_LEAD = 120
#: Days before the churn at which the standing tier is looked up.
LOOKS = (90, 60, 30)


@dataclass(frozen=True)
class LeadTime:
    """What the lists said of the accounts that churned.

    Parameters
    ----------
    churners
        Churns that could be followed from 90 days before: the account was on a list that early.
    flagged_in_window
        Share of them flagged on at least one list 60 to 89 days before the churn: the headline.
    flagged_early
        Share flagged on at least one list 60 or more days before, lapsed alerts included.
    never_flagged
        Share flagged on no list of the last 120 days.
    median_lead
        Median days from the first alert of the last 120 days to the churn; None without any.
    green_at_60
        Share whose tier was green on the list standing 60 days before: missed where it counts.
    tiers
        By days before the churn (90, 60, 30), the share of each tier on the list then standing.
    """

    churners: int
    flagged_in_window: float | None
    flagged_early: float | None
    never_flagged: float | None
    median_lead: float | None
    green_at_60: float | None
    tiers: dict[int, dict[str, float]]


def lead_time(lists: pd.DataFrame, churns: pd.DataFrame, *, until: date) -> LeadTime:
    """The report card of a series of lists.

    A list stands from its cutoff until the next. A churn on day D lies in the window ``[cutoff + 60, cutoff + 90)``
    of a list when ``60 <= D − cutoff < 90``.

    Parameters
    ----------
    lists
        One row per account and cutoff: account_id, cutoff (datetime64), flagged (bool), tier.
    churns
        One row per churn: account_id, churned_on (datetime64).
    until
        Churns on this day and later are not known.
    """
    known = churns[churns["churned_on"] < pd.Timestamp(until)]
    rows = known.merge(lists, on=ACCOUNT_ID)
    rows = rows.assign(lead=(rows["churned_on"] - rows[CUTOFF]).dt.days)
    rows = rows[rows["lead"] >= 0]
    key = [ACCOUNT_ID, "churned_on"]
    followed = rows.groupby(key)["lead"].transform("max") >= PROMISED[1]
    # An account that came back may have churned before; only the lists of the 120 days before speak of this churn.
    rows = rows[followed]
    if rows.empty:
        return LeadTime(0, None, None, None, None, None, {})
    churners = rows.groupby(key).ngroups
    alerts = rows[rows["flagged"]]
    near = alerts[alerts["lead"] <= FARTHEST_LEAD]
    inside = alerts[(alerts["lead"] >= PROMISED[0]) & (alerts["lead"] < PROMISED[1])]
    early = alerts[alerts["lead"] >= PROMISED[0]]
    leads = near.groupby(key)["lead"].max()
    standing = {days: _standing(rows, key, days) for days in LOOKS}
    return LeadTime(
        churners=churners,
        flagged_in_window=inside.groupby(key).ngroups / churners,
        flagged_early=early.groupby(key).ngroups / churners,
        never_flagged=1 - len(leads) / churners,
        median_lead=float(leads.median()) if len(leads) else None,
        green_at_60=standing[60].get("green", 0.0),
        tiers=standing,
    )


def _standing(rows: pd.DataFrame, key: list[str], days: int) -> dict[str, float]:
    """Shares of the tiers on the latest list at least that many days before the churn."""
    before = rows[rows["lead"] >= days].sort_values("lead", kind="stable").drop_duplicates(key)
    shares = before["tier"].value_counts(normalize=True)
    return {str(tier): float(share) for tier, share in shares.items() if np.isfinite(share)}
