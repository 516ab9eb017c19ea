"""What was known, when: declared sources in, frames of features and labels out."""

from churnpredict.dataset.contract import SourceReport
from churnpredict.dataset.frames import Dataset, open_dataset
from churnpredict.dataset.freshness import SourceAge
from churnpredict.dataset.labels import Hindsight
from churnpredict.dataset.watching import ages, source_weeks, treated_accounts

__all__ = [
    "Dataset",
    "Hindsight",
    "SourceAge",
    "SourceReport",
    "ages",
    "open_dataset",
    "source_weeks",
    "treated_accounts",
]
