"""The recipe: rows with labels in, a calibrated model with its tiers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import CUTOFF, FeatureName
from churnpredict.config import Project
from churnpredict.dataset import Dataset
from churnpredict.errors import Problem, TrainingError
from churnpredict.lab.learning.indicators import default_indicators
from churnpredict.lab.learning.ladder import FEWEST_CHURNERS, FEWEST_OF_AN_INTERVAL
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.lab.learning.tuned import Tuned
from churnpredict.scoring import (
    Borders,
    Examples,
    FeatureSpace,
    HealthScorer,
    PolicyRows,
    RiskModel,
    RuleModel,
    Settings,
    choose_scale,
    cumulative_risks,
    fit_calibrated,
)

Floats = npt.NDArray[np.float64]
#: The document of a bundle that says how its trees were grown, so that the recipe can be fitted again.
SETTINGS = "settings.json"


def features_at(dataset: Dataset, cutoffs: Sequence[date]) -> pd.DataFrame:
    """Features of all accounts alive at the cutoffs.

    Raises
    ------
    TrainingError
        If there is none.
    """
    if not cutoffs:
        first, _ = dataset.span()
        given = f"no cutoff has a full window behind it and a closed interval ahead; the first event is of {first}"
        raise TrainingError(Problem("training", given, "a longer history", "Wait, or shorten the longest window."))
    batches = list(dataset.training_features(cutoffs))
    if not batches:
        given = f"no account counts at any of the {len(cutoffs)} cutoffs from {cutoffs[0]} to {cutoffs[-1]}"
        todo = "Look at accounts.started_on and at the churn: the accounts start later, or left before."
        raise TrainingError(Problem("accounts", given, "accounts that have started and have not left", todo))
    return pd.concat(batches, ignore_index=True)


def labelled_rows(dataset: Dataset, observed_until: date) -> TrainingRows:
    """What a model is trained on: features at all training cutoffs, beside every label known at `observed_until`.

    Parameters
    ----------
    dataset
        The opened sources.
    observed_until
        Nothing at or after this day is known.

    Raises
    ------
    TrainingError
        If no account counts at any training cutoff.
    """
    features = features_at(dataset, dataset.training_cutoffs(observed_until))
    return TrainingRows.known_at(dataset, features, observed_until).labelled()


def settings_for(rows: TrainingRows, project: Project, known_until: date) -> Settings:
    """Settings for the number of churners there are, or those that tuning proved better by then.

    Raises
    ------
    TrainingError
        See `refuse_too_few`.
    """
    refuse_too_few(rows, project, known_until)
    training = project.training
    tuned = Tuned.read(project.tuning_folder)
    # What tuning saw must lie before what this model is judged on.
    if tuned is not None and tuned.proven and tuned.known_until <= known_until:
        return replace(tuned.settings, bags=training.bags, seed=training.seed)
    return Settings.for_churners(rows.churners, bags=training.bags, seed=training.seed)


def refuse_too_few(rows: TrainingRows, project: Project, known_until: date) -> None:
    """Refuse to learn from too little.

    Raises
    ------
    TrainingError
        If there are fewer churners than `FEWEST_CHURNERS`, or fewer than `FEWEST_OF_AN_INTERVAL` in one of the
        intervals.
    """
    if rows.churners < FEWEST_CHURNERS:
        given = f"{rows.churners} distinct accounts are known to have churned before {known_until}"
        todo = f"{FEWEST_CHURNERS - rows.churners} more are needed; until then, the health score is the better guide."
        raise TrainingError(Problem("training", given, f"at least {FEWEST_CHURNERS}", todo))
    for (start, end), churners in zip(project.training.intervals(), rows.churners_by_interval, strict=True):
        if churners < FEWEST_OF_AN_INTERVAL:
            given = f"{churners} distinct accounts are known to have left within [{start}, {end}) days of a cutoff"
            todo = "Lower training.every_days, so that a cutoff lies that far before more of them, or wait."
            raise TrainingError(Problem("training.every_days", given, f"at least {FEWEST_OF_AN_INTERVAL}", todo))


def fit(
    rows: TrainingRows, project: Project, trained_until: date, settings: Settings, names: Sequence[str] | None = None
) -> RiskModel:
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
    names
        Names of the features that the hazards may read; all that are declared unless said otherwise.
    """
    return fit_with_policy_rows(rows, project, trained_until, settings, names)[0]


def fit_with_policy_rows(
    rows: TrainingRows, project: Project, trained_until: date, settings: Settings, names: Sequence[str] | None = None
) -> tuple[RiskModel, PolicyRows]:
    """`fit`, with what its tiers were placed on."""
    declared = FeatureSpace.learn(project.features(), rows.features)
    space = declared if names is None else declared.only(names)
    matrix = space.encode(rows.features)
    examples = Examples(matrix, rows.labels, rows.accounts)
    intervals = project.training.intervals()
    fitted, margins = fit_calibrated(examples, intervals=intervals, categorical=space.categorical, settings=settings)
    rule = fit_rule(rows, project, declared)
    policy_rows = _policy_rows(rows, project, rule, cumulative_risks(margins)[:, -1])
    model = RiskModel(
        space=space,
        hazards=fitted.hazards,
        sigmoids=fitted.sigmoids,
        scale=choose_scale(policy_rows, project.tiers),
        rule=rule,
        trained_until=trained_until,
    )
    return model, policy_rows


def fit_rule(rows: TrainingRows, project: Project, space: FeatureSpace) -> RuleModel | None:
    """The health score with its calibration on labelled rows; None if there is none."""
    scorer = health_scorer(rows, project)
    if scorer is None:
        return None
    return RuleModel.fit(
        scorer,
        space,
        rows=(rows.features, rows.labels),
        intervals=project.training.intervals(),
        borders=Borders(project.tiers.yellow, project.tiers.red),
    )


def health_scorer(rows: TrainingRows, project: Project) -> HealthScorer | None:
    """The declared health score, its indicators made of the features where none are declared.

    None if none is wanted, none can be made, or no account has any of its data.
    """
    declared = project.health_score
    if declared is not None and not declared.indicators:
        declared = declared.model_copy(update={"indicators": default_indicators(project.features(), rows.features)})
    if declared is None or not declared.indicators:
        return None
    scorer = HealthScorer(declared)
    return None if scorer.score(rows.features)["health_score"].isna().all() else scorer


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
