"""What may be asked of a simulated company: its size, its span and the programme it runs."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date

import numpy as np

FEWEST_ACCOUNTS = 10
MOST_ACCOUNTS = 60_000
SHORTEST_DAYS = 120


@dataclass(frozen=True)
class Programme:
    """A retention programme that treats the accounts with the highest true risk, month after month.

    Parameters
    ----------
    from_day : int
        Day of the first round, counted from the start of the world; rounds follow every 30 days.
    share : float
        Share of the live accounts to treat, ``0 < share <= 1``; the riskiest first.
    multiplier : float
        The hazard is multiplied by this while treated, ``0 <= multiplier <= 1``.
    lasting_days : int
        A treatment begun on day d acts in ``[d, d + lasting_days)``.
    holdout : float
        Share of all accounts that are never treated, ``0 <= holdout < 1``.
    """

    from_day: int = 420
    share: float = 0.10
    multiplier: float = 0.35
    lasting_days: int = 90
    holdout: float = 0.10

    def __post_init__(self) -> None:
        """Check the ranges once, where the programme is declared."""
        _check("Programme.from_day", self.from_day, holds=self.from_day >= 0, expected="0 or more days")
        _check("Programme.share", self.share, holds=0 < self.share <= 1, expected="0 < share <= 1")
        _check(
            "Programme.multiplier", self.multiplier, holds=0 <= self.multiplier <= 1, expected="0 <= multiplier <= 1"
        )
        _check("Programme.lasting_days", self.lasting_days, holds=self.lasting_days > 0, expected="1 or more days")
        _check("Programme.holdout", self.holdout, holds=0 <= self.holdout < 1, expected="0 <= holdout < 1")


@dataclass(frozen=True)
class World:
    """A B2B company to simulate; the same world always gives the same tables.

    Parameters
    ----------
    accounts : int
        Accounts ever, 10 to 60,000; some 55 % were there at the start, the others begin later.
    days : int
        Length of the recorded span ``[start, start + days)``, at least 120.
    start : date
        First recorded day.
    seed : int
        Seed of every draw, 0 or more.
    late_rows : float
        Share of rows recorded 1 to 20 days later than the usual following night, ``0 <= late_rows <= 1``.
    interventions : Programme or None
        The retention programme, if the company runs one.
    drift : int or None
        Day from which the product counts ``features_used`` and ``minutes`` differently, if ever.
    monthly_share : float
        Share of accounts on monthly plans, ``0 <= monthly_share <= 1``; the others sign for 12 or 24 months.

    Raises
    ------
    ValueError
        When a number is outside its range.

    Examples
    --------
    >>> World(accounts=50, days=400).accounts
    50
    """

    accounts: int = 2000
    days: int = 1095
    start: date = date(2023, 1, 2)
    seed: int = 7
    late_rows: float = 0.03
    interventions: Programme | None = None
    drift: int | None = None
    monthly_share: float = 0.20

    def __post_init__(self) -> None:
        """Check the ranges once, where the world is declared."""
        enough = FEWEST_ACCOUNTS <= self.accounts <= MOST_ACCOUNTS
        _check(
            "World.accounts", self.accounts, holds=enough, expected=f"{FEWEST_ACCOUNTS} to {MOST_ACCOUNTS:,} accounts"
        )
        _check("World.days", self.days, holds=self.days >= SHORTEST_DAYS, expected=f"at least {SHORTEST_DAYS} days")
        _check("World.seed", self.seed, holds=self.seed >= 0, expected="0 or more")
        _check("World.late_rows", self.late_rows, holds=0 <= self.late_rows <= 1, expected="0 <= late_rows <= 1")
        _check(
            "World.monthly_share",
            self.monthly_share,
            holds=0 <= self.monthly_share <= 1,
            expected="0 <= monthly_share <= 1",
        )

    def stream(self, purpose: str) -> np.random.Generator:
        """Give the random draws of one purpose.

        Each purpose has its own stream, so that one more draw for tickets does not change who churns.
        """
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])


def _check(name: str, given: object, *, holds: bool, expected: str) -> None:
    if not holds:
        raise ValueError(f"{name} is {given!r}; expected {expected}. Change it where the world is declared.")
