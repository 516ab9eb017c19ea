"""Settings of the trees by search, each trial judged on later times than it learnt from. Only here is Optuna imported.

Trials are kept as they end. A killed search goes on where it was, and since every trial draws from a seed of its own,
it ends as it would have without the interruption.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.dataset import Dataset, Hindsight
from churnpredict.errors import TrainingError, UsageError, not_installed
from churnpredict.lab.learning.fitting import features_at, fit, refuse_too_few
from churnpredict.lab.learning.splits import OutOfTimeSplit, account_folds, few_origins, out_of_time_split
from churnpredict.lab.learning.training_rows import TrainingRows, rows_of
from churnpredict.lab.learning.tuned import Tuned
from churnpredict.lab.metrics import AccountBootstrap
from churnpredict.lab.metrics.figures import log_losses
from churnpredict.lab.metrics.intervals import interval_of
from churnpredict.publishing import locked, write_whole
from churnpredict.scoring import FeatureSpace, Settings, cumulative_risks, fit_hazards
from churnpredict.scoring.feature_space import Matrix

Floats = npt.NDArray[np.float64]

#: Share of what is known before the final test that trials are judged on.
JUDGED_SHARE = 0.4
MOST_ORIGINS = 3
#: Folds of accounts whose later rows choose; those of the others say whether it was worth it.
CHOOSING_FOLDS = (0, 1, 2)
#: Trials drawn at random before the sampler has something to go by, and before any is pruned.
RANDOM_TRIALS, UNPRUNED_TRIALS = 8, 5
#: Settings of the trees that are searched.
SEARCHED = ("leaves", "rate", "rows_of_a_leaf", "features_share", "ridge")
JOURNAL_ENDING = ".journal"


class Progress(NamedTuple):
    """How far a search is: trials that ended, trials there will be, and the lowest log-loss so far (nats)."""

    ended: int
    trials: int
    best: float


@dataclass(frozen=True)
class _Fold:
    """What was known at an origin, and rows of later cutoffs with what came of them."""

    known_until: date
    past: TrainingRows
    categorical: list[int]
    matrices: tuple[Matrix, Matrix]
    later: TrainingRows
    choosing: npt.NDArray[np.bool_]


def has_optuna() -> bool:
    """Whether Optuna is installed."""
    return find_spec("optuna") is not None


def require_optuna() -> None:
    """Say what to install before long work.

    Raises
    ------
    UsageError
        If Optuna is not installed.
    """
    if not has_optuna():
        raise UsageError(not_installed("tune", "Optuna", extra="lab"))


def tune(
    dataset: Dataset, observed_until: date, *, trials: int, watch: Callable[[Progress], None] | None = None
) -> Tuned:
    """Search for settings, and say whether they are better than the default on accounts that chose nothing.

    The final test cutoffs, on which training proves itself and challengers are compared, are never looked at. The
    objective is the log-loss of the risk up to the last horizon, by one uncalibrated booster per interval; what was
    chosen is then judged with calibration and bags, as it would be used.

    Parameters
    ----------
    dataset
        The opened sources.
    observed_until
        Nothing at or after this day is used.
    trials
        How many there shall be in all, those of an interrupted search included; 1 or more.
    watch
        Called as each trial ends.

    Raises
    ------
    UsageError
        If Optuna is not installed.
    TrainingError
        If history is too short, or there are too few churners to learn from.
    """
    require_optuna()
    project = dataset.project
    known_until, cutoffs, test = _before_the_final_test(dataset, observed_until)
    features = features_at(dataset, cutoffs)
    rows = TrainingRows.known_at(dataset, features, known_until)
    refuse_too_few(rows, project, known_until)
    default = Settings.for_churners(rows.churners, bags=project.training.bags, seed=project.training.seed)
    folds = _folds(dataset, features, test, known_until)
    search = _Search(folds, project.training.intervals(), replace(default, bags=1))
    with _journal(project.tuning_folder, search.key()) as journal:
        found, ended = search.run(journal, trials, watch)
    return _judged(dataset, folds, (replace(found, bags=default.bags), default), known_until=known_until, trials=ended)


def tuning_due(dataset: Dataset, observed_until: date, *, after_days: int) -> bool:
    """Whether to tune again: never done, or new cutoffs of `after_days` days or more could be used by now."""
    tuned = Tuned.read(dataset.project.tuning_folder)
    if tuned is None:
        return True
    known_until, _, _ = _before_the_final_test(dataset, observed_until)
    return (known_until - tuned.known_until).days >= after_days


def _before_the_final_test(dataset: Dataset, observed_until: date) -> tuple[date, list[date], tuple[date, ...]]:
    """The first final test cutoff; the cutoffs that can be learnt from before it; those of them that trials judge."""
    training, churn = dataset.project.training, dataset.project.churn
    cutoffs, horizons = dataset.training_cutoffs(observed_until), training.horizons
    closed = Hindsight.at(observed_until, training.intervals(), churn).closed_until
    final = out_of_time_split(cutoffs, closed, horizons=horizons, test_share=training.test_share)
    known_until = final.known_until
    closed = Hindsight.at(known_until, training.intervals(), churn).closed_until
    before = [cutoff for cutoff in cutoffs if cutoff + timedelta(days=horizons[0]) <= closed]
    return known_until, before, out_of_time_split(before, closed, horizons=horizons, test_share=JUDGED_SHARE).test


def _folds(dataset: Dataset, features: pd.DataFrame, test: tuple[date, ...], known_until: date) -> list[_Fold]:
    """A fold per origin at which there was enough to learn from.

    Raises
    ------
    TrainingError
        If there was at none, with the reason of the last.
    """
    cutoffs = [moment.date() for moment in features[CUTOFF].unique()]
    first_horizon = dataset.project.training.horizons[0]
    folds, failure = [], TrainingError()
    for origin in few_origins(cutoffs, test, first_horizon=first_horizon, most=MOST_ORIGINS):
        try:
            folds.append(_fold(dataset, features, origin, known_until))
        except TrainingError as error:
            failure = error
    if not folds:
        raise failure
    return folds


def _fold(dataset: Dataset, features: pd.DataFrame, origin: OutOfTimeSplit, known_until: date) -> _Fold:
    project = dataset.project
    past = TrainingRows.known_at(dataset, rows_of(features, origin.train), origin.known_until).labelled()
    refuse_too_few(past, project, origin.known_until)
    later = TrainingRows.known_at(dataset, rows_of(features, origin.test), known_until)
    later = later.where(~np.isnan(later.churned()))
    space = FeatureSpace.learn(project.features(), past.features)
    everybody = features[ACCOUNT_ID].to_numpy(dtype=object)
    names = np.unique(everybody.astype(str)).astype(object)
    group = dict(zip(names, account_folds(names, seed=project.training.seed), strict=True))
    choosing = np.array([group[account] in CHOOSING_FOLDS for account in later.accounts], dtype=bool)
    return _Fold(
        origin.known_until,
        past,
        space.categorical,
        (space.encode(past.features), space.encode(later.features)),
        later,
        choosing,
    )


@dataclass(frozen=True)
class _Search:
    """Trials on folds, around a default."""

    folds: list[_Fold]
    intervals: list[tuple[int, int]]
    default: Settings

    def key(self) -> str:
        """What tells this search from others: all that the objective is computed from."""
        digest = sha256(repr((self.default, self.intervals)).encode())
        for fold in self.folds:
            for values in (*fold.matrices, fold.past.labels, fold.later.labels, fold.choosing):
                digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()[:16]

    def run(self, journal: Path, trials: int, watch: Callable[[Progress], None] | None) -> tuple[Settings, int]:
        """The best settings of so many trials, those that the journal holds already included, and how many ended."""
        import optuna  # noqa: PLC0415
        from optuna.storages.journal import JournalFileBackend  # noqa: PLC0415

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        states = optuna.trial.TrialState
        backend = JournalFileBackend(str(journal))
        study = optuna.create_study(
            storage=optuna.storages.JournalStorage(backend),
            study_name=journal.stem,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=UNPRUNED_TRIALS),
            load_if_exists=True,
        )
        for zombie in study.get_trials(deepcopy=False, states=(states.RUNNING,)):
            # Its process was killed: what it was about to say is not known, and nobody will.
            study.tell(zombie.number, state=states.FAIL)
        while (ended := len(study.get_trials(deepcopy=False, states=(states.COMPLETE, states.PRUNED)))) < trials:
            # A seed of its own for each: the generator's state is not kept, so an interrupted search would drift.
            study.sampler = optuna.samplers.TPESampler(seed=self.default.seed + ended, n_startup_trials=RANDOM_TRIALS)
            if not ended and not study.get_trials(deepcopy=False, states=(states.WAITING,)):
                study.enqueue_trial(self._values(self.default))
            self._try(study, study.ask(), states)
            if watch is not None:
                watch(Progress(ended + 1, trials, study.best_value))
        return self._settings(study.best_params), ended

    def _try(self, study: Any, trial: Any, states: Any) -> None:
        settings = self._suggested(trial)
        loss = rows = 0.0
        for step, fold in enumerate(self.folds):
            losses = self._losses(fold, settings)
            loss, rows = loss + float(losses.sum()), rows + len(losses)
            trial.report(loss / rows, step)
            if step + 1 < len(self.folds) and trial.should_prune():
                study.tell(trial, state=states.PRUNED)
                return
        study.tell(trial, loss / rows)

    def _losses(self, fold: _Fold, settings: Settings) -> Floats:
        past, later = fold.matrices
        hazards = fit_hazards(
            past, fold.past.labels, intervals=self.intervals, categorical=fold.categorical, settings=settings
        )
        risk = cumulative_risks(hazards.margins(later[fold.choosing]))[:, -1]
        return log_losses(fold.later.churned()[fold.choosing], risk)

    def _suggested(self, trial: Any) -> Settings:
        """Settings that so many churners can carry: around the default, and never a tree of more than twice its leaves.

        The number of trees stays: with the rate it would be searched twice.
        """
        trial.suggest_int("leaves", 2, 2 * self.default.leaves, log=True)
        trial.suggest_float("rate", 0.01, 0.06, log=True)
        trial.suggest_int("rows_of_a_leaf", 20, 200, log=True)
        trial.suggest_float("features_share", 0.2, 0.9)
        trial.suggest_float("ridge", 0.5, 50.0, log=True)
        return self._settings(trial.params)

    def _settings(self, params: dict[str, Any]) -> Settings:
        return replace(self.default, **params)

    @staticmethod
    def _values(settings: Settings) -> dict[str, Any]:
        return {name: getattr(settings, name) for name in SEARCHED}


@contextmanager
def _journal(folder: Path, key: str) -> Iterator[Path]:
    """The journal of a search, held by this run alone; those of searches on other data are removed."""
    with locked(folder):
        path = folder / f"{key}{JOURNAL_ENDING}"
        for other in folder.glob(f"*{JOURNAL_ENDING}*"):
            # A lock beside the journal was left by a killed run, for this run holds the folder.
            if other != path:
                other.unlink(missing_ok=True)
        if path.exists():
            content = path.read_bytes()
            # A line that was being written when the run was killed would spoil the next one.
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                write_whole(path, content[:whole])
        yield path


def _judged(
    dataset: Dataset, folds: list[_Fold], settings: tuple[Settings, Settings], *, known_until: date, trials: int
) -> Tuned:
    """The chosen settings against the default, as models are made, on later rows of accounts that chose nothing."""
    chosen, default = settings
    judging = [fold.later.where(~fold.choosing) for fold in folds]
    churned = np.concatenate([rows.churned() for rows in judging])
    accounts = np.concatenate([rows.accounts for rows in judging])
    losses = []
    for each in settings if chosen != default else (default,):
        models = [fit(fold.past, dataset.project, fold.known_until, each) for fold in folds]
        risks = [model.risks(rows.features)[:, -1] for model, rows in zip(models, judging, strict=True)]
        losses.append(log_losses(churned, np.concatenate(risks)))
    better = losses[-1] - losses[0]
    replicates = AccountBootstrap.of(accounts.astype(str)).ratios(better)
    return Tuned(
        settings=chosen,
        default=default,
        known_until=known_until,
        trials=trials,
        log_loss=float(losses[0].mean()),
        default_log_loss=float(losses[-1].mean()),
        gain=float(better.mean()),
        interval=interval_of(replicates),
        rows=len(churned),
        churners=len(np.unique(accounts[churned == 1].astype(str))),
    )
