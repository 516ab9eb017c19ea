"""A bundle behind checks of its own, for frames that come from elsewhere: a service, a file, another engine.

The weekly job reads frames that the declarations made. Others may hold what would pass through a model in silence:
categories it never saw, infinite numbers, no values at all, no rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF, risk_column
from churnpredict.scoring import FeatureSpace, RiskModel, load_bundle

_LOGGER = logging.getLogger(__name__)
TEXT, TIME, NUMBER = "str", "datetime64[us]", "float64"


@dataclass(frozen=True)
class ServedModel:
    """A model that says what it could not use of a frame.

    Parameters
    ----------
    model
        The model.
    """

    model: RiskModel

    @classmethod
    def load(cls, bundle: Path) -> Self:
        """Load a bundle, after checking every file against its manifest; see `load_bundle`."""
        return cls(load_bundle(bundle))

    @property
    def inputs(self) -> dict[str, str]:
        """The columns it reads with their types: account_id, cutoff and the features."""
        kinds = {feature.name: TEXT if feature.kind == "category" else NUMBER for feature in self.model.space.features}
        return {ACCOUNT_ID: TEXT, CUTOFF: TIME, **kinds}

    @property
    def outputs(self) -> dict[str, str]:
        """The columns it answers with, and their types."""
        risks = [risk_column(0, end) for end in self.model.horizons]
        risks += [risk_column(start, end) for start, end in self.model.hazards.intervals if start]
        return {ACCOUNT_ID: TEXT, CUTOFF: TIME, **dict.fromkeys([*risks, "score"], NUMBER), "raw_tier": TEXT}

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Score accounts as the weekly job does; what it cannot use counts as missing, with a warning in the log.

        Parameters
        ----------
        frame
            The columns of `inputs`, in any order; numbers may be of any type.

        Returns
        -------
        DataFrame
            Same rows, the columns of `outputs`: account_id, cutoff, ``risk_<h>d`` per horizon and ``risk_<a>_<b>d``
            per later interval (0–1), score (0–100, higher is healthier) and raw_tier, which the list may hold or
            evidence override. No rows give no rows.

        Raises
        ------
        BundleError
            If a feature is missing.
        """
        for oddity in _oddities(frame, self.model.space):
            _LOGGER.warning("%s", oddity)
        if frame.empty:
            return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in self.outputs.items()})
        said = self.model.predict(_finite(frame, self.model.space)).rename(columns={"tier": "raw_tier"})
        return said[list(self.outputs)]


def _finite(frame: pd.DataFrame, space: FeatureSpace) -> pd.DataFrame:
    """The same with infinite numbers missing."""
    numbers = [name for name in _present(frame, space, category=False) if np.isinf(_numbers(frame, name)).any()]
    return frame.assign(**{name: frame[name].replace([np.inf, -np.inf], np.nan) for name in numbers})


def _oddities(frame: pd.DataFrame, space: FeatureSpace) -> Iterator[str]:
    """What a careful reader of the predictions should know of the frame."""
    for name in _present(frame, space, category=False):
        infinite = int(np.isinf(_numbers(frame, name)).sum())
        if infinite:
            yield f"{name}: {infinite} infinite values count as missing"
    levels = {feature.name: feature.levels for feature in space.features}
    for name in _present(frame, space, category=True):
        given = frame[name].dropna()
        unknown = given[~given.isin(levels[name])]
        if len(unknown):
            shown = ", ".join(repr(str(level)) for level in unknown.unique()[:3])
            yield f"{name}: {len(unknown)} of {len(frame)} rows have levels unknown to the model, such as {shown}"
        elif given.empty and len(frame) > 1:
            yield f"{name}: no row has a value"


def _present(frame: pd.DataFrame, space: FeatureSpace, *, category: bool) -> list[str]:
    named = [feature.name for feature in space.features if (feature.kind == "category") is category]
    return [name for name in named if name in frame]


def _numbers(frame: pd.DataFrame, name: str) -> np.typing.NDArray[np.float64]:
    return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
