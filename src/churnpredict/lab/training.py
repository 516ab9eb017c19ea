"""Train, and prove it: a model of the past judged on a later time, then the same recipe on all that is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF, FeatureName
from churnpredict.config import Project
from churnpredict.dataset import Dataset, Hindsight
from churnpredict.errors import Problem, TrainingError
from churnpredict.lab.baselines import fit_logistic, logistic_risk
from churnpredict.lab.metrics import Figures, base_log_loss, figures
from churnpredict.lab.splits import OutOfTimeSplit, out_of_time_split
from churnpredict.lab.tier_proof import TierProof, TierReport, realised_by_tier, why_no_red
from churnpredict.lab.training_rows import TrainingRows, rows_of
from churnpredict.scoring import (
    Borders,
    FeatureSpace,
    HealthScorer,
    PolicyRows,
    RiskModel,
    RuleModel,
    Scorer,
    Settings,
    choose_scale,
    cumulative_risks,
    fit_hazards,
    fit_sigmoid,
    out_of_fold_margins,
    threshold_noise,
)
from churnpredict.stages import Stages

Floats = npt.NDArray[np.float64]

#: Below this many distinct churners a model is worse than none; the health score stays.
FEWEST_CHURNERS = 50
#: Above this AUC nobody predicts churn: something leaks.
SUSPICIOUS_AUC = 0.95
#: Share of the base rate's log-loss that a model should take away before its probabilities are worth much.
WEAK_SKILL = 0.05


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
    settings
        How the trees of the final model were grown.
    rows, churners
        Rows with at least one known label, and distinct accounts that churned in them.
    warnings
        What a careful reader should know before trusting the model.
    """

    model: RiskModel
    split: OutOfTimeSplit
    evaluation: dict[str, Figures]
    tiers: TierReport
    settings: Settings
    rows: int
    churners: int
    warnings: tuple[str, ...]


def train(dataset: Dataset, observed_until: date, *, stages: Stages | None = None) -> Training:
    """Train on what was known at `observed_until`, and judge the recipe out of time.

    Parameters
    ----------
    dataset
        The opened sources.
    observed_until
        Nothing at or after this day is used.
    stages
        Where time is kept.

    Raises
    ------
    TrainingError
        If history is too short, or there are fewer than `FEWEST_CHURNERS` churners to learn from.
    """
    training = dataset.project.training
    hindsight = Hindsight.at(observed_until, training.intervals(), dataset.project.churn)
    cutoffs = dataset.training_cutoffs(observed_until)
    split = out_of_time_split(
        cutoffs, hindsight.closed_until, horizons=training.horizons, test_share=training.test_share
    )
    stages = stages or Stages()
    with stages.stage("training features"):
        features = pd.concat(list(dataset.features(cutoffs)), ignore_index=True)
    with stages.stage("evaluation"):
        evaluation, proof = _evaluate(dataset, features, split, observed_until)
    with stages.stage("training"):
        rows = TrainingRows.known_at(dataset, features, observed_until).labelled()
        settings = settings_for(rows, dataset.project, observed_until)
        model, policy_rows = _fit(rows, dataset.project, observed_until, settings)
    declared = dataset.project.tiers
    scale = replace(model.scale, names_red=proof.red_is_red or declared.accept_weak_red)
    noise = threshold_noise(policy_rows, declared, seed=training.seed)
    weak_red = why_no_red(proof, accepted=declared.accept_weak_red)
    return Training(
        model=replace(model, scale=scale),
        split=split,
        evaluation=evaluation,
        tiers=TierReport(declared.policy, scale, noise, proof),
        settings=settings,
        rows=len(rows.labels),
        churners=rows.churners,
        warnings=(*_warn(evaluation), *([] if weak_red is None else [weak_red])),
    )


def settings_for(rows: TrainingRows, project: Project, known_until: date) -> Settings:
    """Settings for the number of churners there are.

    Raises
    ------
    TrainingError
        If there are fewer than `FEWEST_CHURNERS`.
    """
    if rows.churners < FEWEST_CHURNERS:
        given = f"{rows.churners} distinct accounts are known to have churned before {known_until}"
        todo = "Until there are, the health score is the better guide."
        raise TrainingError(Problem("training", given, f"at least {FEWEST_CHURNERS}", todo))
    return Settings.for_churners(rows.churners, bags=project.training.bags, seed=project.training.seed)


def fit(rows: TrainingRows, project: Project, trained_until: date, settings: Settings) -> RiskModel:
    """Learn the features, fit the hazards on all rows, calibrate on account-grouped folds, place the tiers.

    Parameters
    ----------
    rows
        Labelled rows.
    project
        The declarations.
    trained_until
        Nothing at or after this day is known to `rows`.
    settings
        How the trees are grown.
    """
    return _fit(rows, project, trained_until, settings)[0]


