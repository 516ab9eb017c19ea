"""The hazard model as a scikit-learn estimator: for frames that come from elsewhere, in pipelines and searches."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import assert_all_finite, check_array, check_consistent_length, check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from churnpredict.config import Kind
from churnpredict.errors import Problem, UsageError
from churnpredict.scoring import Examples, Feature, FeatureSpace, Settings, fit_calibrated
from churnpredict.scoring.hazards import FOLDS, Labels

Floats = npt.NDArray[np.float64]


class HazardClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """In which interval ahead an account churns, if at all: bagged hazards of LightGBM, calibrated.

    The same code as `churnpredict train` uses, without a project around it. One hazard is fitted per interval, on the
    rows that had not churned before it; a sigmoid per interval is fitted on margins from models that never saw the
    row's group. Probabilities of the intervals are differences of a risk that never falls, so they are never negative
    and add up to 1.

    Parameters
    ----------
    leaves
        Leaves per tree, at least 2; None for 4, 7 or 15 by the number of groups that churned, as in training.
    trees, rate
        Boosting rounds, at least 1, and learning rate, ``0 < rate <= 1``.
    bags
        Models per interval with other seeds, averaged in log-odds, at least 1.
    rows_of_a_leaf
        Training rows that a leaf holds at the least.
    features_share
        Share of the features that a tree may look at, ``0 < features_share <= 1``.
    ridge
        L2 penalty of the leaves' values, 0 or more.
    random_state
        Seed; the same one gives the same model.

    Attributes
    ----------
    classes_
        Values of `y` in rising order: the first says that the account stayed, the next that it churned in the first
        interval, and so on.
    space_
        The features with their levels and typical values.
    fitted_
        The calibrated hazards.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    Notes
    -----
    Rows are not in order of time here: what `X` may know, and which rows may be judged on, is up to the caller. Folds
    drawn over rows of the same accounts flatter any model; pass the accounts as groups, and judge on later cutoffs.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> X = pd.DataFrame({"logins": random.poisson(20, 600), "plan": random.choice(["basic", "pro"], 600)})
    >>> y = np.where(X["logins"] < 16, random.integers(0, 3, 600), 0)
    >>> model = HazardClassifier(trees=20, rate=0.2).fit(X, y)
    >>> model.classes_.tolist(), model.predict_proba(X).shape
    ([0, 1, 2], (600, 3))
    """

    def __init__(
        self,
        *,
        leaves: int | None = None,
        trees: int = 300,
        rate: float = 0.03,
        bags: int = 3,
        rows_of_a_leaf: int = 60,
        features_share: float = 0.5,
        ridge: float = 5.0,
        random_state: int | np.random.RandomState | None = 7,
    ) -> None:
        self.leaves = leaves
        self.trees = trees
        self.rate = rate
        self.bags = bags
        self.rows_of_a_leaf = rows_of_a_leaf
        self.features_share = features_share
        self.ridge = ridge
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(
        self,
        X: Any,
        y: Any,
        groups: Any = None,
        sample_weight: Any = None,
        intervals_known: Any = None,
    ) -> Self:
        """Fit hazards and calibration.

        Parameters
        ----------
        X
            Rows × features. In a DataFrame, columns of text and categories are categories and the others numbers;
            anything else is numbers. Missing values are fine.
        y
            The interval in which each row churned: 0 for none, 1 for the first, 2 for the second, and so on; or 0 and
            1. Of other values, the lowest stands for none.
        groups
            Account of each row: its rows stay together in calibration. Each row on its own unless said otherwise.
        sample_weight
            How much each row counts, 0 or more.
        intervals_known
            Of how many intervals each row's outcome is known: a row whose first interval has ended, but not its
            second, counts in the first only. All of them unless said otherwise.

        Raises
        ------
        UsageError
            If there are fewer than 5 groups, or an interval in which all rows ended alike.
        """
        frame = self._read(X, reset=True)
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_classification_targets(y)
        check_consistent_length(frame, y)
        self.classes_, interval = np.unique(y, return_inverse=True)
        labels = _labels(interval, len(self.classes_) - 1, _counted(intervals_known, frame))
        counts, weights = np.ones(len(frame), dtype=bool), None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, frame, dtype=np.float64, ensure_non_negative=True)
            counts = weights > 0
            weights = weights[counts]
        names = np.arange(len(frame)) if groups is None else column_or_1d(groups)
        check_consistent_length(frame, names)
        frame, labels, groups = frame[counts], labels[counts], np.unique(names[counts], return_inverse=True)[1]
        _check_enough(labels, groups, self.classes_)
        self.space_ = FeatureSpace(tuple(_feature(frame[name]) for name in frame.columns))
        self.fitted_, _ = fit_calibrated(
            Examples(self.space_.encode(frame), labels, groups, weights),
            intervals=[(k, k + 1) for k in range(labels.shape[1])],
            categorical=self.space_.categorical,
            settings=self._settings(len(np.unique(groups[(labels == 1).any(axis=1)]))),
        )
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Probability of each class, rows × classes: of staying, and of churn in each interval.

        Returns
        -------
        array of shape (rows, classes)
            In the order of `classes_`; each in 0–1, and each row adds up to 1.
        """
        check_is_fitted(self)
        risks = self.fitted_.risks(self.space_.encode(self._read(X, reset=False)))
        return np.column_stack([1 - risks[:, -1], np.diff(risks, prepend=0.0, axis=1)])

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The most probable class of each row. Churn is rare: nearly always this is the one that stays."""
        proba = self.predict_proba(X)
        chosen: npt.NDArray[Any] = self.classes_[np.argmax(proba, axis=1)]
        return chosen

    def _settings(self, churners: int) -> Settings:
        seed = self.random_state
        if not isinstance(seed, int | np.integer):
            seed = check_random_state(seed).randint(2**31 - self.bags)
        return Settings(
            leaves=self.leaves or Settings.for_churners(churners, bags=self.bags, seed=int(seed)).leaves,
            trees=self.trees,
            rate=self.rate,
            bags=self.bags,
            seed=int(seed),
            rows_of_a_leaf=self.rows_of_a_leaf,
            features_share=self.features_share,
            ridge=self.ridge,
        )

    def _read(self, X: Any, *, reset: bool) -> pd.DataFrame:
        """The rows as a frame of numbers and of text, checked."""
        if not isinstance(X, pd.DataFrame):
            values = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
            return pd.DataFrame(values, columns=[f"x{place}" for place in range(values.shape[1])])
        validate_data(self, X, reset=reset, skip_check_array=True)
        named = X.set_axis([str(name) for name in X.columns], axis=1).reset_index(drop=True)
        texts = [name for name in named.columns if _kind(named[name]) == "category"]
        numbers = named.drop(columns=texts)
        if len(numbers.columns):
            checked = check_array(numbers, dtype=np.float64, ensure_all_finite="allow-nan", estimator=self)
            numbers = pd.DataFrame(checked, columns=numbers.columns)
        return pd.concat([numbers, named[texts].astype("str")], axis=1)[named.columns]


def _kind(values: pd.Series) -> Kind:
    """What a column holds; one of Python objects holds what they are.

    Raises
    ------
    UsageError
        If that is neither numbers nor text.
    """
    values = values.infer_objects()
    if pd.api.types.is_numeric_dtype(values):
        return "number"
    if pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values):
        return "category"
    if isinstance(values.dtype, pd.CategoricalDtype):
        return "category"
    given = f"a column of {values.dtype}"
    raise UsageError(Problem(str(values.name), given, "numbers, text or categories", "Make days since it, say."))


def _feature(values: pd.Series) -> Feature:
    return Feature.learn(values, label=str(values.name), category="context", kind=_kind(values))


def _counted(intervals_known: Any, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    if intervals_known is None:
        return np.full(len(frame), np.inf)
    known = column_or_1d(intervals_known, dtype=np.float64)
    check_consistent_length(frame, known)
    return np.asarray(known)


def _labels(interval: npt.NDArray[np.intp], intervals: int, known: npt.NDArray[np.float64]) -> Labels:
    """Rows × intervals: 1 churned, 0 not, NaN not known or not at risk."""
    columns = np.arange(1, intervals + 1)
    at_risk = (interval[:, None] == 0) | (interval[:, None] >= columns)
    return np.where(at_risk & (known[:, None] >= columns), (interval[:, None] == columns).astype(np.float64), np.nan)


def _check_enough(labels: Labels, groups: npt.NDArray[np.intp], classes: npt.NDArray[Any]) -> None:
    """Refuse what cannot be calibrated on folds of groups."""
    if len(classes) == 1:
        raise UsageError(Problem("y", f"one class only, {classes[0]}", "rows that stayed and rows that churned"))
    found = len(np.unique(groups))
    if found < FOLDS:
        given = f"{found} groups with a weight"
        raise UsageError(Problem("groups", given, f"at least {FOLDS}, one for each fold of the calibration"))
    for column, name in enumerate(classes[1:]):
        known = labels[~np.isnan(labels[:, column]), column]
        if not 0 < known.sum() < len(known):
            given = f"{len(known)} rows say what happened in interval {column + 1} (class {name}), all of one class"
            raise UsageError(Problem("y", given, "rows that churned in it and rows that did not"))
