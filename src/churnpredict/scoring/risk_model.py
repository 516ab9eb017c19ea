"""A scorer with its calibration and tiers: predicts risk, explains it, and puts it on the shared scale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF, risk_column
from churnpredict.scoring.calibration import Sigmoid
from churnpredict.scoring.drivers import Explanation
from churnpredict.scoring.feature_space import FeatureSpace, Matrix
from churnpredict.scoring.hazards import HazardModel
from churnpredict.scoring.health import HealthScorer
from churnpredict.scoring.horizons import cumulative_risks, log_odds, path_weights
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
    health
        The rule-based scorer, or None where none is declared.
    health_sigmoid
        Health score (negated, so that higher is riskier) → risk up to the last horizon; None without one.
    trained_until
        Nothing at or after this day was used.
    """

    space: FeatureSpace
    hazards: HazardModel
    sigmoids: tuple[Sigmoid, ...]
    scale: TierScale
    health: HealthScorer | None
    health_sigmoid: Sigmoid | None
    trained_until: date

    @property
    def horizons(self) -> list[int]:
        """Ends of the intervals, in days."""
        return [end for _, end in self.hazards.intervals]

    def risks(self, frame: pd.DataFrame) -> Floats:
        """Calibrated risk up to the end of each interval, rows × intervals, never falling along a row."""
        return cumulative_risks(self._margins(self.space.encode(frame)))

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
            score (0–100, higher is healthier), tier, health_score (0–100 or NaN), health_tier (or None).
        """
        cumulative = self.risks(frame)
        columns: dict[str, object] = {ACCOUNT_ID: frame[ACCOUNT_ID], CUTOFF: frame[CUTOFF]}
        for position, (start, end) in enumerate(self.hazards.intervals):
            columns[risk_column(0, end)] = cumulative[:, position]
            if start:
                columns[risk_column(start, end)] = cumulative[:, position] - cumulative[:, position - 1]
        score = self.scale.score(cumulative[:, -1])
        health = self.health_score(frame)
        columns |= {"score": score, "tier": tier_of(score, self.scale)}
        columns |= {"health_score": health, "health_tier": tier_of(health, self.scale)}
        return pd.DataFrame(columns, index=frame.index)

    def health_score(self, frame: pd.DataFrame) -> Floats:
        """Rule-based score, NaN where there is none."""
        if self.health is None:
            return np.full(len(frame), np.nan)
        return self.health.score(frame)["health_score"].to_numpy()

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
        slopes = np.array([sigmoid.slope for sigmoid in self.sigmoids])
        calibrated_base = np.array([s.margin(raw[k, :1, -1])[0] for k, s in enumerate(self.sigmoids)])
        # The margin is taken from its own contributions, so that rounding cannot part the sum from its parts.
        margins = calibrated_base + slopes * raw[:, :, :-1].sum(axis=2).T
        weights = path_weights(calibrated_base, margins) * slopes
        contributions = np.einsum("rk,krf->rf", weights, raw[:, :, :-1])
        return contributions, float(log_odds(calibrated_base)), log_odds(margins)

    def _margins(self, matrix: Matrix) -> Floats:
        raw = self.hazards.margins(matrix)
        return np.column_stack([sigmoid.margin(raw[:, k]) for k, sigmoid in enumerate(self.sigmoids)])
