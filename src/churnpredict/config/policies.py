"""What may be declared beside the tables: training, the health score, tiers, playbooks and paths."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from churnpredict.config.declarations import Category, Days, Declared

Tier = Literal["green", "yellow", "red", "critical"]
HEALTH_CATEGORIES: tuple[Category, ...] = ("product", "support", "financial", "executive")


class Training(Declared):
    """When to look, how far ahead, and what is kept back for the proof."""

    #: Ends of the intervals ahead, in days: [60, 90] means [0, 60) and [60, 90).
    horizons: list[Days] = Field(default_factory=lambda: [60, 90], min_length=1)
    #: Days between two cutoffs of the training data.
    every_days: Days = 28
    #: Share of the cutoffs with complete labels, the latest, that is kept for the out-of-time test.
    test_share: Annotated[float, Field(gt=0, le=0.5)] = 0.25
    bags: Annotated[int, Field(ge=1, le=50)] = 3
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 7

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if any(later <= earlier for earlier, later in pairwise(self.horizons)):
            msg = f"horizons must rise, got {self.horizons}"
            raise ValueError(msg)
        if self.horizons[-2:] != [60, 90]:
            msg = f"horizons must end with 60, 90, which the risk list speaks of; got {self.horizons}"
            raise ValueError(msg)
        return self

    def intervals(self) -> list[tuple[int, int]]:
        """The intervals ahead in days, ``[cutoff + start, cutoff + end)``."""
        return list(pairwise([0, *self.horizons]))


class Indicator(Declared):
    """One feature, turned into 0–100 points by a monotone, piecewise linear curve through `knots`."""

    feature: str
    category: Literal["product", "support", "financial", "executive"]
    #: (value, points) pairs with rising values; beyond the ends the curve is flat.
    knots: list[tuple[float, Annotated[float, Field(ge=0, le=100)]]] = Field(min_length=2)
    weight: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _monotone(self) -> Self:
        values = [value for value, _ in self.knots]
        points = [point for _, point in self.knots]
        if values != sorted(set(values)):
            msg = f"the knots of {self.feature} must have rising values, got {values}"
            raise ValueError(msg)
        if points != sorted(points) and points != sorted(points, reverse=True):
            msg = f"the points of {self.feature} must only rise or only fall, got {points}"
            raise ValueError(msg)
        return self


def _default_weights() -> dict[Category, float]:
    return {"product": 40.0, "support": 20.0, "financial": 20.0, "executive": 20.0}


class HealthScore(Declared):
    """The rule-based baseline: weighted categories of indicators, 0–100, higher is healthier."""

    weights: dict[Category, Annotated[float, Field(gt=0)]] = Field(default_factory=_default_weights)
    indicators: list[Indicator] = Field(min_length=1)

    @model_validator(mode="after")
    def _weighted(self) -> Self:
        missing = {indicator.category for indicator in self.indicators} - set(self.weights)
        if missing:
            msg = f"no weight for {', '.join(sorted(missing))}"
            raise ValueError(msg)
        return self


class Tiers(Declared):
    """Where yellow and red begin on the 0–100 scale, and how the model's risk is put on it."""

    yellow: Annotated[float, Field(gt=0, lt=100)] = 75.0
    red: Annotated[float, Field(gt=0, lt=100)] = 60.0
    #: volume: the same shares as the health score flags. capacity: the shares below.
    policy: Literal["volume", "capacity"] = "volume"
    flagged_share: Annotated[float, Field(gt=0, lt=1)] = 0.15
    red_share: Annotated[float, Field(gt=0, lt=1)] = 0.03

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.red >= self.yellow:
            msg = f"red ({self.red:g}) must lie below yellow ({self.yellow:g})"
            raise ValueError(msg)
        if self.red_share >= self.flagged_share:
            msg = f"red_share ({self.red_share:g}) must be below flagged_share ({self.flagged_share:g})"
            raise ValueError(msg)
        return self


class Playbook(Declared):
    """What is done about a tier, and within how many days of the cutoff."""

    action: str
    due_days: Annotated[int, Field(ge=0, le=365)]


def default_playbooks() -> dict[Tier, Playbook]:
    """What is done about each tier, unless declared."""
    return {
        "yellow": Playbook(action="CSM outreach with a mini business review", due_days=14),
        "red": Playbook(action="Account leadership calls, with a health assessment", due_days=2),
        "critical": Playbook(action="Executive sponsor steps in at once", due_days=0),
    }


class Database(Declared):
    """A PostgreSQL table that receives each week's list. Its address comes from the environment."""

    url_env: Annotated[str, StringConstraints(min_length=1)]
    #: ``table`` or ``schema.table``.
    table: Annotated[str, StringConstraints(pattern=r"^[^.\x00]{1,63}(\.[^.\x00]{1,63})?$")]


class RiskList(Declared):
    """What the weekly list shows beside the risk, names of declared history values or facts, and where it goes."""

    arr: str | None = None
    renewal_on: str | None = None
    currency: str = "USD"
    database: Database | None = None


class Freshness(Declared):
    """How old the newest event may be at a cutoff before scoring is refused."""

    max_age_days: Days = 14


class Paths(Declared):
    """Where results go, relative to the configuration file."""

    data: str = "data"
    models: str = "models"
