"""The backtest: what replayed lists would have been worth, in the words of those who work them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.errors import Problem, UsageError
from churnpredict.lab.backtesting.breakdown import Bucket, Segment, buckets, segments
from churnpredict.lab.backtesting.replay import Origin, Replay
from churnpredict.lab.judging.curves import SHARES, leads, lifts, rankings_of
from churnpredict.lab.judging.duel import Duel, duel
from churnpredict.lab.judging.tier_proof import TierRate, realised_by_tier
from churnpredict.lab.metrics import (
    AccountBootstrap,
    AlertFigures,
    Figures,
    LeadTime,
    Reliability,
    alert_figures,
    capture,
    expected_maximum_profit,
    figures,
    lead_time,
    one_value_for_all,
    reliability,
    riskiest,
)
from churnpredict.lab.metrics.profit import account_values

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Watch:
    """One way to flag accounts, and what came of it.

    Parameters
    ----------
    name
        What flagged them.
    lead
        Its lead-time report card.
    alerts
        The work it makes; None with one list only.
    """

    name: str
    lead: LeadTime
    alerts: AlertFigures | None


@dataclass(frozen=True)
class Worth:
    """Profit per account and list under the campaign of `churnpredict.lab.metrics.Campaign`, in money.

    Parameters
    ----------
    empb, contacted
        Expected maximum profit with each account's own value, and the share of the accounts that it contacts.
    empc
        The same with the median account's value for all.
    """

    empb: float
    contacted: float
    empc: float


@dataclass(frozen=True)
class Backtest:
    """What replayed lists would have been worth.

    Parameters
    ----------
    first, last
        Cutoffs of the first and the last list, as ISO days.
    lists, accounts
        How many lists, and distinct accounts on them.
    capacity
        Share of the accounts that model and health score may each flag where they are compared.
    origins
        When the model was trained, and how much it could carry.
    evaluation
        Figures by contender, model and health_score.
    duel
        Model against health score at the capacity; None without a health score or without churners.
    watches
        Four ways to flag: model and health score at the capacity, and the tiers of each as they were shown.
    revenue
        By ranking, the share of the churned ARR that the top of each list held, at `SHARES`; empty without ARR.
    lifts
        By contender, lift at `SHARES`.
    worth
        Profit by contender; empty without ARR.
    reliability
        Predicted against observed churn of the model.
    tiers
        Realised churn per tier, by contender.
    tiers_over_time
        By tier, the share of each list, in the order of the lists.
    leads
        By contender, the share of the churners that were flagged at the capacity so many weeks before they left.
    segments, buckets
        By part of the company, and by distance of the churn.
    """

    first: str
    last: str
    lists: int
    accounts: int
    capacity: float
    origins: list[Origin]
    evaluation: dict[str, Figures]
    duel: Duel | None
    watches: list[Watch]
    revenue: dict[str, list[float]]
    lifts: dict[str, list[float]]
    worth: dict[str, Worth]
    reliability: list[Reliability]
    tiers: dict[str, dict[Any, TierRate]]
    tiers_over_time: dict[str, list[float]]
    leads: dict[str, list[float]]
    segments: list[Segment]
    buckets: list[Bucket]

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, to be kept as JSON."""
        origins = [{**asdict(origin), "day": origin.day.isoformat()} for origin in self.origins]
        return {**asdict(self), "origins": origins, "shares": list(SHARES)}


def judge(replay: Replay, *, capacity: float) -> Backtest:
    """Judge replayed lists by what came after them.

    Parameters
    ----------
    replay
        The lists and the outcomes.
    capacity
        Share of each list's accounts that can be worked, ``0 < capacity < 1``.

    Raises
    ------
    UsageError
        If the outcome of no list is known yet.
    """
    rows, judged = replay.rows, replay.judged
    cutoffs = sorted(rows[CUTOFF].unique())
    if judged.empty:
        given = f"the outcome of no list from {cutoffs[0].date()} to {cutoffs[-1].date()} is known yet"
        todo = "Reach further back with --weeks."
        raise UsageError(Problem("--weeks", given, "lists whose last interval has ended", todo))
    ruled = not rows["health_score"].isna().all()
    flags = _flags(rows, capacity, ruled=ruled)
    keys = {name: key for name, key in rankings_of(judged).items() if ruled or name != "health_score"}
    return Backtest(
        first=str(cutoffs[0].date()),
        last=str(cutoffs[-1].date()),
        lists=len(cutoffs),
        accounts=int(rows[ACCOUNT_ID].nunique()),
        capacity=capacity,
        origins=replay.origins,
        evaluation=_evaluation(judged, ruled=ruled),
        duel=duel(judged, capacity=capacity),
        watches=[_watch(name, rows.assign(flagged=flag, tier=tier), replay) for name, (flag, tier) in flags.items()],
        revenue=_revenue(judged, keys),
        lifts={name: lifts(judged, key) for name, key in keys.items()},
        worth=_worth(judged, keys),
        reliability=reliability(_array(judged, "churned"), _array(judged, "risk"), _bootstrap(judged)),
        tiers=_tiers(judged, ruled=ruled),
        tiers_over_time=_over_time(rows),
        leads={name: leads(rows.assign(flagged=flags[name][0]), replay.churns) for name in keys},
        segments=list(segments(judged, replay.kinds, ruled=ruled)),
        buckets=list(buckets(rows, replay, {name: flag for name, (flag, _) in flags.items()})),
    )


