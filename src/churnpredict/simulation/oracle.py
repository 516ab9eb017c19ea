"""The true risk of an account: what a perfect model could say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .hazard import LAG_FROM, LAG_TO, Truth, finish, log_pressure
from .latent import (
    COMPETITORS_A_YEAR,
    DEPARTURES_A_YEAR,
    NOISE,
    PRICE_RISE_LEAD,
    PRICE_RISE_SHARE,
    SLIDE_DAYS,
    Shocks,
    add_shocks,
    propagate,
)
from .timeline import BURN_IN, Bools, Floats, Ints

_CHUNK = 256


@dataclass(frozen=True)
class Question:
    """Which accounts' risk is wanted, when and how far ahead.

    Parameters
    ----------
    cutoff : int
        Day number.
    horizons : tuple of int
        Days; the risk is of churn in ``[cutoff, cutoff + horizon)``.
    accounts : array of int, shape (n,)
        Positions of the accounts asked about.
    """

    cutoff: int
    horizons: tuple[int, ...]
    accounts: Ints

    @property
    def column(self) -> int:
        """Column of the cutoff in a matrix with one column per day."""
        return self.cutoff + BURN_IN


def path_risk(truth: Truth, question: Question) -> Floats:
    """Give the risk to someone who knows the whole latent path, the future included.

    Returns
    -------
    array of float, shape (n, horizons)
        ``1 − exp(−∫ hazard)``, untreated.
    """
    longest = max(question.horizons)
    hazard = truth.hazard[question.accounts, question.column : question.column + longest]
    return _risk(hazard, question.horizons)


def state_risk(truth: Truth, question: Question, *, rng: np.random.Generator, paths: int = 48) -> Floats:
    """Give the risk to someone who knows the latents up to the cutoff, the frailty and the contract.

    The future is drawn ``paths`` times and averaged. Outages still to come are not foreseen. No model that reads the
    tables can do better in expectation.

    Returns
    -------
    array of float, shape (n, horizons)
        Untreated risk, between 0 and 1.
    """
    risk = np.empty((len(question.accounts), len(question.horizons)))
    for begin in range(0, len(question.accounts), _CHUNK):
        part = Question(question.cutoff, question.horizons, question.accounts[begin : begin + _CHUNK])
        risk[begin : begin + _CHUNK] = _average_paths(truth, part, rng=rng, paths=paths)
    return risk


def _average_paths(truth: Truth, question: Question, *, rng: np.random.Generator, paths: int) -> Floats:
    longest = max(question.horizons)
    past = truth.latents[:, question.accounts, question.column - LAG_FROM : question.column]
    known = np.broadcast_to(past[:, None], (5, paths, *past.shape[1:]))
    if longest > LAG_TO:
        future = _draw_future(truth, question, rng=rng, shape=(paths, longest - LAG_TO))
        known = np.concatenate([known, future], axis=-1)
    base = truth.base[question.accounts, question.column : question.column + longest]
    hazard = finish(base + log_pressure(known)[..., :longest])
    risk: Floats = _risk(hazard, question.horizons).mean(axis=0)
    return risk


def _draw_future(truth: Truth, question: Question, *, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Draw latents from the cutoff on, given those before it: (5, paths, n, days)."""
    paths, days = shape
    size = (paths, len(question.accounts), days)
    means = truth.population.means[:, question.accounts].astype(np.float32)
    state = truth.latents[:, question.accounts, question.column - 1] - means
    innovations = rng.standard_normal((5, *size), dtype=np.float32) * NOISE[:, None, None, None]
    add_shocks(innovations, _draw_future_shocks(truth, question, rng=rng, size=size))
    before = np.broadcast_to(state[:, None], (5, *size[:2]))
    return propagate(innovations, before) + means[:, None, :, None]


def _draw_future_shocks(
    truth: Truth, question: Question, *, rng: np.random.Generator, size: tuple[int, int, int]
) -> Shocks:
    past = truth.shocks.departures[question.accounts, question.column - SLIDE_DAYS : question.column]
    departures = rng.random(size, dtype=np.float32) < DEPARTURES_A_YEAR / 365
    known = np.broadcast_to(past, (size[0], *past.shape))
    due = _price_rise_due(truth, question, days=size[2])
    return Shocks(
        departures=np.concatenate([known, departures], axis=-1),
        competitors=rng.random(size, dtype=np.float32) < COMPETITORS_A_YEAR / 365,
        price_rises=due & (rng.random(size, dtype=np.float32) < PRICE_RISE_SHARE),
        outages=np.zeros(size, np.bool_),
    )


def _price_rise_due(truth: Truth, question: Question, *, days: int) -> Bools:
    """Mark the days from the cutoff on when a price rise would be announced, if there is one."""
    announced = truth.population.renewals[question.accounts] - PRICE_RISE_LEAD - question.cutoff
    due: Bools = (announced[:, :, None] == np.arange(days)).any(axis=1)
    return due


def _risk(hazard: Floats, horizons: tuple[int, ...]) -> Floats:
    cumulative = np.cumsum(hazard, axis=-1, dtype=np.float64)
    return np.stack([-np.expm1(-cumulative[..., horizon - 1]) for horizon in horizons], axis=-1)
