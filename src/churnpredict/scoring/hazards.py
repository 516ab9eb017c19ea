"""Scorer 2: discrete-time hazards. One LightGBM per interval ahead, bagged over seeds, averaged in log-odds.

The hazard of ``[cutoff + a, cutoff + b)`` is the probability of churning in it, having not churned before it. Only
this module imports LightGBM.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import Parallel, delayed
from sklearn.model_selection import GroupKFold

from churnpredict.columns import churned_column
from churnpredict.scoring.feature_space import Matrix

Floats = npt.NDArray[np.float64]
#: Labels per interval in columns: 1 churned, 0 not, NaN not known or not at risk.
Labels = Floats

FOLDS = 5
#: Fewest distinct churners → leaves per tree: the one setting that matters, and few is safe.
LADDER = ((1_500, 15), (500, 7), (0, 4))


@dataclass(frozen=True)
class Settings:
    """How the trees are grown.

    Parameters
    ----------
    leaves
        Leaves per tree, at least 2. The one setting that matters: few on small data.
    trees, rate
        Boosting rounds and learning rate, 0 < rate <= 1.
    bags
        Models per interval with other seeds, averaged in log-odds, so that TreeSHAP stays exact.
    seed
        First seed.
    rows_of_a_leaf
        Training rows that a leaf holds at the least.
    features_share
        Share of the features that a tree may look at, 0 < share <= 1.
    ridge
        L2 penalty of the leaves' values, 0 or more.
    """

    leaves: int = 4
    trees: int = 300
    rate: float = 0.03
    bags: int = 3
    seed: int = 7
    rows_of_a_leaf: int = 60
    features_share: float = 0.5
    ridge: float = 5.0

    @classmethod
    def for_churners(cls, churners: int, *, bags: int, seed: int) -> Settings:
        """Settings for that many distinct churners: 4 leaves, 7 from 500 on, 15 from 1,500 on."""
        leaves = next(leaves for fewest, leaves in LADDER if churners >= fewest)
        return cls(leaves=leaves, bags=bags, seed=seed)

    def parameters(self, bag: int) -> dict[str, object]:
        """LightGBM's parameters of one bag. No class weights: they wreck probabilities and win nothing."""
        return {
            "objective": "binary",
            "num_leaves": self.leaves,
            "learning_rate": self.rate,
            "min_data_in_leaf": self.rows_of_a_leaf,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "feature_fraction": self.features_share,
            "lambda_l2": self.ridge,
            "max_bin": 127,
            "seed": self.seed + bag,
            # Boosters run side by side, a core each: threads inside one booster wait for each other on busy machines,
            # and one thread adds in one order, so the same seed gives the same bytes.
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }


@dataclass(frozen=True)
class HazardModel:
    """Fitted hazards.

    Parameters
    ----------
    intervals
        ``[start, end)`` in days ahead, in order.
    boosters
        Per interval, one booster per bag.
    """

    intervals: tuple[tuple[int, int], ...]
    boosters: tuple[tuple[lgb.Booster, ...], ...]

    def margins(self, matrix: Matrix) -> Floats:
        """Log-odds of each hazard, averaged over bags; one column per interval."""
        return self._bagged(matrix, raw_score=True).T

    def contributions(self, matrix: Matrix) -> Floats:
        """TreeSHAP of each hazard's log-odds.

        Returns
        -------
        array of shape (intervals, rows, features + 1)
            The last column is the base value; each row sums to its margin.
        """
        return self._bagged(matrix, pred_contrib=True)

    def _bagged(self, matrix: Matrix, **kind: bool) -> Floats:
        """What each interval's boosters say of the rows, averaged over bags."""
        jobs = (delayed(booster.predict)(matrix, num_threads=1, **kind) for bag in self.boosters for booster in bag)
        said = np.stack(
            [np.asarray(answer, dtype=np.float64) for answer in Parallel(n_jobs=threads(), prefer="threads")(jobs)]
        )
        bagged: Floats = said.reshape(len(self.boosters), -1, *said.shape[1:]).mean(axis=1)
        return bagged

    def texts(self) -> dict[str, str]:
        """The boosters as text by name, for a bundle."""
        return {
            booster_name(interval, bag): booster.model_to_string()
            for interval, bags in zip(self.intervals, self.boosters, strict=True)
            for bag, booster in enumerate(bags)
        }

    @classmethod
    def from_texts(cls, intervals: Sequence[tuple[int, int]], bags: int, texts: dict[str, str]) -> HazardModel:
        """The inverse of `texts`. Texts must come from a verified bundle: LightGBM aborts on damaged ones."""
        boosters = tuple(
            tuple(lgb.Booster(model_str=texts[booster_name(interval, bag)]) for bag in range(bags))
            for interval in intervals
        )
        return cls(tuple(intervals), boosters)


