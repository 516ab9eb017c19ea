"""What a source was found to hold, for people to judge whether it can be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from churnpredict.errors import DataError, Problem


@dataclass(frozen=True)
class ColumnReport:
    """What a declared column holds.

    Parameters
    ----------
    name
        The column.
    missing
        Rows without a value in it.
    infinite
        Rows whose number is infinite; it counts as missing.
    """

    name: str
    missing: int
    infinite: int = 0


@dataclass(frozen=True)
class SourceReport:
    """What a source holds.

    Parameters
    ----------
    place
        TOML path of its declaration.
    table
        The table or file.
    rows
        How many rows it has; rows that say an event again are not counted.
    missing_accounts
        Rows without an account id, which are left out.
    outside_limits, unknown_accounts
        Rows outside the declared limits, or of no declared account, which are left out, too.
    repeated
        Rows that said an event again.
    first_day, last_day
        First and last day of its events or states; None for facts and empty sources.
    columns
        Every declared column.
    notes
        What a reader should know of the source, such as that leakage cannot be disproved without known_at.
    warnings
        What a reader should know of its rows; a run that is strict refuses them.
    """

    place: str
    table: str
    rows: int
    missing_accounts: int
    outside_limits: int = 0
    unknown_accounts: int = 0
    repeated: int = 0
    first_day: date | None = None
    last_day: date | None = None
    columns: tuple[ColumnReport, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def set_aside(self) -> int:
        """Rows that are left out of everything, for whatever reason."""
        return self.missing_accounts + self.outside_limits + self.unknown_accounts


def refuse_warnings(reports: Iterable[SourceReport]) -> None:
    """Take warnings for errors.

    Raises
    ------
    DataError
        With every warning of every source.
    """
    todo = "Mend the table, or run without --strict."
    problems = [Problem(report.place, warning, "", todo) for report in reports for warning in report.warnings]
    if problems:
        raise DataError(*problems)
