"""Options that several commands share, and what they stand for. Here, and only here, the clock is read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from churnpredict.errors import Problem, UsageError

if TYPE_CHECKING:
    from churnpredict.config import Project
    from churnpredict.ledger import Stamp

Config = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="YYYY-MM-DD", help="Nothing at or after this day is used. [default: this Monday]"),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, and nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no result, only errors.")]
AcceptSuspectedLeak = Annotated[
    bool, typer.Option("--accept-suspected-leak", help="Train although something is too good to be true.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse sources with any warning, with exit code 3.")]
DEFAULT_CONFIG = Path("churnpredict.toml")
LONGEST_NAME = 100


def project_and_cutoff(config: Path, as_of: str | None) -> tuple[Project, date]:
    """The declarations, and the cutoff that was asked for or else this Monday in their time zone.

    Raises
    ------
    ConfigError
        If the configuration is not what may be declared.
    UsageError
        If the cutoff is no day, or one that has not begun.
    """
    from churnpredict.config import read_project  # noqa: PLC0415

    project = read_project(config)
    today = today_of(project)
    if as_of is None:
        return project, today - timedelta(days=today.weekday())
    cutoff = day_of(as_of, "--as-of")
    if cutoff > today:
        given = f"{cutoff} is in the future; today is {today}"
        raise UsageError(Problem("--as-of", given, "a day that has begun", "What has not happened cannot be known."))
    return project, cutoff


def today_anywhere() -> date:
    """Day that it is in UTC, for what has no configuration yet."""
    return datetime.now(UTC).date()


def today_of(project: Project) -> date:
    """The present day in the time zone of the declarations."""
    return datetime.now(ZoneInfo(project.time_zone)).date()


def stamp_of_now(project: Project, by: str | None) -> Stamp:
    """Who writes, by default the user of the system, at the present moment.

    Raises
    ------
    UsageError
        If that is no name.
    """
    from churnpredict.ledger import Stamp  # noqa: PLC0415

    name = by or getuser()
    if not name.isprintable() or len(name) > LONGEST_NAME:
        raise UsageError(Problem("--by", repr(name)[:80], f"a name of at most {LONGEST_NAME} characters"))
    return Stamp(datetime.now(UTC), name, project.time_zone)


def day_of(text: str, option: str) -> date:
    """The day that an option states.

    Raises
    ------
    UsageError
        If it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(Problem(option, repr(text), "a day such as 2025-03-03")) from error
