"""What may be declared as evidence: dated rows, or a feature past a bound, that raise a flag on an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from churnpredict.config.declarations import Days, Signal
from churnpredict.config.tables import Column, Condition, Declared, Name, Where

#: What evidence raises: critical overrides the tier, displacement calls for the win-back play.
Flag = Literal["critical", "displacement"]
_MEANINGS = ("events", "history", "signal", "feature")
#: Days after which the evidence of a detector that nobody declared expires.
DEFAULT_EXPIRY = 84
#: Signals that mean competitive displacement by their names, where no displacement is declared.
DISPLACEMENT_SIGNALS = ("competitor_mentions", "parity_requests", "contract_friction", "redlines", "delayed_signatures")
#: Keyed signals whose keys are people, by their names: their unusual silence is looked for.
PEOPLE_SIGNALS = ("active_users", "users", "stakeholders", "contacts", "champions", "contributors")


class Silence(Declared):
    """People who were usually there and are not any more, each against their own past.

    A person counts as engaged with `engaged_days` days or more on which they were seen in the `memory_days` before
    the cutoff, and as silent when the days since the last of them are at least `least_days` and at least `times`
    their usual gap.
    """

    of: Column
    engaged_days: Annotated[int, Field(ge=3, le=1000)] = 12
    memory_days: Days = 182
    least_days: Days = 21
    times: Annotated[float, Field(ge=1, le=100)] = 4.0


class Clearing(Declared):
    """Rows that end the evidence of their account: what happened on their day or before no longer raises the flag."""

    events: Name | None = None
    where: Where = Field(min_length=1)


class Detector(Declared):
    """One way to raise a flag: rows of an events source, a signal or a history, or a feature past a bound.

    Rows raise it while they are visible and younger than `expires_days`, or until a clearing row is; a row of a
    history while it is the one in force. Nothing of a row is shown but its date and the columns in `show`.
    """

    label: str | None = None
    events: Name | None = None
    history: Name | None = None
    #: A declared signal: its rows, which are counted for the model, too.
    signal: Name | None = None
    feature: str | None = None
    where: Where = Field(default_factory=dict)
    silence: Silence | None = None
    #: What the feature must be.
    value: Condition | None = None
    expires_days: Days | None = None
    until: Clearing | None = None
    #: Rows it takes; people, where silence is looked for.
    at_least: Annotated[int, Field(ge=1, le=1000)] = 1
    show: list[Column] = Field(default_factory=list, max_length=4)

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [name for name in _MEANINGS if getattr(self, name) is not None]
        if len(given) != 1:
            msg = f"give one of {', '.join(_MEANINGS)}; got {', '.join(given) or 'none'}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        self._refuse("feature", ["where", "silence", "expires_days", "until", "at_least", "show"])
        self._refuse("history", ["silence", "until", "at_least"])
        self._refuse("signal", ["silence"])
        if self.feature is None and self.value is not None:
            msg = "value is what a feature must be; rows are chosen with where"
            raise ValueError(msg)
        if self.feature is not None and (self.value is None or not self.value.numeric):
            msg = "a feature needs its bound, such as value = { above = 2 }"
            raise ValueError(msg)
        if self.events is not None and self.silence is None and not self.where:
            msg = "say which rows with where; every row of the source would raise the flag"
            raise ValueError(msg)
        if self.history is not None and not self.where:
            msg = "say which rows with where; every row of the history would raise the flag"
            raise ValueError(msg)
        dated = self.events is not None or self.signal is not None
        if dated and self.expires_days is None and self.until is None:
            msg = "evidence must end: give expires_days or until"
            raise ValueError(msg)
        if self.silence is not None and (self.expires_days is None or self.expires_days < self.silence.least_days):
            msg = f"silence needs expires_days of at least its least_days, {self.silence.least_days}"
            raise ValueError(msg)
        return self

    def _refuse(self, origin: str, keys: list[str]) -> None:
        given = [key for key in keys if key in self.model_fields_set]
        if getattr(self, origin) is not None and given:
            msg = f"{', '.join(given)} mean nothing beside {origin}"
            raise ValueError(msg)


@dataclass(frozen=True)
class DeclaredDetector:
    """A detector as it was declared, or as it follows from a signal's name.

    Parameters
    ----------
    flag
        What it raises.
    name
        Its name in the file.
    detector
        The declaration, its label filled in.
    """

    flag: Flag
    name: str
    detector: Detector

    @property
    def place(self) -> str:
        """Its TOML path, which also names it where evidence is stored: ``critical.escalation``."""
        return f"{self.flag}.{self.name}"


def detector_of_signal(name: str, label: str) -> Detector:
    """The detector that a signal stands for by its name: two rows within twelve weeks; one may be mere talk."""
    return Detector(signal=name, label=label, expires_days=DEFAULT_EXPIRY, at_least=2)


def detector_of_people(events: str, signal: Signal, label: str) -> Detector | None:
    """The detector of silence that a keyed signal of people stands for by its name."""
    if not signal.keyed or not isinstance(signal.measure, str):
        return None
    silence = Silence(of=signal.measure)
    return Detector(events=events, where=signal.where, silence=silence, expires_days=DEFAULT_EXPIRY, label=label)
