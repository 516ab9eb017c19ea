"""What was known, when: declared sources in, frames of features and labels out."""

from churnpredict.dataset.contract import SourceReport
from churnpredict.dataset.frames import Dataset, open_dataset

__all__ = ["Dataset", "SourceReport", "open_dataset"]
