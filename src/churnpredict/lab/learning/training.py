"""Train, and prove it: a model of the past judged on a later time, then the same recipe on all that is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from churnpredict.columns import CUTOFF
from churnpredict.dataset import Dataset, Hindsight
from churnpredict.errors import Problem, TrainingError
from churnpredict.lab.judging.curves import Curves
from churnpredict.lab.judging.duel import Duel
from churnpredict.lab.judging.tier_proof import TierReport, why_no_red
from churnpredict.lab.learning.feedback import Feedback
from churnpredict.lab.learning.fitting import features_at, fit_with_policy_rows, settings_for
from churnpredict.lab.learning.ladder import Rung, rung
from churnpredict.lab.learning.leaks import suspected_leaks
from churnpredict.lab.learning.proof import prove, warnings_of
from churnpredict.lab.learning.reference import Reference
from churnpredict.lab.learning.splits import OutOfTimeSplit, out_of_time_split
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.lab.metrics import Figures
from churnpredict.scoring import RiskModel, Settings, threshold_noise
from churnpredict.stages import Stages

#: Rows that are kept of those that were learnt from, to draw and to show.
SHOWN_ROWS = 2_000


@dataclass(frozen=True)
class Training:
    """A trained model with its proof.

    Parameters
    ----------
    model
        Fitted on everything known at its `trained_until`.
    split
        The cutoffs of the proof.
    evaluation
        Out-of-time figures of the same recipe fitted on the past, by contender: model, health_score (where one is
        declared), logistic.
    tiers
        The thresholds of the final model with their noise, and what came of the tiers out of time.
    duel
        Model against health score at the same capacity on the same rows; None without a health score.
    curves
        What is drawn of the test.
    settings
        How the trees of the final model were grown.
    latest
        Features at the latest cutoff that was learnt from, of at most `SHOWN_ROWS` accounts: what rows look like.
    rows, churners
        Rows with at least one known label, and distinct accounts that churned in them.
    rung
        How much model that many churners carry.
    feedback
        What came back from earlier lists.
    reference
        What the accounts looked like, to be held against later ones.
    warnings
        What a careful reader should know before trusting the model.
    """

    model: RiskModel
    split: OutOfTimeSplit
    evaluation: dict[str, Figures]
    tiers: TierReport
    duel: Duel | None
    curves: Curves
    settings: Settings
    latest: pd.DataFrame
    rows: int
    churners: int
    rung: Rung
    feedback: Feedback
    reference: Reference
    warnings: tuple[str, ...]


def train(
    dataset: Dataset, observed_until: date, *, accept_suspected_leak: bool = False, stages: Stages | None = None
) -> Training:
    """Train on what was known at `observed_until`, and judge the recipe out of time.

    Parameters
    ----------
    dataset
        The opened sources.
    observed_until
        Nothing at or after this day is used.
    accept_suspected_leak
        Train although something is too good to be true; it is then among the warnings.
    stages
        Where time is kept.

    Raises
    ------
    TrainingError
        If history is too short, there are too few churners to learn from, or something is too good to be true.
    """
    training = dataset.project.training
    hindsight = Hindsight.at(observed_until, training.intervals(), dataset.project.churn)
    cutoffs = dataset.training_cutoffs(observed_until)
    split = out_of_time_split(
        cutoffs, hindsight.closed_until, horizons=training.horizons, test_share=training.test_share
    )
    stages = stages or Stages()
    with stages.stage("training features"):
        features = features_at(dataset, cutoffs)
    with stages.stage("evaluation"):
        proof = prove(dataset, features, split, observed_until)
    with stages.stage("training"):
        rows = TrainingRows.known_at(dataset, features, observed_until).labelled()
        leaks = suspected_leaks(
            rows, proof.model.space, dataset.churns(observed_until), auc=proof.evaluation["model"].auc
        )
        _refuse(leaks, accepted=accept_suspected_leak or training.accept_suspected_leak)
        feedback = Feedback.known_at(dataset, rows, observed_until)
        settings = settings_for(rows, dataset.project, observed_until)
        model, policy_rows = fit_with_policy_rows(rows, dataset.project, observed_until, settings)
    declared = dataset.project.tiers
    scale = replace(model.scale, names_red=proof.tiers.red_is_red or declared.accept_weak_red)
    noise = threshold_noise(policy_rows, declared, seed=training.seed)
    weak_red = why_no_red(proof.tiers, accepted=declared.accept_weak_red)
    return Training(
        model=replace(model, scale=scale),
        split=split,
        evaluation=proof.evaluation,
        tiers=TierReport(declared.policy, scale, noise, proof.tiers),
        duel=proof.duel,
        curves=proof.curves,
        settings=settings,
        latest=_latest(rows.features),
        rows=len(rows.labels),
        churners=rows.churners,
        rung=rung(rows.churners),
        feedback=feedback,
        reference=Reference.learn(model.space, rows.features, policy_rows.risk),
        warnings=(
            *(f"Suspected leak: {leak}" for leak in leaks),
            *warnings_of(proof.evaluation),
            *feedback.warnings(),
            *([] if weak_red is None else [weak_red]),
        ),
    )


def _latest(features: pd.DataFrame) -> pd.DataFrame:
    latest: pd.DataFrame = features[features[CUTOFF] == features[CUTOFF].max()]
    return latest.head(SHOWN_ROWS).reset_index(drop=True)


def _refuse(leaks: list[Problem], *, accepted: bool) -> None:
    if leaks and not accepted:
        todo = "Or train with --accept-suspected-leak, or training.accept_suspected_leak = true."
        raise TrainingError(*leaks[:-1], replace(leaks[-1], todo=f"{leaks[-1].todo} {todo}"))
