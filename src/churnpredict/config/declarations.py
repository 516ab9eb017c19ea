"""What may be declared of an account in churnpredict.toml: what happened to it, what was true of it, and its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from churnpredict.columns import (
    EVENT_AGGREGATIONS,
    MOVES,
    OF_KEYS,
    OF_NUMBERS,
    RESERVED,
    WINDOWED,
    FeatureName,
)
from churnpredict.config.tables import Column, Declared, Name, Source, Table, Where


def _not_reserved(name: str) -> str:
    if name in RESERVED:
        msg = f"{name!r} is a name that tables have for themselves; choose another"
        raise ValueError(msg)
    return name


#: The name of a signal, a value or a fact, which features are named after.
SignalName = Annotated[Name, AfterValidator(_not_reserved)]
Days = Annotated[int, Field(gt=0, le=3660)]
Category = Literal["product", "support", "financial", "executive", "context"]
Kind = Literal["number", "category", "flag", "date"]


def refuse_repeated(values: list[Any] | None) -> list[Any] | None:
    """The values, refused where one is there twice."""
    if values is not None and len(set(values)) < len(values):
        msg = f"{values} says the same thing twice"
        raise ValueError(msg)
    return values


#: Windows by how often a source has rows of an account: on most days, every week or so, a few times a year. They are
#: chosen by who declares the source, not counted in the data: a count would know the future of early cutoffs.
WINDOW_PRESETS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"dense": (7, 28, 84), "regular": (28, 84), "sparse": (84, 365)}
)


def _of_preset(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in WINDOW_PRESETS:
        msg = f"{value!r} is no preset of windows; give {', '.join(map(repr, WINDOW_PRESETS))}, or a list of days"
        raise ValueError(msg)
    return list(WINDOW_PRESETS[value])


Windows = Annotated[list[Days], BeforeValidator(_of_preset), AfterValidator(refuse_repeated)]


class Tone(Declared):
    """The tone of English text, −1 (angry) to 1 (happy), as a measure; several columns are read as one text."""

    tone_of: Column | Annotated[list[Column], Field(min_length=1)]

    @property
    def columns(self) -> list[str]:
        """The columns of the text, in order."""
        return [self.tone_of] if isinstance(self.tone_of, str) else self.tone_of


class Signal(Declared):
    """Something that can be counted or measured in the events of a source.

    Without a `measure`, rows are counted. With one, its values are aggregated; a list of columns is multiplied
    together row by row (``["quantity", "unit_price"]`` is revenue), ``{ tone_of = "subject" }`` scores a text.
    docs/signals.md defines every aggregation.
    """

    label: str | None = None
    measure: Column | Annotated[list[Column], Field(min_length=1)] | Tone | None = None
    #: Multiplies the measure: -1 turns negative amounts round.
    times: float = 1.0
    where: Where = Field(default_factory=dict)
    aggregations: list[str] | None = None
    windows: Windows | None = None
    category: Category | None = None

    @field_validator("aggregations")
    @classmethod
    def _known(cls, value: list[str] | None) -> list[str] | None:
        refuse_repeated(value)
        for aggregation in value or []:
            if aggregation not in EVENT_AGGREGATIONS:
                msg = f"unknown aggregation {aggregation!r}; one of {', '.join(EVENT_AGGREGATIONS)}"
                raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _measured(self) -> Self:
        wanted = self.aggregations or []
        missing = [a for a in wanted if a in OF_NUMBERS + OF_KEYS]
        if self.measure is None and missing:
            msg = f"{', '.join(missing)} needs a measure"
            raise ValueError(msg)
        if "share" in wanted and (self.measure is not None or not self.where):
            msg = "share is that of the source's rows that meet the signal's where; give a where, and no measure"
            raise ValueError(msg)
        if not self.keyed:
            return self
        keyed = next(a for a in wanted if a in OF_KEYS)
        numeric = [a for a in wanted if a in OF_NUMBERS]
        if numeric or not isinstance(self.measure, str):
            made = "a tone" if isinstance(self.measure, Tone) else "a product"
            given = f"{keyed} beside {numeric[0]}" if numeric else f"{keyed} of {made}"
            msg = f"{given}: {keyed} reads the values of one column as keys; declare two signals"
            raise ValueError(msg)
        return self

    @property
    def keyed(self) -> bool:
        """Whether the measure is a key, such as a user id, and no number."""
        return any(aggregation in OF_KEYS for aggregation in self.aggregations or [])

    def chosen_aggregations(self) -> list[str]:
        """The declared aggregations, or those that serve most signals of this kind."""
        if self.aggregations is not None:
            return self.aggregations
        return ["count", "trend", "days_since"] if self.measure is None else ["sum", "trend", "days_since"]

    def feature_names(self, name: str, windows: list[int]) -> Iterator[FeatureName]:
        """Names of the features made of this signal, windows from `windows` unless it has its own."""
        for aggregation in self.chosen_aggregations():
            if aggregation in WINDOWED:
                for days in self.windows or windows:
                    yield FeatureName(name, aggregation, days)
            else:
                yield FeatureName(name, aggregation)


class Events(Source):
    """Dated rows: what happened. A row is visible at a cutoff when both its clocks are before it.

    `known_at` is when the row could first have been read; without it the source is reported as
    "leakage not provable".
    """

    time: Column
    known_at: Column | None = None
    #: What tells one event from the next: of rows that share it, the one that could be read first counts.
    event_id: Column | None = None
    category: Category = "product"
    windows: Windows = Field(default_factory=lambda: [28, 84], min_length=1)
    #: What an account without a single row in reach has: no events ("zero": tickets) or no data ("missing": usage
    #: of an account that sends no telemetry).
    absent: Literal["zero", "missing"] = "zero"
    #: Days without a row after which the source has stopped and nothing is scored; unless declared, see `Freshness`.
    max_age_days: Days | None = None
    signals: dict[SignalName, Signal] = Field(min_length=1)


class HistoryValue(Declared):
    """A column of a history. A plain string is the kind of the column of that name."""

    kind: Kind
    column: Column | None = None
    label: str | None = None
    #: Multiplies a number: 12 turns a monthly amount into an annual one.
    times: float = 1.0
    #: The names of a category, lowest first: ``["free", "basic", "pro"]`` lets `steps` say that a plan went down.
    order: Annotated[list[str], Field(min_length=2), AfterValidator(refuse_repeated)] | None = None
    #: What becomes a feature, by default what stands and how it moved. Empty for a value that is only shown.
    aggregations: Annotated[list[str], AfterValidator(refuse_repeated)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _kind_alone(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.order is not None and self.kind != "category":
            msg = f"a {self.kind} has an order of its own; only a category may be given one"
            raise ValueError(msg)
        misplaced = [name for name in self.aggregations or [] if name not in self.possible_aggregations()]
        if "steps" in misplaced and self.kind == "category":
            msg = "steps needs the order of the names, lowest first"
            raise ValueError(msg)
        if misplaced:
            msg = f"a {self.kind} has no {', '.join(misplaced)}; only {', '.join(self.possible_aggregations())}"
            raise ValueError(msg)
        return self

    def possible_aggregations(self) -> list[str]:
        """What can be made of a value of this kind."""
        match self.kind:
            case "date":
                return ["days_until"]
            case "number":
                return ["value", "change", "relative_change", "days_unchanged"]
            case _:
                return ["value", "changes", "days_unchanged", *(["steps"] if self.order else [])]

    def chosen_aggregations(self) -> list[str]:
        """The declared aggregations, or what stands and how it moved."""
        if self.aggregations is not None:
            return list(self.aggregations)
        usual = ("value", "days_until", "change", "changes", "steps")
        return [name for name in self.possible_aggregations() if name in usual]

    def feature_names(self, name: str, windows: list[int]) -> Iterator[FeatureName]:
        """Names of the features made of this value; without windows only what stands, not how it moved."""
        for aggregation in self.chosen_aggregations():
            if aggregation in MOVES:
                for days in windows:
                    yield FeatureName(name, aggregation, days)
            else:
                yield FeatureName(name, aggregation)


class History(Source):
    """Rows that hold from `valid_from` until `valid_to`, or until the next row: contract, seats, contact."""

    valid_from: Column = "valid_from"
    valid_to: Column | None = None
    known_at: Column | None = None
    category: Category = "context"
    windows: Windows = Field(default_factory=lambda: [84])
    values: dict[SignalName, HistoryValue] = Field(min_length=1)


def _undated(value: HistoryValue) -> HistoryValue:
    dated = [name for name in value.aggregations or [] if name not in ("value", "days_until")]
    if dated:
        msg = f"a fact has no dates, and so no {', '.join(dated)}; declare a history"
        raise ValueError(msg)
    return value


Fact = Annotated[HistoryValue, AfterValidator(_undated)]


class Facts(Source):
    """What is true of an account all along. Facts have no date, so nothing can prove that they do not leak."""

    values: dict[SignalName, Fact] = Field(min_length=1)


class Accounts(Declared):
    """The accounts: a table with one row per account, or all that are seen in an events source."""

    table: Table | None = None
    from_events: Name | None = None
    key: Column = "account_id"
    started_on: Column | None = None
    name: Column | None = None
    owner: Column | None = None
    facts: dict[SignalName, Fact] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.table is None) == (self.from_events is None):
            msg = "give either a table or from_events"
            raise ValueError(msg)
        given = {"started_on", "name", "owner", "facts"} & self.model_fields_set
        if self.table is None and given:
            msg = f"{', '.join(sorted(given))} need an accounts table"
            raise ValueError(msg)
        return self


class DatedChurn(Source):
    """Churn is written down: one dated row per account that left. Rows without a date are not churn."""

    kind: Literal["dated"]
    time: Column
    known_at: Column | None = None
    #: Churn is written down at most this many days late; labels wait that long before they count as complete.
    recorded_within_days: Annotated[int, Field(ge=0, le=365)] = 0


class SilenceChurn(Declared):
    """Churn is silence: no event of a source for `days` days, dated on the day the silence is complete."""

    kind: Literal["silence"]
    events: Name
    days: Days


class UnrenewedChurn(Source):
    """Churn is a term that ends without another: dated on its end, known once `grace_days` have passed."""

    kind: Literal["unrenewed"]
    starts: Column
    ends: Column
    grace_days: Annotated[int, Field(ge=0, le=365)] = 30


Churn = Annotated[DatedChurn | SilenceChurn | UnrenewedChurn, Field(discriminator="kind")]


class Interventions(Source):
    """What was done to keep an account. Labels are censored from the day of the first one on.

    With `outcome` and `ended_on`, what came of it joins what the ledger knows: reports count it, account pages show it.
    """

    time: Column
    known_at: Column | None = None
    #: ``saved``, ``lost`` or ``wrong`` in any capitals; anything else is not known yet.
    outcome: Column | None = None
    #: The day of the outcome; it counts from the day after.
    ended_on: Column | None = None
    play: Column | None = None
    tier: Column | None = None
    reason: Column | None = None
    arr: Column | None = None
    cost: Column | None = None
    expansion_arr: Column | None = None

    @model_validator(mode="after")
    def _outcome_with_its_day(self) -> Self:
        told = {"ended_on", "play", "tier", "reason", "arr", "cost", "expansion_arr"} & self.model_fields_set
        if self.outcome is None and told:
            msg = f"{', '.join(sorted(told))} say nothing without outcome, the column with saved or lost"
            raise ValueError(msg)
        if self.outcome is not None and self.ended_on is None:
            msg = "an outcome needs ended_on, the column with its day"
            raise ValueError(msg)
        return self
