"""What a data scientist runs: splits by time, training with its proof, figures."""

from churnpredict.lab.metrics import Figures, figures
from churnpredict.lab.splits import OutOfTimeSplit, out_of_time_split
from churnpredict.lab.training import Training, train

__all__ = ["Figures", "OutOfTimeSplit", "Training", "figures", "out_of_time_split", "train"]
