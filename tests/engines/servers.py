"""Engines that the tests start themselves, on loopback, and stop again."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

#: PySpark 4.0 leaves its sockets to the collector.
SPARK_LEAVES_SOCKETS = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


def on_engine(toml: str, connection: str, table: str) -> str:
    """The declaration with every table on a connection; `table` says where, with the file's name as {name}."""

    def moved(match: re.Match[str]) -> str:
        return f"table = {{ connection = 'other', {table.format(name=match[1])} }}"

    # A table header must come before the tables of other headers, so the connection goes last.
    return re.sub(r'table = "(\w+)\.parquet"', moved, toml) + f"\n[connections.other]\n{connection}\n"


def postgres_binaries() -> Path | None:
    """Where the server's programs are, or None."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = str(installed[-1]) if installed else shutil.which("initdb")
    return Path(found).parent if found else None


def as_server_user() -> dict[str, Any]:
    """Who runs the server's programs: it refuses to run as root, and Debian's package brings the user for it."""
    return {"user": "postgres"} if os.geteuid() == 0 else {}


@contextmanager
def postgres(binaries: Path, folder: Path) -> Iterator[str]:
    """A new PostgreSQL server; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = as_server_user()
    if user:
        shutil.chown(folder, "postgres")
    data, options = folder / "data", f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"

    def run(program: str, *arguments: str) -> None:
        # In the background, pg_ctl leaves its output open: it must not be a pipe that we wait on.
        subprocess.run([binaries / program, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)

    run("initdb", "-D", str(data), "-A", "trust", "-U", "churnpredict", "--no-sync")
    run("pg_ctl", "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"postgresql://churnpredict@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")


@contextmanager
def spark(folder: Path) -> Iterator[Any]:
    """A local Spark session; yields it."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("churnpredict tests")
    for key, value in {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder),
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
        # Every sort and hash of a task that reads dozens of joined tables has pages of its own.
        "spark.driver.memory": "3g",
        # Queries of little companies end before the second compiler is worth its time; without it, Java keeps too
        # little room for the code that Spark generates for them.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=512m",
    }.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()
