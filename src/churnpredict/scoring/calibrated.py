"""Hazards with their calibration: what is fitted once and asked by every model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from churnpredict.scoring.calibration import Sigmoid, fit_sigmoid
from churnpredict.scoring.feature_space import Matrix
from churnpredict.scoring.hazards import HazardModel, Labels, Settings, fit_hazards, out_of_fold_margins
from churnpredict.scoring.horizons import cumulative_risks

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Examples:
    """Rows to learn from.

    Parameters
    ----------
    matrix
        Rows × features, from `FeatureSpace.encode`.
    labels
        Rows × intervals: 1 churned, 0 not, NaN not known or not at risk.
    groups
        Account of each row: rows of one account share their churn, so they stay together in calibration.
    weights
        How much each row counts, above 0; None where all count alike.
    """

    matrix: Matrix
    labels: Labels
    groups: npt.NDArray[np.object_]
    weights: Floats | None = None


@dataclass(frozen=True)
class CalibratedHazards:
    """Fitted hazards, and a sigmoid for each.

    Parameters
    ----------
    hazards
        The fitted hazards.
    sigmoids
        Calibration per interval.
    """

    hazards: HazardModel
    sigmoids: tuple[Sigmoid, ...]

    def margins(self, matrix: Matrix) -> Floats:
        """Calibrated log-odds of each hazard, rows × intervals."""
        return calibrated(self.hazards.margins(matrix), self.sigmoids)

    def risks(self, matrix: Matrix) -> Floats:
        """Calibrated risk up to the end of each interval, rows × intervals, never falling along a row."""
        return cumulative_risks(self.margins(matrix))


def calibrated(margins: Floats, sigmoids: Sequence[Sigmoid]) -> Floats:
    """Margins of the hazards, rows × intervals, each through the sigmoid of its interval."""
    return np.column_stack([sigmoid.margin(margins[:, k]) for k, sigmoid in enumerate(sigmoids)])


def fit_calibrated(
    examples: Examples, *, intervals: Sequence[tuple[int, int]], categorical: list[int], settings: Settings
) -> tuple[CalibratedHazards, Floats]:
    """Fit the hazards on all rows, and their sigmoids on margins from models that never saw the row's account.

    Parameters
    ----------
    examples
        What to learn from.
    intervals
        The intervals of the columns of the labels.
    categorical
        Positions of category codes in the matrix.
    settings
        How the trees are grown.

    Returns
    -------
    CalibratedHazards
        What was fitted.
    array of shape (rows, intervals)
        Calibrated log-odds of the hazards, out of fold.
    """
    matrix, labels, weights = examples.matrix, examples.labels, examples.weights
    # One bag is enough here: folds differ far more than seeds do.
    single = replace(settings, bags=1)
    margins = out_of_fold_margins(
        matrix, labels, examples.groups, categorical=categorical, settings=single, weights=weights
    )
    sigmoids = tuple(fit_sigmoid(margins[:, k], labels[:, k], weights) for k in range(labels.shape[1]))
    hazards = fit_hazards(
        matrix, labels, intervals=intervals, categorical=categorical, settings=settings, weights=weights
    )
    return CalibratedHazards(hazards, sigmoids), calibrated(margins, sigmoids)
