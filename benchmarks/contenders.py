"""Other people's models on our rows: each learns from the same matrix and says a risk for the same later rows.

Every contender that needs to stop or to be tuned does so on the latest of its training cutoffs, with the embargo of
the largest horizon before them (on other accounts, where history is too short for that), and is then fitted again on
all training rows: the fair way to use each of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import log_loss

from churnpredict.lab.learning.baselines import fit_logistic, logistic_risk
from churnpredict.scoring import FeatureSpace

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
SCRIPT = Path(__file__).with_name("autogluon_contender.py")
SEED, TRIALS, PATIENCE, MOST_TREES = 7, 40, 50, 1_000
LEAVES, RATES, ROWS_OF_A_LEAF = (2, 31), (0.01, 0.1), (10, 200)


@dataclass(frozen=True)
class Contest:
    """What every contender gets.

    Parameters
    ----------
    space
        The features, learnt from the training rows.
    train, test
        Rows × features: numbers, and codes of categories; NaN is missing.
    churned
        Of the training rows: 1 or 0 within the last horizon.
    earlier, later
        Which training rows a contender may learn from, and which it may be validated on, when it tunes itself:
        the later ones begin a largest horizon after the earlier ones end, or are of other accounts.
    seconds
        How long tuning may take.
    """

    space: FeatureSpace
    train: npt.NDArray[np.float32]
    test: npt.NDArray[np.float32]
    churned: Floats
    earlier: Bools
    later: Bools
    seconds: int


class CannotRunError(Exception):
    """Why a contender cannot run here."""


def logistic(contest: Contest) -> Floats:
    model = fit_logistic(contest.train, contest.churned, contest.space)
    return logistic_risk(model, contest.test)


def random_forest(contest: Contest) -> Floats:
    """500 trees with 15 rows to a leaf; scikit-learn's forests read NaN."""
    forest = RandomForestClassifier(500, min_samples_leaf=15, random_state=SEED, n_jobs=2)
    usable = ~np.isnan(contest.train).all(axis=0)
    fitted = forest.fit(contest.train[:, usable], contest.churned)
    return np.asarray(fitted.predict_proba(contest.test[:, usable])[:, 1])


def lightgbm_default(contest: Contest) -> Floats:
    data = lgb.Dataset(contest.train, contest.churned, categorical_feature=contest.space.categorical)
    common = {"objective": "binary", "verbosity": -1, "seed": SEED, "num_threads": 1}
    return np.asarray(lgb.train(common, data, 100).predict(contest.test))


def lightgbm_tuned(contest: Contest) -> Floats:
    """Optuna over the settings that matter, judged on the later training rows."""
    optuna = _imported("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    earlier, later = contest.earlier, contest.later

    def objective(trial: Any) -> float:
        data, watched = _lightgbm_data(contest, earlier), _lightgbm_data(contest, later)
        stopping = lgb.early_stopping(PATIENCE, verbose=False)
        booster = lgb.train(_lightgbm_space(trial), data, MOST_TREES, valid_sets=[watched], callbacks=[stopping])
        trial.set_user_attr("trees", booster.best_iteration)
        return float(log_loss(contest.churned[later], booster.predict(contest.train[later])))

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=SEED))
    study.optimize(objective, n_trials=TRIALS, timeout=contest.seconds)
    best = study.best_trial
    parameters = _lightgbm_space(optuna.trial.FixedTrial(best.params))
    booster = lgb.train(parameters, _lightgbm_data(contest, np.ones_like(earlier)), best.user_attrs["trees"])
    return np.asarray(booster.predict(contest.test))


def _lightgbm_data(contest: Contest, rows: Bools) -> lgb.Dataset:
    read = {"categorical_feature": contest.space.categorical, "params": {"verbosity": -1}, "free_raw_data": False}
    return lgb.Dataset(contest.train[rows], contest.churned[rows], **read)


