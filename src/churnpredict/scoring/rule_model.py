"""The health score as a scorer: calibrated to risk, and explained in the same units as the hazard model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.scoring.calibration import Sigmoid, fit_sigmoid
from churnpredict.scoring.drivers import Explanation
from churnpredict.scoring.feature_space import FeatureSpace
from churnpredict.scoring.health import HealthScorer
from churnpredict.scoring.horizons import cumulative_risks
from churnpredict.scoring.scorer import explained, risk_columns
from churnpredict.scoring.tiers import Borders, tier_of

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RuleModel:
    """The rule-based health score with a calibration per interval.

    Its score is the health score itself, and its tiers lie on the borders of that; a sigmoid per interval puts it on
    the scale of probabilities, where it can be held against the model. An account without any data has the risk of
    the typical score, and no tier.

    Parameters
    ----------
    scorer
        The rules.
    space
        The features its indicators read, in their order.
    intervals
        ``[start, end)`` in days.
    sigmoids
        Health score (negated, so that higher is riskier) → hazard of each interval.
    typical_taken
        Mean points that each indicator took in training: what explanations start from.
    borders
        Where yellow and red begin.
    """

    scorer: HealthScorer
    space: FeatureSpace
    intervals: list[tuple[int, int]]
    sigmoids: tuple[Sigmoid, ...]
    typical_taken: tuple[float, ...]
    borders: Borders

    @classmethod
    def fit(
        cls,
        scorer: HealthScorer,
        space: FeatureSpace,
        *,
        rows: tuple[pd.DataFrame, Floats],
        intervals: list[tuple[int, int]],
        borders: Borders,
    ) -> Self:
        """Calibrate the rules.

        Parameters
        ----------
        scorer
            The rules; nothing of them is learnt.
        space
            The features of the model, those of the indicators among them.
        rows
            Features, and labels as rows × intervals: 1 churned, 0 not, NaN not known or not at risk.
        intervals, borders
            See the class.
        """
        frame, labels = rows
        score = scorer.score(frame)["health_score"].to_numpy()
        return cls(
            scorer=scorer,
            space=space.only(scorer.features),
            intervals=intervals,
            sigmoids=tuple(fit_sigmoid(-score, labels[:, k]) for k in range(labels.shape[1])),
            typical_taken=tuple(np.nanmean(scorer.taken(frame), axis=0).tolist()),
            borders=borders,
        )

    @property
    def horizons(self) -> list[int]:
        """Ends of the intervals, in days."""
        return [end for _, end in self.intervals]

    @property
    def typical_score(self) -> float:
        """Mean score in training, 0–100."""
        return 100.0 - float(np.sum(self.typical_taken))

    def risks(self, frame: pd.DataFrame) -> Floats:
        """Calibrated risk up to the end of each interval, rows × intervals, never falling along a row."""
        return self._risks(self.scorer.score(frame)["health_score"].to_numpy())

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Score accounts.

        Returns
        -------
        DataFrame
            Same rows: account_id, cutoff, ``risk_<h>d`` per horizon and ``risk_<a>_<b>d`` per later interval (0–1),
            score (the health score, 0–100 or NaN) and tier (or None).
        """
        score = self.scorer.score(frame)["health_score"].to_numpy()
        columns = risk_columns(frame, self._risks(score), self.intervals)
        return pd.DataFrame({**columns, "score": score, "tier": tier_of(score, self.borders)}, index=frame.index)

    def explain(self, frame: pd.DataFrame) -> Explanation:
        """Contributions of the indicators to the log-odds of the risk up to the last horizon; they sum exactly.

        What an indicator contributes follows from the points it took, less those it takes of the typical account.
        """
        typical = np.array(self.typical_taken)
        above = np.nan_to_num(self.scorer.taken(frame) - typical)
        raw = np.broadcast_to(above, (len(self.intervals), *above.shape))
        return explained(self.space, raw, np.full(len(self.intervals), -self.typical_score), self.sigmoids)

    def _risks(self, score: Floats) -> Floats:
        known = np.where(np.isnan(score), self.typical_score, score)
        return cumulative_risks(np.column_stack([sigmoid.margin(-known) for sigmoid in self.sigmoids]))
