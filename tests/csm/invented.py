"""An invented company: its predictions, drivers and details, for the list and the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from churnpredict.config import default_playbooks
from churnpredict.csm import Background, Contacts, Figure, ListPolicy, Page, build_risk_list

CUTOFF = pd.Timestamp("2025-03-03")
TYPICAL_RISK = 0.07
CATEGORIES = ("product", "support", "financial", "executive", "context")
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
#: feature, label, kind, a high-risk value, a low-risk value, typical, in the order of the categories below
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
_CATEGORIES = (
    *("product", "product", "product", "support", "support", "executive", "financial", "financial", "executive"),
    *("executive", "context", "financial", "executive", "context", "support"),
)


@dataclass(frozen=True)
class Invented:
    """The frames that a list is made of."""

    predictions: pd.DataFrame
    drivers: pd.DataFrame
    details: pd.DataFrame
    previous: pd.DataFrame
    evidence: pd.DataFrame | None = None

    def background(self, weeks: int = 12) -> Background:
        """What the pages of the accounts are made of: earlier lists, changes, and steps of a few interventions."""
        changes = dict(zip(("changes", "change_drivers"), _changes(self.predictions), strict=True))
        evidence = {} if self.evidence is None else {"evidence": self.evidence}
        return Background(
            _by_category(self.predictions),
            self.drivers,
            past=_past(self.predictions, weeks),
            done=_done(self.predictions),
            left=_left(),
            contacts=_contacts(self.predictions),
            **changes,
            **evidence,
        )

    def listed(self, policy: ListPolicy | None = None) -> pd.DataFrame:
        return build_risk_list(
            self.predictions,
            self.drivers,
            details=self.details,
            previous=self.previous,
            evidence=self.evidence,
            policy=policy or ListPolicy(typical_risk=TYPICAL_RISK, playbooks=PLAYBOOKS),
        )


def invented(accounts: int, seed: int = 7, *, drivers: int = 7) -> Invented:
    """`accounts` invented accounts with `drivers` each; the same seed invents the same ones."""
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
    frames = _drivers(predictions, rng, drivers), _details(ids, rng), _previous(predictions, rng)
    return Invented(predictions, *frames, _evidence(predictions, rng))


def _drivers(predictions: pd.DataFrame, rng: np.random.Generator, count: int) -> pd.DataFrame:
    rows = []
    day, coin = CUTOFF - pd.Timedelta(days=7), np.random.default_rng(17)
    for account, risk in zip(predictions["account_id"], predictions["risk_90d"], strict=True):
        chosen = rng.permutation(len(_SIGNALS))[:count]
        weights = sorted(rng.exponential(max(abs(risk - TYPICAL_RISK), 0.01) * 0.25, count), reverse=True)
        for rank, (place, weight) in enumerate(zip(chosen, weights, strict=True), 1):
            feature, label, kind, bad, good, typical = _SIGNALS[place]
            raises = rng.random() < (0.75 if risk > TYPICAL_RISK else 0.3)
            value = bad if raises else good
            if kind == "number" and value and "changes" not in feature:
                value = round(value * rng.uniform(0.7, 1.6), 1 if "mean" in feature or "trend" in feature else 0)
            points = weight if raises else -weight
            before = good if coin.random() < 0.5 else None
            row = (account, CUTOFF, rank, feature, label, _CATEGORIES[place], kind, points, value, typical, before, day)
            rows.append(row)
    columns = "account_id cutoff rank feature label category kind points value typical before before_on".split()
    return pd.DataFrame(rows, columns=columns)


def _evidence(predictions: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A piece for every critical account, and a further one for some."""
    rows = []
    for account in predictions.loc[predictions["tier"] == "critical", "account_id"]:
        day = CUTOFF - pd.Timedelta(days=int(rng.integers(1, 28)))
        rows.append((account, "critical", "critical.notice", "Notice of non-renewal", day, "from: procurement", 1))
        if rng.random() < 0.5:
            day = CUTOFF - pd.Timedelta(days=int(rng.integers(20, 60)))
            rows.append((account, "displacement", "displacement.parity", "Asked for a rival's feature", day, "", 1))
    frame = pd.DataFrame(rows, columns=["account_id", "flag", "detector", "label", "day", "detail", "pieces"])
    return frame.assign(cutoff=CUTOFF, feature="", value=np.nan, typical=np.nan)


