"""Features and labels side by side, with what was known of them when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.dataset import Dataset, Hindsight
from churnpredict.scoring import label_matrix

Floats = npt.NDArray[np.float64]
KEYS = [ACCOUNT_ID, CUTOFF]


@dataclass(frozen=True)
class TrainingRows:
    """Rows of the spine with their features and labels, sorted by cutoff and account.

    Parameters
    ----------
    features
        account_id, cutoff and the features.
    labels
        Rows × intervals: 1 churned, 0 not, NaN not known or not at risk.
    complete
        Rows whose last interval had passed.
    """

    features: pd.DataFrame
    labels: Floats
    complete: npt.NDArray[np.bool_]

    @classmethod
    def known_at(cls, dataset: Dataset, features: pd.DataFrame, observed_until: date) -> Self:
        """Put the labels that were known at `observed_until` beside the features.

        Parameters
        ----------
        dataset
            Where the features come from.
        features
            account_id, cutoff and the features, sorted by cutoff and account.
        observed_until
            Nothing at or after this day is known.
        """
        training = dataset.project.training
        hindsight = Hindsight.at(observed_until, training.intervals(), dataset.project.churn)
        cutoffs = [moment.date() for moment in features[CUTOFF].unique()]
        labels = dataset.labels(cutoffs, observed_until)
        joined = features[KEYS].merge(labels, on=KEYS, how="left", validate="one_to_one")
        last_complete = pd.Timestamp(hindsight.closed_until - timedelta(days=training.horizons[-1]))
        complete = (features[CUTOFF] <= last_complete).to_numpy()
        return cls(features, label_matrix(joined, training.intervals()), complete)

    def where(self, chosen: npt.NDArray[np.bool_]) -> Self:
        """Only the chosen rows."""
        return type(self)(self.features[chosen].reset_index(drop=True), self.labels[chosen], self.complete[chosen])

    def labelled(self) -> Self:
        """Only rows with at least one known label."""
        return self.where(np.asarray((~np.isnan(self.labels)).any(axis=1)))

    @property
    def accounts(self) -> npt.NDArray[np.object_]:
        """Account of each row."""
        return self.features[ACCOUNT_ID].to_numpy(dtype=object)

    @property
    def churners(self) -> int:
        """Distinct accounts that churned in a known interval."""
        return len(np.unique(self.accounts[(self.labels == 1).any(axis=1)]))

    @property
    def churners_by_interval(self) -> list[int]:
        """Distinct accounts that churned in each interval."""
        return [len(np.unique(self.accounts[self.labels[:, k] == 1])) for k in range(self.labels.shape[1])]

    @property
    def interval_of_churn(self) -> npt.NDArray[np.int64]:
        """In which interval each row churned: 1 for the first, 2 for the second, and so on; 0 if in none known."""
        churned = self.labels == 1
        return np.where(churned.any(axis=1), churned.argmax(axis=1) + 1, 0)

    @property
    def intervals_known(self) -> npt.NDArray[np.int64]:
        """Of how many intervals it is known what happened; all of them once a row has churned."""
        before = np.cumprod(~np.isnan(self.labels), axis=1).sum(axis=1)
        known: npt.NDArray[np.int64] = np.where((self.labels == 1).any(axis=1), self.labels.shape[1], before)
        return known

    def churned(self) -> Floats:
        """Whether each row churned before its last interval ended: 1, 0, or NaN where that is not known.

        Rows whose last interval had not passed are NaN even if they churned early: keeping early churners while
        their neighbours' windows are unfinished would raise the risk of everybody.
        """
        churned = (self.labels == 1).any(axis=1)
        stayed = (self.labels == 0).all(axis=1)
        return np.where(self.complete & (churned | stayed), churned.astype(np.float64), np.nan)


def rows_of(features: pd.DataFrame, cutoffs: Sequence[date]) -> pd.DataFrame:
    """The rows of a frame that belong to these cutoffs."""
    wanted = pd.DatetimeIndex(list(cutoffs)).as_unit("us")
    return features[features[CUTOFF].isin(wanted)].reset_index(drop=True)
