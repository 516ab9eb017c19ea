"""What the guesses have found so far, on the way to a proposal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from churnpredict.config.declarations import WINDOW_PRESETS
from churnpredict.dataset import Rhythm, Survey
from churnpredict.onboarding.endings import Ending
from churnpredict.onboarding.proposal import Proposal
from churnpredict.onboarding.roles import Placed
from churnpredict.onboarding.schedule import Schedule


@dataclass
class Found:
    """What the guesses so far have found, and the proposal that they make.

    Parameters
    ----------
    survey
        The tables.
    placed
        Those that have a role.
    main
        The source of events that tells best whether an account is there; None without events.
    rhythms
        How often the rows of each table come.
    ending
        How accounts leave.
    schedule
        What the history allows.
    days
        Days of history, from the first event to the last cutoff.
    today
        Days after it are planned ones.
    proposal
        What is made.
    taken
        Names of signals, values and facts that are in use.
    listed
        The values that the risk list shows, by the key that names them.
    """

    survey: Survey
    placed: list[Placed]
    main: Placed | None
    rhythms: dict[str, Rhythm]
    ending: Ending
    schedule: Schedule
    days: int
    today: date
    proposal: Proposal
    taken: set[str] = field(default_factory=set)
    listed: dict[str, str] = field(default_factory=dict)

    def of_role(self, *roles: str) -> list[Placed]:
        """The tables in some roles."""
        return [each for each in self.placed if each.role in roles]

    def windows(self, preset: str) -> str | list[int]:
        """A preset of windows, or those of it that leave enough history to learn from."""
        days = WINDOW_PRESETS[preset]
        if preset == "sparse" or max(days) <= self.schedule.longest_window:
            return preset
        return [each for each in days if each <= self.schedule.longest_window]
