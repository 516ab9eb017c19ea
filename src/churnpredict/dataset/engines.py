"""Where tables live: DuckDB embedded for files and DuckDB databases; PostgreSQL and Spark where data are large."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from churnpredict.config import Connection, Table
from churnpredict.dataset import spark
from churnpredict.dataset.csv_files import open_csv
from churnpredict.dataset.spark import Mapping
from churnpredict.errors import (
    ChurnPredictError,
    ConfigError,
    DataError,
    EngineError,
    LockedError,
    OutputError,
    Problem,
    not_installed,
)
from churnpredict.interruption import interruptible

#: Seconds in which a server must answer a connection; a job that waits for ever is not noticed.
CONNECT_SECONDS = 10


def connect(connections: dict[str, Connection], tables: dict[str, Table], folder: Path) -> BaseBackend:
    """Connect to the one engine that all `tables` are on.

    Parameters
    ----------
    connections
        The declared connections.
    tables
        The declared tables, by TOML path.
    folder
        What relative paths start from.

    Raises
    ------
    ConfigError
        If tables are spread over engines that cannot be joined.
    DataError
        If a DuckDB database cannot be opened.
    LockedError
        If another program holds it open.
    EngineError
        If the server cannot be reached.
    """
    servers = sorted({t.connection for t in tables.values() if t.connection and _is_server(connections[t.connection])})
    if not servers:
        engine = ibis.duckdb.connect()
        # Nothing is fetched from anywhere, whatever a file asks for.
        engine.raw_sql("SET autoinstall_known_extensions = false")
        engine.raw_sql("SET TimeZone = 'UTC'")
        # Of a long query it would go to standard output, between the lines of a document.
        with suppress(duckdb.InvalidInputException):  # a notebook that cannot draw it has no such setting
            engine.raw_sql("SET enable_progress_bar = false")
        interruptible(engine.con, _interrupt)
        for name, connection in connections.items():
            _attach(engine, name, connection, folder)
        return engine
    elsewhere = [place for place, table in tables.items() if table.connection != servers[0]]
    if elsewhere:
        given = f"{', '.join(elsewhere)} beside the server {servers[0]!r}"
        raise ConfigError(Problem("connections", given, "all tables on one engine", "Load them into one database."))
    connection = connections[servers[0]]
    try:
        return spark.connect_spark() if connection.kind == "spark" else _connect_postgres(servers[0], connection)
    except ModuleNotFoundError as error:
        place = f"connections.{servers[0]}"
        raise ConfigError(not_installed(place, str(error.name), extra=connection.kind)) from error


def _interrupt(connection: duckdb.DuckDBPyConnection) -> None:
    # One that is closed does nothing any more, but may still be there to be asked.
    with suppress(duckdb.ConnectionException):
        connection.interrupt()


def _is_server(connection: Connection) -> bool:
    return connection.kind != "duckdb"


def _attach(engine: BaseBackend, name: str, connection: Connection, folder: Path) -> None:
    path = folder / str(connection.path)
    if not path.is_file():
        raise DataError(Problem(f"connections.{name}.path", f"no file {path}", "a DuckDB database"))
    try:
        engine.attach(path, name=name, read_only=True)
    except duckdb.Error as error:
        place, said = f"connections.{name}", _in_one_line(error)
        if "Could not set lock on file" in said:
            todo = "Close it, or let it write elsewhere; then run again."
            raise LockedError(Problem(place, said, "a database that no other program holds open", todo)) from error
        raise DataError(Problem(place, said, "a readable database", "Mend the file.")) from error


def _connect_postgres(name: str, declared: Connection) -> BaseBackend:
    import psycopg  # noqa: PLC0415  (an extra: only those who declare a server need it)

    variable = str(declared.url_env)
    url = os.environ.get(variable)
    if not url:
        given = f"the environment has no {variable}"
        raise ConfigError(Problem(f"connections.{name}.url_env", given, "postgresql://user@host/database there"))
    try:
        # The driver reads the address itself: whatever libpq understands is one, a password with any character too.
        connection = psycopg.connect(
            url, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name="churnpredict"
        )
        engine = ibis.postgres.from_connection(connection)
        # Hundreds of expressions, each over few rows: compiling them took a third of the time of a cutoff.
        engine.raw_sql("SET jit = off").close()
    except psycopg.Error as error:
        # The driver's own message can repeat the address; the name of the variable is enough to find it.
        given = f"{type(error).__name__} when connecting"
        todo = f"Look whether it is up and lets this user in; the address in {variable} is not shown."
        raise EngineError(Problem(f"connections.{name}", given, f"the server in {variable}", todo)) from error
    return engine


def let_go(engine: BaseBackend) -> None:
    """Close an engine. A Spark session stays, for it belongs to who configured it."""
    if engine.name == "duckdb":
        # A query that a signal broke off goes on in the engine's own threads, and closing waits for them.
        _interrupt(engine.con)
    if engine.name != "pyspark":
        engine.disconnect()


def open_table(engine: BaseBackend, place: str, table: Table, folder: Path) -> ir.Table:
    """Open a declared table, unread.

    Parameters
    ----------
    engine
        The connected engine.
    place
        TOML path of the declaration, for errors.
    table
        The declaration.
    folder
        What relative paths start from.

    Raises
    ------
    DataError
        If the table does not exist or its file has no usable header.
    EngineError
        If the server went away.
    """
    if table.path is not None and engine.name == "pyspark":
        return engine.read_parquet(table.path if "://" in table.path else str(folder / table.path))
    if table.path is not None:
        return _open_file(engine, place, folder / table.path, table)
    *schema, name = str(table.name).split(".")
    database = tuple(([str(table.connection)] if engine.name == "duckdb" else []) + schema)
    if engine.name == "duckdb" and not schema:
        database = (str(table.connection), "main")
    try:
        found = engine.list_tables(database=database or None)
        if name not in found:
            listed = ", ".join(sorted(found)[:20]) or "none"
            raise DataError(Problem(f"{place}.table", f"no table {table.name!r}", f"one of: {listed}"))
        return engine.table(name, database=database or None)
    except _driver_errors() as error:
        raise _told(error) from error


def _open_file(engine: BaseBackend, place: str, path: Path, table: Table) -> ir.Table:
    if not path.is_file():
        near = sorted(p.name for p in path.parent.glob(f"*{path.suffix}")) if path.parent.is_dir() else []
        expected = f"one of: {', '.join(near[:20])}" if near else f"a {path.suffix} file there"
        raise DataError(
            Problem(f"{place}.table", f"no file {path}", expected, "Mend the path; it starts from the TOML file.")
        )
    try:
        if path.suffix == ".parquet":
            return engine.read_parquet(path)
        return open_csv(engine, place, path, table.delimiter)
    except duckdb.Error as error:
        raise DataError(Problem(f"{place}.table", _in_one_line(error), f"a readable {path.suffix} file")) from error


def fetch_rows(expression: ir.Table) -> list[dict[str, Any]]:
    """Execute a small expression: counts, ends, samples.

    Raises
    ------
    DataError
        If the engine cannot read what it is asked for, such as a ragged CSV file.
    EngineError
        If the engine fails for a reason of its own: a server that went away, no memory, a worker that died.
    """
    if _on_spark(expression):
        return list(spark.collect(expression).to_pylist())
    try:
        rows: list[dict[str, Any]] = expression.to_pyarrow().to_pylist()
    except _driver_errors() as error:
        raise _told(error) from error
    return rows


def fetch_batches(expression: ir.Table, rows: int) -> Iterator[pa.RecordBatch]:
    """Execute an expression and hand over its result in batches of at most `rows` rows."""
    if _on_spark(expression):
        yield from spark.collect(expression).to_batches(max_chunksize=rows)
        return
    try:
        yield from expression.to_pyarrow_batches(chunk_size=rows)
    except _driver_errors() as error:
        raise _told(error) from error


def map_batches(
    expression: ir.Table, function: Mapping, rows: int, *, order: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Execute an expression and hand over what `function` makes of its rows, at most `rows` at a time, in `order`.

    On Spark its workers call the function and the rows stay with them; elsewhere it is called here.
    """
    if _on_spark(expression):
        # What is made is small: it is sorted here, where the rows themselves would be sent round the cluster.
        made = spark.map_batches(expression, function, rows)
        yield from made.sort_by([(column, "ascending") for column in order]).to_batches()
    else:
        yield from map(function, fetch_batches(expression.order_by(*order), rows))


