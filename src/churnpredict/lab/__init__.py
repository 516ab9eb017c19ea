"""What a data scientist runs.

`learning` makes a model and its proof, `backtesting` replays past lists, `comparing` holds a challenger against the
champion, `monitoring` asks whether what was trained still holds, `tracking` keeps what was made. They stand on
`judging`, `metrics` and `reporting`.
"""

from churnpredict.lab.backtesting.backtest import Backtest, judge
from churnpredict.lab.backtesting.page import headline, render_backtest
from churnpredict.lab.backtesting.replay import Replay, Schedule, replay
from churnpredict.lab.checkup import Checkup, check_up
from churnpredict.lab.classifier import HazardClassifier
from churnpredict.lab.comparing.comparison import Comparison, compare
from churnpredict.lab.comparing.contest import Entrant, FairGround
from churnpredict.lab.comparing.differences import Difference
from churnpredict.lab.comparing.gate import Check, Verdict, decide
from churnpredict.lab.comparing.stability import Stability
from churnpredict.lab.judging.holdout import HoldoutEffect, effect_of_plays
from churnpredict.lab.judging.tier_proof import TierProof, TierRate, TierReport, realised_by_tier
from churnpredict.lab.learning.fitting import labelled_rows
from churnpredict.lab.learning.splits import OutOfTimeSplit, out_of_time_split
from churnpredict.lab.learning.training import Training, train
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.lab.learning.tuned import Tuned
from churnpredict.lab.learning.tuning import Progress, tune, tuning_due
from churnpredict.lab.learning.weights import WeightProposal, propose_weights
from churnpredict.lab.metrics import Figures, figures
from churnpredict.lab.monitoring.monitor import Monitoring, monitor
from churnpredict.lab.monitoring.page import render_monitoring
from churnpredict.lab.reporting.plots import require_matplotlib
from churnpredict.lab.reporting.shapley import shap_explanation
from churnpredict.lab.retraining import Judged, Retraining, judge_challenger, retrain
from churnpredict.lab.tracking.mlflow_runs import (
    Tracked,
    bundle_of_run,
    follow,
    keep_comparison,
    require_tracking,
    serve,
    track,
)
from churnpredict.lab.tracking.model_card import COLUMNS, figure_rows, save_training
from churnpredict.lab.tracking.registry import Standing, promote, register, roll_back
from churnpredict.lab.tracking.served_model import ServedModel

__all__ = [
    "COLUMNS",
    "Backtest",
    "Check",
    "Checkup",
    "Comparison",
    "Difference",
    "Entrant",
    "FairGround",
    "Figures",
    "HazardClassifier",
    "HoldoutEffect",
    "Judged",
    "Monitoring",
    "OutOfTimeSplit",
    "Progress",
    "Replay",
    "Retraining",
    "Schedule",
    "ServedModel",
    "Stability",
    "Standing",
    "TierProof",
    "TierRate",
    "TierReport",
    "Tracked",
    "Training",
    "TrainingRows",
    "Tuned",
    "Verdict",
    "WeightProposal",
    "bundle_of_run",
    "check_up",
    "compare",
    "decide",
    "effect_of_plays",
    "figure_rows",
    "figures",
    "follow",
    "headline",
    "judge",
    "judge_challenger",
    "keep_comparison",
    "labelled_rows",
    "monitor",
    "out_of_time_split",
    "promote",
    "propose_weights",
    "realised_by_tier",
    "register",
    "render_backtest",
    "render_monitoring",
    "replay",
    "require_matplotlib",
    "require_tracking",
    "retrain",
    "roll_back",
    "save_training",
    "serve",
    "shap_explanation",
    "track",
    "train",
    "tune",
    "tuning_due",
]
