"""What may be declared of other features: one per another, and an account against similar accounts."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from churnpredict.columns import FeatureName
from churnpredict.config.declarations import Category, SignalName
from churnpredict.config.tables import Declared


def _is_feature_name(name: str) -> str:
    FeatureName.parse(name)
    return name


#: The name of a feature that is declared elsewhere.
FeatureReference = Annotated[str, AfterValidator(_is_feature_name)]


class Ratio(Declared):
    """One feature per another, ``of ÷ per``: logins per seat, tickets per user.

    Without a value where either is missing or `per` is 0. Both are features of their own.
    """

    of: FeatureReference
    per: FeatureReference
    label: str | None = None
    #: Unless declared, that of `of`.
    category: Category | None = None

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.of == self.per:
            msg = f"{self.of} per {self.per} is always 1; name two features"
            raise ValueError(msg)
        return self

    def feature_name(self, name: str) -> FeatureName:
        """Name of the feature: its window is that of `of`."""
        return FeatureName(name, "ratio", FeatureName.parse(self.of).days)


class Peers(Declared):
    """A feature against its median among similar accounts at the same cutoff: ``of − median``.

    Similar are the accounts with the same value of the category `by`, or all accounts without `by`. Without a value
    where fewer than `fewest` of them have one.
    """

    of: FeatureReference
    by: SignalName | None = None
    fewest: Annotated[int, Field(ge=2, le=100_000)] = 5
    label: str | None = None
    #: Unless declared, that of `of`.
    category: Category | None = None

    def feature_name(self, name: str) -> FeatureName:
        """Name of the feature: its window is that of `of`."""
        return FeatureName(name, "versus_peers", FeatureName.parse(self.of).days)

    @property
    def group(self) -> FeatureName | None:
        """The feature whose value similar accounts share."""
        return None if self.by is None else FeatureName(self.by, "value")
