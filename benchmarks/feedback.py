"""What training again makes of lists that were acted on: the model's mean risk against the true untreated risk.

    uv run python benchmarks/feedback.py [--json] [--accounts 4000] [--seeds 7 8 9] [--share 0.1]

A simulated company. A model learns from its first 420 days, when nobody was treated. From then on its list is acted on
every 30 days: the riskiest accounts by that model are treated, and for 90 days their hazard is 0.35 of what it was. A
tenth of the accounts is held out at random. Three trainings through the production code, as of the last Monday, then
the risk of every account on that day:

- naive: nothing of the treatments is declared or written down;
- ledger: each beginning is written into the ledger on its day;
- no programme: the same company with the same luck, had it never treated anybody.

The simulator knows each account's true untreated risk: no model that reads the tables can do better in expectation.
A model of one company is off by that company's luck, too: by as much as its few hundred churners were fewer or more
than their hazards meant, and its last Monday calmer or worse than its past. That luck is the same in all three
trainings of a company. So two figures are told: how far each is off, whose mean over companies is free of luck as
they become more, and what acting did to it, which is free of it in each: predicted / true against no programme.
Every account's tables are drawn once, for the longest life that any list could give it, and end where it churned.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Project, read_project
from churnpredict.dataset import Dataset, open_dataset
from churnpredict.demo import last_monday
from churnpredict.lab.learning.fitting import fit, labelled_rows, settings_for
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.ledger import Entry, Given, Stamp, record
from churnpredict.scoring import RiskModel
from churnpredict.simulation import Company, Programme, World, simulate
from churnpredict.simulation.hazard import churn_days
from churnpredict.simulation.timeline import BURN_IN

#: The first list is acted on once there is something to learn from.
FROM_DAY = 420
ROUND_DAYS = 30
LASTING_DAYS = 90
MULTIPLIER = 0.35
HELD_OUT = 0.10
#: Whoever is treated without end, from the first round on, lives as long as with any list.
LONGEST_LIVES = Programme(FROM_DAY, share=1.0, multiplier=MULTIPLIER, lasting_days=ROUND_DAYS, holdout=0.0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=4_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--share", type=float, default=0.10, help="share of the accounts on a list")
    options = parser.parse_args()
    runs = [measure(options.accounts, seed, options.share) for seed in options.seeds]
    result = {"accounts": options.accounts, "share": options.share, "runs": runs, "mean": averaged(runs)}
    print(json.dumps(result) if options.json else as_markdown(result))


@dataclass(frozen=True)
class History:
    """What came of one way to act: when each account churned, and which were treated when."""

    churn: npt.NDArray[np.int64]
    treated: list[tuple[int, int]]


def measure(accounts: int, seed: int, share: float) -> dict[str, Any]:
    """The trainings of one company."""
    company = simulate(World(accounts=accounts, seed=seed, interventions=LONGEST_LIVES))
    with tempfile.TemporaryDirectory() as folder:
        risks = risks_by_round(company, written(company, Path(folder) / "longest"))
        history = acted_on(company, risks, share)
        project = written(company, Path(folder) / "treated", history)
        found = {"naive": trained(company, project)}
        write_ledger(company, project, history)
        found["ledger"] = trained(company, project)
        nothing = History(company.treatment.untreated_churn, [])
        found["no programme"] = trained(company, written(company, Path(folder) / "untreated", nothing))
    return {"seed": seed, "treatments": len(history.treated), "trainings": found}


def risks_by_round(company: Company, project: Project) -> dict[int, pd.Series]:
    """Risk of every account by the model of the first days, at each round, by day number."""
    world = company.world
    first = world.start + timedelta(days=FROM_DAY)
    days = range(FROM_DAY, world.days, ROUND_DAYS)
    with open_dataset(project) as dataset:
        _, model = learnt(dataset, first)
        scored = [model.predict(frame) for frame in dataset.features([world.start + timedelta(days=d) for d in days])]
    frame = pd.concat(scored)
    number = (frame[CUTOFF] - pd.Timestamp(world.start)).dt.days
    return {day: rows.set_index(ACCOUNT_ID)["risk_90d"] for day, rows in frame.groupby(number)}


def acted_on(company: Company, risks: dict[int, pd.Series], share: float) -> History:
    """Treat the riskiest of each list that are not held out nor under treatment."""
    truth, start = company.truth, company.truth.population.start
    churn = company.treatment.untreated_churn.copy()
    names = company.tables["accounts"][ACCOUNT_ID]
    held_out = company.world.stream("feedback holdout").random(len(names)) < HELD_OUT
    multiplier = np.ones(truth.hazard.shape, np.float32)
    until = np.zeros(len(names), np.int64)
    treated: list[tuple[int, int]] = []
    for day, by_name in sorted(risks.items()):
        risk = by_name.reindex(names).to_numpy()
        live = np.flatnonzero((start < day) & (churn >= day) & ~np.isnan(risk))
        listed = live[np.argsort(-risk[live], kind="stable")[: round(share * len(live))]]
        chosen = listed[~held_out[listed] & (until[listed] <= day)]
        until[chosen] = day + LASTING_DAYS
        multiplier[chosen, day + BURN_IN : day + BURN_IN + LASTING_DAYS] = MULTIPLIER
        churn[chosen] = churn_days(
            truth.hazard[chosen] * multiplier[chosen], truth.patience[chosen], start=start[chosen]
        )
        treated += [(int(account), day) for account in chosen if churn[account] > day]
    return History(churn, treated)


def written(company: Company, folder: Path, history: History | None = None) -> Project:
    """The company's tables under the declarations of the demonstration, its interventions left out.

    With a history, events end and cancellations begin where accounts churned in it.
    """
    company.write(folder / "tables")
    text = files("churnpredict").joinpath("demo.toml").read_text(encoding="utf-8")
    before, section, after = text.partition("[interventions]\n")
    assert section, "the demonstration declares its interventions"
    config = folder / "churnpredict.toml"
    config.write_text(before + after[after.index("\n\n") :], encoding="utf-8")
    project = read_project(config)
    if history is not None:
        shorten(company, project, history)
    return project


def shorten(company: Company, project: Project, history: History) -> None:
    """End each account's events where it churned, and write that down up to ten days later."""
    world, names = company.world, company.tables["accounts"][ACCOUNT_ID].to_numpy()
    gone = history.churn < world.days
    start = pd.Timestamp(world.start).as_unit("us")
    churned_on = start + pd.to_timedelta(np.where(gone, history.churn, 0), unit="D")
    late = world.stream("feedback cancellations").integers(0, 11, len(names))
    columns = {ACCOUNT_ID: names, "churned_on": churned_on, "recorded_at": churned_on + pd.to_timedelta(late, unit="D")}
    cancellations = pd.DataFrame(columns).astype(dict.fromkeys(("churned_on", "recorded_at"), "datetime64[us]"))
    cancellations[gone].to_parquet(project.folder / "tables" / "cancellations.parquet", index=False)
    ends = cancellations["churned_on"].where(gone)
    ends.index = pd.Index(names)
    for path, column in {(str(source.table.path), source.time) for source in project.events.values()}:
        rows = pd.read_parquet(project.folder / path)
        end = rows["account_id"].map(ends)
        rows[end.isna() | (rows[column] < end)].to_parquet(project.folder / path, index=False)


