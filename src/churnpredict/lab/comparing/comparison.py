"""Champion, challenger, health score and logistic regression on the same out-of-time rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.dataset import Dataset
from churnpredict.lab.comparing.contest import Entrant, FairGround, contest
from churnpredict.lab.comparing.differences import Difference, Metric, differences
from churnpredict.lab.comparing.stability import Stability, stability
from churnpredict.lab.metrics import Figures, figures
from churnpredict.stages import Stages

#: What both are held against, too, beside each other.
RIVALS = ("champion", "health_score", "logistic")


@dataclass(frozen=True)
class Comparison:
    """Challenger against champion and others.

    Parameters
    ----------
    ground
        What was judged on which rows.
    observed_until
        Nothing at or after this day was known.
    rows, churners
        Rows that were judged on, and distinct accounts that churned in them.
    capacity
        Share of the accounts that can be worked.
    evaluation
        Figures by contender: champion, challenger, health_score (where there is one), logistic.
    differences
        By rival and figure, by how much the challenger is better, paired.
    stability
        What would be different today.
    """

    ground: FairGround
    observed_until: date
    rows: int
    churners: int
    capacity: float
    evaluation: dict[str, Figures]
    differences: dict[str, dict[Metric, Difference]]
    stability: Stability

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, None for what is not known."""
        ground = {
            "basis": self.ground.basis,
            "test": [str(cutoff) for cutoff in self.ground.test],
            "champion_until": str(self.ground.champion_until),
            "challenger_until": str(self.ground.challenger_until),
        }
        by_rival = {
            rival: {metric: _plain(difference) for metric, difference in found.items()}
            for rival, found in self.differences.items()
        }
        return {
            "observed_until": str(self.observed_until),
            "ground": ground,
            "rows": self.rows,
            "churners": self.churners,
            "capacity": self.capacity,
            "evaluation": {name: figures.as_dict() for name, figures in self.evaluation.items()},
            "differences": by_rival,
            "stability": self.stability.as_dict(),
        }


def _plain(difference: Difference) -> dict[str, Any]:
    return {name: None if value != value else value for name, value in asdict(difference).items()}  # noqa: PLR0124


def compare(
    dataset: Dataset, champion: Entrant, challenger: Entrant, observed_until: date, *, stages: Stages | None = None
) -> Comparison:
    """Compare two models on rows that are fair for both, see `FairGround`, and on today's accounts.

    Parameters
    ----------
    dataset
        The opened sources.
    champion, challenger
        The two.
    observed_until
        Today: nothing at or after it is used.
    stages
        Where time is kept.

    Raises
    ------
    TrainingError
        If history is too short for a test, or a stand-in would have too little to learn from.
    BundleError
        If a model reads features that are not declared any more.
    """
    stages, capacity = stages or Stages(), dataset.project.gate.capacity
    with stages.stage("comparison"):
        ground, rows = contest(dataset, champion, challenger, observed_until)
        churns = dataset.churns(observed_until)
        today = pd.concat(list(dataset.features([observed_until])), ignore_index=True)
        return Comparison(
            ground=ground,
            observed_until=observed_until,
            stability=stability(champion.model, challenger.model, today, capacity=capacity),
            **_judged(rows, churns, capacity=capacity),
        )


def _judged(rows: pd.DataFrame, churns: pd.DataFrame, *, capacity: float) -> dict[str, Any]:
    churned, accounts = rows["churned"].to_numpy(dtype=np.float64), rows[ACCOUNT_ID].to_numpy(dtype=object)
    rivals = [name for name in RIVALS if name in rows]
    return {
        "rows": len(rows),
        "churners": len(np.unique(accounts[churned == 1].astype(str))),
        "capacity": capacity,
        "evaluation": {
            name: figures(churned, rows[name].to_numpy(dtype=np.float64), accounts=accounts, cutoffs=rows[CUTOFF])
            for name in ("challenger", *rivals)
        },
        "differences": differences(rows, rivals, churns=churns, capacity=capacity),
    }
