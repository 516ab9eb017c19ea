"""The exception tree, drawn whole.

::

    ChurnPredictError          1  anything the product refuses to do
    ├── UsageError             2  an argument that cannot be meant
    │   └── ConfigError        2  churnpredict.toml is not what may be declared
    ├── DataError              3  a table is missing, or is not what was declared
    ├── StaleDataError         4  a source stopped before the cutoff
    ├── TrainingError          5  there is too little to learn from
    ├── LockedError            6  another run holds the same place
    ├── BundleError            7  a saved model is missing, damaged or of another kind
    ├── OutputError            8  a result cannot be written
    └── EngineError            9  the engine failed: a server or a worker went away

The number is the exit code of the command line. `ALARM`, 10, is none of these: nothing failed, but monitoring found
something that a person should look at. Every error is made of problems; a problem says where it was
seen, what was given, what was expected and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = [
    "ALARM",
    "BundleError",
    "ChurnPredictError",
    "ConfigError",
    "DataError",
    "EngineError",
    "LockedError",
    "OutputError",
    "Problem",
    "StaleDataError",
    "TrainingError",
    "UsageError",
    "install",
    "not_installed",
]


#: Exit code of a command that did its work and found something to look at.
ALARM = 10


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Parameters
    ----------
    where
        The TOML path (with its line), the table and column, the file or the option.
    given
        What was found there.
    expected
        What would have been right; empty where `given` says it.
    todo
        What the reader can do about it.
    """

    where: str
    given: str
    expected: str = ""
    todo: str = ""

    def __str__(self) -> str:
        expected = f"; expected {self.expected}" if self.expected else ""
        return f"{self.where}: {self.given}{expected}. {self.todo}".rstrip()


def not_installed(where: str, library: str, *, extra: str) -> Problem:
    """A library that comes with an extra is missing.

    Examples
    --------
    >>> print(not_installed("tune", "Optuna", extra="lab"))
    tune: Optuna is not installed; expected the extra lab. Install it: pip install 'churnpredict[lab]'.
    """
    return Problem(where, f"{library} is not installed", f"the extra {extra}", f"Install it: {install(extra)}.")


def install(extra: str) -> str:
    """The command that installs an extra."""
    return f"pip install 'churnpredict[{extra}]'"


class ChurnPredictError(Exception):
    """Anything the product refuses to do, with all its problems at once.

    Parameters
    ----------
    *problems
        At least one. All that were found, not only the first.

    Examples
    --------
    >>> print(DataError(Problem("accounts.csv", "no column 'id'", "the key 'account_id'", "Set accounts.key.")))
    accounts.csv: no column 'id'; expected the key 'account_id'. Set accounts.key.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))

    @classmethod
    def help(cls) -> str:
        """What to type to read more: every exit code has a section on its page."""
        return f"churnpredict help exit-codes {cls.exit_code}"


class UsageError(ChurnPredictError, ValueError):
    """An argument that cannot be meant, such as a cutoff in the future."""

    exit_code = 2


class ConfigError(UsageError):
    """``churnpredict.toml`` is not what may be declared."""


class DataError(ChurnPredictError, ValueError):
    """A table is missing, or is not what was declared."""

    exit_code = 3


class StaleDataError(DataError):
    """A source stopped before the cutoff: scoring it would call every account silent."""

    exit_code = 4


class TrainingError(ChurnPredictError):
    """There is too little to learn from; the champion stays as it is."""

    exit_code = 5


class LockedError(ChurnPredictError):
    """Another run holds the same place."""

    exit_code = 6


class BundleError(ChurnPredictError):
    """A saved model is missing, damaged or of another kind."""

    exit_code = 7


class OutputError(ChurnPredictError):
    """A result cannot be written."""

    exit_code = 8


class EngineError(ChurnPredictError):
    """The engine that holds the tables failed for a reason of its own; the same run may go through later."""

    exit_code = 9
