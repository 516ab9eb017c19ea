"""How a command runs: signals stop it in good order, errors become one message and an exit code, stages are shown."""

from __future__ import annotations

import functools
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import typer

from churnpredict.cli.printing import emit, printable, warn
from churnpredict.errors import ChurnPredictError, EngineError, Problem
from churnpredict.interruption import interrupt
from churnpredict.stages import Stages

#: Exit code by signal: 130 and 143, as a shell would say.
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
NO_MEMORY = EngineError(Problem("memory", "there is too little", "", "Free some; nothing is half written."))


class _Stopped(BaseException):
    """A signal asked the run to end; as an exception it unwinds: staging is removed and the lock released."""

    #: Kept here, too: an engine in the middle of a query turns the exception into one of its own.
    code: ClassVar[int | None] = None


def obey_signals() -> None:
    """Let a signal unwind the run instead of killing it, also in the middle of a long query.

    Python calls `_stop` between two of its own steps. A query is one step, so a thread that hears of the signal at
    once ends it.
    """
    heard, told = socket.socketpair()
    told.setblocking(False)
    # The number alone would leave the socket to the collector.
    signal.set_wakeup_fd(told.detach(), warn_on_full_buffer=False)
    for number in SIGNALS:
        signal.signal(number, _stop)
    threading.Thread(target=_interrupt_at, args=(heard,), name="signals", daemon=True).start()


def _interrupt_at(heard: socket.socket) -> None:
    with heard:
        while number := heard.recv(1):
            if number[0] in list(SIGNALS):
                interrupt()


def _stop(number: int, _frame: object) -> NoReturn:
    _Stopped.code = SIGNALS[signal.Signals(number)]
    raise _Stopped


@contextmanager
def _libraries_summed_up(*, quiet: bool) -> Iterator[None]:
    """Keep what libraries warn of, and say it in the end: a line per kind of warning, on standard error."""
    kept: list[str] = []

    def keep(message: Warning | str, category: type[Warning], filename: str, *_: object, **__: object) -> None:
        package = Path(filename.rpartition("site-packages")[2].lstrip("/\\")).parts[:1] or ("python",)
        kept.append(f"{package[0]}: {category.__name__}: {' '.join(str(message).split())}")

    with warnings.catch_warnings():
        warnings.showwarning = keep
        try:
            yield
        finally:
            if not quiet:
                warn(kept)


def reported(command: Callable[..., None]) -> Callable[..., None]:
    """Turn the product's errors into one message and their exit code."""

    @functools.wraps(command)
    def wrapped(**options: Any) -> None:
        try:
            with _libraries_summed_up(quiet=bool(options.get("quiet"))):
                command(**options)
        except (ChurnPredictError, _Stopped, RuntimeError) as error:
            # First what was asked for: an interrupted query is an error of the engine, too.
            if _Stopped.code is not None:
                typer.echo("Stopped; nothing is half written.", err=True)
                raise typer.Exit(_Stopped.code) from error
            if not isinstance(error, ChurnPredictError):
                raise
            _complain(error, as_json=bool(options.get("json")))
            raise typer.Exit(error.exit_code) from error
        except MemoryError as error:
            _complain(NO_MEMORY, as_json=bool(options.get("json")))
            raise typer.Exit(NO_MEMORY.exit_code) from error

    return wrapped


def _complain(error: ChurnPredictError, *, as_json: bool) -> None:
    if as_json:
        problems = [vars(problem) for problem in error.problems]
        emit({"error": type(error).__name__, "exit_code": error.exit_code, "problems": problems, "help": error.help()})
    for problem in error.problems:
        typer.echo(f"error: {printable(str(problem))}", err=True)
    typer.echo(f"help: {error.help()}", err=True)


@contextmanager
def watched(*, silent: bool) -> Iterator[Stages]:
    """Show the present stage on standard error, where that is a terminal."""
    if silent or not sys.stderr.isatty():
        yield Stages()
        return
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status("") as status:
        yield Stages(status.update)
