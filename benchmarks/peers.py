"""Our model against other people's, side by side: same features, same rows, same cutoffs, judged on a later time.

    uv run --group peers python benchmarks/peers.py --data simulator --json
    uv run --group peers python benchmarks/peers.py --data online_retail --sets FOLDER

``--data`` is ``simulator`` (2,000 accounts with the demonstration's declarations) or a set under examples/, whose
tables FOLDER holds in a folder of that name. Everyone learns from what was known at the first test cutoff.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from contenders import CONTENDERS, CannotRunError, Contest
from oracle import lay_out
from real_sets import AS_OF, SETS, project_of
from sklearn.model_selection import GroupKFold

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Project, read_project
from churnpredict.dataset import Hindsight, open_dataset
from churnpredict.errors import TrainingError
from churnpredict.lab.learning.fitting import features_at, fit, settings_for
from churnpredict.lab.learning.splits import OutOfTimeSplit, out_of_time_split
from churnpredict.lab.learning.training_rows import TrainingRows, rows_of
from churnpredict.lab.metrics import AccountBootstrap, Figures, figures
from churnpredict.lab.metrics.figures import log_losses
from churnpredict.lab.metrics.intervals import interval_of
from churnpredict.scoring import RiskModel
from churnpredict.simulation import World, simulate

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
SHOWN = ("log_loss", "auc", "pr_auc", "lift_at_10")


@dataclass(frozen=True)
class Trial:
    """Rows to learn from, as they were known at the first test cutoff, and later rows to be judged on.

    `earlier` and `later` are the parts of `past` for those who tune themselves.
    """

    project: Project
    past: TrainingRows
    test: TrainingRows
    known_until: date
    earlier: Bools
    later: Bools


@contextmanager
def opened(name: str, options: argparse.Namespace) -> Iterator[tuple[Project, date]]:
    """The project of a set, or of a simulated company, and the day it is looked at."""
    with tempfile.TemporaryDirectory() as folder:
        if name == "simulator":
            world = World(accounts=options.accounts, seed=options.seed)
            yield lay_out(simulate(world), Path(folder) / name), world.start + timedelta(days=world.days)
        else:
            yield read_project(project_of(name, options.sets, Path(folder))), date.fromisoformat(AS_OF[name])


def split(project: Project, as_of: date) -> Trial:
    """The rows of a trial: cut as in training, and the past cut once more for contenders that tune themselves."""
    declared = project.training
    with open_dataset(project) as dataset:
        cutoffs = dataset.training_cutoffs(as_of)
        asked = {"horizons": declared.horizons, "test_share": declared.test_share}
        outer = out_of_time_split(cutoffs, _closed(project, as_of), **asked)
        features = features_at(dataset, cutoffs)
        past = TrainingRows.known_at(dataset, rows_of(features, outer.train), outer.known_until).labelled()
        test = TrainingRows.known_at(dataset, rows_of(features, outer.test), as_of)
    earlier, later = halves(past, outer, project)
    return Trial(project, past, test.where(~np.isnan(test.churned())), outer.known_until, earlier, later)


def halves(past: TrainingRows, outer: OutOfTimeSplit, project: Project) -> tuple[Bools, Bools]:
    """Where contenders that tune themselves learn, and where they are validated.

    That is a later time behind an embargo, or other accounts where history is too short for one.
    """
    declared, closed = project.training, _closed(project, outer.known_until)
    try:
        inner = out_of_time_split(outer.train, closed, horizons=declared.horizons, test_share=declared.test_share)
    except TrainingError:
        folds = GroupKFold(4).split(past.labels, groups=past.accounts)
        later = np.isin(np.arange(len(past.labels)), next(folds)[1])
        return ~later, later
    cutoffs, begins = past.features[CUTOFF], pd.Timestamp(inner.known_until)
    last = begins - timedelta(days=declared.horizons[-1])
    return (cutoffs <= last).to_numpy(), (cutoffs >= begins).to_numpy()


def _closed(project: Project, observed_until: date) -> date:
    return Hindsight.at(observed_until, project.training.intervals(), project.churn).closed_until


def contest_of(trial: Trial, model: RiskModel, seconds: int) -> Contest:
    """The training rows whose last horizon is closed, as matrices, and where they are cut for tuning."""
    usable = ~np.isnan(trial.past.churned())
    known = trial.past.where(usable)
    return Contest(
        space=model.space,
        train=model.space.encode(known.features),
        test=model.space.encode(trial.test.features),
        churned=known.churned(),
        earlier=trial.earlier[usable],
        later=trial.later[usable],
        seconds=seconds,
    )


def run(trial: Trial, chosen: list[str], seconds: int) -> dict[str, Any]:
    """Figures of every contender, and of the paired difference of its log-loss to ours."""
    begun = time.perf_counter()
    model = fit(
        trial.past, trial.project, trial.known_until, settings_for(trial.past, trial.project, trial.known_until)
    )
    risks = {"churnpredict": model.risks(trial.test.features)[:, -1]}
    took = {"churnpredict": time.perf_counter() - begun}
    failed = {}
    if model.rule is not None:
        risks["health_score"] = model.rule.risks(trial.test.features)[:, -1]
    contest = contest_of(trial, model, seconds)
    for name in chosen:
        begun = time.perf_counter()
        try:
            risks[name] = CONTENDERS[name](contest)
        except CannotRunError as reason:
            failed[name] = {"could_not_run": str(reason)}
        took[name] = time.perf_counter() - begun
        print(f"{name} done", file=sys.stderr)
    return _judged(trial.test, risks, took) | failed


def _judged(test: TrainingRows, risks: dict[str, Floats], took: dict[str, float]) -> dict[str, Any]:
    churned, keys = test.churned(), test.features
    bootstrap = AccountBootstrap.of(keys[ACCOUNT_ID])
    losses = {name: log_losses(churned, risk) for name, risk in risks.items()}
    judged = {}
    for name, risk in risks.items():
        found = figures(churned, risk, accounts=keys[ACCOUNT_ID], cutoffs=keys[CUTOFF]).as_dict()
        ahead = losses[name] - losses["churnpredict"]
        found["log_loss_minus_ours"] = float(ahead.mean())
        found["intervals"]["log_loss_minus_ours"] = interval_of(bootstrap.ratios(ahead))
        judged[name] = found | {"seconds": round(took.get(name, 0.0), 1)}
    return judged


def verdict(contenders: dict[str, Any]) -> str:
    """Whether ours has the best log-loss, and if not, whether the difference may be chance."""
    ran = {name: found for name, found in contenders.items() if "log_loss" in found}
    best = min(ran, key=lambda name: ran[name]["log_loss"])
    if best == "churnpredict":
        return "best"
    low, high = ran[best]["intervals"]["log_loss_minus_ours"]
    close = "within the interval of" if low <= 0 <= high else "behind"
    return f"{close} {best}"


def main() -> None:
    """Run the contenders on one set and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, choices=["simulator", *AS_OF])
    parser.add_argument("--sets", type=Path, default=SETS, help="folder with one folder per set")
    parser.add_argument("--accounts", type=int, default=2_000, help="of the simulator")
    parser.add_argument("--seed", type=int, default=1, help="of the simulator")
    parser.add_argument("--seconds", type=int, default=120, help="for tuning, and for AutoGluon, each")
    parser.add_argument("--contenders", nargs="*", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with opened(options.data, options) as (project, as_of):
        trial = split(project, as_of)
        contenders = run(trial, options.contenders, options.seconds)
    result = {"data": options.data, "ours": verdict(contenders), "contenders": contenders}
    print(json.dumps(result) if options.json else table(result))


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown, each with its 95 % interval over accounts."""
    ours: Figures | dict[str, Any] = result["contenders"]["churnpredict"]
    about = f"{ours['n']:,} rows, {ours['churners']:,} distinct churners, base rate {ours['base_rate']:.3f}"
    lines = [
        f"**{result['data']}**: {about}. churnpredict: {result['ours']}.",
        "",
        "| contender | log-loss | AUC | PR-AUC | lift at 10 % | log-loss − ours | s |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    ran = {name: found for name, found in result["contenders"].items() if "log_loss" in found}
    for name, found in sorted(ran.items(), key=lambda item: item[1]["log_loss"]):
        cells = [_shown(found, key) for key in (*SHOWN, "log_loss_minus_ours")]
        cells[-1] = "" if name == "churnpredict" else cells[-1]
        lines.append(f"| {name} | {' | '.join(cells)} | {found['seconds']:.0f} |")
    failed = {name: found for name, found in result["contenders"].items() if name not in ran}
    notes = [f"{name} could not run: {found['could_not_run']}" for name, found in failed.items()]
    return "\n".join([*lines, "", *notes])


def _shown(found: dict[str, Any], key: str) -> str:
    low, high = found["intervals"][key]
    digits = 4 if key.startswith("log_loss") else 3
    return f"{found[key]:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


if __name__ == "__main__":
    main()
