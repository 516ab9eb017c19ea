"""Why one account has the risk and the health score it has, as the weekly job would say it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pandas as pd

from churnpredict.batch import noun_of
from churnpredict.columns import ACCOUNT_ID
from churnpredict.config import Project
from churnpredict.csm import reasons_in_words, risk_in_words, values_in_words
from churnpredict.dataset import open_dataset
from churnpredict.scored import previous_week, score, with_shown_tiers
from churnpredict.scoring import RiskModel, load_bundle


@dataclass(frozen=True)
class HealthExplanation:
    """Why one account has the health score it has.

    Parameters
    ----------
    score, tier
        0–100, higher is healthier, and its tier.
    coverage
        Share of the weight of the categories that had data, 0–1.
    taken
        Points that each indicator took, by feature, the most first; they add up to ``100 − score``.
    reasons
        The same in sentences, of those that took any.
    """

    score: float
    tier: str
    coverage: float
    taken: dict[str, float]
    reasons: list[str]


@dataclass(frozen=True)
class AccountExplanation:
    """Why one account has the risk it has.

    Parameters
    ----------
    account_id, name, cutoff
        Which account, when.
    risk, typical_risk
        Risk within 90 days of this account, and of the typical one, 0–1.
    score, tier, raw_tier
        On the shared scale, 0–100; the tier that is shown, and the one that this score alone would have.
    health
        The health score of the account; None without one.
    drivers
        Its strongest drivers, see `top_drivers`.
    reasons
        The same in sentences.
    others
        Points of all other features together, 0–1 units: drivers and others add up to ``risk − typical_risk``.
    risk_in_words
        The risk in a sentence.
    """

    account_id: str
    name: str
    cutoff: date
    risk: float
    typical_risk: float
    score: float
    tier: str
    raw_tier: str
    health: HealthExplanation | None
    drivers: pd.DataFrame
    reasons: list[str]
    others: float
    risk_in_words: str

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        drivers = self.drivers.drop(columns=[ACCOUNT_ID, "cutoff"]).to_dict("records")
        return {**vars(self), "drivers": drivers, "health": None if self.health is None else asdict(self.health)}


def explain_account(project: Project, account: str, cutoff: date) -> AccountExplanation:
    """Score one account as the weekly job would, and explain it.

    Raises
    ------
    BundleError, DataError, StaleDataError
    """
    model = load_bundle(project.champion_folder)
    with open_dataset(project) as dataset:
        dataset.check_fresh(cutoff)
        scored = score(dataset, model, cutoff, accounts=[account])
        frame = pd.concat(list(dataset.features([cutoff], [account])))
    scored = with_shown_tiers(project, model, scored, previous_week(project, cutoff))
    row, details = scored.predictions.iloc[0], scored.details.iloc[0]
    risk = float(row["risk_90d"])
    return AccountExplanation(
        account_id=account,
        name=str(details["account_name"]),
        cutoff=cutoff,
        risk=risk,
        typical_risk=scored.typical_risk,
        score=float(row["score"]),
        tier=str(row["tier"]),
        raw_tier=str(row["raw_tier"]),
        health=_health(model, row, frame),
        drivers=scored.drivers,
        reasons=reasons_in_words(scored.drivers),
        others=risk - scored.typical_risk - float(scored.drivers["points"].sum()),
        risk_in_words=risk_in_words(risk, scored.typical_risk, noun=noun_of(project)),
    )


def _health(model: RiskModel, row: pd.Series, frame: pd.DataFrame) -> HealthExplanation | None:
    """Why the one account of `frame` has the health score that `row` holds."""
    if model.rule is None or pd.isna(row["health_score"]):
        return None
    features = {feature.name: feature for feature in model.rule.space.features}
    points = zip(model.rule.scorer.features, model.rule.scorer.taken(frame)[0].tolist(), strict=True)
    taken = dict(sorted(points, key=lambda each: (-each[1], each[0])))
    told = pd.DataFrame([{**vars(features[name]), "feature": name, "value": frame[name].iloc[0]} for name in taken])
    sentences = values_in_words(told)
    return HealthExplanation(
        score=float(row["health_score"]),
        tier=str(row["health_tier"]),
        coverage=float(row["health_coverage"]),
        taken=taken,
        reasons=[f"{said}, took {lost:.1f}" for said, lost in zip(sentences, taken.values(), strict=True) if lost],
    )
