"""What a data scientist runs: splits by time, training with its proof, figures."""

from churnpredict.lab.backtest import Backtest, judge
from churnpredict.lab.backtest_page import headline, render_backtest
from churnpredict.lab.checkup import Checkup, check_up
from churnpredict.lab.classifier import HazardClassifier
from churnpredict.lab.comparison import Comparison, compare
from churnpredict.lab.contest import Entrant, FairGround
from churnpredict.lab.differences import Difference
from churnpredict.lab.fitting import labelled_rows
from churnpredict.lab.gate import Check, Verdict, decide
from churnpredict.lab.holdout import HoldoutEffect, effect_of_plays
from churnpredict.lab.metrics import Figures, figures
from churnpredict.lab.model_card import COLUMNS, figure_rows, save_training
from churnpredict.lab.monitoring import Monitoring, monitor
from churnpredict.lab.monitoring_page import render_monitoring
from churnpredict.lab.plots import require_matplotlib
from churnpredict.lab.registry import Standing, promote, register, roll_back
from churnpredict.lab.replay import Replay, Schedule, replay
from churnpredict.lab.retraining import Judged, Retraining, judge_challenger, retrain
from churnpredict.lab.served_model import ServedModel
from churnpredict.lab.shapley import shap_explanation
from churnpredict.lab.splits import OutOfTimeSplit, out_of_time_split
from churnpredict.lab.stability import Stability
from churnpredict.lab.tier_proof import TierProof, TierRate, TierReport, realised_by_tier
from churnpredict.lab.tracking import Tracked, bundle_of_run, follow, keep_comparison, require_tracking, track
from churnpredict.lab.training import Training, train
from churnpredict.lab.training_rows import TrainingRows
from churnpredict.lab.tuned import Tuned
from churnpredict.lab.tuning import Progress, tune, tuning_due
from churnpredict.lab.weights import WeightProposal, propose_weights

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
    "shap_explanation",
    "track",
    "train",
    "tune",
    "tuning_due",
]
