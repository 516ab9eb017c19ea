"""What a data scientist runs: splits by time, training with its proof, figures."""

from churnpredict.lab.checkup import Checkup, check_up
from churnpredict.lab.metrics import Figures, figures
from churnpredict.lab.model_card import COLUMNS, figure_rows, save_training
from churnpredict.lab.splits import OutOfTimeSplit, out_of_time_split
from churnpredict.lab.training import Training, train

__all__ = [
    "COLUMNS",
    "Checkup",
    "Figures",
    "OutOfTimeSplit",
    "Training",
    "check_up",
    "figure_rows",
    "figures",
    "out_of_time_split",
    "save_training",
    "train",
]
