"""What both scorers answer, and what they share on the way from calibrated hazards to an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF, risk_column
from churnpredict.scoring.calibration import Sigmoid
from churnpredict.scoring.drivers import Explanation
from churnpredict.scoring.feature_space import FeatureSpace
from churnpredict.scoring.horizons import log_odds, path_weights

Floats = npt.NDArray[np.float64]


class Scorer(Protocol):
    """How risky, and because of what: the health score and the hazard model answer alike."""

    @property
    def horizons(self) -> list[int]:
        """Ends of the intervals, in days."""

    def risks(self, frame: pd.DataFrame) -> Floats:
        """Calibrated risk up to the end of each interval, rows × intervals, never falling along a row."""

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Same rows: account_id, cutoff, the risks, score (0–100, higher is healthier) and tier, at the least."""

    def explain(self, frame: pd.DataFrame) -> Explanation:
        """Contributions of the features to the log-odds of the risk up to the last horizon; they sum exactly."""


def risk_columns(frame: pd.DataFrame, cumulative: Floats, intervals: Sequence[tuple[int, int]]) -> dict[str, object]:
    """The columns that every prediction begins with.

    Parameters
    ----------
    frame
        account_id and cutoff.
    cumulative
        Risk up to the end of each interval, rows × intervals.
    intervals
        ``[start, end)`` in days.

    Returns
    -------
    dict
        account_id, cutoff, ``risk_<h>d`` per horizon and ``risk_<a>_<b>d`` per later interval (0–1).
    """
    columns: dict[str, object] = {ACCOUNT_ID: frame[ACCOUNT_ID], CUTOFF: frame[CUTOFF]}
    for position, (start, end) in enumerate(intervals):
        columns[risk_column(0, end)] = cumulative[:, position]
        if start:
            columns[risk_column(start, end)] = cumulative[:, position] - cumulative[:, position - 1]
    return columns


def explained(space: FeatureSpace, raw: Floats, base: Floats, sigmoids: Sequence[Sigmoid]) -> Explanation:
    """Compose contributions to the raw score of each interval into contributions to the risk.

    Parameters
    ----------
    space
        The features of the columns.
    raw
        Intervals × rows × features: contributions to the raw score.
    base
        Raw score of the typical account, one per interval.
    sigmoids
        Calibration per interval.
    """
    slopes = np.array([sigmoid.slope for sigmoid in sigmoids])
    calibrated = np.array([sigmoid.margin(base[[k]])[0] for k, sigmoid in enumerate(sigmoids)])
    # The margin is taken from its own contributions, so that rounding cannot part the sum from its parts.
    margins = calibrated + slopes * raw.sum(axis=2).T
    weights = path_weights(calibrated, margins) * slopes
    contributions = np.einsum("rk,krf->rf", weights, raw)
    return Explanation(space, contributions, float(log_odds(calibrated)), log_odds(margins))
