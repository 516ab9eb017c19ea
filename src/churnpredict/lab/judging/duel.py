"""The duel: model against health score at the same capacity, on the same later rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.lab.metrics import AccountBootstrap, Interval, riskiest
from churnpredict.lab.metrics.intervals import interval_of

Floats = npt.NDArray[np.float64]
#: Share of the accounts that a team can work, unless said otherwise.
CAPACITY = 0.1


@dataclass(frozen=True)
class Caught:
    """Churners and their ARR by who had them on the list before they left.

    Parameters
    ----------
    both, model_only, rule_only, neither
        How many distinct churners, or how much of their ARR.
    """

    both: float
    model_only: float
    rule_only: float
    neither: float


@dataclass(frozen=True)
class Disagreement:
    """Rows on which the two disagree by two tiers, and what came of them.

    Parameters
    ----------
    rows
        How many rows.
    churned
        Share that churned within the last horizon, 0–1; None without rows.
    interval
        Of that share, over accounts.
    """

    rows: int
    churned: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Duel:
    """Model against health score at the same capacity.

    Parameters
    ----------
    capacity
        Share of each cutoff's accounts that each may flag.
    churners
        Distinct accounts that churned, by who had flagged them at some cutoff whose 90 days hold the churn.
    arr
        The same in ARR; None where none is declared.
    difference
        Share of the churners that the model caught minus that of the health score.
    difference_interval
        Its 95 % interval, paired, over accounts.
    model_red_rule_green, rule_red_model_green
        Where the two disagree by two tiers.
    """

    capacity: float
    churners: Caught
    arr: Caught | None
    difference: float
    difference_interval: Interval | None
    model_red_rule_green: Disagreement
    rule_red_model_green: Disagreement

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return asdict(self)

    def sentences(self) -> list[str]:
        """The duel in words."""
        caught, between = self.churners, self.difference_interval
        sure = "" if between is None else f" (95% interval {between.low:+.1%} to {between.high:+.1%})"
        between = self.difference_interval
        sure = "" if between is None else f" (95% interval {between.low:+.1%} to {between.high:+.1%})"
        everyone = caught.both + caught.model_only + caught.rule_only + caught.neither
        said = [
            f"With {self.capacity:.0%} of the accounts flagged, of {everyone:.0f} churners the model and the health "
            f"score both caught {caught.both:.0f}, only the model {caught.model_only:.0f}, only the health score "
            f"{caught.rule_only:.0f}, neither {caught.neither:.0f}: {self.difference:+.1%} for the model{sure}."
        ]
        pairs = (
            ("Model red, health score green", self.model_red_rule_green),
            ("Health score red, model green", self.rule_red_model_green),
        )
        for words, found in pairs:
            if found.churned is not None:
                within = "" if found.interval is None else f" ({found.interval.low:.1%} to {found.interval.high:.1%})"
                said.append(f"{words}: {found.rows:,} rows, of which {found.churned:.1%} churned{within}.")
        return said


def duel(rows: pd.DataFrame, *, capacity: float = CAPACITY) -> Duel | None:
    """Let the two rank the same rows.

    Parameters
    ----------
    rows
        One row per account and cutoff with a known outcome: account_id, cutoff, churned (1 or 0), risk, tier,
        health_score (NaN ranks last), health_tier, arr (NaN where not known).
    capacity
        Share of each cutoff's accounts that each may flag, ``0 < capacity < 1``.

    Returns
    -------
    Duel or None
        None where nobody churned, or no row has a health score.
    """
    churned = rows["churned"].to_numpy(dtype=np.float64)
    if not churned.any() or rows["health_score"].isna().all():
        return None
    bootstrap = AccountBootstrap.of(rows[ACCOUNT_ID].to_numpy(dtype=object))
    cutoffs = rows[CUTOFF].to_numpy()
    by_model = riskiest(rows["risk"].to_numpy(dtype=np.float64), cutoffs, share=capacity)
    by_rule = riskiest(-rows["health_score"].fillna(np.inf).to_numpy(dtype=np.float64), cutoffs, share=capacity)
    churners = _churners(rows, by_model, by_rule)
    arr = None if rows["arr"].isna().all() else _caught(churners, churners["arr"].fillna(0.0))
    drawn = AccountBootstrap.of(churners.index.to_numpy(dtype=object))
    gained = churners["model"].to_numpy(dtype=np.float64) - churners["rule"].to_numpy(dtype=np.float64)
    return Duel(
        capacity=capacity,
        churners=_caught(churners, pd.Series(1.0, index=churners.index)),
        arr=arr,
        difference=float(gained.mean()),
        difference_interval=interval_of(drawn.ratios(gained)),
        model_red_rule_green=_disagreement(rows, ("red", "green"), bootstrap),
        rule_red_model_green=_disagreement(rows, ("green", "red"), bootstrap),
    )


def _churners(rows: pd.DataFrame, by_model: npt.NDArray[np.bool_], by_rule: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """One row per account that churned: whether each flagged it before, and its latest ARR."""
    flagged = rows.assign(model=by_model, rule=by_rule)[rows["churned"] == 1].sort_values(CUTOFF, kind="stable")
    return flagged.groupby(ACCOUNT_ID).agg(model=("model", "max"), rule=("rule", "max"), arr=("arr", "last"))


def _caught(churners: pd.DataFrame, amount: pd.Series) -> Caught:
    model, rule = churners["model"], churners["rule"]
    groups = (model & rule, model & ~rule, rule & ~model, ~model & ~rule)
    return Caught(*(float(amount[group].sum()) for group in groups))


def _disagreement(rows: pd.DataFrame, tiers: tuple[str, str], bootstrap: AccountBootstrap) -> Disagreement:
    by_model, by_rule = tiers
    inside = np.asarray((rows["tier"] == by_model) & (rows["health_tier"] == by_rule), dtype=np.float64)
    if not inside.any():
        return Disagreement(0, None, None)
    churned = rows["churned"].to_numpy(dtype=np.float64) * inside
    interval = interval_of(bootstrap.ratios(churned, inside))
    return Disagreement(int(inside.sum()), float(churned.sum() / inside.sum()), interval)
