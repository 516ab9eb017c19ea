"""The whole flow on a simulated company: tables, a trained model with its proof, and this week's risk list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

from churnpredict.batch import Week, predict_weeks
from churnpredict.config import read_project
from churnpredict.dataset import open_dataset
from churnpredict.errors import Problem, UsageError
from churnpredict.lab import Training, save_training, train
from churnpredict.publishing import locked, write_whole
from churnpredict.simulation import World, simulate
from churnpredict.stages import Stages

CONFIG = "churnpredict.toml"
#: Lists of the Mondays before the last one, for a page that shows where accounts come from. The model is the one that
#: was trained as of the last Monday: it learnt nothing of these weeks, for their horizons had not passed by then.
EARLIER_LISTS = 4


@dataclass(frozen=True)
class Demo:
    """What the demonstration made.

    Parameters
    ----------
    folder
        Where it is: a configuration, tables, a model and a risk list, as for a company of your own.
    training
        The model and its proof.
    week
        The last published risk list.
    seconds
        Time by stage.
    """

    folder: Path
    training: Training
    week: Week
    seconds: dict[str, float]


def run_demo(folder: Path, *, accounts: int = 2_000, seed: int = 7, stages: Stages | None = None) -> Demo:
    """Simulate a company, train on its past and publish the lists of its last five Mondays. Needs no network.

    Parameters
    ----------
    folder
        Where to put it; made if it does not exist, and filled again if an earlier demonstration is there.
    accounts
        Accounts that the company ever had, 400 or more: fewer leave too few to learn from.
    seed
        The same seed gives the same files.
    stages
        Where time is kept.

    Raises
    ------
    UsageError
        If the folder holds something that is not a demonstration.
    """
    _check_folder(folder)
    stages = stages or Stages()
    world = World(accounts=accounts, seed=seed)
    with locked(folder):
        with stages.stage("simulation"):
            simulate(world).write(folder / "tables")
            text = files("churnpredict").joinpath("demo.toml").read_bytes()
            write_whole(folder / CONFIG, text)
        project = read_project(folder / CONFIG)
        cutoff = last_monday(world.start + timedelta(days=world.days))
        with open_dataset(project) as dataset:
            training = train(dataset, cutoff, stages=stages)
        save_training(training, project.champion_folder)
        weeks = predict_weeks(project, mondays_until(cutoff, EARLIER_LISTS + 1), stages=stages)
    return Demo(folder, training, weeks[-1], stages.seconds)


def last_monday(day: date) -> date:
    """The latest Monday that is not after `day`: the cutoff of the last closed week.

    Examples
    --------
    >>> last_monday(date(2025, 3, 5))
    datetime.date(2025, 3, 3)
    """
    return day - timedelta(days=day.weekday())


def mondays_until(last: date, count: int) -> list[date]:
    """`count` days a week apart, of which `last` is the last.

    Examples
    --------
    >>> mondays_until(date(2025, 3, 3), 2)
    [datetime.date(2025, 2, 24), datetime.date(2025, 3, 3)]
    """
    return [last - timedelta(weeks=back) for back in range(count - 1, -1, -1)]


def _check_folder(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / CONFIG).is_file())):
        todo = "Name another with --out."
        raise UsageError(Problem("--out", f"{folder} holds something else", "an empty or new folder", todo))
