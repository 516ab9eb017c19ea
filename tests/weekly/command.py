"""The command line as its user meets it: a process of its own, its two streams and its exit code.

Importing LightGBM, Ibis and pandas takes longer than most commands. A server imports them once and forks a fresh
process for each command.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

#: Far longer than any command takes, so that a test ends when a command hangs.
PATIENCE = 120

_PRELOADED = ["churnpredict.batch", "churnpredict.demo", "churnpredict.lab"]


@dataclass(frozen=True)
class Ended:
    """A command that ended.

    Parameters
    ----------
    code
        Its exit code; negative where a signal ended it.
    out, err
        What it wrote to its streams.
    """

    code: int | None
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON object on standard output, where nothing else may be."""
        document: dict[str, Any] = json.loads(self.out, parse_constant=lambda name: f"not JSON: {name}")
        assert self.out.count("\n") == 1
        return document


@dataclass(frozen=True)
class Started:
    """A command under way."""

    process: BaseProcess
    streams: tuple[Path, Path]

    def stop(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.process.pid or 0, number)

    def wait(self, seconds: float = PATIENCE) -> Ended:
        """Wait for its end, which has to come within some seconds."""
        self.process.join(seconds)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        out, err = (path.read_text(encoding="utf-8") for path in self.streams)
        return Ended(self.process.exitcode, out, err)


def start(*arguments: str | Path, cwd: Path | None = None, stop_at: tuple[str, int] | None = None) -> Started:
    """Start a command.

    Parameters
    ----------
    *arguments
        As they are typed after ``churnpredict``.
    cwd
        Where it is typed.
    stop_at
        A stage and the number of a signal that the process gets as the stage begins; the stage ``"query"`` is the
        middle of a query that takes long.
    """
    folder = Path(tempfile.mkdtemp(prefix="command"))
    streams = (folder / "out", folder / "err")
    process = forkserver().Process(
        target=typed, args=([str(argument) for argument in arguments], streams, cwd or folder, stop_at)
    )
    process.start()
    return Started(process, streams)


def run(*arguments: str | Path, cwd: Path | None = None, stop_at: tuple[str, int] | None = None) -> Ended:
    """Run a command to its end; see `start`."""
    return start(*arguments, cwd=cwd, stop_at=stop_at).wait()


def forkserver() -> ForkServerContext:
    """Forks processes that have imported the libraries and computed nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*_PRELOADED, __name__])
    return context


def typed(arguments: list[str], streams: tuple[Path, Path], cwd: Path, stop_at: tuple[str, int] | None) -> None:
    """Be the command."""
    for number, path in enumerate(streams, start=1):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(handle, number)
    os.chdir(cwd)
    # As a shell in the foreground leaves it, whoever started the tests.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["churnpredict", *arguments]

    from churnpredict import cli
    from churnpredict.cli import running
    from churnpredict.stages import Stages

    if stop_at is not None and stop_at[0] == "query":
        threading.Thread(target=_stop_in_a_query, args=stop_at[1:], daemon=True).start()
    elif stop_at is not None:
        stage, number = stop_at
        running.Stages = lambda *_: Stages(lambda begun: os.kill(os.getpid(), number) if begun == stage else None)
    cli.main()


def _stop_in_a_query(number: int) -> None:
    """Send the signal once the main thread has been in one call to DuckDB for half a second."""
    before, still = None, 0
    while still < 10:
        time.sleep(0.05)
        frame = sys._current_frames()[threading.main_thread().ident or 0]
        in_engine = frame.f_code.co_filename.endswith("ibis/backends/duckdb/__init__.py")
        still = still + 1 if in_engine and (frame.f_code, frame.f_lasti) == before else 0
        before = (frame.f_code, frame.f_lasti)
    os.kill(os.getpid(), number)
