"""What may be declared about the work: what is done about whom and by when, and how much of it a person can do."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, TypeAdapter

from churnpredict.config.policies import Tier
from churnpredict.config.tables import Declared, Name

Weekday = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_DUE = re.compile(r"(?P<number>[1-9]\d{0,2}) (?P<unit>hour|day|week|business day)s?")


def _readable(due: str) -> str:
    if due != "at once" and not _DUE.fullmatch(due):
        msg = f'{due!r} is no due date; give "at once", "48 hours", "3 business days", "10 days" or "2 weeks"'
        raise ValueError(msg)
    return due


class Playbook(Declared):
    """What is done, by whom in which role, and by when, about accounts of a tier or with some evidence."""

    action: Text
    #: Who does it, as a role; the account's owner sees to it.
    role: Text | None = None
    due: Annotated[str, AfterValidator(_readable)]
    tiers: list[Tier] = Field(default_factory=list)
    #: Flags or detectors: "critical", "displacement", "critical.escalation".
    evidence: list[str] = Field(default_factory=list)
    #: Days in which the play is not begun again; that of the workload unless declared.
    cool_down_days: Annotated[int, Field(ge=0, le=365)] | None = None

    def deadline(self) -> tuple[int, bool]:
        """Days from the cutoff to the due date, and whether only working days count; hours count working days."""
        found = _DUE.fullmatch(self.due)
        if found is None:
            return 0, True
        number = int(found["number"])
        match found["unit"]:
            case "hour":
                return math.ceil(number / 24), True
            case "business day":
                return number, True
            case "week":
                return 7 * number, False
            case _:
                return number, False


class Workload(Declared):
    """How many new plays a person can begin in a week, how long one is left to work, and when nobody works."""

    #: New plays of one owner in a week; as many as there are unless declared.
    per_owner: Annotated[int, Field(ge=0, le=10_000)] | None = None
    #: Owners that can begin more or fewer, by their name.
    owners: dict[str, Annotated[int, Field(ge=0, le=10_000)]] = Field(default_factory=dict)
    cool_down_days: Annotated[int, Field(ge=0, le=365)] = 28
    working_days: list[Weekday] = Field(default=["Mon", "Tue", "Wed", "Thu", "Fri"], min_length=1)
    holidays: list[date] = Field(default_factory=list)


#: What is done unless declared.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "critical": {"action": "Executive sponsor steps in at once", "role": "Executive sponsor", "due": "at once"},
    "win_back": {
        "action": "Win-back call on what the competitor offers, with a plan for the gaps",
        "role": "CSM with sales",
        "due": "5 business days",
    },
    "red": {
        "action": "Account leadership calls, with a health assessment",
        "role": "Account leadership",
        "due": "48 hours",
    },
    "yellow": {"action": "CSM outreach with a mini business review", "role": "CSM", "due": "2 weeks"},
}
#: Whom a playbook of that name is for unless it says so.
_MEANT: Mapping[str, Mapping[str, list[str]]] = {
    **{tier: {"tiers": [tier]} for tier in ("critical", "red", "yellow", "green")},
    "win_back": {"evidence": ["displacement"]},
}


def _with_defaults(declared: Any) -> Any:
    """Declared playbooks and the default ones that they do not replace."""
    if not isinstance(declared, Mapping):
        return declared
    playbooks = {**_DEFAULTS, **declared}
    return {name: _meant(name, playbook) for name, playbook in playbooks.items()}


def _meant(name: str, playbook: Any) -> Any:
    if not isinstance(playbook, Mapping) or {"tiers", "evidence"} & playbook.keys():
        return playbook
    return {**playbook, **_MEANT.get(name, {})}


Playbooks = Annotated[dict[Name, Playbook], BeforeValidator(_with_defaults)]


def default_playbooks() -> dict[str, Playbook]:
    """What is done unless declared."""
    return TypeAdapter(Playbooks).validate_python({})
