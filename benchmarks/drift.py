"""A drift drill: what monitoring says of a quiet year, and how soon it names what goes wrong.

    uv run python benchmarks/drift.py [--json] [--accounts 1000] [--seeds 7 8] [--weeks 52]

A simulated company. A model learns on a Monday; its list of every Monday from half a year before on is stored as the
weekly job would. Then monitoring looks at the company every Monday of a year in which nothing happens: every alarm is a
false one. In the drills the same company, with the same luck up to a Monday in that year, has from that day on:

- schema: usage counted differently (a finer catalogue of features, minutes without idle time);
- price: every customer's price raised by 12 %;
- late: usage rows that arrive ten days later than they used to.

A drill is named if an alarm speaks of the source that changed, or of a feature made of it; the week it is named in
counts from the change, 1 being the first Monday after it. Other alarms of these weeks that the quiet year does not have
are given beside it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from churnpredict.columns import CUTOFF, FeatureName
from churnpredict.config import Project, read_project
from churnpredict.dataset import Dataset, open_dataset
from churnpredict.demo import last_monday
from churnpredict.lab import Monitoring, monitor, save_training, train
from churnpredict.publishing import published
from churnpredict.scoring import BUNDLE, PREDICTIONS, load_bundle, model_digest, predictions_to_parquet
from churnpredict.simulation import World, simulate

DAYS = 1_277
#: Lists before the first look, so that their outcomes are known in the course of the year.
LISTS_BEFORE = 26
#: Weeks into the year in which a drill begins, and for how many it is watched.
BEGINS, WATCHED = 20, 4
LATE_DAYS = 10
PRICE_RISE = 0.12


@dataclass(frozen=True)
class Drill:
    """Something that goes wrong: the place that must be named, and how the world or its tables are changed."""

    place: str
    world: Callable[[World, int], World] = lambda world, _day: world
    tables: Callable[[Path, date], None] = lambda _folder, _day: None


@dataclass(frozen=True)
class AtOnce(Dataset):
    """A dataset whose features of some Mondays are made in one pass, as they would be one Monday at a time."""

    made: pd.DataFrame

    @classmethod
    def of(cls, dataset: Dataset, mondays: Sequence[date]) -> AtOnce:
        made = pd.concat(list(dataset.features(mondays)), ignore_index=True)
        return cls(dataset.project, dataset.tables, dataset.reports, made)

    def features(self, cutoffs: Sequence[date], accounts: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        assert accounts is None
        chosen = self.made[CUTOFF].isin(pd.DatetimeIndex(list(cutoffs)).as_unit("us"))
        yield self.made[chosen].reset_index(drop=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8])
    parser.add_argument("--weeks", type=int, default=52, help="of the quiet year")
    options = parser.parse_args()
    runs = [measure(options.accounts, seed, options.weeks) for seed in options.seeds]
    result = {"accounts": options.accounts, "weeks": options.weeks, **summed(runs), "runs": runs}
    print(json.dumps(result) if options.json else as_markdown(result))


def measure(accounts: int, seed: int, weeks: int) -> dict[str, Any]:
    """The quiet year and the drills of one company."""
    world = World(accounts=accounts, days=DAYS, seed=seed)
    last = last_monday(world.start + timedelta(days=world.days))
    mondays = [last - timedelta(weeks=back) for back in range(weeks - 1, -1, -1)]
    lists = [mondays[0] - timedelta(weeks=back) for back in range(LISTS_BEFORE, 0, -1)] + mondays
    began = mondays[min(BEGINS, max(weeks - WATCHED - 1, 0))]
    after = [began + timedelta(weeks=week) for week in range(1, WATCHED + 1)]
    day = (began - world.start).days
    with tempfile.TemporaryDirectory() as folder:
        quiet = written(world, Path(folder) / "quiet")
        with open_dataset(quiet) as dataset:
            save_training(train(dataset, lists[0]), quiet.champion_folder)
            known = AtOnce.of(dataset, lists)
            store_lists(known, lists)
            year = {monday: monitor(known, monday) for monday in mondays}
        drilled = {}
        for name, drill in DRILLS.items():
            project = written(drill.world(world, day), Path(folder) / name)
            drill.tables(project.folder / "tables", began)
            project.models_folder.symlink_to(quiet.models_folder)
            for monday in (monday for monday in lists if monday <= began):
                shutil.copytree(quiet.weeks_folder / str(monday), project.weeks_folder / str(monday))
            with open_dataset(project) as dataset:
                known = AtOnce.of(dataset, after)
                store_lists(known, after)
                drilled[name] = named(drill, project, [monitor(known, monday) for monday in after], year)
    return {"seed": seed, "began": str(began), "quiet_alarms": quiet_alarms(year), "drills": drilled}


def written(world: World, folder: Path) -> Project:
    """A company as the demonstration declares it."""
    simulate(world).write(folder / "tables")
    config = folder / "churnpredict.toml"
    config.write_bytes(files("churnpredict").joinpath("demo.toml").read_bytes())
    return read_project(config)


def store_lists(dataset: Dataset, mondays: Sequence[date]) -> None:
    """Store the predictions of the champion as the weekly job does, without the lists that people read."""
    champion = dataset.project.champion_folder.resolve()
    model, digest = load_bundle(champion), model_digest(champion)
    scored = pd.concat([model.predict(frame) for frame in dataset.features(mondays)])
    for moment, rows in scored.groupby(CUTOFF):
        with published(dataset.project.weeks_folder / str(moment.date())) as staging:
            stored = predictions_to_parquet(rows.assign(**{BUNDLE: digest}))
            (staging / PREDICTIONS).write_bytes(stored)


def late_usage(tables: Path, began: date) -> None:
    """Load the usage of the day and of later ones ten days later than before."""
    rows = pd.read_parquet(tables / "usage.parquet")
    rows["loaded_at"] += pd.to_timedelta((rows["day"] >= pd.Timestamp(began)) * LATE_DAYS, unit="D")
    # What had not arrived when the tables were extracted is not in them.
    extracted = rows["day"].max() + pd.Timedelta(days=2)
    rows[rows["loaded_at"] < extracted].to_parquet(tables / "usage.parquet", index=False)


def raised_prices(tables: Path, began: date) -> None:
    """Raise the price of every contract that runs on a day, and of all later ones."""
    day, path = pd.Timestamp(began), tables / "contracts.parquet"
    rows = pd.read_parquet(path)
    runs = (rows["valid_from"] < day) & (rows["valid_to"].isna() | (rows["valid_to"] > day))
    raised = rows[runs].assign(valid_from=day, recorded_at=day + pd.Timedelta(hours=26))
    later = rows["valid_from"] >= day
    rows.loc[runs, "valid_to"] = day
    raised = pd.concat([raised, rows[later]]).assign(arr=lambda row: row["arr"] * (1 + PRICE_RISE))
    everything = pd.concat([rows[~later], raised]).sort_values(["account_id", "valid_from"], kind="stable")
    everything.to_parquet(path, index=False)


DRILLS = {
    "schema": Drill("events.usage", world=lambda world, day: replace(world, drift=day)),
    "price": Drill("histories.contract", tables=raised_prices),
    "late": Drill("events.usage", tables=late_usage),
}


def quiet_alarms(year: dict[date, Monitoring]) -> list[dict[str, str]]:
    """Every alarm of a year in which nothing happened."""
    return [
        {"on": str(monday), "about": alarm.about, "where": alarm.where, "words": alarm.words}
        for monday, found in year.items()
        for alarm in found.at("alarm")
    ]


def named(drill: Drill, project: Project, looks: Sequence[Monitoring], year: dict[date, Monitoring]) -> dict[str, Any]:
    """In which week an alarm first spoke of what changed, and what it said."""
    first = said = None
    others: list[str] = []
    for week, found in enumerate(looks, start=1):
        anyhow = {alarm.where for alarm in year[found.as_of].at("alarm")} if found.as_of in year else set()
        alarms = [alarm for alarm in found.at("alarm") if alarm.where not in anyhow]
        right = [alarm for alarm in alarms if speaks_of(drill, project, alarm.where)]
        if right and first is None:
            first, said = week, [f"{alarm.where}: {alarm.words}" for alarm in right]
        others += [f"week {week}, {alarm.where}: {alarm.words}" for alarm in alarms if alarm not in right]
    return {"week": first, "said": said, "others": others}


def speaks_of(drill: Drill, project: Project, where: str) -> bool:
    """Whether a place is the source that changed, or a feature of one of its signals."""
    section, _, key = drill.place.partition(".")
    signals = project.events[key].signals if section == "events" else project.histories[key].values
    return where == drill.place or ("__" in where and FeatureName.parse(where).signal in signals)


def summed(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Over the companies: the week each drill was named in, the worst of them, and the false alarms."""
    weeks = {name: [run["drills"][name]["week"] for run in runs] for name in DRILLS}
    worst = {name: None if None in found else max(found) for name, found in weeks.items()}
    return {"named_in_week": worst, "quiet_alarms": max(len(run["quiet_alarms"]) for run in runs)}


def as_markdown(result: dict[str, Any]) -> str:
    """The table of docs/benchmarks.md."""
    seeds = [run["seed"] for run in result["runs"]]
    lines = [
        f"{result['accounts']:,} accounts ever, {result['weeks']} quiet weeks, seeds {seeds}.",
        "",
        "| seed | drill | named in week | by |",
        "|--:|---|--:|---|",
    ]
    for run in result["runs"]:
        for name, drill in run["drills"].items():
            lines.append(f"| {run['seed']} | {name} | {drill['week']} | {' '.join(drill['said'] or ['–'])} |")
    lines += ["", "| seed | false alarms of the quiet year |", "|--:|---|"]
    for run in result["runs"]:
        said = "; ".join(f"{alarm['on']} {alarm['where']}: {alarm['words']}" for alarm in run["quiet_alarms"])
        lines.append(f"| {run['seed']} | {len(run['quiet_alarms'])}{': ' if said else ''}{said} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
