"""Retraining on a schedule: tune if due, train, compare with the champion, and promote through the gate."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from churnpredict.config import Project
from churnpredict.dataset import Dataset
from churnpredict.errors import BundleError, Problem, TrainingError
from churnpredict.lab.comparing.comparison import Comparison, compare
from churnpredict.lab.comparing.contest import Entrant
from churnpredict.lab.comparing.gate import Check, Verdict, decide
from churnpredict.lab.learning.training import Training, train
from churnpredict.lab.learning.tuned import Tuned
from churnpredict.lab.learning.tuning import Progress, has_optuna, tune, tuning_due
from churnpredict.lab.tracking.registry import promote, register
from churnpredict.publishing import write_whole
from churnpredict.stages import Stages

_log = logging.getLogger(__name__)

DOCUMENT = "comparison.json"
#: Days of new cutoffs after which a schedule tunes again: which settings suit changes as slowly as the churners grow.
TUNED_FOR_DAYS = 180


@dataclass(frozen=True)
class Judged:
    """A comparison of champion and challenger with its verdict.

    Parameters
    ----------
    comparison
        None where the two could not be compared; the verdict says why.
    verdict
        Whether the challenger takes the champion's place.
    """

    comparison: Comparison | None
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        compared = None if self.comparison is None else self.comparison.as_dict()
        return {"comparison": compared, "verdict": self.verdict.as_dict()}

    def sentences(self) -> list[str]:
        """It in words."""
        compared = [] if self.comparison is None else [self.comparison.ground.sentence()]
        stable = [] if self.comparison is None else self.comparison.stability.sentences()
        return [*compared, *stable, *self.verdict.sentences()]


@dataclass(frozen=True)
class Retraining:
    """What a retraining came to.

    Parameters
    ----------
    tuned
        What tuning chose, where it was due and possible.
    training
        The new model and its proof.
    judged
        Its comparison with the champion; None where there was none to compare it with: no champion, one that cannot be
        read or reads features that are declared no more, or the same model again.
    champion
        Whether the new model is the champion now.
    """

    tuned: Tuned | None
    training: Training
    judged: Judged | None
    champion: bool


def judge_challenger(dataset: Dataset, observed_until: date, *, stages: Stages | None = None) -> Judged:
    """Compare the challenger with the champion, and keep what came of it beside the models.

    Parameters
    ----------
    dataset
        The opened sources.
    observed_until
        Today: nothing at or after it is used.
    stages
        Where time is kept.

    Raises
    ------
    BundleError
        If one of the two is missing, damaged, or reads features that are not declared any more.
    """
    project = dataset.project
    champion, challenger = (_read(folder) for folder in (project.champion_folder, project.challenger_folder))
    try:
        found = compare(dataset, champion, challenger, observed_until, stages=stages)
        judged = Judged(found, decide(found, project.gate))
    except TrainingError as error:
        why = f"Champion and challenger cannot be compared yet: {error.problems[0]}"
        judged = Judged(None, Verdict((Check("comparable", passed=False, said=why),)))
    _keep(judged, project)
    return judged


def retrain(
    dataset: Dataset,
    observed_until: date,
    *,
    trials: int,
    accept_suspected_leak: bool = False,
    stages: Stages | None = None,
) -> Retraining:
    """Tune if due, train, compare with the champion, and promote what passes the gate.

    The caller holds the models folder. Where the champion cannot serve any more, the new model takes its place, as
    `register` says. Where Optuna is not installed, or there is too little to tune on, tuning is
    passed over.

    Parameters
    ----------
    dataset
        The opened sources.
    observed_until
        Today: nothing at or after it is used.
    trials
        Trials of a tuning that is due; 0 never tunes.
    accept_suspected_leak
        See `train`.
    stages
        Where time is kept.

    Raises
    ------
    TrainingError
        If there is too little to learn from; the champion stays.
    """
    stages = stages or Stages()
    tuned = _tuned(dataset, observed_until, trials, stages)
    training = train(dataset, observed_until, accept_suspected_leak=accept_suspected_leak, stages=stages)
    if register(training, dataset.project) == "champion":
        return Retraining(tuned, training, None, champion=True)
    judged = judge_challenger(dataset, observed_until, stages=stages)
    if judged.verdict.promote:
        promote(dataset.project)
    return Retraining(tuned, training, judged, champion=judged.verdict.promote)


def _tuned(dataset: Dataset, observed_until: date, trials: int, stages: Stages) -> Tuned | None:
    if not trials or not has_optuna() or not tuning_due(dataset, observed_until, after_days=TUNED_FOR_DAYS):
        return None

    def watch(progress: Progress) -> None:
        stages.watch(f"tuning: {progress.ended} of {progress.trials} trials, log-loss {progress.best:.4f}")

    with stages.stage("tuning"):
        try:
            tuned = tune(dataset, observed_until, trials=trials, watch=watch)
        except TrainingError as error:
            _log.info("Not tuned: %s", error)
            return None
    tuned.save(dataset.project.tuning_folder)
    return tuned


def _read(folder: Path) -> Entrant:
    if not folder.is_dir():
        todo = "A second `churnpredict train` makes a challenger."
        raise BundleError(Problem(str(folder), "no model here", "a champion and a challenger", todo))
    return Entrant.read(folder)


def _keep(judged: Judged, project: Project) -> None:
    text = json.dumps(judged.as_dict(), indent=1, allow_nan=False)
    write_whole(project.models_folder / DOCUMENT, (text + "\n").encode())