def _fit(rows: TrainingRows, project: Project, trained_until: date, settings: Settings) -> tuple[RiskModel, PolicyRows]:
    """`fit`, with what its tiers were placed on."""
    space = FeatureSpace.learn(project.features(), rows.features)
    matrix = space.encode(rows.features)
    # One bag is enough here: folds differ far more than seeds do.
    single = replace(settings, bags=1)
    margins = out_of_fold_margins(matrix, rows.labels, rows.accounts, categorical=space.categorical, settings=single)
    sigmoids = tuple(fit_sigmoid(margins[:, k], rows.labels[:, k]) for k in range(rows.labels.shape[1]))
    calibrated = np.column_stack([sigmoid.margin(margins[:, k]) for k, sigmoid in enumerate(sigmoids)])
    intervals = project.training.intervals()
    hazards = fit_hazards(matrix, rows.labels, intervals=intervals, categorical=space.categorical, settings=settings)
    rule = _fit_rule(rows, project, space)
    policy_rows = _policy_rows(rows, project, rule, cumulative_risks(calibrated)[:, -1])
    model = RiskModel(
        space=space,
        hazards=hazards,
        sigmoids=sigmoids,
        scale=choose_scale(policy_rows, project.tiers),
        rule=rule,
        trained_until=trained_until,
    )
    return model, policy_rows


def _fit_rule(rows: TrainingRows, project: Project, space: FeatureSpace) -> RuleModel | None:
    """The health score with its calibration; None if none is declared, or no account has any of its data."""
    if project.health_score is None:
        return None
    scorer = HealthScorer(project.health_score)
    if scorer.score(rows.features)["health_score"].isna().all():
        return None
    return RuleModel.fit(
        scorer,
        space,
        rows=(rows.features, rows.labels),
        intervals=project.training.intervals(),
        borders=Borders(project.tiers.yellow, project.tiers.red),
    )


def _policy_rows(rows: TrainingRows, project: Project, rule: RuleModel | None, risk: Floats) -> PolicyRows:
    arr = None if project.risk_list.arr is None else str(FeatureName(project.risk_list.arr, "value"))
    known = arr is not None and arr in rows.features
    return PolicyRows(
        risk=risk,
        accounts=rows.accounts,
        cutoffs=rows.features[CUTOFF].to_numpy(),
        health_score=None if rule is None else rule.scorer.score(rows.features)["health_score"].to_numpy(),
        arr=rows.features[arr].to_numpy(dtype=np.float64) if known else None,
    )


def _evaluate(
    dataset: Dataset, features: pd.DataFrame, split: OutOfTimeSplit, observed_until: date
) -> tuple[dict[str, Figures], TierProof]:
    """Figures and tiers of each contender on the test cutoffs, all fitted on what was known at the first of them."""
    project = dataset.project
    past = TrainingRows.known_at(dataset, rows_of(features, split.train), split.known_until).labelled()
    model = fit(past, project, split.known_until, settings_for(past, project, split.known_until))
    test = TrainingRows.known_at(dataset, rows_of(features, split.test), observed_until)
    test = test.where(~np.isnan(test.churned()))
    risks = {"model": model.risks(test.features)[:, -1]}
    if model.rule is not None:
        risks["health_score"] = model.rule.risks(test.features)[:, -1]
    logistic = fit_logistic(model.space.encode(past.features), past.churned(), model.space)
    risks["logistic"] = logistic_risk(logistic, model.space.encode(test.features))
    keys = {"accounts": test.features[ACCOUNT_ID], "cutoffs": test.features[CUTOFF]}
    said = {name: figures(test.churned(), risk, **keys) for name, risk in risks.items()}
    return said, _prove_tiers(model, test, seed=project.training.seed)


def _prove_tiers(model: RiskModel, test: TrainingRows, *, seed: int) -> TierProof:
    scorers: dict[str, Scorer] = {"model": model}
    if model.rule is not None:
        scorers["health_score"] = model.rule
    realised = {
        name: realised_by_tier(
            scorer.predict(test.features)["tier"].to_numpy(dtype=object), test.churned(), test.accounts, seed=seed
        )
        for name, scorer in scorers.items()
    }
    return TierProof(float(test.churned().mean()), realised)


def _warn(evaluation: dict[str, Figures]) -> Iterator[str]:
    model = evaluation["model"]
    if model.auc is not None and model.auc > SUSPICIOUS_AUC:
        yield (
            f"Too good to be true: out-of-time AUC {model.auc:.3f}. Look for a column that is filled, or a table that "
            "is written, only after the account has left; on real accounts .75 to .85 is good."
        )
    skill = 1 - model.log_loss / base_log_loss(model.base_rate)
    if skill <= 0:
        yield "Out of time, the model is no better than giving every account the base rate. Do not act on its list."
    elif skill < WEAK_SKILL:
        yield (
            f"Weak signal: out of time, log-loss is only {skill:.1%} below that of giving every account the base rate. "
            "Use the list to order work, not to promise who will leave."
        )
    for name, rival in evaluation.items():
        if rival.log_loss < model.log_loss:
            yield f"Out of time, {name} has the lower log-loss ({rival.log_loss:.4f} against {model.log_loss:.4f})."
