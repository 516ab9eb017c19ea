"""Scores a batch of features where it lies: in this process, or in a worker of the engine that made it.

What comes back is Arrow, one row per account: its prediction and its strongest drivers, small enough to be collected
from many machines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.scoring.bundle import model_from_texts, model_to_texts
from churnpredict.scoring.drivers import described, points_by_category, strongest, values_of
from churnpredict.scoring.feature_space import FeatureSpace
from churnpredict.scoring.risk_model import RiskModel
from churnpredict.stages import Stages

TYPICAL_RISK = "typical_risk"
#: A driver's value is a number or a text, which Arrow keeps apart.
POSITIONS, POINTS, NUMBERS, TEXTS = (f"driver_{part}" for part in ("positions", "points", "numbers", "texts"))


@dataclass(frozen=True)
class BatchScorer:
    """Scores frames of features, here or in a worker: it travels as the texts of a bundle.

    Parameters
    ----------
    model
        What scores.
    stages
        Where time is kept; it stays here.
    """

    model: RiskModel
    stages: Stages = field(default_factory=Stages)

    def __call__(self, frame: pd.DataFrame) -> pa.RecordBatch:
        """Predict and explain.

        Parameters
        ----------
        frame
            account_id, cutoff and the features; at least one row.

        Returns
        -------
        RecordBatch
            Same rows, the same columns and types whatever they hold: the predictions, see `RiskModel.predict`, with
            points by category, see `points_by_category`; the risk of the typical account; and per row a list each of
            the strongest drivers' positions among the features, points, and values.
        """
        with self.stages.stage("risk"):
            predictions = self.model.predict(frame)
        columns = {name: _as_arrow(values) for name, values in predictions.items()}
        with self.stages.stage("drivers"):
            explanation = self.model.explain(frame)
            positions, points = strongest(explanation)
            values = np.take_along_axis(values_of(frame, self.model.space), positions, axis=1)
            columns |= {name: pa.array(part) for name, part in points_by_category(explanation).items()}
        columns[TYPICAL_RISK] = pa.array(np.full(len(frame), explanation.base_risk))
        categories = np.isin(positions, self.model.space.categorical)
        nothing = np.full_like(values, None)
        columns[POSITIONS] = _lists(positions, pa.int32())
        columns[POINTS] = _lists(points, pa.float64())
        columns[NUMBERS] = _lists(np.where(categories, nothing, values), pa.float64())
        columns[TEXTS] = _lists(np.where(categories, values, nothing), pa.string())
        return pa.RecordBatch.from_pydict(columns)

    def __reduce__(self) -> tuple[Callable[..., BatchScorer], tuple[object, ...]]:
        return _of_texts, (tuple(model_to_texts(self.model).items()),)


# A worker scores many batches, and parsing the trees takes longer than scoring one.
@lru_cache(maxsize=1)
def _of_texts(texts: tuple[tuple[str, str], ...]) -> BatchScorer:
    return BatchScorer(model_from_texts(dict(texts)))


def predictions_and_drivers(scored: pa.Table, space: FeatureSpace) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """What a `BatchScorer` made, as frames.

    Parameters
    ----------
    scored
        Its batches, at least one row.
    space
        The features of its model.

    Returns
    -------
    tuple of DataFrame, DataFrame, float
        Predictions, see `RiskModel.predict`, with points by category; drivers, see `top_drivers`; the risk of the
        typical account, 0–1.
    """
    others = [TYPICAL_RISK, POSITIONS, POINTS, NUMBERS, TEXTS]
    predictions = scored.drop_columns(others).to_pandas().astype({ACCOUNT_ID: "str", CUTOFF: "datetime64[us]"})
    positions, points = _rectangle(scored[POSITIONS]), _rectangle(scored[POINTS])
    numbers = _rectangle(scored[NUMBERS]).astype(object)
    numbers[pd.isna(numbers)] = None
    values = np.where(np.isin(positions, space.categorical), _rectangle(scored[TEXTS]), numbers)
    drivers = described(space, predictions, positions, points, values)
    return predictions, drivers, float(scored[TYPICAL_RISK][0].as_py())


def _as_arrow(values: pd.Series) -> pa.Array:
    if pd.api.types.is_datetime64_dtype(values):
        return pa.array(values, pa.timestamp("us")).cast(pa.date32())
    return pa.array(values, pa.float64() if pd.api.types.is_numeric_dtype(values) else pa.string(), from_pandas=True)


def _lists(rectangle: npt.NDArray[Any], kind: pa.DataType) -> pa.ListArray:
    rows, width = rectangle.shape
    ends = pa.array(np.arange(0, rows * width + 1, width), pa.int32())
    return pa.ListArray.from_arrays(ends, pa.array(rectangle.ravel(), kind, from_pandas=True))


def _rectangle(lists: pa.ChunkedArray) -> npt.NDArray[Any]:
    flat = lists.combine_chunks().flatten()
    return np.asarray(flat.to_numpy(zero_copy_only=False)).reshape(len(lists), -1)
