"""What was known, when: declared sources in, frames of features and labels out."""

from churnpredict.dataset.contract import SourceReport
from churnpredict.dataset.frames import Dataset, open_dataset
from churnpredict.dataset.labels import Hindsight

__all__ = ["Dataset", "Hindsight", "SourceReport", "open_dataset"]