def threads() -> int:
    """Boosters side by side: as OMP_NUM_THREADS says, which Spark sets to what a task may use; else one per core."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdecimal() and int(said) else -1


def booster_name(interval: tuple[int, int], bag: int) -> str:
    """Name of a booster's file without its ending.

    Examples
    --------
    >>> booster_name((60, 90), 0)
    'hazard_60_90d_bag_0'
    """
    start, end = interval
    return f"hazard_{start}_{end}d_bag_{bag}"


def label_matrix(frame: pd.DataFrame, intervals: Sequence[tuple[int, int]]) -> Labels:
    """The label columns of a frame, one per interval; once churned, later intervals are not at risk and NaN."""
    return frame[[churned_column(start, end) for start, end in intervals]].to_numpy(dtype=np.float64)


def fit_hazards(
    matrix: Matrix,
    labels: Labels,
    *,
    intervals: Sequence[tuple[int, int]],
    categorical: list[int],
    settings: Settings,
    weights: Floats | None = None,
) -> HazardModel:
    """Fit one bagged booster per interval on the rows whose label of it is known.

    Parameters
    ----------
    matrix
        Rows × features, from `FeatureSpace.encode`.
    labels
        Rows × intervals: 1 churned, 0 not, NaN not known or not at risk.
    intervals
        The intervals of the columns of `labels`.
    categorical
        Positions of category codes in `matrix`.
    settings
        How the trees are grown.
    weights
        How much each row counts, above 0; all alike unless said otherwise.
    """
    jobs = (
        delayed(_fit_booster)(matrix, labels[:, column], weights, categorical, (settings, bag))
        for column in range(len(intervals))
        for bag in range(settings.bags)
    )
    fitted = Parallel(n_jobs=threads(), prefer="threads")(jobs)
    bags = [tuple(fitted[at : at + settings.bags]) for at in range(0, len(fitted), settings.bags)]
    return HazardModel(tuple(intervals), tuple(bags))


def _fit_booster(
    matrix: Matrix, labels: Floats, weights: Floats | None, categorical: list[int], recipe: tuple[Settings, int]
) -> lgb.Booster:
    (settings, bag), known = recipe, ~np.isnan(labels)
    weight = None if weights is None else weights[known]
    quiet = {"verbosity": -1}
    data = lgb.Dataset(matrix[known], labels[known], weight=weight, categorical_feature=categorical, params=quiet)
    return lgb.train(settings.parameters(bag), data, settings.trees)


def out_of_fold_margins(
    matrix: Matrix,
    labels: Labels,
    groups: npt.NDArray[np.object_],
    *,
    categorical: list[int],
    settings: Settings,
    weights: Floats | None = None,
) -> Floats:
    """Margins of each row from models that never saw its account.

    Rows of one account share their churn, so folds are made of accounts; random rows would leak it.

    Returns
    -------
    array of shape (rows, intervals)
    """
    margins = np.full(labels.shape, np.nan)
    intervals = [(column, column + 1) for column in range(labels.shape[1])]
    for inside, outside in GroupKFold(FOLDS).split(matrix, groups=groups):
        model = fit_hazards(
            matrix[inside],
            labels[inside],
            intervals=intervals,
            categorical=categorical,
            settings=settings,
            weights=None if weights is None else weights[inside],
        )
        margins[outside] = model.margins(matrix[outside])
    return margins
