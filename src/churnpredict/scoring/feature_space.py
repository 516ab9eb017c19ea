"""The features a model was trained on: names, words, category levels and typical values; frames to matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import FeatureName
from churnpredict.config import TENURE, Category, DeclaredFeature, Kind
from churnpredict.errors import BundleError, Problem

Matrix = npt.NDArray[np.float32]

#: A level seen in fewer rows says nothing; it is treated as missing, as is one never seen.
FEWEST_ROWS_OF_A_LEVEL = 30
MOST_LEVELS = 60


@dataclass(frozen=True)
class Feature:
    """One feature as the model knows it.

    Parameters
    ----------
    name
        Its name by the grammar of `churnpredict.columns.FeatureName`.
    label
        The signal in words.
    category
        The health category, or ``context``.
    kind
        number, flag or category.
    typical
        Median over the training rows for a number; the most frequent level of a category; None without data.
    levels
        Known levels of a category, in the order of their codes; empty for numbers.
    """

    name: str
    label: str
    category: Category
    kind: Kind
    typical: float | str | None
    levels: tuple[str, ...] = ()

    @property
    def pace(self) -> int:
        """What a day adds to the feature if nothing happens: 0 if that is for the account to decide.

        That nobody logged in for another week is something that people did; that a customer is a week older is not.
        """
        name = FeatureName.parse(self.name)
        if name.aggregation == "days_until":
            return -1
        silent = name.aggregation in ("days_since", "days_since_first") and self.category == "context"
        return 1 if name == TENURE or silent or name.aggregation == "days_unchanged" else 0

    @classmethod
    def learn(cls, values: pd.Series, *, label: str, category: Category, kind: Kind) -> Self:
        """Learn category levels and the typical value from the training rows of one feature, named as its column."""
        levels: tuple[str, ...] = ()
        typical: float | str | None = None
        if kind == "category":
            counts = values.value_counts()
            frequent = counts[counts >= FEWEST_ROWS_OF_A_LEVEL].index[:MOST_LEVELS]
            # Sorted by name, so that equal counts cannot swap codes from one run to the next.
            levels = tuple(sorted(str(level) for level in frequent))
            typical = str(counts.index[0]) if len(counts) else None
        elif values.notna().any():
            typical = float(values.median())
        return cls(str(values.name), label, category, kind, typical, levels)


@dataclass(frozen=True)
class FeatureSpace:
    """Which columns a model reads, in which order, and how."""

    features: tuple[Feature, ...]

    @classmethod
    def learn(cls, declared: Sequence[DeclaredFeature], frame: pd.DataFrame) -> Self:
        """Learn category levels and typical values from the training rows."""
        return cls(
            tuple(
                Feature.learn(
                    frame[str(feature.name)], label=feature.label, category=feature.category, kind=feature.kind
                )
                for feature in declared
            )
        )

    @property
    def names(self) -> list[str]:
        """Names of the features in the order of the matrix."""
        return [feature.name for feature in self.features]

    @property
    def categorical(self) -> list[int]:
        """Positions of the categories."""
        return [i for i, feature in enumerate(self.features) if feature.kind == "category"]

    def only(self, names: Sequence[str]) -> Self:
        """The space of these features alone, in this order."""
        known = {feature.name: feature for feature in self.features}
        return type(self)(tuple(known[name] for name in names))

    def encode(self, frame: pd.DataFrame) -> Matrix:
        """Read the columns by name, whatever their order, as float32; categories as codes, unknown levels as NaN.

        Raises
        ------
        BundleError
            If a column is missing: the model was trained on other declarations.
        """
        missing = [name for name in self.names if name not in frame.columns]
        if missing:
            shown = ", ".join(missing)
            todo = "Train again: the new model then takes its place."
            raise BundleError(Problem("the model", f"its features {shown} are not declared any more", "", todo))
        matrix = np.empty((len(frame), len(self.features)), dtype=np.float32)
        for position, feature in enumerate(self.features):
            matrix[:, position] = _encoded(feature, frame[feature.name])
        return matrix


def _encoded(feature: Feature, values: pd.Series) -> Matrix:
    if feature.kind != "category":
        return np.asarray(values.to_numpy(dtype=np.float32, na_value=np.nan))
    codes = pd.Index(feature.levels).get_indexer(pd.Index(values)).astype(np.float32)
    codes[codes < 0] = np.nan
    return codes
