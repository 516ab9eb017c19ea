"""What was known, when: declared sources in, frames of features and labels out; and a look at undeclared ones."""

from churnpredict.dataset.frames import Dataset, open_dataset
from churnpredict.dataset.freshness import SourceAge, check_kept
from churnpredict.dataset.holdings import CONNECTION, holdings_of_database, holdings_of_folder
from churnpredict.dataset.labels import Hindsight
from churnpredict.dataset.profiles import (
    ColumnKind,
    ColumnProfile,
    Filled,
    Holdings,
    Leaving,
    Level,
    Rhythm,
    TableProfile,
)
from churnpredict.dataset.survey import Survey, surveyed
from churnpredict.dataset.usability import SourceReport, refuse_warnings
from churnpredict.dataset.watching import ages, source_weeks, treated_accounts

__all__ = [
    "CONNECTION",
    "ColumnKind",
    "ColumnProfile",
    "Dataset",
    "Filled",
    "Hindsight",
    "Holdings",
    "Leaving",
    "Level",
    "Rhythm",
    "SourceAge",
    "SourceReport",
    "Survey",
    "TableProfile",
    "ages",
    "check_kept",
    "holdings_of_database",
    "holdings_of_folder",
    "open_dataset",
    "refuse_warnings",
    "source_weeks",
    "surveyed",
    "treated_accounts",
]
