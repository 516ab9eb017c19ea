"""A retention programme at work: whom it treats, and when they churn then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .hazard import Truth, churn_days
from .oracle import Question, state_risk
from .timeline import BURN_IN, Bools, Floats, Ints
from .world import Programme, World

_ROUND_DAYS = 30
_HORIZON = 90
_PATHS = 16


@dataclass(frozen=True)
class Treatment:
    """What a programme did and what came of it.

    Parameters
    ----------
    account, day : array of int, shape (treatments,)
        Position of the treated account and day the treatment began, in order of day.
    risk : array of float, shape (treatments,)
        True untreated 90-day risk on that day.
    multiplier : array of float32, shape (accounts, days), or None
        What the hazard was multiplied by on each day; None without a programme.
    churn : array of int, shape (accounts,)
        Day each account churned, with the programme.
    untreated_churn : array of int, shape (accounts,)
        Day each account would have churned without it; never later.
    held_out : array of bool, shape (accounts,)
        Whether the account was never to be treated.
    """

    account: Ints
    day: Ints
    risk: Floats
    multiplier: Floats | None
    churn: Ints
    untreated_churn: Ints
    held_out: Bools


def treat(world: World, truth: Truth) -> Treatment:
    """Run the world's programme, if it has one."""
    churn = churn_days(truth.hazard, truth.patience, start=truth.population.start)
    if world.interventions is None:
        none = np.zeros(0, np.int64)
        return Treatment(none, none, np.zeros(0), None, churn, churn, np.zeros(world.accounts, np.bool_))
    return _run(world, truth, programme=world.interventions, untreated=churn)


def _run(world: World, truth: Truth, *, programme: Programme, untreated: Ints) -> Treatment:
    churn = untreated.copy()
    held_out = world.stream("holdout").random(world.accounts) < programme.holdout
    multiplier = np.ones(truth.hazard.shape, np.float32)
    treated_until = np.full(world.accounts, -BURN_IN)
    rounds: list[tuple[Ints, Ints, Floats]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for day in range(programme.from_day, world.days, _ROUND_DAYS):
        chosen, risk = _choose(world, truth, share=programme.share, day=day, churn=churn)
        free = ~held_out[chosen] & (treated_until[chosen] <= day)
        chosen, risk = chosen[free], risk[free]
        treated_until[chosen] = day + programme.lasting_days
        multiplier[chosen, day + BURN_IN : day + BURN_IN + programme.lasting_days] = programme.multiplier
        treated = truth.hazard[chosen] * multiplier[chosen]
        churn[chosen] = churn_days(treated, truth.patience[chosen], start=truth.population.start[chosen])
        # Who leaves on the very day is gone before the first call.
        reached = churn[chosen] > day
        rounds.append((chosen[reached], np.full(int(reached.sum()), day), risk[reached]))
    account, began, risks = (np.concatenate(part) for part in zip(*rounds, strict=True))
    return Treatment(account, began, risks, multiplier, churn, untreated, held_out)


def _choose(world: World, truth: Truth, *, share: float, day: int, churn: Ints) -> tuple[Ints, Floats]:
    """Pick the share of live accounts with the highest true risk, riskiest first, and give that risk."""
    live = np.flatnonzero((truth.population.start < day) & (churn >= day))
    question = Question(day, (_HORIZON,), live)
    risk = state_risk(truth, question, rng=world.stream(f"programme {day}"), paths=_PATHS)[:, 0]
    top = np.argsort(-risk, kind="stable")[: max(1, round(share * len(live)))]
    return live[top], risk[top]
