"""Curves of judged lists: observed against predicted churn, lift by depth of the list, leavers flagged by lead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.lab.judging.duel import CAPACITY
from churnpredict.lab.metrics import AccountBootstrap, Reliability, lift, reliability, riskiest
from churnpredict.lab.metrics.leadtime import FARTHEST_LEAD

Floats = npt.NDArray[np.float64]
#: Shares of the accounts at which the curves of lift and revenue are drawn, and of which a few are printed.
SHARES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True)
class Curves:
    """What is drawn of judged rows.

    Parameters
    ----------
    reliability
        Predicted against observed churn of the model.
    lifts
        By contender, lift at `SHARES`; no values without churn.
    leads
        By contender, share of the churners that were flagged at the capacity so many weeks before they left; NaN
        where no list stood.
    """

    reliability: list[Reliability]
    lifts: dict[str, list[float]]
    leads: dict[str, list[float]]


def curves_of(rows: pd.DataFrame, churns: pd.DataFrame, *, capacity: float = CAPACITY) -> Curves:
    """The curves of the model and, where there is one, of the health score.

    Parameters
    ----------
    rows
        One row per account and cutoff with a known outcome: account_id, cutoff, churned (1 or 0), risk and
        health_score (NaN where there is none).
    churns
        Churns that are known, see `Dataset.churns`.
    capacity
        Share of each cutoff's accounts that each may flag, ``0 < capacity < 1``.
    """
    ruled = not rows["health_score"].isna().all()
    keys = {name: key for name, key in rankings_of(rows).items() if ruled or name == "model"}
    cutoffs, accounts = rows[CUTOFF].to_numpy(), rows[ACCOUNT_ID].to_numpy(dtype=object)
    churned, risk = rows["churned"].to_numpy(dtype=np.float64), rows["risk"].to_numpy(dtype=np.float64)
    return Curves(
        reliability=reliability(churned, risk, AccountBootstrap.of(accounts)),
        lifts={name: lifts(rows, key) for name, key in keys.items()},
        leads={
            name: leads(rows.assign(flagged=riskiest(key, cutoffs, share=capacity)), churns)
            for name, key in keys.items()
        },
    )


def rankings_of(rows: pd.DataFrame) -> dict[str, Floats]:
    """What each contender sorts by, higher first; an account without a health score comes last."""
    return {
        "model": rows["risk"].to_numpy(dtype=np.float64),
        "health_score": -rows["health_score"].fillna(np.inf).to_numpy(dtype=np.float64),
    }


def lifts(rows: pd.DataFrame, key: Floats) -> list[float]:
    """Lift at `SHARES` of each list sorted by `key`, higher first; none without churn."""
    churned = rows["churned"].to_numpy(dtype=np.float64)
    if not churned.any():
        return []
    return [lift(churned, key, rows[CUTOFF].to_numpy(), share=share) for share in SHARES]


def leads(lists: pd.DataFrame, churns: pd.DataFrame) -> list[float]:
    """Share of the churners flagged on the list that stood 0, 7, 14 … days before they left.

    Parameters
    ----------
    lists
        account_id, cutoff and flagged.
    churns
        account_id and churned_on.
    """
    rows = churns.merge(lists[[ACCOUNT_ID, CUTOFF, "flagged"]], on=ACCOUNT_ID)
    days = (rows["churned_on"] - rows[CUTOFF]).dt.days
    weeks = (days[(days >= 0) & (days <= FARTHEST_LEAD)] // 7).astype(int)
    shares = rows.loc[weeks.index, "flagged"].groupby(weeks).mean()
    return [float(shares.get(week, float("nan"))) for week in range(FARTHEST_LEAD // 7 + 1)]
