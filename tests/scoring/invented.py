"""Invented accounts with known signals, and a small model of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
from hypothesis import settings

from churnpredict.columns import FeatureName
from churnpredict.config import DeclaredFeature, HealthScore, Tiers
from churnpredict.scoring import (
    Borders,
    Examples,
    FeatureSpace,
    HealthScorer,
    PolicyRows,
    RiskModel,
    RuleModel,
    Settings,
    choose_scale,
    cumulative_risks,
    fit_calibrated,
)

Floats = npt.NDArray[np.float64]

INTERVALS = [(0, 60), (60, 90)]
SETTINGS = Settings(leaves=4, trees=40, rate=0.1, bags=2, seed=7)
DECLARED = [
    DeclaredFeature(FeatureName("tenure", "days_since"), "Time as a customer", "context"),
    DeclaredFeature(FeatureName("logins", "sum", 28), "Logins", "product"),
    DeclaredFeature(FeatureName("logins", "trend", 28), "Logins", "product"),
    DeclaredFeature(FeatureName("tickets", "count", 84), "Support tickets", "support"),
    DeclaredFeature(FeatureName("plan", "value"), "Plan", "financial", "category"),
    DeclaredFeature(FeatureName("decides", "value"), "Main contact decides", "executive", "flag"),
]
HEALTH = HealthScore.model_validate(
    {
        "indicators": [
            {"feature": "logins__sum__28d", "category": "product", "knots": [[0, 0], [50, 70], [100, 100]]},
            {"feature": "logins__trend__28d", "category": "product", "knots": [[0.5, 20], [1.5, 100]]},
            {"feature": "tickets__count__84d", "category": "support", "knots": [[0, 100], [8, 0]]},
        ]
    }
)

#: The same examples in every run, and none kept on disk.
quickly = settings(derandomize=True, database=None, deadline=None, max_examples=80)


@dataclass(frozen=True)
class Invented:
    """Rows of the spine with what came of them.

    Parameters
    ----------
    frame
        account_id, cutoff and the features of `DECLARED`.
    labels
        Rows × intervals: 1 churned, 0 not, NaN not known or not at risk.
    """

    frame: pd.DataFrame
    labels: Floats

    @property
    def accounts(self) -> npt.NDArray[np.object_]:
        """Account of each row."""
        return self.frame["account_id"].to_numpy(dtype=object)


def invented(accounts: int = 250, cutoffs: int = 4, seed: int = 1) -> Invented:
    """Accounts that churn with falling logins and many tickets; gaps in every column."""
    random = np.random.default_rng(seed)
    rows = accounts * cutoffs
    logins, trend = random.gamma(2, 25, rows), random.lognormal(0, 0.4, rows)
    tickets = random.poisson(2, rows).astype(float)
    plan = random.choice(["basic", "plus", "pro"], rows, p=[0.5, 0.3, 0.2])
    odds = -3.0 - 1.5 * np.log(trend) - 0.02 * (logins - 50) + 0.4 * tickets + 0.5 * (plan == "basic")
    hazard = 1 / (1 + np.exp(-odds))
    first = (random.random(rows) < hazard).astype(float)
    second = np.where(first == 1, np.nan, random.random(rows) < hazard / 2)
    frame = pd.DataFrame(
        {
            "account_id": np.tile([f"a{number:04}" for number in range(accounts)], cutoffs),
            "cutoff": np.repeat(pd.date_range("2024-01-01", periods=cutoffs, freq="28D").as_unit("us"), accounts),
            "tenure__days_since": random.integers(0, 2000, rows).astype("float32"),
            "logins__sum__28d": _with_gaps(random, logins),
            "logins__trend__28d": _with_gaps(random, trend),
            "tickets__count__84d": tickets.astype("float32"),
            "plan__value": pd.Series(np.where(random.random(rows) < 0.1, None, plan), dtype="str"),
            "decides__value": _with_gaps(random, random.integers(0, 2, rows).astype(float)),
        }
    )
    return Invented(frame, np.column_stack([first, second]))


def model_of(data: Invented, settings: Settings = SETTINGS) -> RiskModel:
    """What training makes of the rows, with few trees."""
    space = FeatureSpace.learn(DECLARED, data.frame)
    matrix = space.encode(data.frame)
    examples = Examples(matrix, data.labels, data.accounts)
    fitted, margins = fit_calibrated(examples, intervals=INTERVALS, categorical=space.categorical, settings=settings)
    rule = RuleModel.fit(
        HealthScorer(HEALTH), space, rows=(data.frame, data.labels), intervals=INTERVALS, borders=Borders()
    )
    score = rule.scorer.score(data.frame)["health_score"].to_numpy()
    policy_rows = PolicyRows(cumulative_risks(margins)[:, -1], data.accounts, data.frame["cutoff"].to_numpy(), score)
    return RiskModel(
        space=space,
        hazards=fitted.hazards,
        sigmoids=fitted.sigmoids,
        scale=choose_scale(policy_rows, Tiers()),
        rule=rule,
        trained_until=date(2024, 7, 1),
    )


def _with_gaps(random: np.random.Generator, values: Floats) -> npt.NDArray[np.float32]:
    return np.where(random.random(len(values)) < 0.1, np.nan, values).astype("float32")
