"""Who passes the gate: champions with another seed, and challengers that learnt from more history.

    uv run python benchmarks/gate.py [--json] [--companies 20] [--accounts 1000] [--same 50]

Small simulated companies, each with a seed of its own, through the production recipe and the gate as it is by default.
All models are judged on the last quarter of the cutoffs with complete labels, later than any of them was trained on:

- same: champion and challenger learnt from what was known on the first of those cutoffs, with other seeds. Whoever is
  promoted here is promoted by chance.
- better: the champion learnt from what was known a year earlier, the challenger from all before the first of those
  cutoffs. Every such challenger should be promoted that the data can tell from chance.

The features of a company are made once; only boosters are fitted again. A company in which fewer than 50 accounts had
left by the earlier day has no champion yet, and another is taken.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from churnpredict.columns import CUTOFF
from churnpredict.config import Project, read_project
from churnpredict.dataset import Dataset, Hindsight, open_dataset
from churnpredict.demo import last_monday
from churnpredict.errors import TrainingError
from churnpredict.lab import Comparison, FairGround, Verdict, decide, out_of_time_split
from churnpredict.lab.comparing.differences import differences
from churnpredict.lab.comparing.stability import stability
from churnpredict.lab.learning.fitting import features_at, fit, settings_for
from churnpredict.lab.learning.training_rows import KEYS, TrainingRows, rows_of
from churnpredict.scoring import RiskModel, Settings
from churnpredict.simulation import World, simulate

EARLIER_DAYS = 364
FIRST_SEED = 101


@dataclass(frozen=True)
class Company:
    """A company with its features and the rows that everybody is judged on."""

    dataset: Dataset
    features: pd.DataFrame
    judged: TrainingRows
    cutoffs: tuple[date, ...]
    today: date

    @classmethod
    def open(cls, project: Project, today: date) -> Company:
        dataset, training = open_dataset(project), project.training
        cutoffs = dataset.training_cutoffs(today)
        closed = Hindsight.at(today, training.intervals(), project.churn).closed_until
        test = out_of_time_split(cutoffs, closed, horizons=training.horizons, test_share=training.test_share).test
        features = features_at(dataset, cutoffs)
        judged = TrainingRows.known_at(dataset, rows_of(features, test), today)
        return cls(dataset, features, judged.where(~np.isnan(judged.churned())), test, today)

    def model(self, known_until: date, seed: int, settings: Settings | None = None) -> RiskModel:
        """The recipe, on what was known on a day; the default settings unless others are given."""
        project = self.dataset.project
        last = pd.Timestamp(known_until - timedelta(days=project.training.horizons[0]))
        features = self.features[self.features[CUTOFF] <= last].reset_index(drop=True)
        rows = TrainingRows.known_at(self.dataset, features, known_until).labelled()
        settings = settings or settings_for(rows, project, known_until)
        return fit(rows, project, known_until, replace(settings, seed=seed))

    def verdict(self, champion: RiskModel, challenger: RiskModel) -> tuple[Comparison, Verdict]:
        """Both as they are, on the rows that neither knew."""
        gate, rows = self.dataset.project.gate, self.judged
        said = {"champion": champion, "challenger": challenger}
        frame = rows.features[KEYS].assign(
            churned=rows.churned(), **{name: model.risks(rows.features)[:, -1] for name, model in said.items()}
        )
        frame = frame.merge(self.dataset.details(self.cutoffs)[[*KEYS, "arr"]], on=KEYS, how="left")
        ground = FairGround("both as they are", self.cutoffs, champion.trained_until, challenger.trained_until)
        churns = self.dataset.churns(self.today)
        latest = rows_of(self.features, self.cutoffs[-1:])
        found = Comparison(
            ground=ground,
            observed_until=self.today,
            rows=len(frame),
            churners=rows.churners,
            capacity=gate.capacity,
            evaluation={},
            differences=differences(frame, ["champion"], churns=churns, capacity=gate.capacity),
            stability=stability(champion, challenger, latest, capacity=gate.capacity),
        )
        return found, decide(found, gate)


def companies(seeds: Iterator[int], accounts: int) -> Iterator[Company]:
    """Simulated companies one after the other, each there until the next is asked for."""
    for seed in seeds:
        world = World(accounts=accounts, seed=seed)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            simulate(world).write(folder / "tables")
            (folder / "churnpredict.toml").write_bytes(files("churnpredict").joinpath("demo.toml").read_bytes())
            project = read_project(folder / "churnpredict.toml")
            company = Company.open(project, last_monday(world.start + timedelta(days=world.days)))
            with company.dataset:
                yield company


def run(company: Company, same: int) -> list[dict[str, Any]]:
    """What came of every challenger of one company."""
    first, own = company.cutoffs[0], company.dataset.project.training.seed
    model, earlier = company.model(first, own), company.model(first - timedelta(days=EARLIER_DAYS), own)
    results = [described("better", company.verdict(earlier, model))]
    # Far apart: the bags of a model take the seeds that follow its own.
    others = [company.model(first, own + 100 * (number + 1)) for number in range(same)]
    return results + [described("same", company.verdict(model, other)) for other in others]


def first_of(candidates: Iterator[Company], same: int) -> list[dict[str, Any]]:
    """The results of the next company that has a champion."""
    for company in candidates:
        try:
            return run(company, same)
        except TrainingError as error:
            print(f"passed over: {error}", file=sys.stderr)
    return []


def described(kind: str, judged: tuple[Comparison, Verdict]) -> dict[str, Any]:
    found, said = judged
    gain = found.differences["champion"]["log_loss"]
    return {
        "kind": kind,
        "promoted": said.promote,
        "failed": [check.name for check in said.checks if not check.passed],
        "gain": gain.better / gain.rival,
        "above_zero": gain.interval is not None and gain.interval.low > 0,
        "churners": found.churners,
        "tiers_changed": found.stability.changed_share,
        "reasons_shared": found.stability.shared_reasons,
        "calibration": -found.differences["champion"]["calibration"].better,
    }


def summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """How many of each kind were promoted, why not the others, and the ranges of what the gate looks at."""
    document: dict[str, Any] = {}
    for kind in ("same", "better"):
        mine = [result for result in results if result["kind"] == kind]
        document |= {kind: len(mine), f"{kind}_promoted": sum(result["promoted"] for result in mine)}
        document[f"{kind}_above_zero"] = sum(result["above_zero"] for result in mine)
        document[f"{kind}_failed"] = dict(Counter(name for result in mine for name in result["failed"]))
        for figure in ("gain", "churners", "tiers_changed", "reasons_shared", "calibration"):
            values = [result[figure] for result in mine] or [float("nan")]
            document[f"{kind}_{figure}"] = [round(float(q), 4) for q in np.quantile(values, [0, 0.5, 1])]
    return document


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--companies", type=int, default=20, help="companies, each with one better challenger")
    parser.add_argument("--accounts", type=int, default=1_000, help="accounts that a company ever had")
    parser.add_argument("--same", type=int, default=50, help="challengers that are a champion with another seed")
    parser.add_argument("--json", action="store_true", help="the JSON object on one line")
    options = parser.parse_args()
    begun, results = time.perf_counter(), []
    candidates = companies(count(FIRST_SEED), options.accounts)
    for number in range(options.companies):
        share = options.same * (number + 1) // options.companies - options.same * number // options.companies
        results += first_of(candidates, share)
        print(
            f"company {number + 1} of {options.companies}: {json.dumps(summary(results))}", file=sys.stderr, flush=True
        )
    shape = {"companies": options.companies, "accounts": options.accounts}
    document = summary(results) | shape | {"seconds": round(time.perf_counter() - begun)}
    print(json.dumps(document, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
