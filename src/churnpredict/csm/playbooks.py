"""What is to be done about an account, and by when: working days by the calendar of those who do it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import numpy as np

from churnpredict.config import Playbook, Workload


def play_for(tier: str, raised: Collection[str], *, playbooks: Mapping[str, Playbook]) -> str | None:
    """The name of the play for an account; None where there is nothing to do.

    What is known goes before what is likely: a playbook for a detector of critical, then the one for critical
    accounts, then one for displacement, then the tier's; among equals the one that is declared first.

    Parameters
    ----------
    tier
        The account's tier.
    raised
        The detectors whose evidence the account has, by their TOML path.
    playbooks
        What is done, by name.

    Examples
    --------
    >>> call = Playbook(action="Call", due="48 hours", tiers=["red"])
    >>> save = Playbook(action="Win back", due="1 week", evidence=["displacement"])
    >>> play_for("red", [], playbooks={"red": call, "win_back": save})
    'red'
    >>> play_for("red", ["displacement.redlines"], playbooks={"red": call, "win_back": save})
    'win_back'
    """
    known = {*raised, *(place.split(".")[0] for place in raised)}
    fitting = [
        (_urgency(tier, playbook, known), position, name)
        for position, (name, playbook) in enumerate(playbooks.items())
        if tier in playbook.tiers or known & set(playbook.evidence)
    ]
    return min(fitting)[2] if fitting else None


def _urgency(tier: str, playbook: Playbook, known: Collection[str]) -> int:
    fitting = [each for each in playbook.evidence if each in known]
    if any(each.startswith("critical") for each in fitting):
        return 0
    if tier == "critical" and tier in playbook.tiers:
        return 1
    return 2 if fitting else 3


def due_date(cutoff: date, playbook: Playbook, workload: Workload) -> date:
    """The last day to do it on: a working day, and never before the cutoff.

    Hours and business days count working days. A promise of two weeks that ends on a day off is kept by the working
    day before it; "at once" is the first working day from the cutoff on.

    Examples
    --------
    >>> friday = date(2025, 4, 11)
    >>> easter = Workload(holidays=[date(2025, 4, 18), date(2025, 4, 21)])
    >>> due_date(friday, Playbook(action="Call", due="48 hours"), easter)
    datetime.date(2025, 4, 15)
    >>> due_date(friday, Playbook(action="Review", due="1 week"), easter)
    datetime.date(2025, 4, 17)
    """
    days, working = playbook.deadline()
    calendar = _calendar(workload)
    first = np.busday_offset(cutoff, 0, roll="forward", busdaycal=calendar)
    if working and days:
        due = np.busday_offset(cutoff, days, roll="backward", busdaycal=calendar)
    else:
        due = np.busday_offset(cutoff + timedelta(days=days), 0, roll="backward", busdaycal=calendar)
    last: date = max(first, due).astype(object)
    return last


def _calendar(workload: Workload) -> np.busdaycalendar:
    return np.busdaycalendar(weekmask=" ".join(workload.working_days), holidays=workload.holidays)
