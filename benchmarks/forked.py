"""A tiny company and its commands, each in a process that is forked from this one: what `kill.py` and `race.py` share.

The libraries are imported once, here, so that starting a command costs nothing; nothing is computed here, so that the
forked processes find no thread of an engine in the middle of its work.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import json

import churnpredict.batch
import churnpredict.lab
import churnpredict.outcomes  # noqa: F401  (imported before forking, so that no command has to)
from churnpredict.cli import main as churnpredict_main
from churnpredict.config import Project
from churnpredict.errors import ChurnPredictError
from churnpredict.ledger import read_ledger
from churnpredict.publishing import file_digest
from lab.company import TODAY, company

#: Cutoffs of trainings that come to different models.
TRAININGS = tuple(TODAY - timedelta(days=28 * number) for number in range(3))
#: What a killed run may leave and the next run must remove.
LEFT_OVER = (".staging-*", ".link-*", ".outcomes.sqlite.*", "outcomes.sqlite-journal", ".*.parquet.*")


def start(*arguments: object, log: Path) -> BaseProcess:
    """Start a command; what it says goes to a file."""
    typed = [str(argument) for argument in arguments]
    process = multiprocessing.get_context("fork").Process(target=_typed, args=(typed, log))
    process.start()
    return process


def run(*arguments: object, log: Path) -> int:
    """Run a command to its end; its exit code."""
    process = start(*arguments, log=log)
    process.join()
    return int(process.exitcode or 0)


def _typed(arguments: list[str], log: Path) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.argv = ["churnpredict", *arguments]
    churnpredict_main()


@dataclass(frozen=True)
class Place:
    """A company with two models and their lists, and what stands on its disk.

    Parameters
    ----------
    project
        Its declarations.
    log
        What the last command said.
    """

    project: Project
    log: Path

    @classmethod
    def make(cls, folder: Path, accounts: int) -> Place:
        """A company with a champion, a challenger, a list and a ledger."""
        place = cls(company(accounts).read(folder / "acme"), folder / "log")
        for as_of in TRAININGS[:2]:
            place.succeed("train", "--as-of", as_of)
        place.succeed("predict", "--as-of", TODAY)
        place.succeed("outcomes", "add", "a001", "open", "--on", TODAY, "--unlisted", "--by", "Ada")
        return place

    @property
    def config(self) -> Path:
        """The path of its declaration."""
        return self.project.folder / "churnpredict.toml"

    @property
    def week(self) -> Path:
        """The folder of its list."""
        return self.project.weeks_folder / TODAY.isoformat()

    def start(self, *arguments: object, log: Path | None = None) -> BaseProcess:
        """Start a command on it."""
        return start(*arguments, "--config", self.config, log=log or self.log)

    def succeed(self, *arguments: object) -> None:
        """Run a command on it that has to end well."""
        code = run(*arguments, "--config", self.config, log=self.log)
        if code:
            sys.exit(f"{arguments} ended with {code}: {self.log.read_text()}")

    def state(self) -> dict[str, Any]:
        """What a reader finds: a digest of each folder that is whole, None where there is none, and the ledger."""
        project = self.project
        folders = {
            "champion": project.champion_folder,
            "challenger": project.challenger_folder,
            "previous": project.previous_champion_folder,
            "week": self.week,
        }
        return {name: whole(folder) for name, folder in folders.items()} | {"ledger": self.entries()}

    def entries(self) -> tuple[tuple[str, str, date], ...] | str:
        """Account, state and day of every entry, or why the ledger cannot be read."""
        try:
            recorded = [each.entry for each in read_ledger(self.project.ledger_file)]
        except ChurnPredictError as error:
            return f"half written: {error}"
        return tuple((entry.account_id, entry.state, entry.on_day) for entry in recorded)

    def left_over(self) -> list[str]:
        """What killed runs left behind."""
        return [str(path) for pattern in LEFT_OVER for path in self.project.folder.rglob(pattern)]


def whole(folder: Path) -> str | None:
    """A digest of what a published folder holds, None where there is none; says so where it is not whole."""
    if not folder.exists():
        return "half written: the link leads nowhere" if folder.is_symlink() else None
    folder = folder.resolve()
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sha256"]
        found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {"manifest.json"}
        wrong = sorted(found ^ set(manifest))
        wrong += [name for name in found & set(manifest) if file_digest(folder / name) != manifest[name]]
    except (OSError, ValueError, KeyError) as error:
        return f"half written: {error}"
    if wrong:
        return f"half written: {', '.join(wrong)}"
    return sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:16]
