"""Tickets, meetings, surveys and notes: what the service desk and the CRM record."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .hazard import WEIGHTS, near_renewal
from .latent import COMPETITION, ENGAGEMENT, EXECUTIVE, FINANCE, SUPPORT
from .names import mention_notes, ticket_subjects
from .scene import Scene, numbered, ordered, pick, sigmoid
from .timeline import Floats, column_count, load_times, office_times, recorded

SEVERITIES = ("low", "normal", "high", "critical")
MEETINGS = ("check_in", "business_review", "executive")
MENTIONS = ("competitor_mention", "parity_request", "contract_friction", "escalation", "non_renewal_notice")

_TICKETS_A_DAY = np.array([0.022, 0.055, 0.13], np.float32)
_MEETINGS_A_DAY = np.array([0.013, 0.029, 0.060], np.float32)
_SURVEY_EVERY = 91


def tickets_table(scene: Scene) -> pd.DataFrame:
    """Make the tickets table, one row per support request, in order of ``opened_at``."""
    rng = scene.world.stream("tickets")
    rate = _TICKETS_A_DAY[scene.population.segment][:, None] * np.exp(-0.3 * scene.latents[SUPPORT]) * scene.workday
    account, day = scene.draw(rng, rate)
    n = len(day)
    support = scene.latents[SUPPORT, account, day]
    pressure = WEIGHTS @ scene.latents[:, account, day]
    gravity = 0.9 - 0.4 * support + 0.9 * rng.standard_normal(n)
    sentiment = np.round(np.clip(0.15 + 0.32 * support + 0.35 * rng.standard_normal(n), -1, 1), 2)
    satisfaction = np.clip(np.rint(3.7 + 0.8 * support + 0.8 * rng.standard_normal(n)), 1, 5)
    columns = {
        "account_id": scene.account_ids.take(account),
        "opened_at": office_times(scene.world, rng, day=day),
        "loaded_at": load_times(scene.world, rng, day=day),
        "severity": pick(SEVERITIES, np.searchsorted([0.0, 1.8, 3.0], gravity)),
        "sentiment": np.where(rng.random(n) < 0.2, np.nan, sentiment),
        "satisfaction": np.where(rng.random(n) < 0.65, np.nan, satisfaction),
        "subject": pick(ticket_subjects(), rng.integers(0, len(ticket_subjects()), n)),
        # From a stream of its own, as all that came later: what was drawn before stays as it was.
        "escalated": scene.world.stream("escalated tickets").random(n)
        < sigmoid(-7.2 + gravity - 0.8 * support + pressure),
    }
    frame = ordered(scene.world, columns, time="opened_at", known="loaded_at")
    frame.insert(0, "ticket_id", numbered("T", len(frame)))
    return frame


def meetings_table(scene: Scene) -> pd.DataFrame:
    """Make the meetings table, one row per meeting planned, in order of ``held_at``."""
    rng = scene.world.stream("meetings")
    population, executive = scene.population, scene.latents[EXECUTIVE]
    rate = _MEETINGS_A_DAY[population.segment][:, None] * np.exp(0.25 * executive) * scene.workday
    account, day = scene.draw(rng, rate * population.met[:, None])
    n = len(day)
    relation, segment = executive[account, day], population.segment[account]
    rank = rng.random(n) + 0.08 * relation
    attended = rng.random(n) < sigmoid(1.5 + 0.9 * relation)
    stakeholders = attended * (1 + rng.poisson(np.exp(0.2 + 0.35 * segment + 0.25 * relation)))
    by_customer = rng.random(n) < sigmoid(-0.9 + 0.4 * relation)
    columns = {
        "account_id": scene.account_ids.take(account),
        "held_at": office_times(scene.world, rng, day=day),
        "loaded_at": load_times(scene.world, rng, day=day),
        "kind": pick(MEETINGS, np.searchsorted([0.62, 0.90], rank)),
        "attended": attended,
        "stakeholders": stakeholders.astype(np.int32),
        "initiated_by": pick(("vendor", "customer"), by_customer.astype(np.int64)),
    }
    frame = ordered(scene.world, columns, time="held_at", known="loaded_at")
    frame.insert(0, "meeting_id", numbered("M", len(frame)))
    return frame


def surveys_table(scene: Scene) -> pd.DataFrame:
    """Make the surveys table, one row per answer, in order of ``answered_at``.

    Asked every quarter; who has a good relation answers more often, so silence itself says something.
    """
    rng = scene.world.stream("surveys")
    offset = rng.integers(0, _SURVEY_EVERY, scene.world.accounts)
    asked = (np.arange(scene.world.days) - offset[:, None]) % _SURVEY_EVERY == 0
    asked &= scene.live & scene.population.surveyed[:, None]
    account, day = np.nonzero(asked)
    answered = rng.random(len(day)) < sigmoid(-0.2 + 0.6 * scene.latents[EXECUTIVE, account, day])
    account, day = account[answered], day[answered]
    engagement, support = scene.latents[ENGAGEMENT, account, day], scene.latents[SUPPORT, account, day]
    nps = 7.4 + 0.8 * engagement + 0.8 * support + 1.6 * rng.standard_normal(len(day))
    columns = {
        "account_id": scene.account_ids.take(account),
        "answered_at": office_times(scene.world, rng, day=day),
        "loaded_at": load_times(scene.world, rng, day=day),
        "nps": np.clip(np.rint(nps), 0, 10).astype(np.int32),
        "complaint": scene.world.stream("complaints").random(len(day)) < sigmoid(0.6 - 0.5 * nps - 0.6 * support),
    }
    return ordered(scene.world, columns, time="answered_at", known="loaded_at")


def mentions_table(scene: Scene) -> pd.DataFrame:
    """Make the mentions table, one row per note of competition or dissatisfaction, in order of ``noted_at``.

    A note follows from how things stand, never from the churn itself: some who give notice renew after all.
    """
    rng = scene.world.stream("mentions")
    drawn = [scene.draw(rng, rate) for rate in _mention_rates(scene)]
    account = np.concatenate([one[0] for one in drawn])
    day = np.concatenate([one[1] for one in drawn])
    kind = np.repeat(np.arange(len(MENTIONS)), [len(one[0]) for one in drawn])
    columns = {
        "account_id": scene.account_ids.take(account),
        "noted_at": office_times(scene.world, rng, day=day),
        "loaded_at": load_times(scene.world, rng, day=day),
        "kind": pick(MENTIONS, kind),
        "note": pd.array(mention_notes(scene.world.stream("notes"), [MENTIONS[one] for one in kind]), dtype="str"),
    }
    return ordered(scene.world, columns, time="noted_at", known="loaded_at")


def _mention_rates(scene: Scene) -> list[Floats]:
    """Give the rate of each kind of mention per account and recorded day."""
    latents, world, population = scene.latents, scene.world, scene.population
    due = recorded(near_renewal(population, column_count(world), before=110, after=-10), world)
    pressure = np.tensordot(WEIGHTS, latents, axes=1)
    competition = np.exp(0.8 * latents[COMPETITION])
    friction = 0.0010 * np.exp(-0.6 * latents[FINANCE]) * np.where(due, 3.0, 1.0)
    escalation = 0.0008 * np.exp(-0.7 * latents[SUPPORT])
    monthly = (population.term == 1)[:, None]
    notice = np.exp(0.8 * pressure) * np.where(monthly, 0.0003, np.where(due, 0.0010, 0.0))
    return [0.0035 * competition, 0.0030 * competition, friction, escalation, notice]
