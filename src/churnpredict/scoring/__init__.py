"""How risky, and because of what: scorers, calibration, tiers, explanation, and how a model is kept."""

from churnpredict.scoring.batches import BatchScorer, predictions_and_drivers
from churnpredict.scoring.bundle import copy_bundle, load_bundle, model_digest, read_document, save_bundle
from churnpredict.scoring.calibrated import CalibratedHazards, Examples, fit_calibrated
from churnpredict.scoring.calibration import Sigmoid, fit_sigmoid
from churnpredict.scoring.changes import (
    BUNDLE,
    RiskChanges,
    change_drivers_to_parquet,
    moved_accounts,
    risk_changes,
    split_changes,
    with_values_before,
)
from churnpredict.scoring.drivers import Explanation, top_drivers
from churnpredict.scoring.evidence import flagged, unflagged
from churnpredict.scoring.feature_space import Feature, FeatureSpace
from churnpredict.scoring.hazards import HazardModel, Settings, fit_hazards, label_matrix, out_of_fold_margins
from churnpredict.scoring.health import HealthScorer
from churnpredict.scoring.horizons import cumulative_risks
from churnpredict.scoring.hysteresis import Hysteresis, hystereses, replayed, steadied
from churnpredict.scoring.predictions import (
    PREDICTIONS,
    named_accounts,
    past_predictions,
    predictions_to_parquet,
    previous_predictions,
    published_predictions,
)
from churnpredict.scoring.risk_model import RiskModel
from churnpredict.scoring.rule_model import RuleModel
from churnpredict.scoring.scorer import Scorer
from churnpredict.scoring.tier_policies import (
    PolicyRows,
    ThresholdNoise,
    choose_scale,
    expected_value,
    threshold_noise,
)
from churnpredict.scoring.tiers import ORDER, Borders, TierScale, tier_of

__all__ = [
    "BUNDLE",
    "ORDER",
    "PREDICTIONS",
    "BatchScorer",
    "Borders",
    "CalibratedHazards",
    "Examples",
    "Explanation",
    "Feature",
    "FeatureSpace",
    "HazardModel",
    "HealthScorer",
    "Hysteresis",
    "PolicyRows",
    "RiskChanges",
    "RiskModel",
    "RuleModel",
    "Scorer",
    "Settings",
    "Sigmoid",
    "ThresholdNoise",
    "TierScale",
    "change_drivers_to_parquet",
    "choose_scale",
    "copy_bundle",
    "cumulative_risks",
    "expected_value",
    "fit_calibrated",
    "fit_hazards",
    "fit_sigmoid",
    "flagged",
    "hystereses",
    "label_matrix",
    "load_bundle",
    "model_digest",
    "moved_accounts",
    "named_accounts",
    "out_of_fold_margins",
    "past_predictions",
    "predictions_and_drivers",
    "predictions_to_parquet",
    "previous_predictions",
    "published_predictions",
    "read_document",
    "replayed",
    "risk_changes",
    "save_bundle",
    "split_changes",
    "steadied",
    "threshold_noise",
    "tier_of",
    "top_drivers",
    "unflagged",
    "with_values_before",
]
