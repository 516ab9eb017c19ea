"""From a folder or a database to a churnpredict.toml that reads back."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

from churnpredict.config import Connection, read_project
from churnpredict.dataset import Holdings, holdings_of_database, holdings_of_folder, surveyed
from churnpredict.errors import Problem, UsageError
from churnpredict.onboarding.guessing import propose
from churnpredict.onboarding.proposal import Ask, Proposal
from churnpredict.onboarding.writing import toml_of
from churnpredict.publishing import write_whole

#: The environment variable that the configuration reads a server's address from.
ADDRESS = "DATABASE_URL"
_SERVERS = ("postgres://", "postgresql://")
_DATABASES = (".duckdb", ".db")
#: Folders that are called after what is in them, not after whose it is.
_GENERAL = ("csv", "data", "export", "exports", "parquet", "source", "sources", "tables")


def configure(
    source: str, config: Path, today: date, ask: Ask, *, key: str | None = None, force: bool = False
) -> Proposal:
    """Look at tables, guess what they are, and write a configuration.

    Parameters
    ----------
    source
        A folder of Parquet and CSV files, a DuckDB file, or the address of a PostgreSQL database.
    config
        The file to write; paths in it start from its folder.
    today
        Days after it are planned ones.
    ask
        Answers what the tables do not settle.
    key
        The column that says whose a row is, where that is known.
    force
        Write over a file that is there.

    Raises
    ------
    UsageError
        If there is such a file already, or no table has the column `key`.
    DataError
        If there is no table, none can be read, or none has dated rows of accounts.
    OutputError
        If the file cannot be written.
    """
    if config.exists() and not force:
        todo = "Name another with --config, or write over it with --force."
        raise UsageError(Problem(str(config), "it is there already", "a file that is not", todo))
    base = config.resolve().parent
    name, holdings = _held(source, base)
    with surveyed(holdings, base) as survey:
        proposal = propose(name, survey, holdings.connections, today, ask, key=key)
    text = toml_of(proposal)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / config.name
        draft.write_text(text, encoding="utf-8")
        read_project(draft)
    write_whole(config, text.encode())
    return proposal


def needs_address(source: str) -> bool:
    """Whether the address of `source` must be in the environment for the commands that come after."""
    return source.startswith(_SERVERS)


def _held(source: str, base: Path) -> tuple[str, Holdings]:
    """What the company is called until somebody says so, and its tables."""
    if needs_address(source):
        # As every later command will find it; it goes into no file and no message.
        os.environ[ADDRESS] = source
        return "My company", holdings_of_database(Connection(kind="postgres", url_env=ADDRESS), base)
    path = Path(source)
    if path.is_file() and path.suffix in _DATABASES:
        written = Path(os.path.relpath(path.resolve(), base)).as_posix()
        return _in_words(path.stem), holdings_of_database(Connection(kind="duckdb", path=written), base)
    return _in_words(path.resolve().name), holdings_of_folder(path, base)


def _in_words(name: str) -> str:
    if name.lower() in _GENERAL:
        return "My company"
    return name.replace("_", " ").replace("-", " ").strip().capitalize() or "My company"