def _lightgbm_space(trial: Any) -> dict[str, Any]:
    return {
        "objective": "binary",
        "verbosity": -1,
        "seed": SEED,
        "num_threads": 1,
        "bagging_freq": 1,
        "num_leaves": trial.suggest_int("num_leaves", *LEAVES, log=True),
        "learning_rate": trial.suggest_float("learning_rate", *RATES, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", *ROWS_OF_A_LEAF, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 1e-3, 100.0, log=True),
    }


def xgboost(contest: Contest) -> Floats:
    """Depth 6 at rate 0.05, stopped on the later training rows."""
    library = _imported("xgboost")
    common = {"learning_rate": 0.05, "random_state": SEED, "n_jobs": 2, "enable_categorical": True}
    kinds = ["c" if i in contest.space.categorical else "q" for i in range(contest.train.shape[1])]
    common["feature_types"] = kinds
    later = contest.later
    stopped = library.XGBClassifier(n_estimators=MOST_TREES, early_stopping_rounds=PATIENCE, **common)
    stopped.fit(
        contest.train[contest.earlier],
        contest.churned[contest.earlier],
        eval_set=[(contest.train[later], contest.churned[later])],
        verbose=False,
    )
    model = library.XGBClassifier(n_estimators=stopped.best_iteration + 1, **common)
    model.fit(contest.train, contest.churned)
    return np.asarray(model.predict_proba(contest.test)[:, 1], dtype=np.float64)


def catboost(contest: Contest) -> Floats:
    """The library's defaults, stopped on the later training rows."""
    library = _imported("catboost")
    common = {"random_seed": SEED, "thread_count": 2, "verbose": False, "allow_writing_files": False}
    common |= {"cat_features": contest.space.categorical, "loss_function": "Logloss", "learning_rate": 0.05}
    train, test = (_with_text(contest, matrix) for matrix in (contest.train, contest.test))
    later = contest.later
    stopped = library.CatBoostClassifier(iterations=MOST_TREES, od_type="Iter", od_wait=PATIENCE, **common)
    stopped.fit(
        train[contest.earlier], contest.churned[contest.earlier], eval_set=(train[later], contest.churned[later])
    )
    model = library.CatBoostClassifier(iterations=stopped.tree_count_, **common)
    model.fit(train, contest.churned)
    return np.asarray(model.predict_proba(test)[:, 1], dtype=np.float64)


def autogluon(contest: Contest) -> Floats:
    """In an environment of its own, because it cannot live beside pandas 3."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise CannotRunError("uv is not on the path, and AutoGluon needs an environment of its own")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train = _with_text(contest, contest.train).assign(churned=contest.churned)
        train[contest.earlier].to_parquet(folder / "earlier.parquet")
        train[contest.later].to_parquet(folder / "later.parquet")
        _with_text(contest, contest.test).to_parquet(folder / "test.parquet")
        command = [uv, "run", "--quiet", "--no-project", "--script", str(SCRIPT), name, str(contest.seconds)]
        clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=clean)
        if done.returncode:
            raise CannotRunError((done.stderr or done.stdout).strip()[-400:])
        return pd.read_parquet(folder / "risk.parquet")["risk"].to_numpy(dtype=np.float64)


def _with_text(contest: Contest, matrix: npt.NDArray[np.float32]) -> pd.DataFrame:
    """The matrix as a frame whose categories are text, as both libraries want them."""
    frame = pd.DataFrame(matrix, columns=contest.space.names)
    for position in contest.space.categorical:
        frame[contest.space.names[position]] = [f"{code:g}" for code in matrix[:, position]]
    return frame


def _imported(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError as error:
        raise CannotRunError(f"{name} is not installed; add --group peers") from error


#: In the order in which they are shown.
CONTENDERS: dict[str, Callable[[Contest], Floats]] = {
    "logistic": logistic,
    "random_forest": random_forest,
    "lightgbm_default": lightgbm_default,
    "lightgbm_tuned": lightgbm_tuned,
    "xgboost": xgboost,
    "catboost": catboost,
    "autogluon": autogluon,
}