def _array(rows: pd.DataFrame, column: str) -> Floats:
    return rows[column].to_numpy(dtype=np.float64)


def _bootstrap(rows: pd.DataFrame) -> AccountBootstrap:
    return AccountBootstrap.of(rows[ACCOUNT_ID].to_numpy(dtype=object))


def _flags(rows: pd.DataFrame, capacity: float, *, ruled: bool) -> dict[str, tuple[npt.NDArray[np.bool_], pd.Series]]:
    """Ways to flag, with the tiers that belong to each."""
    keys, flagged = rankings_of(rows), ["yellow", "red", "critical"]
    found = {"model": (riskiest(keys["model"], rows[CUTOFF], share=capacity), rows["tier"])}
    if ruled:
        found["health_score"] = (riskiest(keys["health_score"], rows[CUTOFF], share=capacity), rows["health_tier"])
    found["model_tiers"] = (rows["tier"].isin(flagged).to_numpy(), rows["tier"])
    if ruled:
        found["health_tiers"] = (rows["health_tier"].isin(flagged).to_numpy(), rows["health_tier"])
    return found


def _evaluation(rows: pd.DataFrame, *, ruled: bool) -> dict[str, Figures]:
    risks = {"model": "risk"} | ({"health_score": "rule_risk"} if ruled else {})
    accounts, cutoffs = rows[ACCOUNT_ID].to_numpy(dtype=object), rows[CUTOFF].to_numpy()
    return {
        name: figures(_array(rows, "churned"), _array(rows, column), accounts=accounts, cutoffs=cutoffs)
        for name, column in risks.items()
    }


def _watch(name: str, lists: pd.DataFrame, replay: Replay) -> Watch:
    lead = lead_time(lists, replay.churns, until=replay.observed_until)
    # At a capacity, the state that may flicker is being on the list.
    states = lists if name.endswith("_tiers") else lists.assign(tier=lists["flagged"])
    return Watch(name, lead, alert_figures(states))


def _revenue(rows: pd.DataFrame, keys: dict[str, Floats]) -> dict[str, list[float]]:
    arr = rows["arr"].fillna(0.0).to_numpy(dtype=np.float64)
    lost = arr * _array(rows, "churned")
    if not lost.any():
        return {}
    rankings = {"model_times_arr": keys["model"] * arr, "arr": arr, "model": keys["model"]}
    if "health_score" in keys:
        rankings["health_score_times_arr"] = np.maximum(100 + keys["health_score"], 0) * arr
        rankings["health_score"] = keys["health_score"]
    cutoffs = rows[CUTOFF].to_numpy()
    return {
        name: [capture(lost, riskiest(key, cutoffs, share=share)) for share in SHARES] for name, key in rankings.items()
    }


def _worth(rows: pd.DataFrame, keys: dict[str, Floats]) -> dict[str, Worth]:
    arr = _array(rows, "arr")
    if np.isnan(arr).all():
        return {}
    churned = _array(rows, "churned")
    found = {}
    for name, key in keys.items():
        finite = np.where(np.isfinite(key), key, -1e9)
        own, contacted = expected_maximum_profit(churned, finite, account_values(arr))
        same, _ = expected_maximum_profit(churned, finite, one_value_for_all(arr))
        found[name] = Worth(own, contacted, same)
    return found


def _tiers(rows: pd.DataFrame, *, ruled: bool) -> dict[str, dict[Any, TierRate]]:
    columns = {"model": "tier"} | ({"health_score": "health_tier"} if ruled else {})
    accounts = rows[ACCOUNT_ID].to_numpy(dtype=object)
    return {
        name: dict(realised_by_tier(rows[tier].to_numpy(dtype=object), _array(rows, "churned"), accounts, seed=0))
        for name, tier in columns.items()
    }


def _over_time(rows: pd.DataFrame) -> dict[str, list[float]]:
    shares = pd.crosstab(rows[CUTOFF], rows["tier"], normalize="index")
    return {str(tier): shares[tier].tolist() for tier in shares.columns}
