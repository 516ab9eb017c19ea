"""What plays are worth: churn of accounts that were held out at random against that of accounts with a play."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any

import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.lab.metrics import Interval, wilson

HORIZON = timedelta(days=90)


@dataclass(frozen=True)
class Group:
    """Accounts of one group, and those of them that churned within 90 days of the list that drew them."""

    accounts: int
    churned: int

    @property
    def share(self) -> float:
        """Share that churned; the group is not empty."""
        return self.churned / self.accounts


@dataclass(frozen=True)
class HoldoutEffect:
    """What plays kept from churning.

    Parameters
    ----------
    held_out, played
        The two groups, whose accounts differ by chance alone.
    prevented
        Share of accounts that plays kept: churn of the held out − churn of the played, compared within tiers.
    interval
        95 % interval of it.
    too_early
        Accounts of either group whose 90 days have not passed.
    """

    held_out: Group
    played: Group
    prevented: float
    interval: Interval
    too_early: int

    @property
    def shown(self) -> bool:
        """Whether chance alone is no good explanation."""
        return self.interval.low > 0 or self.interval.high < 0

    def sentence(self) -> str:
        """It in words."""
        low, high = self.interval
        told = (
            f"Of {self.held_out.accounts:,} accounts held out at random, {self.held_out.share:.1%} churned within "
            f"{HORIZON.days} days; of {self.played.accounts:,} with a play, {self.played.share:.1%}. "
        )
        span = f"({100 * low:.1f} to {100 * high:.1f})"
        if self.shown:
            return f"{told}Plays prevented {100 * self.prevented:.1f} points of churn {span}."
        return f"{told}What plays prevented is not yet told from chance: {100 * self.prevented:.1f} points {span}."

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return {**asdict(self), "interval": list(self.interval), "shown": self.shown}


def effect_of_plays(assigned: pd.DataFrame, churns: pd.DataFrame, closed_until: date) -> HoldoutEffect | None:
    """Compare both groups within each tier, and the tiers put together.

    Tiers are weighted as Mantel & Haenszel (1959) weigh strata. The interval combines Newcombe's (1998, method 10) of
    each tier as Zou & Donner (2008) combine intervals of a weighted sum; it stays honest where few are held out.

    Parameters
    ----------
    assigned
        One row per account: account_id, cutoff, tier, held_out, see `churnpredict.csm.assigned`.
    churns
        account_id, churned_on, see `Dataset.churns`.
    closed_until
        Every churn before this day is known.

    Returns
    -------
    HoldoutEffect or None
        None until some account of either group of one tier has had its 90 days.
    """
    over = assigned[CUTOFF] <= pd.Timestamp(closed_until - HORIZON)
    rows = assigned[over]
    pairs = rows.merge(churns, on=ACCOUNT_ID)
    within = (pairs["churned_on"] >= pairs[CUTOFF]) & (pairs["churned_on"] < pairs[CUTOFF] + HORIZON)
    churned = rows[ACCOUNT_ID].isin(pairs.loc[within, ACCOUNT_ID])
    strata = [_groups(part, churned[part.index]) for _, part in rows.groupby("tier")]
    strata = [(held, played) for held, played in strata if held.accounts and played.accounts]
    if not strata:
        return None
    weights = [h.accounts * p.accounts / (h.accounts + p.accounts) for h, p in strata]
    shares = [weight / sum(weights) for weight in weights]
    prevented = sum(share * (h.share - p.share) for share, (h, p) in zip(shares, strata, strict=True))
    below = above = 0.0
    for share, (held, played) in zip(shares, strata, strict=True):
        of_held, of_played = (wilson(group.churned, group.accounts) for group in (held, played))
        below += share**2 * ((held.share - of_held.low) ** 2 + (of_played.high - played.share) ** 2)
        above += share**2 * ((of_held.high - held.share) ** 2 + (played.share - of_played.low) ** 2)
    return HoldoutEffect(
        held_out=_together([held for held, _ in strata]),
        played=_together([played for _, played in strata]),
        prevented=prevented,
        interval=Interval(prevented - sqrt(below), prevented + sqrt(above)),
        too_early=int((~over).sum()),
    )


def _groups(rows: pd.DataFrame, churned: pd.Series) -> tuple[Group, Group]:
    held = rows["held_out"]
    return Group(int(held.sum()), int(churned[held].sum())), Group(int((~held).sum()), int(churned[~held].sum()))


def _together(groups: list[Group]) -> Group:
    return Group(sum(group.accounts for group in groups), sum(group.churned for group in groups))
