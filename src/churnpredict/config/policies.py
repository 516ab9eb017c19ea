"""What may be declared beside the tables: training, the health score, tiers, the list and paths."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from churnpredict.config.declarations import Category, Days
from churnpredict.config.tables import Declared, FilePath, Name

Tier = Literal["green", "yellow", "red", "critical"]
PlayedTier = Literal["yellow", "red"]
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
    #: How long an intervention acts: rows whose cutoff lies fewer days after its beginning are not labelled.
    intervention_days: Annotated[int, Field(ge=0, le=730)] = 90
    #: Train although something is too good to be true; it stays among the warnings.
    accept_suspected_leak: bool = False
    #: Judge the recipe on accounts it has never seen, too: one more model per fold of accounts.
    judge_unseen_accounts: bool = False

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


#: TOML has lists where a pair is meant.
Knot = Annotated[tuple[float, Annotated[float, Field(ge=0, le=100)]], Field(strict=False)]


class Indicator(Declared):
    """One feature, turned into 0–100 points by a monotone, piecewise linear curve through `knots`."""

    feature: str
    category: Literal["product", "support", "financial", "executive"]
    #: (value, points) pairs with rising values; beyond the ends the curve is flat.
    knots: list[Knot] = Field(min_length=2)
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


class HealthVariant(Declared):
    """Other weights for some accounts; of several variants that fit an account, the first one counts."""

    #: Values of declared categories, by the name of the value: ``{ segment = ["small", "mid"] }``.
    where: dict[Name, Annotated[list[str], Field(min_length=1)]] = Field(default_factory=dict)
    #: Only accounts that have been accounts for less than this many days.
    tenure_below_days: Days | None = None
    #: Weights of categories that differ.
    weights: dict[Category, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    #: Weights of indicators that differ, by feature; 0 leaves one out.
    indicator_weights: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.where and self.tenure_below_days is None:
            msg = "a variant of everybody; give where or tenure_below_days"
            raise ValueError(msg)
        if not self.weights and not self.indicator_weights:
            msg = "a variant that changes nothing; give weights or indicator_weights"
            raise ValueError(msg)
        return self


class HealthScore(Declared):
    """The rule-based baseline: weighted categories of indicators, 0–100, higher is healthier."""

    weights: dict[Category, Annotated[float, Field(gt=0)]] = Field(default_factory=_default_weights)
    #: None declared: training makes a set of the declared features, and keeps it in the bundle.
    indicators: list[Indicator] = Field(default_factory=list)
    variants: list[HealthVariant] = Field(default_factory=list)

    @model_validator(mode="after")
    def _weighted(self) -> Self:
        missing = {indicator.category for indicator in self.indicators} - set(self.weights)
        if missing:
            msg = f"no weight for {', '.join(sorted(missing))}"
            raise ValueError(msg)
        named = [indicator.feature for indicator in self.indicators]
        repeated = sorted({feature for feature in named if named.count(feature) > 1})
        if repeated:
            msg = f"{', '.join(repeated)} is an indicator twice; give it a weight instead"
            raise ValueError(msg)
        unknown = sorted({feature for variant in self.variants for feature in variant.indicator_weights} - set(named))
        if unknown:
            msg = f"a variant weighs {', '.join(unknown)}, which is no indicator; one of {', '.join(named)}"
            raise ValueError(msg)
        return self


class Play(Declared):
    """What acting on an account costs, and how often it saves one that would have left."""

    cost: Annotated[float, Field(ge=0)]
    save_rate: Annotated[float, Field(gt=0, le=1)]


class Tiers(Declared):
    """Where yellow and red begin on the 0–100 scale, how the model's risk is put on it, and when a tier is left."""

    yellow: Annotated[float, Field(gt=0, lt=100)] = 75.0
    red: Annotated[float, Field(gt=0, lt=100)] = 60.0
    #: volume: the same shares as the health score flags. capacity: the numbers or shares below. profit: what is
    #: expected to earn most with the plays below. fixed: the risks below.
    policy: Literal["volume", "capacity", "profit", "fixed"] = "volume"
    flagged_share: Annotated[float, Field(gt=0, lt=1)] = 0.15
    red_share: Annotated[float, Field(gt=0, lt=1)] = 0.03
    #: Accounts that may be yellow or red, and red, at a time; instead of the shares.
    flagged_accounts: Annotated[int, Field(gt=0)] | None = None
    red_accounts: Annotated[int, Field(gt=0)] | None = None
    #: Risks within the last horizon at which yellow and red begin.
    risk_yellow: Annotated[float, Field(gt=0, lt=1)] | None = None
    risk_red: Annotated[float, Field(gt=0, lt=1)] | None = None
    #: What acting on a yellow and on a red account costs and saves, in the currency of the list.
    plays: dict[PlayedTier, Play] = Field(default_factory=dict)
    #: What a saved account is worth, in years of its revenue.
    value_multiple: Annotated[float, Field(gt=0)] = 2.5
    #: A tier is left below this share of the risk at which it begins; 1 leaves it where it begins.
    exit_ratio: Annotated[float, Field(gt=0, le=1)] = 0.8
    #: Weeks that a tier is shown at the least before a better one.
    dwell_weeks: Annotated[int, Field(ge=0, le=52)] = 0
    #: Call accounts red even if those that were red out of time churned hardly more than the average.
    accept_weak_red: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        pairs = [("red", "yellow"), ("red_share", "flagged_share"), ("red_accounts", "flagged_accounts")]
        for lower, upper in [*pairs, ("risk_yellow", "risk_red")]:
            less, more = getattr(self, lower), getattr(self, upper)
            if (less is None) != (more is None):
                msg = f"{lower} and {upper} belong together; give both"
                raise ValueError(msg)
            if less is not None and less >= more:
                msg = f"{lower} ({less:g}) must lie below {upper} ({more:g})"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.policy == "fixed") != (self.risk_red is not None):
            msg = 'policy = "fixed" and the risks it takes, risk_yellow and risk_red, belong together'
            raise ValueError(msg)
        if self.policy == "profit" and len(self.plays) < len(("yellow", "red")):
            msg = 'policy = "profit" needs plays.yellow and plays.red, each with cost and save_rate'
            raise ValueError(msg)
        if self.flagged_accounts is not None and {"flagged_share", "red_share"} & self.model_fields_set:
            msg = "give shares or numbers of accounts, not both"
            raise ValueError(msg)
        return self


