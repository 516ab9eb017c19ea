"""Where rows live, and which of them count: tables, connections and conditions."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=60)]
Column = Annotated[str, StringConstraints(min_length=1, max_length=200)]
#: A word or a phrase to be found in a text; something of it must be a letter or a digit.
Word = Annotated[str, StringConstraints(pattern=r"[^\W_]", max_length=100)]
Share = Annotated[float, Field(ge=0, le=1)]
#: Bytes of one name in a path, on the file systems there are.
_LONGEST_NAME = 255
_LONGEST_PATH = 1_000


def _can_be_a_path(value: str) -> str:
    too_long = any(len(name.encode("utf-8", "surrogatepass")) > _LONGEST_NAME for name in value.split("/"))
    if "\x00" in value or too_long or len(value) > _LONGEST_PATH:
        msg = "no path: a name in it is too long, or holds a NUL"
        raise ValueError(msg)
    return value


#: A path, absolute or from the folder of the configuration file.
FilePath = Annotated[str, StringConstraints(min_length=1), AfterValidator(_can_be_a_path)]


class Declared(BaseModel):
    """A table of the TOML file: frozen, closed to unknown keys, and of TOML's own types: "28" is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class Table(Declared):
    """Where rows live: a Parquet or CSV file, or a table of a declared connection.

    A plain string is a path. Paths are relative to the configuration file. Every column of a CSV file is read as
    text and then read strictly as what its role says; nothing is guessed.
    """

    path: FilePath | None = None
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
    path: FilePath | None = None
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


class Source(Declared):
    """Rows of accounts: what every declared table shares."""

    table: Table
    account: Column = "account_id"
    where: Where = Field(default_factory=dict)
    #: What the columns of a row may be, such as ``limits.amount = { at_least = 0 }``; other rows are set aside.
    limits: Where = Field(default_factory=dict)
    #: Shares of the rows that may be set aside; above them they are an error. Without an account id:
    max_missing_accounts: Share = 0.01
    #: Outside the limits:
    max_outside_limits: Share = 0.01
    #: Of no declared account, as those of former systems or of free users are:
    max_unknown_accounts: Share = 0.9