def write_ledger(company: Company, project: Project, history: History) -> None:
    """Write each beginning into the ledger on its day."""
    names = company.tables["accounts"][ACCOUNT_ID].to_numpy()
    for day, treated in groupby(history.treated, key=lambda each: each[1]):
        on_day = company.world.start + timedelta(days=day)
        entries = [
            Entry(account_id=names[account], state="saving", on_day=on_day, intervention=f"{account} on {day}")
            for account, _ in treated
        ]
        stamp = Stamp(datetime.combine(on_day, time(17), UTC), "simulation", project.time_zone)
        record(project.ledger_file, [Given("simulation", entry) for entry in entries], stamp)


def trained(company: Company, project: Project) -> dict[str, Any]:
    """Mean risk of every account within 90 days, as predicted and as it is, overall and of the riskiest tenth."""
    world = company.world
    cutoff = last_monday(world.start + timedelta(days=world.days))
    with open_dataset(project) as dataset:
        rows, model = learnt(dataset, cutoff)
        now = pd.concat(list(dataset.features([cutoff])), ignore_index=True)
    predicted = model.predict(now)[[ACCOUNT_ID, "risk_90d"]]
    true = company.true_risk([cutoff]).drop(columns=CUTOFF)
    both = predicted.merge(true, on=ACCOUNT_ID, suffixes=("_predicted", "_true"))
    riskiest = both.nlargest(len(both) // 10, "risk_90d_predicted")
    return {
        "accounts": len(both),
        "training_rows": len(rows.labels),
        "churners": rows.churners,
        **figures(both),
        "riskiest_tenth": figures(riskiest),
    }


def learnt(dataset: Dataset, known_until: date) -> tuple[TrainingRows, RiskModel]:
    """A model of what was known on a day, and the rows it learnt from."""
    rows = labelled_rows(dataset, known_until)
    return rows, fit(rows, dataset.project, known_until, settings_for(rows, dataset.project, known_until))


def figures(rows: pd.DataFrame) -> dict[str, float]:
    """Mean risks, and how far the predicted one is off the true one."""
    predicted, true = float(rows["risk_90d_predicted"].mean()), float(rows["risk_90d_true"].mean())
    return {"predicted": predicted, "true": true, "off": predicted / true - 1}


def averaged(runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean over the companies of the mean risks, and how far the one is off the other."""
    found = {}
    for name in runs[0]["trainings"]:
        each = [run["trainings"][name] for run in runs]
        means = {key: float(np.mean([run[key] for run in each])) for key in ("predicted", "true")}
        tenth = {key: float(np.mean([run["riskiest_tenth"][key] for run in each])) for key in ("predicted", "true")}
        found[name] = {
            **means,
            "off": means["predicted"] / means["true"] - 1,
            "off_riskiest_tenth": tenth["predicted"] / tenth["true"] - 1,
        }
    return {name: mean | {"off_by_acting": by_acting(found, name)} for name, mean in found.items()}


def by_acting(trainings: dict[str, dict[str, float]], name: str) -> float:
    """How far a training is off, beyond what the same company without a programme is: what acting did to it."""
    return (1 + trainings[name]["off"]) / (1 + trainings["no programme"]["off"]) - 1


def as_markdown(result: dict[str, Any]) -> str:
    """The table of docs/benchmarks.md."""
    seeds = [run["seed"] for run in result["runs"]]
    lines = [
        f"{result['accounts']:,} accounts ever, {result['share']:.0%} treated at a time, seeds {seeds}, "
        f"{sum(run['treatments'] for run in result['runs']):,} treatments.",
        "",
        "| training | predicted | true | off | by seed | against no programme | by seed | off, riskiest tenth |",
        "|---|--:|--:|--:|---|--:|---|--:|",
    ]
    for name, mean in result["mean"].items():
        off = ", ".join(f"{run['trainings'][name]['off']:+.1%}" for run in result["runs"])
        acting = ", ".join(f"{by_acting(run['trainings'], name):+.1%}" for run in result["runs"])
        lines.append(
            f"| {name} | {mean['predicted']:.2%} | {mean['true']:.2%} | {mean['off']:+.1%} | {off} | "
            f"{mean['off_by_acting']:+.1%} | {acting} | {mean['off_riskiest_tenth']:+.1%} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
