"""What a gap in the sources costs: the same simulated companies, learnt from with and without what is missing.

    uv run python benchmarks/gaps.py [--accounts 1500] [--judged 1500] [--seeds 1 2 3 4 5] [--gaps …] [--json]

For each seed a company is simulated for 3½ years. On day 900 a model is trained on the tables of the first `--accounts`
accounts, as the weekly job would, and judged on the whole company every four weeks until the labels run out. Then the
same again for each gap:

- a category of signals is not declared, or a source (payments, surveys, contacts, the renewal date);
- history began eighteen months, or a year, before the training: earlier cutoffs are not there to learn from;
- sources have no `known_at`: the model learns from rows that nobody could have read at the time, and is judged, as
  it would be served, on those that could be.

Ends with one JSON object: per gap the AUC lost and the log-loss added against the whole, each as a mean over the seeds
with its 95 % interval (Student's t), and the mean risk over the share that churned. `lab/costs.py` holds these figures.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from oracle import DAYS, LEARNT_DAYS, RECORDED, lay_out
from scipy.stats import t
from sklearn.metrics import log_loss, roc_auc_score

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Project, read_project
from churnpredict.dataset import open_dataset
from churnpredict.errors import TrainingError
from churnpredict.lab.learning.fitting import fit, labelled_rows, settings_for
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.simulation import World, simulate

FOUR_WEEKS = 28
WHOLE = "nothing is missing"
#: Days of history that short ones have.
SHORT = {"eighteen months of history": 548, "a year of history": 365}
SOURCES = ("payments", "surveys", "contact")
CATEGORIES = ("product", "support", "financial", "executive")
NO_CLOCK = "no known_at"


def gaps(project: Project) -> Iterator[tuple[str, list[str]]]:
    """Each gap of declarations, and the features that are left."""
    declared = project.features()
    every = [str(feature.name) for feature in declared]
    yield WHOLE, every
    for category in CATEGORIES:
        yield f"no {category} signals", [str(each.name) for each in declared if each.category != category]
    for source in SOURCES:
        told = project.events[source].signals if source in project.events else project.histories[source].values
        yield f"no {source}", [str(each.name) for each in declared if each.name.signal not in told]
    yield "no renewal date", [str(each.name) for each in declared if each.name.aggregation != "days_until"]


def judged_rows(project: Project, start: date) -> TrainingRows:
    """The whole company on a list every four weeks after the training, with what became of each account."""
    days = range(LEARNT_DAYS, DAYS - 90 - RECORDED, FOUR_WEEKS)
    with open_dataset(project) as dataset:
        frames = dataset.features([start + timedelta(days=day) for day in days])
        features = pd.concat(list(frames), ignore_index=True)
        return TrainingRows.known_at(dataset, features, start + timedelta(days=DAYS))


def learnt_rows(project: Project, origin: date) -> TrainingRows:
    """What is learnt from."""
    with open_dataset(project) as dataset:
        return labelled_rows(dataset, origin)


def without_clock(folder: Path) -> Project:
    """The same declarations without any `known_at`."""
    lines = (folder / "churnpredict.toml").read_text(encoding="utf-8").splitlines(keepends=True)
    path = folder / "without_clock.toml"
    path.write_text("".join(line for line in lines if not line.startswith("known_at")), encoding="utf-8")
    return read_project(path)


def figures(
    rows: TrainingRows, judged: TrainingRows, project: Project, origin: date, names: list[str]
) -> dict[str, float]:
    """How well a model that learnt from `rows` does on the judged ones."""
    one_bag = replace(settings_for(rows, project, origin), bags=1)
    model = fit(rows, project, origin, one_bag, names)
    churned = judged.churned()
    known = ~np.isnan(churned)
    said = model.predict(judged.features)["risk_90d"].to_numpy()[known]
    happened = churned[known]
    return {
        "auc": float(roc_auc_score(happened, said)),
        "log_loss": float(log_loss(happened, said)),
        "risk_over_churn": float(said.mean() / happened.mean()),
    }


def run(seed: int, accounts: int, judged_accounts: int, wanted: list[str]) -> dict[str, dict[str, float]]:
    """The figures of one company, whole and with each wanted gap; with all of them where none is named."""
    world = World(accounts=max(accounts, judged_accounts), days=DAYS, seed=seed)
    origin = world.start + timedelta(days=LEARNT_DAYS)
    company = simulate(world)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = lay_out(company, folder / "own", set(company.tables["accounts"][ACCOUNT_ID].iloc[:accounts]))
        judged = judged_rows(lay_out(company, folder / "whole"), world.start)
        rows = learnt_rows(project, origin)
        unclocked = learnt_rows(without_clock(folder / "own"), origin)
    every = [str(feature.name) for feature in project.features()]
    asked = {gap: names for gap, names in gaps(project) if not wanted or gap in (WHOLE, *wanted)}
    made = {gap: figures(rows, judged, project, origin, names) for gap, names in asked.items()}
    if not wanted or NO_CLOCK in wanted:
        made[NO_CLOCK] = figures(unclocked, judged, project, origin, every)
    warm_up = max(feature.name.days or 0 for feature in project.features())
    for gap, days in SHORT.items():
        if wanted and gap not in wanted:
            continue
        first = np.datetime64(origin - timedelta(days=days - warm_up))
        try:
            made[gap] = figures(rows.where((rows.features[CUTOFF] >= first).to_numpy()), judged, project, origin, every)
        except TrainingError as error:
            print(f"seed {seed}, {gap}: {error}", file=sys.stderr)
    return made


def interval(values: list[float]) -> list[float]:
    """Mean, and the ends of its 95 % interval; the mean alone of one value."""
    mean = float(np.mean(values))
    if len(values) == 1:
        return [mean, mean, mean]
    half = float(t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return [round(value, 5) for value in (mean, mean - half, mean + half)]


def compared(runs: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, Any]]:
    """Each gap against the whole, company by company."""
    found = {}
    for gap in dict.fromkeys(gap for run_ in runs for gap in run_):
        both = [(run_[gap], run_[WHOLE]) for run_ in runs if gap in run_]
        found[gap] = {
            "seeds": len(both),
            "auc": round(float(np.mean([this["auc"] for this, _ in both])), 4),
            "auc_lost": interval([whole["auc"] - this["auc"] for this, whole in both]),
            "log_loss_added": interval([this["log_loss"] - whole["log_loss"] for this, whole in both]),
            "risk_over_churn": round(float(np.mean([this["risk_over_churn"] for this, _ in both])), 3),
        }
    return found


def main() -> None:
    """Run every seed, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_500, help="accounts the models learn from")
    parser.add_argument("--judged", type=int, default=1_500, help="accounts they are judged on, at least")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--gaps", nargs="+", default=[], help="only these, by name")
    parser.add_argument("--json", action="store_true", help="the JSON object on one line")
    options = parser.parse_args()
    runs = []
    for seed in options.seeds:
        runs.append(run(seed, options.accounts, options.judged, options.gaps))
        print(f"seed {seed} done", file=sys.stderr)
    document = {"accounts": options.accounts, "judged": options.judged, "seeds": options.seeds, "gaps": compared(runs)}
    print(json.dumps(document, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
