"""A simulated company: its tables, and the truth behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from .hazard import Truth, reveal
from .latent import draw_shocks, simulate_latents
from .oracle import Question, path_risk, state_risk
from .population import populate
from .records import draw_tables
from .scene import Scene
from .timeline import TAIL, Floats, Ints, day_times, recorded
from .treatment import Treatment, treat
from .world import World


@dataclass(frozen=True)
class Company:
    """A simulated company.

    Parameters
    ----------
    world : World
        What was asked for.
    tables : dict of str to DataFrame
        What the company's systems recorded, by table name.
    truth : Truth
        What no system recorded: latents, hazards, patience.
    treatment : Treatment
        What the programme did, empty without one.

    See Also
    --------
    simulate : makes one.
    """

    world: World
    tables: dict[str, pd.DataFrame] = field(repr=False)
    truth: Truth = field(repr=False)
    treatment: Treatment = field(repr=False)

    @property
    def lifetimes(self) -> pd.DataFrame:
        """When each account really began and churned.

        Returns
        -------
        DataFrame
            One row per account: ``account_id`` (str), ``started_on``, ``churned_on`` (as it happened, programme
            included) and ``untreated_churned_on`` (as it would have without; never later), midnights, not-a-time for
            those still there 120 days after the last recorded day; ``held_out`` (bool).
        """
        return pd.DataFrame(
            {
                "account_id": self.tables["accounts"]["account_id"],
                "started_on": day_times(self.world, self.truth.population.start),
                "churned_on": day_times(self.world, self.treatment.churn),
                "untreated_churned_on": day_times(self.world, self.treatment.untreated_churn),
                "held_out": self.treatment.held_out,
            }
        )

    def true_risk(
        self,
        cutoffs: Iterable[date],
        *,
        horizons: tuple[int, ...] = (60, 90),
        knowledge: Literal["state", "path"] = "state",
    ) -> pd.DataFrame:
        """Give the true untreated risk of the accounts alive at each cutoff.

        Parameters
        ----------
        cutoffs : iterable of date
            Each in ``[start, start + days]`` of the world.
        horizons : tuple of int
            Days, 1 to 120; the risk is of churn in ``[cutoff, cutoff + horizon)``.
        knowledge : {"state", "path"}
            ``state`` knows the latents before the cutoff and averages 48 futures: no model can do better. ``path``
            knows the latents of the future too.

        Returns
        -------
        DataFrame
            One row per cutoff and account with ``started_on < cutoff <= churned_on``: ``account_id`` (str),
            ``cutoff`` (midnight) and one ``risk_<horizon>d`` (0 to 1) per horizon.

        Raises
        ------
        ValueError
            When a cutoff or a horizon is out of range, or the knowledge is of neither kind.
        """
        _check_question(horizons, knowledge)
        columns = [f"risk_{horizon}d" for horizon in horizons]
        parts = [self._risk_at(self._day(cutoff), horizons, knowledge=knowledge) for cutoff in cutoffs]
        account = np.concatenate([np.zeros(0, np.int64), *(part[0] for part in parts)])
        risk = np.concatenate([np.zeros((0, len(horizons))), *(part[2] for part in parts)])
        day = np.repeat(np.array([part[1] for part in parts], np.int64), [len(part[0]) for part in parts])
        ids = self.tables["accounts"]["account_id"].array.take(account)
        frame = {"account_id": ids, "cutoff": day_times(self.world, day)}
        return pd.DataFrame(frame | dict(zip(columns, risk.T, strict=True)))

    def write(self, folder: Path) -> None:
        """Write each table to ``<folder>/<name>.parquet`` (zstd); the same world gives the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self.tables.items():
            table.to_parquet(folder / f"{name}.parquet", engine="pyarrow", compression="zstd", index=False)

    def _day(self, cutoff: date) -> int:
        day = int((np.datetime64(cutoff, "D") - np.datetime64(self.world.start, "D")).astype(np.int64))
        if not 0 <= day <= self.world.days:
            last = self.world.start + timedelta(days=self.world.days)
            raise ValueError(f"cutoff is {cutoff}; expected {self.world.start} to {last}. Ask within the world's span.")
        return day

    def _risk_at(self, day: int, horizons: tuple[int, ...], *, knowledge: str) -> tuple[Ints, int, Floats]:
        alive = (self.truth.population.start < day) & (self.treatment.churn >= day)
        question = Question(day, horizons, np.flatnonzero(alive))
        if knowledge == "path":
            return question.accounts, day, path_risk(self.truth, question)
        # One stream per cutoff: the answer does not depend on which other cutoffs were asked about.
        return question.accounts, day, state_risk(self.truth, question, rng=self.world.stream(f"oracle {day}"))


def _check_question(horizons: tuple[int, ...], knowledge: str) -> None:
    if knowledge not in ("state", "path"):
        raise ValueError(f"knowledge is {knowledge!r}; expected 'state' or 'path'. Name one of them.")
    if not horizons or min(horizons) < 1 or max(horizons) > TAIL:
        raise ValueError(f"horizons are {horizons!r}; expected 1 to {TAIL} days each. Ask for others.")


def simulate(world: World) -> Company:
    """Simulate a company.

    Parameters
    ----------
    world : World
        Size, span, seed and options.

    Returns
    -------
    Company
        Its tables and the truth behind them; the same world always gives the same.

    Examples
    --------
    >>> company = simulate(World(accounts=50, days=200))
    >>> len(company.tables["accounts"])
    50
    """
    population = populate(world)
    shocks = draw_shocks(world, population)
    truth = reveal(world, population, shocks=shocks, latents=simulate_latents(world, population, shocks=shocks))
    treatment = treat(world, truth)
    scene = Scene(world, population, recorded(truth.latents, world), treatment.churn)
    return Company(world, draw_tables(scene, shocks, treatment=treatment), truth, treatment)
