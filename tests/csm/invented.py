"""An invented company: its predictions, drivers and details, for the list and the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from churnpredict.config import default_playbooks
from churnpredict.csm import Figure, ListPolicy, Page, build_risk_list

CUTOFF = pd.Timestamp("2025-03-03")
TYPICAL_RISK = 0.07
PLAYBOOKS = default_playbooks()
_FIRST = ("Alder", "Amber", "Barrow", "Birch", "Briar", "Calder", "Cedar", "Cobalt", "Coral", "Crest", "Elder", "Fern")
_SECOND = (
    "Castings",
    "Logistics",
    "Systems",
    "Capital",
    "Diagnostics",
    "Outfitters",
    "Consulting",
    "Energy",
    "Freight",
)
_FORMS = ("GmbH", "AB", "Ltd", "Inc.", "Pty Ltd", "Group International Holdings")
_OWNERS = ("Ada Lindqvist", "Jonas Weber", "Noor Haddad", "Priya Raman", "Tomás Pereira", None)
#: feature, label, kind, a high-risk value, a low-risk value, typical
_SIGNALS = (
    ("logins__count__28d", "Logins", "number", 14.0, 46.0, 31.0),
    ("logins__trend__28d", "Logins", "number", 0.42, 1.3, 1.0),
    ("users__distinct__28d", "Active users", "number", 3.0, 22.0, 9.0),
    ("tickets__count__84d", "Urgent support requests", "number", 11.0, 0.0, 2.0),
    ("response__mean__84d", "Satisfaction with answers", "number", 2.8, 4.7, 4.2),
    ("meetings__days_since", "Executive meetings", "number", 142.0, 9.0, 35.0),
    ("renewal_on__days_until", "Renewal", "number", 23.0, 290.0, 180.0),
    ("seats__change__84d", "Seats", "number", -12.0, 8.0, 0.0),
    ("champion__changes__84d", "Point of contact", "number", 1.0, 0.0, 0.0),
    ("decision_maker__value", "Contact is a decision maker", "flag", 0.0, 1.0, 1.0),
    ("plan__value", "Plan", "category", "Starter", "Enterprise", "Professional"),
    ("late__max__84d", "Days a payment was late", "number", 31.0, 0.0, 4.0),
    ("reviews__active_days__84d", "Strategic reviews", "number", 0.0, 3.0, 1.0),
    ("tenure__days_since", "Time as a customer", "number", 210.0, 2200.0, 900.0),
    ("nps__value", "Latest NPS answer", "number", None, 9.0, 8.0),
)


@dataclass(frozen=True)
class Invented:
    """The frames that a list is made of."""

    predictions: pd.DataFrame
    drivers: pd.DataFrame
    details: pd.DataFrame
    previous: pd.DataFrame

    def listed(self, policy: ListPolicy | None = None) -> pd.DataFrame:
        return build_risk_list(
            self.predictions,
            self.drivers,
            details=self.details,
            previous=self.previous,
            policy=policy or ListPolicy(typical_risk=TYPICAL_RISK, playbooks=PLAYBOOKS),
        )


def invented(accounts: int, seed: int = 7) -> Invented:
    """`accounts` invented accounts; the same seed invents the same ones."""
    rng = np.random.default_rng(seed)
    ids = [f"A{number:05d}" for number in range(1, accounts + 1)]
    risk = np.clip(rng.gamma(0.8, 0.12, accounts), 0.002, 0.93)
    score = np.clip(103 - 100 * risk**0.62, 3, 99)
    tier = np.select([score < 60, score < 75], ["red", "yellow"], "green").astype(object)
    tier[rng.random(accounts) < 0.04] = "critical"
    health = np.where(rng.random(accounts) < 0.1, np.nan, np.clip(score + rng.normal(0, 11, accounts), 5, 99))
    predictions = pd.DataFrame(
        {
            "account_id": ids,
            "cutoff": CUTOFF,
            "risk_60d": risk * 0.64,
            "risk_90d": risk,
            "risk_60_90d": risk * 0.36,
            "score": score,
            "tier": tier,
            "health_score": health,
            "health_tier": np.select([np.isnan(health), health < 60, health < 75], [None, "red", "yellow"], "green"),
        }
    )
    return Invented(predictions, _drivers(predictions, rng), _details(ids, rng), _previous(predictions, rng))


def _drivers(predictions: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for account, risk in zip(predictions["account_id"], predictions["risk_90d"], strict=True):
        chosen = rng.permutation(len(_SIGNALS))[:7]
        weights = sorted(rng.exponential(max(abs(risk - TYPICAL_RISK), 0.01) * 0.25, 7), reverse=True)
        for rank, (place, weight) in enumerate(zip(chosen, weights, strict=True), 1):
            feature, label, kind, bad, good, typical = _SIGNALS[place]
            raises = rng.random() < (0.75 if risk > TYPICAL_RISK else 0.3)
            value = bad if raises else good
            if kind == "number" and value and "changes" not in feature:
                value = round(value * rng.uniform(0.7, 1.6), 1 if "mean" in feature or "trend" in feature else 0)
            points = weight if raises else -weight
            rows.append((account, CUTOFF, rank, feature, label, "product", kind, points, value, typical))
    columns = ["account_id", "cutoff", "rank", "feature", "label", "category", "kind", "points", "value", "typical"]
    return pd.DataFrame(rows, columns=columns)


def _details(ids: list[str], rng: np.random.Generator) -> pd.DataFrame:
    count = len(ids)
    names = [" ".join(str(rng.choice(words)) for words in (_FIRST, _SECOND, _FORMS)) for _ in ids]
    arr = np.where(rng.random(count) < 0.06, np.nan, np.round(rng.lognormal(10.8, 0.9, count), -2))
    renewal = CUTOFF + pd.to_timedelta(rng.integers(-10, 360, count), unit="D")
    return pd.DataFrame(
        {
            "account_id": ids,
            "cutoff": CUTOFF,
            "account_name": names,
            "owner": [_OWNERS[place] for place in rng.integers(0, len(_OWNERS), count)],
            "arr": arr,
            "renewal_on": pd.Series(renewal).where(rng.random(count) > 0.08),
        }
    )


def _previous(predictions: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    moved = rng.random(len(predictions)) < 0.2
    tier = predictions["tier"].where(~moved, rng.choice(["green", "yellow", "red"], len(predictions)))
    return pd.DataFrame({"account_id": predictions["account_id"], "tier": tier})[rng.random(len(predictions)) > 0.05]


def around(**other: Any) -> Page:
    """What the page says beside the list."""
    said: dict[str, Any] = {
        "company": "Northgate Software",
        "cutoff": CUTOFF.date(),
        "typical_risk": TYPICAL_RISK,
        "trained_as_of": date(2025, 1, 6),
        "figures": (
            Figure("Leavers named 60–90 days before", "64%", "health score: 41%"),
            Figure("Red accounts that left within 90 days", "38%", "27% to 50%"),
        ),
    }
    return Page(**(said | other))