class Gate(Declared):
    """What a challenger must show before it takes the champion's place."""

    #: The figure that must be better with its paired interval above zero: log-loss of the risk within the last
    #: horizon, churned revenue on the list, or churners on the list 60 to 89 days before they left.
    metric: Literal["log_loss", "revenue", "lead_time"] = "log_loss"
    #: And better by this share of the champion's figure: less is not worth other tiers and other reasons.
    least_gain: Annotated[float, Field(ge=0, lt=1)] = 0.005
    #: Share of the accounts that can be worked, for revenue and lead time.
    capacity: Annotated[float, Field(gt=0, lt=1)] = 0.1
    #: How much further predicted and observed churn may lie apart, in probability.
    calibration_tolerance: Annotated[float, Field(ge=0, le=1)] = 0.01
    #: Share of today's accounts that may get another tier.
    most_tier_changes: Annotated[float, Field(ge=0, le=1)] = 0.3
    #: Share of the three strongest reasons that the accounts on the list must keep.
    least_shared_reasons: Annotated[float, Field(ge=0, le=1)] = 0.25


class Database(Declared):
    """A PostgreSQL table that receives each week's list. Its address comes from the environment."""

    url_env: Annotated[str, StringConstraints(min_length=1)]
    #: ``table`` or ``schema.table``.
    table: Annotated[str, StringConstraints(pattern=r"^[^.\x00]{1,63}(\.[^.\x00]{1,63})?$")]


class Outcomes(Declared):
    """Whether some accounts are left without a play at random, so that what plays are worth can be measured."""

    #: Share of the accounts that would get a play, and are not critical; drawn anew each quarter.
    holdout_share: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    #: Any text of your own, kept as it is: another one draws other accounts.
    holdout_salt: str = ""

    @model_validator(mode="after")
    def _salted(self) -> Self:
        if self.holdout_share and not self.holdout_salt:
            msg = "holdout_share needs holdout_salt, any text of your own"
            raise ValueError(msg)
        return self


class RiskList(Declared):
    """What the weekly list shows beside the risk, names of declared history values or facts, and where it goes."""

    arr: str | None = None
    renewal_on: str | None = None
    currency: str = "USD"
    #: Say why risks changed since the week before; costs features of one more cutoff.
    changes: bool = True
    #: Write each owner a list of their own beside that of all accounts.
    per_owner: bool = False
    database: Database | None = None


class Tracking(Declared):
    """Whether trainings are kept as runs of MLflow. The server, if any, is MLFLOW_TRACKING_URI in the environment."""

    #: Where it is not said, trainings are tracked if MLflow is installed.
    enabled: bool | None = None
    #: Name of the experiment and of the registered model; that of the company where it is not said.
    experiment: Annotated[str, StringConstraints(pattern=r"^[^/:'\"]{1,200}$")] | None = None


class Privacy(Declared):
    """What of a person may stand in what is written."""

    #: Leave only ids: no names of accounts or owners, no texts of evidence, no notes of the ledger.
    redact: bool = False


class Freshness(Declared):
    """How old the newest event may be at a cutoff before scoring is refused.

    A source by itself may be silent for as long, or for twice its longest silence so far, unless it declares otherwise.
    """

    max_age_days: Days = 14
    #: Share of its visible rows, or of the listed accounts, that a source may have lost since the week before.
    max_shrinkage: Annotated[float, Field(ge=0, le=1)] = 0.5


class Paths(Declared):
    """Where results go, relative to the configuration file."""

    data: FilePath = "data"
    models: FilePath = "models"
