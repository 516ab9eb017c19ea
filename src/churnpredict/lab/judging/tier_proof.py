"""What a tier means: how many of its accounts churned, out of time, and whether red deserves its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.config import Tier
from churnpredict.lab.metrics import AccountBootstrap, wilson
from churnpredict.lab.metrics.intervals import interval_of
from churnpredict.scoring import ORDER, ThresholdNoise, TierScale

Floats = npt.NDArray[np.float64]

#: How often accounts are drawn again for an interval.
RESAMPLES = 1_000
#: Times the base rate that accounts called red must have churned.
RED_OVER_BASE = 2.0


@dataclass(frozen=True)
class TierRate:
    """Realised churn of one tier.

    Parameters
    ----------
    rows, accounts, churners
        Rows of the tier, distinct accounts among them, and distinct accounts that churned.
    share
        Share of all rows with a tier, 0–1.
    rate
        Share of its rows that churned before the last horizon ended, 0–1.
    low, high
        95 % interval of `rate` over resamples of whole accounts.
    """

    rows: int
    accounts: int
    churners: int
    share: float
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class TierProof:
    """Realised churn per tier out of time, and the bar that red has to pass.

    Parameters
    ----------
    base_rate
        Share of all rows that churned, 0–1.
    realised
        By scorer (model, health_score) and tier; a tier without rows is absent.
    """

    base_rate: float
    realised: dict[str, dict[Tier, TierRate]]

    @property
    def required(self) -> float:
        """Churn that red must have: twice the base rate; above a base rate of a third, half of those who stay."""
        return min(RED_OVER_BASE * self.base_rate, (1 + self.base_rate) / 2)

    @property
    def red_is_red(self) -> bool:
        """Whether the model's red passed the bar."""
        red = self.realised["model"].get("red")
        return red is not None and red.rate >= self.required


@dataclass(frozen=True)
class TierReport:
    """What a bundle keeps about its tiers.

    Parameters
    ----------
    policy
        How the thresholds were chosen.
    scale
        The thresholds.
    noise
        How far they move over resamples of the training accounts.
    proof
        What came of the tiers that the same recipe, fitted on the past, gave out of time.
    """

    policy: str
    scale: TierScale
    noise: ThresholdNoise
    proof: TierProof

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, to be kept as JSON."""
        noise = {name: spread._asdict() for name, spread in vars(self.noise).items()}
        proof = {**asdict(self.proof), "required_of_red": self.proof.required, "red_is_red": self.proof.red_is_red}
        return {"policy": self.policy, "scale": asdict(self.scale), "noise": noise, "proof": proof}

    def sentences(self) -> list[str]:
        """Where the tiers begin, and what came of them, in words."""
        noise, scale = self.noise, self.scale
        begins = [
            f"{tier} from a risk of {risk:.1%} ({spread.low:.1%} to {spread.high:.1%} over resamples of the accounts)"
            for tier, risk, spread in (
                ("yellow", scale.risk_yellow, noise.yellow),
                ("red", scale.risk_red, noise.red),
            )
        ]
        said = [f"Tiers by {self.policy}: {', '.join(begins)}."]
        for scorer, name in (("model", "model"), ("health_score", "health score")):
            rates = [
                f"{rate.rate:.1%} of the {tier} ({rate.low:.1%} to {rate.high:.1%})"
                for tier, rate in self.proof.realised.get(scorer, {}).items()
            ]
            if rates:
                said.append(f"Churned out of time, by the {name}: {', '.join(rates)}.")
        return said


def realised_by_tier(
    tiers: npt.NDArray[np.object_], churned: Floats, accounts: npt.NDArray[np.object_], *, seed: int
) -> dict[Tier, TierRate]:
    """Realised churn of each tier with an interval over accounts.

    Parameters
    ----------
    tiers, churned, accounts
        Tier (None is left out), outcome (1 churned, 0 not, NaN is left out) and account of each row.
    seed
        The same seed draws the same accounts.
    """
    counted = ~np.isnan(churned) & ~pd.isna(tiers)
    tiers, churned, accounts = tiers[counted], churned[counted], accounts[counted]
    if not len(tiers):
        return {}
    bootstrap = AccountBootstrap.of(accounts.astype(str), replicates=RESAMPLES, seed=seed)
    present = [tier for tier in ORDER if (tiers == tier).any()]
    return {tier: _rate(tiers == tier, churned, accounts, bootstrap) for tier in present}


def _rate(
    inside: npt.NDArray[np.bool_], churned: Floats, accounts: npt.NDArray[np.object_], bootstrap: AccountBootstrap
) -> TierRate:
    members = len(np.unique(accounts[inside].astype(str)))
    churners = len(np.unique(accounts[inside & (churned == 1)].astype(str)))
    interval = interval_of(bootstrap.ratios(churned * inside, inside.astype(np.float64)))
    if interval is None or churners in (0, members):
        # Drawing again what never happened says that it cannot happen; this does not.
        interval = wilson(churners, members)
    rate = float(churned[inside].mean())
    return TierRate(int(inside.sum()), members, churners, float(inside.mean()), rate, interval.low, interval.high)


def why_no_red(proof: TierProof, *, accepted: bool) -> str | None:
    """What to say if the model's red did not pass the bar; None if it did.

    Parameters
    ----------
    proof
        The realised churn.
    accepted
        Whether the configuration wants red nevertheless.
    """
    if proof.red_is_red:
        return None
    red: Mapping[Tier, TierRate] = proof.realised["model"]
    if "red" in red:
        rate = red["red"]
        seen = f"accounts that were red out of time churned at {rate.rate:.1%} ({rate.low:.1%} to {rate.high:.1%})"
    else:
        seen = "no account was red out of time"
    bar = f"at least {proof.required:.1%} is needed, the base rate being {proof.base_rate:.1%}"
    if accepted:
        return f"Red is weak: {seen}; {bar}. It is used because of tiers.accept_weak_red."
    return (
        f"No account is called red: {seen}; {bar}. What would be red is yellow. Flag fewer accounts "
        '(tiers.policy = "capacity" with a smaller red_share), find better signals, or set tiers.accept_weak_red.'
    )
