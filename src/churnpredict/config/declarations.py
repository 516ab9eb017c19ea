"""What may be declared in churnpredict.toml: tables, what their columns mean, and how to read them in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from churnpredict.columns import EVENT_AGGREGATIONS, RESERVED, WINDOWED, FeatureName

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=60)]


def _not_reserved(name: str) -> str:
    if name in RESERVED:
        msg = f"{name!r} is a name that tables have for themselves; choose another"
        raise ValueError(msg)
    return name


#: The name of a signal, a value or a fact, which features are named after.
SignalName = Annotated[Name, AfterValidator(_not_reserved)]
Column = Annotated[str, StringConstraints(min_length=1, max_length=200)]
#: A word or a phrase to be found in a text; something of it must be a letter or a digit.
Word = Annotated[str, StringConstraints(pattern=r"[^\W_]", max_length=100)]
Days = Annotated[int, Field(gt=0, le=3660)]
Share = Annotated[float, Field(ge=0, le=1)]
Category = Literal["product", "support", "financial", "executive", "context"]
Kind = Literal["number", "category", "flag", "date"]


class Declared(BaseModel):
    """A table of the TOML file: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Table(Declared):
    """Where rows live: a Parquet or CSV file, or a table of a declared connection.

    A plain string is a path. Paths are relative to the configuration file. Every column of a CSV file is read as
    text and then read strictly as what its role says; nothing is guessed.
    """

    path: str | None = None
    connection: Name | None = None
    name: str | None = None
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    decimal: Literal[".", ","] = "."
    date_format: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _path_alone(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.connection is None and (self.path is None or self.name is not None):
            msg = "give either a path or a connection with a table name"
            raise ValueError(msg)
        if self.connection is not None and (self.name is None) == (self.path is None):
            msg = 'a connection needs the name of a table, name = "schema.table", or, on Spark, a path'
            raise ValueError(msg)
        if self.path is not None and not self.path.endswith((".parquet", ".csv")):
            msg = f"{self.path!r} is neither a .parquet nor a .csv file"
            raise ValueError(msg)
        return self

    def __str__(self) -> str:
        return self.path or f"{self.connection}:{self.name}"


class Connection(Declared):
    """What holds tables. The address of a server comes from the environment, never from this file.

    Spark is the session that the environment configures, as under ``spark-submit``; without one it runs locally.
    """

    kind: Literal["duckdb", "postgres", "spark"]
    path: str | None = None
    url_env: str | None = None

    @model_validator(mode="after")
    def _address(self) -> Self:
        needed = {"duckdb": "path", "postgres": "url_env"}.get(self.kind)
        if needed is not None and getattr(self, needed) is None:
            msg = f"a {self.kind} connection needs {needed}"
            raise ValueError(msg)
        return self


class Condition(Declared):
    """What a row's column must be for the row to count. A scalar or a list means ``one_of``."""

    one_of: list[str | bool | int | float] | None = None
    none_of: list[str | bool | int | float] | None = None
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    #: Words or phrases, one of which the text holds: whole words, in any case.
    words: Annotated[list[Word], Field(min_length=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_of(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        return {"one_of": value if isinstance(value, list) else [value]}

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            msg = "an empty condition; give one_of, none_of, at_least, at_most, above, below or words"
            raise ValueError(msg)
        kinds = {
            "a flag" if isinstance(v, bool) else "text" if isinstance(v, str) else "a number" for v in self._values
        }
        if any(bound is not None for bound in self._bounds):
            kinds.add("a number")
        if self.words is not None:
            kinds.add("text")
        if len(kinds) > 1:
            msg = f"a column is compared as {' and as '.join(sorted(kinds))}; it can be one of them"
            raise ValueError(msg)
        return self

    @property
    def _values(self) -> list[str | bool | int | float]:
        return (self.one_of or []) + (self.none_of or [])

    @property
    def _bounds(self) -> tuple[float | None, ...]:
        return self.at_least, self.at_most, self.above, self.below

    @property
    def truth(self) -> bool:
        """Whether the column is compared as a flag."""
        return bool(self._values) and all(isinstance(value, bool) for value in self._values)

    @property
    def reads_as_flag(self) -> bool:
        """Whether a flag can be compared with it."""
        return self.words is None and all(str(value).lower() in ("true", "false", "0", "1") for value in self._values)

    @property
    def numeric(self) -> bool:
        """Whether the column is compared as a number."""
        return any(bound is not None for bound in self._bounds) or any(type(v) in (int, float) for v in self._values)


Where = dict[Column, Condition]


def _refuse_repeated(values: list[Any] | None) -> list[Any] | None:
    if values is not None and len(set(values)) < len(values):
        msg = f"{values} says the same thing twice"
        raise ValueError(msg)
    return values


Windows = Annotated[list[Days], AfterValidator(_refuse_repeated)]


class Source(Declared):
    """Rows of accounts: what every declared table shares."""

    table: Table
    account: Column = "account_id"
    where: Where = Field(default_factory=dict)
    #: Rows without an account id are set aside; above this share they are an error.
    max_missing_accounts: Share = 0.01


class Signal(Declared):
    """Something that can be counted or measured in the events of a source.

    Without a `measure`, rows are counted. With one, its values are aggregated; a list of columns is multiplied
    together row by row (``["quantity", "unit_price"]`` is revenue).
    """

    label: str | None = None
    measure: Column | Annotated[list[Column], Field(min_length=1)] | None = None
    #: Multiplies the measure: -1 turns negative amounts round.
    times: float = 1.0
    where: Where = Field(default_factory=dict)
    aggregations: list[str] | None = None
    windows: Windows | None = None
    category: Category | None = None

    @field_validator("aggregations")
    @classmethod
    def _known(cls, value: list[str] | None) -> list[str] | None:
        _refuse_repeated(value)
        for aggregation in value or []:
            if aggregation not in EVENT_AGGREGATIONS:
                msg = f"unknown aggregation {aggregation!r}; one of {', '.join(EVENT_AGGREGATIONS)}"
                raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _measured(self) -> Self:
        unmeasured = {"count", "active_days", "trend", "slope", "days_since"}
        missing = [a for a in self.aggregations or [] if a not in unmeasured]
        if self.measure is None and missing:
            msg = f"{', '.join(missing)} needs a measure"
            raise ValueError(msg)
        if not self.keyed:
            return self
        numeric = [a for a in self.aggregations or [] if a in ("sum", "mean", "min", "max", "std")]
        if numeric or isinstance(self.measure, list):
            given = f"distinct beside {numeric[0]}" if numeric else "distinct of a product"
            msg = f"{given}: distinct counts the values of one column; declare two signals"
            raise ValueError(msg)
        return self

    @property
    def keyed(self) -> bool:
        """Whether the measure is a key whose different values are counted, such as a user id."""
        return "distinct" in (self.aggregations or [])

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
    category: Category = "product"
    windows: Windows = Field(default_factory=lambda: [28, 84], min_length=1)
    #: What an account without a single row in reach has: no events ("zero": tickets) or no data ("missing": usage
    #: of an account that sends no telemetry).
    absent: Literal["zero", "missing"] = "zero"
    signals: dict[SignalName, Signal] = Field(min_length=1)


class HistoryValue(Declared):
    """A column of a history. A plain string is the kind of the column of that name."""

    kind: Kind
    column: Column | None = None
    label: str | None = None
    #: Multiplies a number: 12 turns a monthly amount into an annual one.
    times: float = 1.0
    #: What becomes a feature; all that its kind allows unless declared. Empty for a value that is only shown.
    aggregations: list[Literal["value", "days_until", "change", "changes"]] | None = None

    @model_validator(mode="before")
    @classmethod
    def _kind_alone(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        misplaced = [name for name in self.aggregations or [] if name not in self.possible_aggregations()]
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
                return ["value", "change"]
            case _:
                return ["value", "changes"]

    def feature_names(self, name: str, windows: list[int]) -> Iterator[FeatureName]:
        """Names of the features made of this value; without windows only what stands, not how it moved."""
        wanted = self.possible_aggregations() if self.aggregations is None else self.aggregations
        for aggregation in wanted:
            if aggregation in ("value", "days_until"):
                yield FeatureName(name, aggregation)
            else:
                for days in windows:
                    yield FeatureName(name, aggregation, days)


class History(Source):
    """Rows that hold from `valid_from` until `valid_to`, or until the next row: contract, seats, contact."""

    valid_from: Column = "valid_from"
    valid_to: Column | None = None
    known_at: Column | None = None
    category: Category = "context"
    windows: Windows = Field(default_factory=lambda: [84])
    values: dict[SignalName, HistoryValue] = Field(min_length=1)


class Facts(Source):
    """What is true of an account all along. Facts have no date, so nothing can prove that they do not leak."""

    values: dict[SignalName, HistoryValue] = Field(min_length=1)


class Accounts(Declared):
    """The accounts: a table with one row per account, or all that are seen in an events source."""

    table: Table | None = None
    from_events: Name | None = None
    key: Column = "account_id"
    started_on: Column | None = None
    name: Column | None = None
    owner: Column | None = None
    facts: dict[SignalName, HistoryValue] = Field(default_factory=dict)

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
    """What was done to keep an account. Labels are censored from the day of the first one on."""

    time: Column
    known_at: Column | None = None
