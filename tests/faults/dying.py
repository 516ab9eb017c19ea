"""Processes that die where they are told, or run short of something: room, memory, the right to write, a network."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from weekly.command import PATIENCE, Ended, forkserver, typed

#: What Python does to a disk, as its audit hooks name it.
CHANGES = frozenset(
    f"os.{name}" for name in ("chmod", "link", "mkdir", "remove", "rename", "rmdir", "symlink", "truncate", "utime")
)
#: Of Linux.
NEW_MOUNTS, NEW_NETWORK = 0x00020000, 0x40000000


def watch_changes(folder: Path, seen: Callable[[str], None]) -> None:
    """Call `seen` before each change of anything below a folder by this process, and before each flush to disk."""
    below = str(folder)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        changes = event in CHANGES or (event == "open" and _writes(arguments))
        names = [os.fsdecode(name) for name in arguments if isinstance(name, str | bytes | Path)]
        # Whole trees are removed by names within an open folder.
        within = event in ("os.remove", "os.rmdir") and arguments[-1] != -1
        if changes and (within or any(below in name for name in names)):
            seen(f"{event} {arguments[0]}")

    sys.addaudithook(hook)
    flush = os.fsync

    def watched_flush(handle: int) -> None:
        seen("os.fsync")
        flush(handle)

    os.fsync = watched_flush


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    return any(letter in mode for letter in "wxa+") if mode else bool(flags & (os.O_WRONLY | os.O_RDWR))


def _act(act: Callable[[], object], folder: Path, number: int) -> None:
    count = 0

    def seen(_: str) -> None:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    watch_changes(folder, seen)
    act()


def dies_at(number: int, act: Callable[[], object], folder: Path) -> bool:
    """Let a process act that is killed before its change number `number` below a folder; whether it came so far."""
    process = forkserver().Process(target=_act, args=(act, folder, number))
    process.start()
    process.join(PATIENCE)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def run_short(what: Callable[[], object], *arguments: str | Path, then: Callable[[], object] | None = None) -> Ended:
    """Run a command in a process that first does `what` to itself, and `then`, if given, once the command has ended."""
    folder = Path(tempfile.mkdtemp(prefix="short"))
    streams = (folder / "out", folder / "err")
    process = forkserver().Process(target=_short, args=(what, [str(word) for word in arguments], streams, then))
    process.start()
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()
    out, err = (path.read_text(encoding="utf-8") for path in streams)
    shutil.rmtree(folder)
    return Ended(process.exitcode, out, err)


def _short(
    what: Callable[[], object],
    arguments: list[str],
    streams: tuple[Path, Path],
    then: Callable[[], object] | None,
) -> None:
    what()
    try:
        typed(arguments, streams, streams[0].parent, None)
    finally:
        if then is not None:
            then()


def limit_file_size(most: int) -> None:
    """No file of this process grows beyond `most` bytes: what a full disk says, whoever runs the tests."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def limit_memory(more: int) -> None:
    """This process gets at most `more` bytes of memory beside those that it has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def leave(namespace: int) -> None:
    """Give this process a namespace of its own.

    Raises
    ------
    PermissionError
        If that is not for everybody here.
    """
    if ctypes.CDLL(None, use_errno=True).unshare(namespace):
        raise PermissionError(ctypes.get_errno(), "unshare")


def mount_small(folder: Path, kilobytes: int) -> None:
    """Put a disk of some kilobytes over a folder, for this process alone; what was there is copied onto it."""
    leave(NEW_MOUNTS)
    folder.mkdir(parents=True, exist_ok=True)
    kept = tempfile.mkdtemp(prefix="kept")
    for command in (
        ["mount", "--make-rprivate", "/"],
        ["cp", "-a", f"{folder}/.", kept],
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)],
        ["cp", "-a", f"{kept}/.", str(folder)],
        ["rm", "-r", kept],
    ):
        subprocess.run(command, check=True)


def mount_read_only(folder: Path) -> None:
    """Make a folder one that even root cannot write to, for this process alone."""
    leave(NEW_MOUNTS)
    folder.mkdir(parents=True, exist_ok=True)
    for command in (
        ["mount", "--make-rprivate", "/"],
        ["mount", "--bind", str(folder), str(folder)],
        ["mount", "-o", "remount,ro,bind", str(folder)],
    ):
        subprocess.run(command, check=True)


def _tries(what: Callable[[], object]) -> None:
    try:
        what()
    except (OSError, subprocess.CalledProcessError):
        os._exit(1)


def can(what: Callable[[], object]) -> bool:
    """Whether a process may do something to itself here."""
    process = forkserver().Process(target=_tries, args=(what,))
    process.start()
    process.join(PATIENCE)
    return process.exitcode == 0