def store(expression: ir.Table, path: Path, **options: str) -> None:
    """Execute an expression on DuckDB and write its rows to a Parquet file, without their coming here.

    Parameters
    ----------
    expression
        What to execute.
    path
        The file; a folder of files where `options` say ``partition_by``.
    options
        DuckDB's own, of COPY.

    Raises
    ------
    DataError
        If a source cannot be read.
    OutputError
        If the file cannot be written.
    """
    try:
        expression.get_backend().to_parquet(expression, path, **options)
    except duckdb.IOException as error:
        if str(path.parent) not in str(error):
            raise _told(error) from error
        todo = "Free space there, or name another folder in the environment as TMPDIR."
        raise OutputError(
            Problem(str(path.parent), _in_one_line(error), "a folder that can be written", todo)
        ) from error
    except duckdb.Error as error:
        raise _told(error) from error


def read_stored(engine: BaseBackend, paths: Sequence[Path]) -> ir.Table:
    """The rows of files that `store` wrote."""
    return engine.read_parquet([str(path) for path in paths])


def _on_spark(expression: ir.Table) -> bool:
    return bool(expression.get_backend().name == "pyspark")


def _driver_errors() -> tuple[type[Exception], ...]:
    """What the drivers in use raise; that of a server is loaded only where one is declared."""
    server = sys.modules.get("psycopg")
    return (duckdb.Error,) if server is None else (duckdb.Error, server.Error)


def _told(error: Exception) -> ChurnPredictError:
    """What a driver raised, in the product's words: the data cannot be read, or the engine failed."""
    said = _in_one_line(error)
    server = sys.modules.get("psycopg")
    failures: tuple[type[Exception], ...] = (duckdb.OutOfMemoryException, duckdb.FatalException)
    if server is not None:
        # Lost connections, restarts, time-outs, a full disk or memory there: nothing is wrong with the rows.
        failures += (server.OperationalError, server.InterfaceError, server.InternalError)
    if isinstance(error, failures):
        todo = "Look at its log and its memory. Then run again."
        return EngineError(Problem("connections", said, "a query that ends", todo))
    return DataError(Problem("sources", said, "rows that can be read", "Mend the file it names."))


def _in_one_line(error: Exception) -> str:
    # An engine's message may run over many lines, the name of the file last. A line of a CSV file that it repeats may
    # be long, and hold what nobody should read in a log; the options that it proposes are none of ours.
    said = re.sub(r"\nOriginal Line: .*\n  file = ([^\n]*).*", r" of \1", str(error), flags=re.DOTALL)
    return " ".join(said.split())[:1_000]
