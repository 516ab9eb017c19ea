"""A published week goes into a PostgreSQL table: in one transaction, and as often as wanted with the same result.

The files come first and stand whatever happens here; a delivery that failed is made up for by running it again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from churnpredict.columns import CUTOFF
from churnpredict.config import Project
from churnpredict.csm import COLUMNS
from churnpredict.errors import ConfigError, DataError, OutputError, Problem, not_installed

if TYPE_CHECKING:
    import psycopg

_PLACE = "risk_list.database"
#: Seconds for the server to answer, for a lock of its to come free, and for one statement: what waits for ever is not
#: noticed. The address may state its own, as in ``?options=-c lock_timeout=5s``.
CONNECT_SECONDS, LOCK_SECONDS, STATEMENT_SECONDS = 10, 60, 600
#: PostgreSQL's types for those of the list.
_TYPES = {"str": "text", "float64": "double precision", "datetime64[us]": "date"}


def deliver(project: Project, cutoff: date) -> int:
    """Put the published list of a cutoff into the declared table, in place of what it held of that cutoff.

    The table is made if there is none, and given the columns that it lacks; other columns and other cutoffs are left
    alone.

    Parameters
    ----------
    project
        The declarations, with ``risk_list.database``.
    cutoff
        Whose list to deliver.

    Returns
    -------
    int
        Rows delivered.

    Raises
    ------
    ConfigError
        If no database is declared, its address is not in the environment, or psycopg is not installed.
    DataError
        If the week is not published.
    OutputError
        If the database cannot be reached or refuses; it then holds what it held before.
    """
    frame = _published(project.weeks_folder / cutoff.isoformat(), cutoff)
    declared = project.risk_list.database
    if declared is None:
        raise ConfigError(Problem(_PLACE, "no database is declared", "url_env and table"))
    url = os.environ.get(declared.url_env)
    if not url:
        given = f"the environment has no {declared.url_env}"
        raise ConfigError(Problem(f"{_PLACE}.url_env", given, "postgresql://user@host/database there"))
    try:
        import psycopg  # noqa: PLC0415  (an extra: only those who declare a database need it)
    except ModuleNotFoundError as error:
        raise ConfigError(not_installed(_PLACE, str(error.name), extra="postgres")) from error
    try:
        # One transaction: committed when the block ends, rolled back with the first error.
        with psycopg.connect(
            url,
            connect_timeout=CONNECT_SECONDS,
            # A server that was unplugged answers nothing; the system would wait for a quarter of an hour.
            tcp_user_timeout=LOCK_SECONDS * 1_000,
            application_name="churnpredict",
        ) as connection:
            _replace(connection, declared.table, frame, cutoff)
    except psycopg.Error as error:
        # The driver's own message can repeat the address with its password; the server's answer cannot.
        said = error.diag.message_primary or f"{type(error).__name__} when connecting"
        todo = f"The files are published. Mend it, then run `churnpredict deliver --as-of {cutoff}`."
        raise OutputError(Problem(_PLACE, said, f"the table {declared.table} in {declared.url_env}", todo)) from error
    return len(frame)


def _published(folder: Path, cutoff: date) -> pd.DataFrame:
    path = folder / "risk_list.parquet"
    if not path.is_file():
        todo = f"Run `churnpredict predict --as-of {cutoff}` first."
        raise DataError(Problem(str(folder), f"no list of {cutoff} is published", "", todo))
    return pd.read_parquet(path)


def _replace(connection: psycopg.Connection[Any], table: str, frame: pd.DataFrame, cutoff: date) -> None:
    from psycopg import sql  # noqa: PLC0415  (see deliver)

    name = sql.Identifier(*table.split("."))
    columns = {column: sql.SQL(_TYPES[kind]) for column, kind in _columns(frame).items()}
    declared = [sql.SQL("{} {}").format(sql.Identifier(column), kind) for column, kind in columns.items()]
    with connection.cursor() as cursor:
        for setting, seconds in (("lock_timeout", LOCK_SECONDS), ("statement_timeout", STATEMENT_SECONDS)):
            own = "SELECT set_config(name, %s, true) FROM pg_settings WHERE name = %s AND setting = '0'"
            cursor.execute(own, [f"{seconds}s", setting])
        # Two runs at once would both find no table, or both delete and both write.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"churnpredict {table}"])
        cursor.execute(sql.SQL("CREATE TABLE IF NOT EXISTS {} ({})").format(name, sql.SQL(", ").join(declared)))
        for column in declared:
            cursor.execute(sql.SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {}").format(name, column))
        where = sql.SQL("DELETE FROM {} WHERE {} = %s").format(name, sql.Identifier(CUTOFF))
        cursor.execute(where, [cutoff])
        names = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(name, names)) as copy:
            for row in _rows(frame):
                copy.write_row(row)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    return zip(*(_values(frame[name], kind) for name, kind in _columns(frame).items()), strict=True)


def _columns(frame: pd.DataFrame) -> dict[str, str]:
    """Columns and their types: a list of an earlier version may lack some."""
    return {name: kind for name, kind in COLUMNS.items() if name in frame.columns}


def _values(column: pd.Series, kind: str) -> list[Any]:
    """Values as the driver takes them: None for what is missing, and no NUL, which PostgreSQL's text cannot hold."""
    there = column.notna()
    if kind == "str":
        return [text.replace("\x00", "") if known else None for text, known in zip(column, there, strict=True)]
    given = column.dt.date if kind.startswith("datetime") else column
    return [value if known else None for value, known in zip(given.tolist(), there, strict=True)]
