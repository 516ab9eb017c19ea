"""A small company whose accounts log in less and less before they leave; a model of it is trained in seconds."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from churnpredict.config import Project, read_project
from churnpredict.dataset import Dataset, open_dataset
from churnpredict.lab import Training

START = date(2022, 1, 3)
#: The first day without data, a Monday.
TODAY = date(2024, 1, 1)
DAYS = (TODAY - START).days

TOML = """
name = "Acme <&> Söhne"

[accounts]
table = "accounts.parquet"
started_on = "started_on"
name = "name"
owner = "owner"

[events.usage]
table = "usage.parquet"
time = "day"
known_at = "loaded_at"
windows = [28, 56]
signals.logins = { measure = "logins", aggregations = ["sum", "trend", "days_since", "active_days"] }

[events.tickets]
table = "tickets.parquet"
time = "day"
category = "support"
windows = [28]
signals.tickets = { aggregations = ["count"] }

[histories.contract]
table = "contracts.parquet"
category = "financial"
values.arr = { kind = "number", label = "Annual revenue", aggregations = ["value"] }
values.plan = { kind = "category", aggregations = ["value"] }
values.renewal_on = { kind = "date", label = "Renewal" }

[churn]
kind = "dated"
table = "churn.parquet"
time = "churned_on"

[risk_list]
arr = "arr"
renewal_on = "renewal_on"

[training]
bags = 1

[tracking]
enabled = false

[tiers]
policy = "capacity"
flagged_share = 0.4
red_share = 0.15

[health_score]
indicators = [
    { feature = "logins__trend__28d", category = "product", knots = [[0.4, 20], [0.9, 75], [1.2, 100]] },
    { feature = "tickets__count__28d", category = "support", knots = [[0, 100], [4, 20]] },
]
"""


@dataclass(frozen=True)
class Company:
    """A declaration and its tables by name; change either before it is written."""

    tables: dict[str, pd.DataFrame]
    toml: str = TOML
    name: str = field(default="churnpredict.toml")

    def write(self, folder: Path) -> Path:
        """Write the tables and the declaration; the path of the declaration."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self.tables.items():
            table.to_parquet(folder / f"{name}.parquet", index=False)
        path = folder / self.name
        path.write_text(self.toml, encoding="utf-8")
        return path

    def read(self, folder: Path) -> Project:
        """Write it and read the declaration."""
        return read_project(self.write(folder))

    def open(self, folder: Path) -> Dataset:
        """Write it and open its tables."""
        return open_dataset(self.read(folder))


@dataclass(frozen=True)
class Trained:
    """A company with its champion, to be read or copied, not changed.

    Parameters
    ----------
    dataset
        Its opened tables.
    training
        What was trained as of `TODAY`.
    """

    dataset: Dataset
    training: Training

    @property
    def project(self) -> Project:
        """Its declarations."""
        return self.dataset.project

    @property
    def folder(self) -> Path:
        """The folder with the declaration, the tables and the model."""
        return self.project.folder

    def copy_to(self, folder: Path) -> None:
        """The company and its champion, without what other tests' runs left behind."""
        left_behind = self.dataset.project.data_folder.name
        shutil.copytree(self.folder, folder, symlinks=True, ignore=shutil.ignore_patterns(left_behind))


def company(accounts: int = 200, leaving: float = 0.7, seed: int = 1) -> Company:
    """Two years of weekly logins and some tickets; a leaving account's logins dwindle in its last 80 days.

    Parameters
    ----------
    accounts
        How many there ever were.
    leaving
        Share of them that leave within the two years.
    seed
        The same seed gives the same tables.
    """
    random = np.random.default_rng(seed)
    names = [f"a{number:03}" for number in range(accounts)]
    left = np.where(random.random(accounts) < leaving, random.integers(150, DAYS, accounts), 10 * DAYS)
    contracts = {"account_id": names, "valid_from": START, "arr": random.integers(5, 200, accounts) * 1000.0}
    contracts |= {"plan": random.choice(["basic", "pro"], accounts), "renewal_on": date(2024, 2, 1)}
    tables = {
        "accounts": pd.DataFrame(
            {"account_id": names, "started_on": START, "name": [f"Firm {name}" for name in names], "owner": "Ada"}
        ),
        "usage": _usage(random, names, left),
        "tickets": _tickets(random, names, left),
        "contracts": pd.DataFrame(contracts),
        "churn": pd.DataFrame({"account_id": names, "churned_on": _days(np.where(left < DAYS, left, -1))}).dropna(),
    }
    return Company(tables)


def _usage(random: np.random.Generator, names: list[str], left: np.ndarray) -> pd.DataFrame:
    accounts, weeks = np.meshgrid(np.arange(len(names)), np.arange(0, DAYS, 7), indexing="ij")
    day = (weeks + random.integers(0, 7, weeks.shape)).ravel()
    last = left[accounts.ravel()]
    rate = 40 * np.clip((last - day) / 80, 0.05, 1) * random.lognormal(0, 0.3, len(day))
    rows = pd.DataFrame({"account_id": np.array(names)[accounts.ravel()], "day": _days(day)})
    rows = rows.assign(loaded_at=_days(day + 1), logins=random.poisson(rate))
    return rows[(day < last) & (day < DAYS - 1)]


def _tickets(random: np.random.Generator, names: list[str], left: np.ndarray) -> pd.DataFrame:
    accounts = np.repeat(np.arange(len(names)), 12)
    day = random.integers(0, DAYS, len(accounts))
    rows = pd.DataFrame({"account_id": np.array(names)[accounts], "day": _days(day)})
    return rows[day < left[accounts]]


def _days(number: np.ndarray) -> pd.Series:
    """Days of the company as dates; none for a negative number."""
    dates = pd.Series(pd.Timestamp(START).as_unit("us") + pd.to_timedelta(number, unit="D"))
    return dates.where(number >= 0)
