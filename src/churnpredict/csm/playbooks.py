"""What is to be done about a tier, and by when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from churnpredict.config import Tier
from churnpredict.config.policies import Playbook

_SATURDAY = 5


@dataclass(frozen=True)
class Step:
    """One thing to do.

    Parameters
    ----------
    action
        What, in the words of the configuration.
    due_on
        The last day to do it on.
    """

    action: str
    due_on: date


def next_step(tier: Tier, cutoff: date, *, playbooks: Mapping[Tier, Playbook]) -> Step | None:
    """The playbook of a tier, dated; None for a tier without a playbook, such as green.

    Examples
    --------
    >>> next_step("red", date(2025, 3, 3), playbooks={"red": Playbook(action="Call", due_days=2)})
    Step(action='Call', due_on=datetime.date(2025, 3, 5))
    """
    playbook = playbooks.get(tier)
    return None if playbook is None else Step(playbook.action, due_date(cutoff, playbook.due_days))


def due_date(cutoff: date, due_days: int) -> date:
    """The day `due_days` after the cutoff, or the Friday before it if that is at a weekend.

    A promise of two weeks is kept by being early, never by being late; but nothing is due before its cutoff.

    Examples
    --------
    >>> due_date(date(2025, 3, 3), 12), due_date(date(2025, 3, 8), 0)
    (datetime.date(2025, 3, 14), datetime.date(2025, 3, 8))
    """
    due = cutoff + timedelta(days=due_days)
    past_friday = max(due.weekday() - _SATURDAY + 1, 0)
    return max(due - timedelta(days=past_friday), cutoff)
