"""A folder appears whole or not at all, and one run at a time may write a place.

Results are written to a staging folder, flushed to disk, and then shown under their name by replacing one relative
symbolic link, which is a single step. A reader sees the old folder or the new one; a killed run leaves the old one
and some staging that the next run removes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from hashlib import sha256
from itertools import count
from pathlib import Path

from churnpredict.errors import LockedError, OutputError, Problem

#: Earlier versions of a folder that are kept beside the one that is shown.
KEPT = 1


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold `folder` for this run alone, as long as the block lasts; the lock goes with the process, even if killed.

    Parameters
    ----------
    folder
        What to hold; made if it is not there.
    wait
        Wait for another run to let go, which is for work of seconds; else refuse at once.

    Raises
    ------
    LockedError
        If another run holds it.
    OutputError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError as error:
        os.close(handle)
        todo = "Wait for it to end, then run again."
        raise LockedError(Problem(str(folder), "another run is writing here", "one run at a time", todo)) from error
    try:
        yield
    finally:
        os.close(handle)


@contextmanager
def published(folder: Path) -> Iterator[Path]:
    """Yield an empty staging folder; when the block ends without an error, its files are shown as `folder`.

    Publishing the same bytes again changes nothing.

    Raises
    ------
    OutputError
        If something cannot be written; `folder` is then as it was before.
    """
    versions = _versions(folder)
    staging = versions / f".staging-{os.getpid()}"
    try:
        _remove_left_over(versions)
        staging.mkdir(parents=True, mode=0o700)
        yield staging
        version = _version(versions, _digest(staging))
        if not version.exists():
            _flush(staging)
            staging.rename(version)
        _show(version, folder)
        _forget_older(versions, version)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def withdraw(folder: Path) -> None:
    """Take back a published folder with every version of it; one that is not there stays so.

    Raises
    ------
    OutputError
        If it cannot be removed; killed or not, it is then there in full or not at all.
    """
    try:
        folder.unlink(missing_ok=True)
        shutil.rmtree(_versions(folder), ignore_errors=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write one file so that it is there in full or as it was before.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    staging = staging_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_left_over(path)
        _write(staging, content)
        staging.replace(path)
        _flush_entry(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        # What stopped the writing may stop the tidying; the first of the two errors is the one to tell.
        with suppress(OSError):
            staging.unlink(missing_ok=True)


def staging_of(path: Path) -> Path:
    """Where this process writes a file that is to appear as `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def remove_left_over(path: Path) -> None:
    """Remove what killed processes wrote towards `path`, and this one, if it had the number of a killed one."""
    for left in path.parent.glob(f".{escape(path.name)}.*"):
        number = left.name.rpartition(".")[2]
        if number.isdecimal() and (int(number) == os.getpid() or not _runs(int(number))):
            left.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        # It is another user's.
        return True
    return True


def file_digest(path: Path) -> str:
    """Hexadecimal sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    # A new file, never one that somebody else put or linked there.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _versions(folder: Path) -> Path:
    return folder.parent / ".versions" / folder.name


def _version(versions: Path, digest: str) -> Path:
    """Where contents of this digest are, or can be put: a folder of that name that was damaged since is passed over."""
    names = (digest if number == 0 else f"{digest}-{number}" for number in count())
    candidates = (versions / name for name in names)
    return next(path for path in candidates if not path.exists() or _digest(path) == digest)


def _digest(folder: Path) -> str:
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    listing = "".join(f"{file_digest(folder / name)}  {name}\n" for name in names)
    return sha256(listing.encode()).hexdigest()[:16]


def _flush(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        if path.is_file():
            path.chmod(0o600)
        _flush_entry(path)


def _flush_entry(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _show(version: Path, folder: Path) -> None:
    link = version.parent / f".link-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(version, folder.parent))
    if folder.is_dir() and not folder.is_symlink():
        # A copy that was made without links: put it among the versions, so that the link can take its name.
        folder.rename(next(path for number in count() if not (path := version.parent / f"copied-{number}").exists()))
    # The time of a version is when it was shown last: of what is shown now, this moment. One that a killed run made
    # and nobody saw must not be kept in its place.
    if folder.exists():
        os.utime(folder)
    link.replace(folder)
    os.utime(version)
    _flush_entry(folder.parent)


def _forget_older(versions: Path, shown: Path) -> None:
    older = [path for path in versions.iterdir() if path.is_dir() and path != shown and not path.name.startswith(".")]
    older.sort(key=lambda path: path.stat().st_mtime)
    for path in older[: max(len(older) - KEPT, 0)]:
        shutil.rmtree(path)


def _remove_left_over(versions: Path) -> None:
    for path in versions.glob(".staging-*"):
        shutil.rmtree(path)
    for path in versions.glob(".link-*"):
        path.unlink()


def _unwritable(path: Path, error: OSError) -> OutputError:
    given = f"{error.strerror or error}"
    return OutputError(Problem(str(path), given, "room and the right to write there", "Nothing was changed."))
