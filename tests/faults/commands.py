"""Commands run in this process on a copy of the shared company, and ways to damage the copy."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from typer.testing import CliRunner

from churnpredict.cli import app
from lab.company import TODAY
from weekly.files import contents


@dataclass(frozen=True)
class Ended:
    """A command that ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object on standard output."""
        document: dict[str, Any] = json.loads(self.out)
        return document


def run(command: str, config: Path, *options: str, as_of: object = TODAY) -> Ended:
    """Run a command as it is typed."""
    typed = [command, "--config", str(config), "--as-of", str(as_of), *options]
    result = CliRunner().invoke(app, typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


def refused(config: Path, code: int, *options: str, command: str = "predict", as_of: object = TODAY) -> str:
    """What a command says that must refuse with this exit code and write nothing into the data folder."""
    before = contents(config.parent / "data")
    ended = run(command, config, *options, as_of=as_of)
    assert ended.code == code, (ended.code, ended.err)
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert contents(config.parent / "data") == before
    return ended.err


def spoil(config: Path, table: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change a Parquet table."""
    path = config.parent / f"{table}.parquet"
    change(pd.read_parquet(path)).to_parquet(path, index=False)


def declare(config: Path, old: str, new: str) -> None:
    """Replace a part of the declaration."""
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new, 1), encoding="utf-8")


def as_csv(config: Path, table: str, change: Callable[[str], str] = str, encoding: str = "utf-8") -> None:
    """Turn a Parquet table into a CSV file whose text is changed."""
    text = pd.read_parquet(config.parent / f"{table}.parquet").to_csv(index=False)
    (config.parent / f"{table}.csv").write_bytes(change(text).encode(encoding))
    declare(config, f'"{table}.parquet"', f'"{table}.csv"')
