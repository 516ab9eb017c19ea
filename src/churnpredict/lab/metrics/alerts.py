"""What a series of lists asks of the people who work it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF

#: Accounts that one CSM looks after, unless said otherwise.
ACCOUNTS_OF_A_CSM = 60
DAYS_OF_A_MONTH = 365.25 / 12
DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True)
class AlertFigures:
    """The work that alerts make, and what they are worth.

    Parameters
    ----------
    flagged_share
        Share of the rows that are flagged, 0–1.
    new_alerts
        Accounts flagged that were not on the list before.
    new_alerts_per_csm_month
        Of them, per CSM of 60 accounts and month.
    precision
        Share of the new alerts whose account churned within 90 days, of those for which that is known; None without.
    changes_per_account_year
        Changes of tier per account and year.
    """

    flagged_share: float
    new_alerts: int
    new_alerts_per_csm_month: float
    precision: float | None
    changes_per_account_year: float


def alert_figures(lists: pd.DataFrame, *, accounts_of_a_csm: int = ACCOUNTS_OF_A_CSM) -> AlertFigures | None:
    """Figures of a series of lists; None with fewer than two cutoffs, for nothing can be new on the first.

    Parameters
    ----------
    lists
        One row per account and cutoff, all accounts alive: account_id, cutoff (datetime64), flagged (bool), tier,
        churned (1 churned within 90 days, 0 not, NaN not known).
    accounts_of_a_csm
        How many accounts one CSM looks after.
    """
    cutoffs = sorted(lists[CUTOFF].unique())
    if len(cutoffs) < 2:  # noqa: PLR2004
        return None
    rows = lists.sort_values([ACCOUNT_ID, CUTOFF], kind="stable")
    place = rows[CUTOFF].map({cutoff: number for number, cutoff in enumerate(cutoffs)})
    before = rows.groupby(ACCOUNT_ID)[["flagged", "tier"]].shift()
    follows = place.groupby(rows[ACCOUNT_ID]).diff() == 1
    later = place > 0
    new = rows["flagged"] & later & ~(follows & before["flagged"].eq(other=True))
    changed = follows & (rows["tier"] != before["tier"])
    days = (cutoffs[-1] - cutoffs[0]).days / (len(cutoffs) - 1)
    watched = int(later.sum()) * days
    outcomes = rows.loc[new, "churned"].dropna()
    return AlertFigures(
        flagged_share=float(rows["flagged"].mean()),
        new_alerts=int(new.sum()),
        new_alerts_per_csm_month=float(new.sum() * accounts_of_a_csm * DAYS_OF_A_MONTH / watched),
        precision=float(outcomes.mean()) if len(outcomes) else None,
        changes_per_account_year=float(changed.sum() * DAYS_OF_A_YEAR / watched),
    )
