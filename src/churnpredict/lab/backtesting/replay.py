"""Past lists as they would have been: retrained when due, scored, their tiers held as the weekly job holds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.dataset import Dataset
from churnpredict.errors import TrainingError
from churnpredict.lab.backtesting.segments import segments_of
from churnpredict.lab.learning.fitting import features_at, fit, settings_for
from churnpredict.lab.learning.ladder import Rung, rung
from churnpredict.lab.learning.splits import OutOfTimeSplit, rolling_splits
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.scoring import RiskModel, hystereses, steadied
from churnpredict.stages import Stages

#: What is kept of a prediction.
KEPT = ["tier", "raw_tier", "health_score", "health_tier"]


@dataclass(frozen=True)
class Schedule:
    """Which lists are replayed.

    Parameters
    ----------
    weeks
        How far back lists reach.
    every_weeks
        Weeks between two lists.
    retrain_weeks
        Weeks after which the model is trained again.
    """

    weeks: int = 52
    every_weeks: int = 1
    retrain_weeks: int = 13

    def cutoffs(self, last: date) -> list[date]:
        """Cutoffs of the lists, the latest on `last`.

        Examples
        --------
        >>> [str(day) for day in Schedule(weeks=4, every_weeks=2).cutoffs(date(2024, 2, 5))]
        ['2024-01-22', '2024-02-05']
        """
        steps = max(1, self.weeks // self.every_weeks)
        return [last - timedelta(weeks=self.every_weeks * step) for step in reversed(range(steps))]


@dataclass(frozen=True)
class Origin:
    """A day on which the model was, or should have been, trained.

    Parameters
    ----------
    day
        Nothing at or after it was known.
    lists
        How many lists follow before the next origin.
    rows, churners
        Rows with a known label that were learnt from, and distinct churners among them; 0 where it was refused.
    rung
        How much model that many churners carry; None where it was refused.
    refused
        Why there was no new model, in words; None if there was one. The model before, if any, went on.
    """

    day: date
    lists: int
    rows: int
    churners: int
    rung: Rung | None
    refused: str | None


@dataclass(frozen=True)
class Replay:
    """Lists as they would have been, and what is now known of what came after.

    Parameters
    ----------
    rows
        One row per account and cutoff: account_id, cutoff, risk (up to the last horizon), rule_risk (the same by the
        health score, NaN without), tier and health_tier as shown, raw_tier, health_score, arr, churned (1, 0, or NaN
        where not known) and a column per kind of segment.
    kinds
        Names of the columns of segments.
    origins
        When the model was trained.
    churns
        Churns that are known, see `Dataset.churns`.
    observed_until
        Nothing at or after this day is known.
    """

    rows: pd.DataFrame
    kinds: list[str]
    origins: list[Origin]
    churns: pd.DataFrame
    observed_until: date

    @property
    def judged(self) -> pd.DataFrame:
        """The rows whose outcome is known."""
        return self.rows[self.rows["churned"].notna()].reset_index(drop=True)


def replay(
    dataset: Dataset, observed_until: date, schedule: Schedule | None = None, *, stages: Stages | None = None
) -> Replay:
    """Replay past lists.

    Parameters
    ----------
    dataset
        The opened sources.
    observed_until
        The cutoff of the last list; nothing at or after it is known.
    schedule
        Which lists; a year of Mondays unless said otherwise.
    stages
        Where time is kept.

    Raises
    ------
    TrainingError
        If there was too little to learn from at every origin; with the reason of the last.
    """
    plan, stages = schedule or Schedule(), stages or Stages()
    first, _ = dataset.span()
    cutoffs = [cutoff for cutoff in plan.cutoffs(observed_until) if cutoff > first]
    splits = rolling_splits(cutoffs, dataset.training_cutoffs, every_days=7 * plan.retrain_weeks)
    origins: list[Origin] = []
    parts: list[pd.DataFrame] = []
    model: RiskModel | None = None
    before: pd.DataFrame | None = None
    failure: TrainingError | None = None
    for split in splits:
        with stages.stage(f"training as of {split.known_until}"):
            try:
                model, origin = _trained(dataset, split)
            except TrainingError as error:
                failure = error
                origin = Origin(split.known_until, len(split.test), 0, 0, None, error.problems[0].given)
        origins.append(origin)
        if model is not None:
            with stages.stage("lists"):
                for shown in _lists(dataset, model, split.test, before):
                    parts.append(shown)
                    before = shown
    if not parts:
        raise failure or TrainingError()
    with stages.stage("outcomes"):
        return _with_outcomes(dataset, parts, origins, observed_until)


def _trained(dataset: Dataset, split: OutOfTimeSplit) -> tuple[RiskModel, Origin]:
    origin = split.known_until
    rows = TrainingRows.known_at(dataset, features_at(dataset, split.train), origin).labelled()
    model = fit(rows, dataset.project, origin, settings_for(rows, dataset.project, origin))
    return model, Origin(origin, len(split.test), len(rows.labels), rows.churners, rung(rows.churners), None)


def _lists(
    dataset: Dataset, model: RiskModel, cutoffs: tuple[date, ...], before: pd.DataFrame | None
) -> Iterator[pd.DataFrame]:
    """The list of each cutoff, with what it is judged by."""
    held = hystereses(model.scale, dataset.project.tiers)
    features = features_at(dataset, cutoffs)
    details = features[[ACCOUNT_ID, CUTOFF]].merge(
        dataset.details(cutoffs), on=[ACCOUNT_ID, CUTOFF], how="left", validate="one_to_one"
    )
    rule = model.rule
    extra = segments_of(dataset.project, features, details).assign(
        risk=model.risks(features)[:, -1],
        rule_risk=float("nan") if rule is None else rule.risks(features)[:, -1],
        arr=details["arr"],
    )
    predictions = pd.concat([model.predict(features), extra.add_prefix("kept_")], axis=1)
    for _, week in predictions.groupby(CUTOFF, sort=True):
        before = steadied(week.reset_index(drop=True), before, held)
        yield before


def _with_outcomes(dataset: Dataset, parts: list[pd.DataFrame], origins: list[Origin], observed_until: date) -> Replay:
    rows = pd.concat(parts, ignore_index=True)
    extra = {name: name.removeprefix("kept_") for name in rows.columns if name.startswith("kept_")}
    rows = rows[[ACCOUNT_ID, CUTOFF, *KEPT, *extra]].rename(columns=extra)
    churned = TrainingRows.known_at(dataset, rows[[ACCOUNT_ID, CUTOFF]], observed_until).churned()
    kinds = [name for name in extra.values() if name not in ("risk", "rule_risk", "arr")]
    return Replay(rows.assign(churned=churned), kinds, origins, dataset.churns(observed_until), observed_until)
