"""Claims about folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from churnpredict import publishing
from churnpredict.errors import LockedError, OutputError
from churnpredict.publishing import KEPT, file_digest, locked, published, write_whole

from .files import contents, left_over

HOLD = """
import fcntl, os, sys
handle = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(handle, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def publish(folder: Path, **texts: str) -> None:
    """Show a folder with these files."""
    with published(folder) as staging:
        for name, text in texts.items():
            (staging / name).write_text(text)


def texts(folder: Path) -> dict[str, str]:
    return {name: content.decode() for name, content in contents(folder).items()}


def versions(folder: Path) -> list[str]:
    """Names of the kept versions of a folder."""
    return sorted(path.name for path in (folder.parent / ".versions" / folder.name).iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lists" / "2024-01-01"


# Whole or not at all ---------------------------------------------------------------------------------------------


def test_nothing_is_shown_before_the_block_ends(folder: Path) -> None:
    with published(folder) as staging:
        (staging / "list").write_text("new")
        assert not folder.exists()
    assert texts(folder) == {"list": "new"}


def test_a_new_folder_replaces_the_old_one_in_full(folder: Path) -> None:
    publish(folder, list="old", other="old")
    publish(folder, list="new")
    assert texts(folder) == {"list": "new"}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_old_folder_and_no_staging(folder: Path, error: type[BaseException]) -> None:
    publish(folder, list="old")
    with pytest.raises(error), published(folder) as staging:  # noqa: PT012
        (staging / "list").write_text("half")
        raise error
    assert texts(folder) == {"list": "old"}
    assert left_over(folder.parent) == []


def test_publishing_the_same_bytes_again_changes_nothing(folder: Path) -> None:
    publish(folder, list="one", other="two")
    before, kept = folder.resolve(), (folder / "list").stat()
    publish(folder, other="two", list="one")
    assert folder.resolve() == before
    assert (folder / "list").stat().st_ino == kept.st_ino
    assert (folder / "list").stat().st_mtime_ns == kept.st_mtime_ns
    assert versions(folder) == [before.name]


def test_a_folder_is_told_apart_by_names_and_by_contents(folder: Path) -> None:
    seen = set()
    for files in ({"a": "1"}, {"b": "1"}, {"a": "2"}, {"a": "1", "b": ""}):
        publish(folder, **files)
        seen.add(folder.resolve())
        assert texts(folder) == files
    assert len(seen) == 4


def test_publishing_again_mends_a_damaged_folder(folder: Path) -> None:
    publish(folder, list="right")
    (folder / "list").write_text("spoilt")
    publish(folder, list="right")
    assert texts(folder) == {"list": "right"}


def test_one_earlier_version_is_kept(folder: Path) -> None:
    shown = []
    for number in range(4):
        publish(folder, list=str(number))
        shown.append(folder.resolve())
        os.utime(shown[-1], (number, number))
    assert versions(folder) == sorted(path.name for path in shown[-1 - KEPT :])


def test_the_version_that_was_shown_last_is_the_one_that_is_kept(folder: Path) -> None:
    for number, text in enumerate(["a", "b", "a"]):
        publish(folder, list=text)
        os.utime(folder, (100 + number, 100 + number)) if number < 2 else None
    last = folder.resolve()
    publish(folder, list="c")
    assert last.is_dir()


def test_folders_side_by_side_do_not_touch_each_other(folder: Path) -> None:
    other = folder.with_name("2024-01-08")
    publish(folder, list="one")
    publish(other, list="two")
    publish(other, list="three")
    publish(other, list="four")
    assert texts(folder) == {"list": "one"}


@pytest.mark.case(52, "the old list; the next run removes what was left")
def test_staging_that_a_killed_run_left_is_removed(folder: Path) -> None:
    publish(folder, list="old")
    dead = folder.parent / ".versions" / folder.name / ".staging-1"
    dead.mkdir()
    (dead / "half").write_text("ha")
    publish(folder, list="new")
    assert left_over(folder.parent) == []
    assert texts(folder) == {"list": "new"}


def test_a_folder_that_was_copied_without_links_is_replaced(folder: Path) -> None:
    publish(folder, list="old")
    real = Path(shutil.copytree(folder, folder.parent / "copy"))
    folder.unlink()
    real.rename(folder)
    publish(folder, list="new")
    assert folder.is_symlink()
    assert texts(folder) == {"list": "new"}


def test_a_copied_folder_can_be_replaced_twice_by_the_same(folder: Path) -> None:
    for _ in range(2):
        shutil.rmtree(folder) if folder.is_dir() and not folder.is_symlink() else folder.unlink(missing_ok=True)
        folder.mkdir(parents=True)
        (folder / "list").write_text("copied")
        publish(folder, list="same")
    assert texts(folder) == {"list": "same"}


def test_the_tree_can_be_moved(folder: Path, tmp_path: Path) -> None:
    publish(folder, list="here")
    folder.parent.rename(tmp_path / "moved")
    assert texts(tmp_path / "moved" / folder.name) == {"list": "here"}


@pytest.mark.case(75, "0600, folders 0700")
def test_files_are_for_their_owner_alone(folder: Path, tmp_path: Path) -> None:
    publish(folder, list="names")
    write_whole(tmp_path / "part", b"names")
    modes = {path.stat().st_mode & 0o077 for path in (folder / "list", folder.resolve(), tmp_path / "part")}
    assert modes == {0}


def test_a_reader_always_finds_one_whole_folder(folder: Path) -> None:
    """A reader that takes the folder once sees files of one version, while a writer replaces them."""
    names = ["first", "second", "third"]
    publish(folder, **dict.fromkeys(names, "0"))
    wrong: list[str] = []
    seen: set[str] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            if not folder.is_dir():
                wrong.append("nothing there")
            taken = folder.resolve()
            try:
                found = [(taken / name).read_text() for name in names]
            except FileNotFoundError:
                # So slow a reader that its version went: two were published meanwhile.
                if taken == folder.resolve():
                    wrong.append("half a folder")
                continue
            if len(set(found)) != 1:
                wrong.append(f"mixed {found}")
            seen.update(found)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(60):
        publish(folder, **dict.fromkeys(names, str(number)))
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert len(seen) > 2, "the readers saw it change"


# Places that cannot be written -----------------------------------------------------------------------------------


def test_a_file_in_place_of_the_parent_is_an_output_error(folder: Path) -> None:
    folder.parent.write_text("in the way")
    with pytest.raises(OutputError, match=r"room and the right to write there\. Nothing was changed") as error:
        publish(folder, list="new")
    assert error.value.exit_code == 8
    assert folder.parent.read_text() == "in the way"


@pytest.mark.case(53, "exit 8, staging removed")
def test_an_error_while_showing_leaves_the_old_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(folder, list="old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        publish(folder, list="new")
    assert texts(folder) == {"list": "old"}
    assert left_over(folder.parent) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_an_output_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    for attempt in (lambda: publish(tmp_path / "list", a="b"), lambda: locked(tmp_path).__enter__()):
        with pytest.raises(OutputError):
            attempt()


# One file --------------------------------------------------------------------------------------------------------


def test_one_file_is_written_whole_and_its_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "part"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert contents(tmp_path) == {"new/part": b"two"}
    assert file_digest(path) == "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "part"
    write_whole(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_whole(path, b"new")
    assert contents(tmp_path) == {"part": b"old"}
    assert left_over(tmp_path) == []


# The lock --------------------------------------------------------------------------------------------------------


def test_a_place_is_held_by_one_run_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(LockedError, match="another run is writing here") as error, locked(tmp_path):
        pytest.fail("two runs hold it")
    assert error.value.exit_code == 6


def test_a_lock_goes_with_its_block_even_if_that_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path):
        raise KeyError
    with locked(tmp_path):
        pass


def test_another_process_holds_it_until_it_ends_even_if_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / ".lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError), locked(tmp_path):
            pytest.fail("two processes hold it")
        holder.kill()
        holder.wait()
        with locked(tmp_path):
            pass


def test_a_lock_makes_its_folder_or_says_why_not(tmp_path: Path) -> None:
    with locked(tmp_path / "new" / "folder"):
        assert (tmp_path / "new" / "folder").is_dir()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError), locked(tmp_path / "file"):
        pytest.fail("it is a file")


def test_a_link_that_is_planted_at_the_last_moment_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    planted = tmp_path / "chosen.json"
    monkeypatch.setattr(publishing, "remove_left_over", lambda path: publishing.staging_of(path).symlink_to(mine))
    with pytest.raises(OutputError):
        publishing.write_whole(planted, b"theirs")
    assert mine.read_text() == "mine"
    assert not planted.exists()
