"""How good risks and lists are: pure functions of what happened and what was said, each with its formula's source.

``churned`` is 1 for churned and 0 for not; ``risk`` is a probability, higher is riskier.
"""

from churnpredict.lab.metrics.alerts import AlertFigures, alert_figures
from churnpredict.lab.metrics.calibration import (
    Reliability,
    base_log_loss,
    calibration_errors,
    calibration_intercept,
    calibration_slope,
    expected_calibration_error,
    reliability,
)
from churnpredict.lab.metrics.discrimination import auc, average_precision, capture, lift, riskiest
from churnpredict.lab.metrics.figures import Figures, figures
from churnpredict.lab.metrics.intervals import AccountBootstrap, Interval, wilson
from churnpredict.lab.metrics.leadtime import LeadTime, lead_time
from churnpredict.lab.metrics.profit import Campaign, expected_maximum_profit, expected_profit, one_value_for_all

__all__ = [
    "AccountBootstrap",
    "AlertFigures",
    "Campaign",
    "Figures",
    "Interval",
    "LeadTime",
    "Reliability",
    "alert_figures",
    "auc",
    "average_precision",
    "base_log_loss",
    "calibration_errors",
    "calibration_intercept",
    "calibration_slope",
    "capture",
    "expected_calibration_error",
    "expected_maximum_profit",
    "expected_profit",
    "figures",
    "lead_time",
    "lift",
    "one_value_for_all",
    "reliability",
    "riskiest",
    "wilson",
]
