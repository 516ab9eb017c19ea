"""Where yellow and red begin: the policies that place them on risk, how sure that is, and what acting is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from churnpredict.config import PlayedTier, Tiers
from churnpredict.scoring.tiers import TierScale

Floats = npt.NDArray[np.float64]

#: A policy never flags less than this; a threshold on fewer accounts would be noise.
LEAST_SHARE = 0.005
#: How often accounts are drawn again to see how far the thresholds move.
RESAMPLES = 200


@dataclass(frozen=True)
class PolicyRows:
    """What a policy looks at: the training rows, one per account and cutoff.

    Parameters
    ----------
    risk
        Calibrated out-of-fold risk up to the last horizon.
    accounts, cutoffs
        Account and cutoff of each row.
    health_score
        Health score, NaN where not known; None where there is none.
    arr
        Annual recurring revenue, NaN where not known; None where it is not declared.
    """

    risk: Floats
    accounts: npt.NDArray[np.object_]
    cutoffs: npt.NDArray[np.generic]
    health_score: Floats | None = None
    arr: Floats | None = None


class Spread(NamedTuple):
    """How far a threshold moves when other accounts of the same kind are drawn."""

    relative_sd: float
    low: float
    high: float


@dataclass(frozen=True)
class ThresholdNoise:
    """Noise of both thresholds over resamples of the accounts; low and high hold 95 % of the resamples."""

    yellow: Spread
    red: Spread


def choose_scale(rows: PolicyRows, declared: Tiers) -> TierScale:
    """Place the borders.

    Parameters
    ----------
    rows
        The training rows.
    declared
        ``volume`` flags the same shares of accounts as the health score does. ``capacity``, and volume where there
        is no health score, flags the declared numbers or shares of accounts. ``profit`` maximises the expected value
        of acting, summed over the accounts with their own revenue. ``fixed`` takes the declared risks.
    """
    thresholds = _thresholds(_Sorted.of(rows), np.ones(len(rows.risk)), declared)
    return TierScale(*thresholds, declared.yellow, declared.red)


def threshold_noise(rows: PolicyRows, declared: Tiers, *, seed: int, resamples: int = RESAMPLES) -> ThresholdNoise:
    """Bootstrap the thresholds over accounts, all rows of an account together.

    Parameters
    ----------
    rows, declared
        See `choose_scale`.
    seed
        The same seed draws the same accounts.
    resamples
        How often.
    """
    random = np.random.default_rng(seed)
    ordered = _Sorted.of(rows)
    names, position = np.unique(rows.accounts.astype(str), return_inverse=True)
    drawn = np.array(
        [
            _thresholds(
                ordered, random.multinomial(len(names), np.full(len(names), 1 / len(names)))[position], declared
            )
            for _ in range(resamples)
        ]
    )
    return ThresholdNoise(*(_spread(drawn[:, column]) for column in range(2)))


def expected_value(risk: Floats, arr: Floats, declared: Tiers) -> Floats:
    """What the better of the two plays is expected to earn on each account, less its cost; may be negative.

    ``risk × save_rate × value_multiple × ARR − cost``: the value of a saved account is `value_multiple` times its
    annual revenue. NaN where the revenue is not known, or no plays are declared.

    Parameters
    ----------
    risk
        Risk up to the last horizon, 0–1.
    arr
        Annual recurring revenue, in the currency of the costs.
    declared
        The plays.
    """
    values = [_value_of_play(risk, arr, declared, tier) for tier in declared.plays]
    return np.maximum.reduce(values) if values else np.full(len(risk), np.nan)


def _value_of_play(risk: Floats, arr: Floats, declared: Tiers, tier: PlayedTier) -> Floats:
    play = declared.plays[tier]
    return risk * play.save_rate * declared.value_multiple * arr - play.cost


@dataclass(frozen=True)
class _Sorted:
    """Rows from the riskiest down, with the order they had before."""

    order: npt.NDArray[np.intp]
    risk: Floats
    health_score: Floats | None
    arr: Floats | None
    alive: int

    @classmethod
    def of(cls, rows: PolicyRows) -> _Sorted:
        order = np.argsort(-rows.risk, kind="stable")
        health, arr = (None if values is None else values[order] for values in (rows.health_score, rows.arr))
        return cls(order, rows.risk[order], health, arr, int((rows.cutoffs == rows.cutoffs.max()).sum()))

    def risk_at(self, share: float, weights: Floats) -> float:
        """Risk of the last row among the riskiest `share` of the weight."""
        carried = np.cumsum(weights)
        at = np.searchsorted(carried, share * carried[-1])
        return float(self.risk[min(int(at), len(self.risk) - 1)])


def _thresholds(rows: _Sorted, weights: npt.NDArray[np.generic], declared: Tiers) -> tuple[float, float]:
    """Risks at which yellow and red begin, apart from each other and within (0, 1)."""
    if declared.risk_yellow is not None and declared.risk_red is not None:
        return declared.risk_yellow, declared.risk_red
    ordered = np.asarray(weights, dtype=np.float64)[rows.order]
    if declared.policy == "profit" and rows.arr is not None:
        flagged, red = _profitable_shares(rows, ordered, declared)
    else:
        flagged, red = _declared_shares(rows, ordered, declared)
    red = min(max(red, LEAST_SHARE), 0.5)
    flagged = min(max(flagged, red), 0.9)
    # Ties in a weak model can make the two meet; the scale needs them apart.
    risk_yellow = float(np.clip(rows.risk_at(flagged, ordered), 1e-6, 0.98))
    return risk_yellow, float(np.clip(rows.risk_at(red, ordered), risk_yellow * 1.01, 0.99))


def _declared_shares(rows: _Sorted, weights: Floats, declared: Tiers) -> tuple[float, float]:
    if declared.policy == "volume" and rows.health_score is not None:
        known = ~np.isnan(rows.health_score)
        total = weights[known].sum()
        if total > 0:
            scored, counted = rows.health_score[known], weights[known]
            below = [float(counted[scored < border].sum() / total) for border in (declared.yellow, declared.red)]
            return below[0], below[1]
    if declared.flagged_accounts is not None and declared.red_accounts is not None:
        return declared.flagged_accounts / rows.alive, declared.red_accounts / rows.alive
    return declared.flagged_share, declared.red_share


def _profitable_shares(rows: _Sorted, weights: Floats, declared: Tiers) -> tuple[float, float]:
    """Shares of the riskiest that, flagged and called red, are expected to earn most together."""
    arr = np.zeros(len(rows.risk)) if rows.arr is None else rows.arr
    # Of an account whose revenue is not known, nothing is known to be earned.
    yellow = np.nan_to_num(_value_of_play(rows.risk, arr, declared, "yellow")) * weights
    red = np.nan_to_num(_value_of_play(rows.risk, arr, declared, "red")) * weights
    called_red = np.concatenate([[0.0], np.cumsum(red - yellow)])
    best_so_far = np.maximum.accumulate(called_red)
    flagged = int(np.argmax(np.concatenate([[0.0], np.cumsum(yellow)]) + best_so_far))
    reds = int(np.argmax(called_red[: flagged + 1]))
    carried = np.concatenate([[0.0], np.cumsum(weights)])
    return float(carried[flagged] / carried[-1]), float(carried[reds] / carried[-1])


def _spread(values: Floats) -> Spread:
    low, high = np.quantile(values, [0.025, 0.975])
    return Spread(float(values.std() / values.mean()), float(low), float(high))
