"""What people would notice if another model took over: whose tier would change and why, and which reasons stay."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from churnpredict.lab.metrics import riskiest
from churnpredict.scoring import RiskModel, tier_of
from churnpredict.scoring.drivers import strongest

#: Reasons that a list shows of each account.
REASONS = 3


@dataclass(frozen=True)
class Stability:
    """What would be different today.

    Parameters
    ----------
    accounts
        Accounts that are alive.
    changed
        Of them, those that would get another tier by the score alone, as a new model begins.
    by_risk, by_threshold
        Of those that change: their risk is another, enough to change the tier on the champion's own scale; or it is
        the tiers that begin elsewhere.
    moves
        How many by ``<tier> to <tier>``.
    listed
        Accounts on the champion's list at the capacity, of which reasons are compared.
    shared_reasons
        Share of their three strongest reasons that both models give, 0–1.
    rank_correlation
        Spearman's, of how much each feature moves their risk, over the features of both; NaN with fewer than three.
    """

    accounts: int
    changed: int
    by_risk: int
    by_threshold: int
    moves: dict[str, int]
    listed: int
    shared_reasons: float
    rank_correlation: float

    @property
    def changed_share(self) -> float:
        """Share of the accounts that would get another tier, 0–1."""
        return self.changed / self.accounts if self.accounts else float("nan")

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values; None for what is not known."""
        plain = {**asdict(self), "changed_share": self.changed_share}
        return {name: None if value != value else value for name, value in plain.items()}  # noqa: PLR0124

    def sentences(self) -> list[str]:
        """It in words."""
        return [
            f"Of {self.accounts:,} accounts today, {self.changed:,} ({self.changed_share:.0%}) would get another tier: "
            f"{self.by_risk:,} because their risk is another, {self.by_threshold:,} because tiers begin elsewhere.",
            f"Of the three reasons shown for the {self.listed:,} accounts on the list, {self.shared_reasons:.0%} stay; "
            f"what moves risk has a rank correlation of {self.rank_correlation:.2f}.",
        ]


def stability(champion: RiskModel, challenger: RiskModel, frame: pd.DataFrame, *, capacity: float) -> Stability:
    """Compare two models on the accounts of one cutoff; no outcome is needed, so no row is unfair.

    Parameters
    ----------
    champion, challenger
        As the weekly job would read them.
    frame
        account_id, cutoff and the features of the accounts that are alive.
    capacity
        Share of the accounts that can be worked, ``0 < capacity < 1``.
    """
    before, after = (model.risks(frame)[:, -1] for model in (champion, challenger))
    old, new = champion.scale, challenger.scale
    tiers = tier_of(old.score(before), old.borders), tier_of(new.score(after), new.borders)
    changed = tiers[0] != tiers[1]
    on_the_old_scale = tier_of(old.score(after), old.borders)
    by_risk = changed & (on_the_old_scale != tiers[0])
    moves = pd.Series([f"{one} to {other}" for one, other in zip(*tiers, strict=True)], dtype=object)[changed]
    listed = frame[riskiest(before, frame["cutoff"], share=capacity)] if len(frame) else frame
    shared, correlation = _reasons(champion, challenger, listed)
    return Stability(
        accounts=len(frame),
        changed=int(changed.sum()),
        by_risk=int(by_risk.sum()),
        by_threshold=int((changed & ~by_risk).sum()),
        moves={str(move): int(count) for move, count in moves.value_counts().items()},
        listed=len(listed),
        shared_reasons=shared,
        rank_correlation=correlation,
    )


def _reasons(champion: RiskModel, challenger: RiskModel, listed: pd.DataFrame) -> tuple[float, float]:
    """Share of the strongest reasons that both give, and the rank correlation of what moves risk."""
    if listed.empty:
        return float("nan"), float("nan")
    named, weights = [], []
    for model in (champion, challenger):
        explanation = model.explain(listed)
        positions, _ = strongest(explanation, REASONS)
        named.append(np.array(model.space.names, dtype=object)[positions])
        moved = np.abs(explanation.points()).mean(axis=0)
        weights.append(dict(zip(model.space.names, moved, strict=True)))
    both = [len(set(one) & set(other)) for one, other in zip(*named, strict=True)]
    common = [name for name in weights[0] if name in weights[1]]
    ranked = [[weight[name] for name in common] for weight in weights]
    few = len(common) < 3 or any(np.ptp(values) == 0 for values in ranked)  # noqa: PLR2004
    correlation = float("nan") if few else float(spearmanr(*ranked).statistic)
    return float(np.mean(both)) / REASONS, correlation