def _by_category(predictions: pd.DataFrame) -> pd.DataFrame:
    """Points and health of each category; they add up to the difference from the typical risk."""
    rng = np.random.default_rng(11)
    away = predictions["risk_90d"] - TYPICAL_RISK
    weights = rng.dirichlet(np.ones(5), len(predictions)) + rng.normal(0, 0.05, (len(predictions), 5))
    weights /= weights.sum(axis=1, keepdims=True)
    points = {f"points_{name}": away * weights[:, at] for at, name in enumerate(CATEGORIES)}
    health = {
        f"health_{name}": (predictions["health_score"] + rng.normal(0, 12, len(predictions))).clip(0, 100)
        for name in CATEGORIES[:3]
    }
    no_data = pd.Series(rng.random(len(predictions)) < 0.5)
    return predictions.assign(**points, **health, health_executive=health["health_product"].mask(no_data))


def _past(predictions: pd.DataFrame, weeks: int) -> pd.DataFrame:
    rng = np.random.default_rng(13)
    rows = []
    for back in range(7 * weeks, 0, -7):
        drift = np.exp(rng.normal(0, 0.12, len(predictions)) - back / 90)
        risk = np.clip(predictions["risk_90d"] * drift, 0.002, 0.95)
        tier = np.select([risk > 0.26, risk > 0.12], ["red", "yellow"], "green")
        week = CUTOFF - pd.Timedelta(days=back)
        frame = pd.DataFrame({"account_id": predictions["account_id"], "cutoff": week, "risk_90d": risk, "tier": tier})
        rows.append(frame[rng.random(len(frame)) > 0.02])
    return pd.concat(rows, ignore_index=True)


def _done(predictions: pd.DataFrame) -> pd.DataFrame:
    chosen = predictions.loc[predictions["tier"].isin(["critical", "red"]), "account_id"].iloc[::2]
    day = CUTOFF - pd.Timedelta(days=16)
    step = {"on_day": day, "state": "planned", "play": "red", "reason": None, "note": "Call with the new sponsor"}
    return pd.DataFrame({"account_id": chosen}).assign(**step)


def _left() -> pd.DataFrame:
    """Two accounts of the list before that are accounts no more."""
    row = {"account_id": "L1", "account_name": "Westbrook Mills", "owner": _OWNERS[0], "arr": 84_000.0}
    other = {"account_id": "L2", "account_name": "Old Quay", "owner": None, "arr": None}
    told = [
        row | {"previous_tier": "red", "previous_risk": 0.31},
        other | {"previous_tier": "green", "previous_risk": 0.02},
    ]
    return pd.DataFrame(told)


def _contacts(predictions: pd.DataFrame) -> Contacts:
    rng = np.random.default_rng(19)
    count = len(predictions)
    days = {
        name: pd.Series(CUTOFF - pd.to_timedelta(rng.integers(1, 300, count), unit="D")).where(rng.random(count) < 0.8)
        for name in ("touch__call", "touch__ticket")
    }
    known = {"shown__contact": "Ana Ruiz", "shown__decides": 1.0, "heard__usage": rng.random(count) < 0.9}
    return Contacts(
        predictions[["account_id"]].assign(**known, **days),
        {"shown__contact": ("Main contact", "category"), "shown__decides": ("Main contact decides", "flag")},
        {"touch__call": "Last call, by us", "touch__ticket": "Last ticket, by the customer"},
        {"heard__usage": ("Usage", 84)},
    )


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


def _changes(predictions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of every second account, what its risk changed by since the list before, and because of what."""
    moved = predictions.iloc[::2]
    change = (moved["risk_90d"] * 0.25).to_numpy()
    shares = {"by_data": 0.8, "by_time": 0.3, "by_late_data": 0.0, "by_model": -0.1}
    parts = pd.DataFrame({name: change * share for name, share in shares.items()}).assign(
        account_id=moved["account_id"].to_numpy(), previous_cutoff=CUTOFF - pd.Timedelta(days=7), risk_change=change
    )
    told = {"rank": 1, "part": "by_data", "feature": "logins__count__28d", "label": "Logins", "kind": "number"}
    drivers = parts[["account_id"]].assign(**told, points=change * 0.7, before=31.0, value=14.0)
    return parts, drivers
