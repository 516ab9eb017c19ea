"""Cancellations, and the interventions of a programme that tried to prevent them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .hazard import WEIGHTS
from .latent import COMPETITION
from .scene import Scene, ordered, pick
from .timeline import Ints, Times, day_times, load_times, office_times
from .treatment import Treatment

REASONS = ("low usage", "support experience", "price", "lost sponsor", "competitor", "company closed or acquired")
PLAYBOOKS = ("csm_outreach", "leadership_review", "executive_sponsor", "win_back")
OUTCOMES = ("saved", "lost")

_LATEST_RECORD = 10
_OUTCOME_DAYS = 90
_NO_CAUSE_SHARE = 0.12


def cancellation_times(scene: Scene) -> Times:
    """Say when each account's cancellation was recorded, not-a-time for those without one.

    That is 0 to 10 days after the churn day, during office hours.
    """
    rng = scene.world.stream("cancellations")
    delay = rng.integers(0, _LATEST_RECORD + 1, len(scene.churn))
    gone = scene.churn < scene.world.days
    times = office_times(scene.world, rng, day=np.where(gone, scene.churn + delay, 0))
    return np.where(gone, times, np.datetime64("NaT", "us"))


def cancellations_table(scene: Scene, cancelled_at: Times) -> pd.DataFrame:
    """Make the cancellations table, one row per churned account, in order of ``churned_on``."""
    account = np.flatnonzero(scene.churn < scene.world.days)
    columns = {
        "account_id": scene.account_ids.take(account),
        "churned_on": day_times(scene.world, scene.churn[account]),
        "recorded_at": cancelled_at[account],
        "reason": pick(REASONS, _draw_reasons(scene, account)),
    }
    return ordered(scene.world, columns, time="churned_on", known="recorded_at")


def interventions_table(scene: Scene, treatment: Treatment) -> pd.DataFrame:
    """Make the interventions table, one row per treatment begun, in order of ``started_on``.

    ``outcome`` is filled in later than ``recorded_at``: ``lost`` when the account churned in
    ``[started_on, started_on + 90 d)``, ``saved`` when it did not, null while that is open.
    """
    world = scene.world
    rng = world.stream("interventions")
    account, day = treatment.account, treatment.day
    lost = (scene.churn[account] < day + _OUTCOME_DAYS) & (scene.churn[account] < world.days)
    is_open = ~lost & (day + _OUTCOME_DAYS > world.days)
    outcome = pick(OUTCOMES, np.where(lost, 1, 0))
    outcome[is_open] = None
    columns = {
        "account_id": scene.account_ids.take(account),
        "started_on": day_times(world, day),
        "recorded_at": load_times(world, rng, day=day),
        "playbook": pick(PLAYBOOKS, _choose_playbooks(scene, treatment)),
        "outcome": outcome,
    }
    return ordered(world, columns, time="started_on", known="recorded_at")


def _draw_reasons(scene: Scene, account: Ints) -> Ints:
    """Name each cancellation's strongest latent cause; sales writes down what it heard, so noisily."""
    rng = scene.world.stream("reasons")
    causes = WEIGHTS[:, None] * scene.latents[:, account, scene.churn[account]]
    heard = np.argmax(causes + 0.5 * rng.gumbel(size=causes.shape), axis=0)
    return np.where(rng.random(len(account)) < _NO_CAUSE_SHARE, len(REASONS) - 1, heard)


def _choose_playbooks(scene: Scene, treatment: Treatment) -> Ints:
    """Choose win-back against a competitor, else the stronger play the higher the risk."""
    playbook = np.searchsorted([0.15, 0.35], treatment.risk)
    competition = scene.latents[COMPETITION, treatment.account, treatment.day]
    return np.where(competition > 1.5, PLAYBOOKS.index("win_back"), playbook)
