"""The accounts of a simulated company and what never changes about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .timeline import TAIL, Bools, Floats, Ints, month_steps
from .world import World

SEGMENTS = ("small", "mid", "enterprise")
REGIONS = ("dach", "nordics", "uk_ireland", "north_america", "apac")

_SEGMENT_SHARES = (0.55, 0.33, 0.12)
_REGION_SHARES = (0.26, 0.12, 0.20, 0.32, 0.10)
_MEDIAN_SEATS = np.array([9.0, 36.0, 150.0])
_INDUSTRIES = 8
_PRESENT_SHARE = 0.55
_OLDEST_DAYS = 2000
_QUARTER_END_SHARE = 0.35
_BIENNIAL_SHARE = 0.25
_MEAN_SPREAD = np.array([0.55, 0.45, 0.50, 0.50, 0.45])
_FRAILTY_SPREAD = 0.40
_MONTHLY_TILT = np.array([1.35, 0.70, 0.25])


@dataclass(frozen=True)
class Population:
    """The fixed traits of n accounts, one entry per account.

    Parameters
    ----------
    start : array of int
        Day the account began, negative when before the recorded span.
    segment, industry, region : array of int
        Codes; ``SEGMENTS`` and ``REGIONS`` name the first and the last.
    term : array of int
        Contract term in months: 1, 12 or 24.
    seats : array of int
        Seats bought at the beginning.
    frailty : array of float
        What no table shows: added to the log-hazard.
    means : array of float, shape (5, n)
        Long-run level of each latent.
    renewals : array of int, shape (n, k)
        Days on which the contract is due for renewal, ascending, ``NEVER`` where there is none.
    telemetry, surveyed, met : array of bool
        Whether the account's usage, survey answers and meetings are recorded at all.
    """

    start: Ints
    segment: Ints
    industry: Ints
    region: Ints
    term: Ints
    seats: Ints
    frailty: Floats
    means: Floats
    renewals: Ints
    telemetry: Bools
    surveyed: Bools
    met: Bools


def populate(world: World) -> Population:
    """Draw the accounts of a world."""
    rng = world.stream("population")
    n = world.accounts
    start = _draw_starts(world, rng)
    segment = rng.choice(len(SEGMENTS), n, p=_SEGMENT_SHARES)
    term = _draw_terms(world, rng, segment=segment)
    # Enough steps for the oldest account on the shortest term to have a renewal still ahead at the end.
    count = (_OLDEST_DAYS + world.days + TAIL) // 365 + 2
    return Population(
        start=start,
        segment=segment,
        industry=rng.integers(0, _INDUSTRIES, n),
        region=rng.choice(len(REGIONS), n, p=_REGION_SHARES),
        term=term,
        seats=np.maximum(2, _MEDIAN_SEATS[segment] * np.exp(0.75 * rng.standard_normal(n))).astype(np.int64),
        frailty=_FRAILTY_SPREAD * rng.standard_normal(n),
        means=_MEAN_SPREAD[:, None] * rng.standard_normal((5, n)),
        renewals=month_steps(world.start, start, months=np.where(term == 1, 0, term), count=count),
        telemetry=rng.random(n) >= 0.12,
        surveyed=rng.random(n) >= 0.25,
        met=rng.random(n) >= 0.10,
    )


def _draw_starts(world: World, rng: np.random.Generator) -> Ints:
    n = world.accounts
    present = rng.permutation(n) < round(_PRESENT_SHARE * n)
    age = 1 + np.minimum(rng.exponential(650.0, n), _OLDEST_DAYS - 1).astype(np.int64)
    start = np.where(present, -age, rng.integers(0, world.days, n))
    moved = _to_quarter_end(world, start) - rng.integers(0, 12, n)
    same_side = np.where(present, moved < 0, (moved >= 0) & (moved < world.days))
    return np.where(same_side & (rng.random(n) < _QUARTER_END_SHARE), moved, start)


def _to_quarter_end(world: World, day: Ints) -> Ints:
    """Give the last day of each day's quarter: that is when sales teams close."""
    origin = np.datetime64(world.start, "D")
    month = (origin + day.astype("timedelta64[D]")).astype("datetime64[M]").astype(np.int64)
    following = ((month // 3 + 1) * 3).astype("datetime64[M]").astype("datetime64[D]")
    return (following - origin).astype(np.int64) - 1


def _draw_terms(world: World, rng: np.random.Generator, *, segment: Ints) -> Ints:
    monthly = rng.random(world.accounts) < _monthly_chances(_MONTHLY_TILT[segment], world.monthly_share)
    biennial = rng.random(world.accounts) < _BIENNIAL_SHARE
    return np.where(monthly, 1, np.where(biennial, 24, 12))


def _monthly_chances(odds: Floats, share: float) -> Floats:
    """Spread a share over accounts in proportion to their odds; what one cannot take beyond 1, the others do."""
    certain = np.zeros(len(odds), np.bool_)
    chances = odds
    for _ in SEGMENTS:
        others = float(odds[~certain].sum())
        if not others:
            break
        chances = np.where(certain, 1.0, odds * (share * len(odds) - certain.sum()) / others)
        certain = chances >= 1
    return np.minimum(1.0, chances)
