"""A scorer with its calibration and tiers: predicts risk, explains it, and puts it on the shared scale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.config import HEALTH_CATEGORIES
from churnpredict.scoring.calibrated import CalibratedHazards
from churnpredict.scoring.calibration import Sigmoid
from churnpredict.scoring.drivers import Explanation
from churnpredict.scoring.feature_space import FeatureSpace, Matrix
from churnpredict.scoring.hazards import HazardModel
from churnpredict.scoring.rule_model import RuleModel
from churnpredict.scoring.scorer import explained, risk_columns
from churnpredict.scoring.tiers import TierScale, tier_of

Floats = npt.NDArray[np.float64]
#: Rows explained at a time: a matrix of contributions holds rows × features doubles per interval.
EXPLAINED_ROWS = 20_000


@dataclass(frozen=True)
class RiskModel:
    """Everything that is needed to score an account, and nothing that is needed to train.

    Parameters
    ----------
    space
        The features it reads.
    hazards
        The fitted hazards.
    sigmoids
        Calibration per interval.
    scale
        Where the tiers begin.
    rule
        The health score, calibrated too; None where there is none.
    trained_until
        Nothing at or after this day was used.
    """

    space: FeatureSpace
    hazards: HazardModel
    sigmoids: tuple[Sigmoid, ...]
    scale: TierScale
    rule: RuleModel | None
    trained_until: date

    @property
    def horizons(self) -> list[int]:
        """Ends of the intervals, in days."""
        return [end for _, end in self.hazards.intervals]

    def risks(self, frame: pd.DataFrame) -> Floats:
        """Calibrated risk up to the end of each interval, rows × intervals, never falling along a row."""
        return self.encoded_risks(self.space.encode(frame))

    def encoded_risks(self, matrix: Matrix) -> Floats:
        """The same of rows that the features' space has encoded."""
        return CalibratedHazards(self.hazards, self.sigmoids).risks(matrix)

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Score accounts.

        Parameters
        ----------
        frame
            account_id, cutoff and the features, in any order of columns.

        Returns
        -------
        DataFrame
            Same rows: account_id, cutoff, ``risk_<h>d`` per horizon and ``risk_<a>_<b>d`` per later interval (0–1),
            score (0–100, higher is healthier), tier, health_score (0–100 or NaN), health_tier (or None),
            health_coverage (share of the weight that had data, 0–1) and ``health_<category>`` (0–100 or NaN).
        """
        cumulative = self.risks(frame)
        score = self.scale.score(cumulative[:, -1])
        columns = risk_columns(frame, cumulative, self.hazards.intervals)
        columns |= {"score": score, "tier": tier_of(score, self.scale.borders)}
        return pd.DataFrame({**columns, **self._health(frame)}, index=frame.index)

    def _health(self, frame: pd.DataFrame) -> dict[str, object]:
        """The health score with its tier, its coverage and its categories; the same columns where there is none."""
        names = ["health_score", "health_tier", "health_coverage", *(f"health_{name}" for name in HEALTH_CATEGORIES)]
        columns: dict[str, object] = dict.fromkeys(names, np.full(len(frame), np.nan))
        columns["health_tier"] = np.full(len(frame), None, dtype=object)
        if self.rule is not None:
            scored = self.rule.scorer.score(frame)
            columns |= {name: scored[name] for name in scored.columns}
            columns["health_tier"] = tier_of(scored["health_score"].to_numpy(), self.rule.borders)
        return columns

    def health_score(self, frame: pd.DataFrame) -> Floats:
        """Rule-based score, NaN where there is none."""
        if self.rule is None:
            return np.full(len(frame), np.nan)
        return self.rule.scorer.score(frame)["health_score"].to_numpy()

    def explain(self, frame: pd.DataFrame) -> Explanation:
        """Contributions of the features to the log-odds of the risk up to the last horizon; they sum exactly."""
        matrix = self.space.encode(frame)
        chunks = [matrix[at : at + EXPLAINED_ROWS] for at in range(0, len(matrix), EXPLAINED_ROWS)] or [matrix]
        explained = [self._explain(chunk) for chunk in chunks]
        base = explained[0][1]
        contributions = np.concatenate([part for part, _, _ in explained])
        return Explanation(self.space, contributions, base, np.concatenate([odds for _, _, odds in explained]))

    def _explain(self, matrix: Matrix) -> tuple[Floats, float, Floats]:
        if not len(matrix):
            return np.empty((0, len(self.space.features))), 0.0, np.empty(0)
        raw = self.hazards.contributions(matrix)
        explanation = explained(self.space, raw[:, :, :-1], raw[:, 0, -1], self.sigmoids)
        return explanation.contributions, explanation.base, explanation.log_odds
