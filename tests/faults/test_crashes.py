"""Claims about runs that are killed or run short: the disk holds the old state or the new one, and nothing else."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from churnpredict.config import Project, read_project
from churnpredict.lab import promote, roll_back
from churnpredict.ledger import Given, read_ledger, record
from churnpredict.publishing import file_digest, published, write_whole
from churnpredict.scoring import load_bundle
from lab.company import TODAY, Trained
from ledger.writing import entry, stamp
from weekly.command import forkserver, run
from weekly.files import contents, left_over

from .dying import (
    can,
    dies_at,
    limit_file_size,
    limit_memory,
    mount_read_only,
    mount_small,
    run_short,
    watch_changes,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills and limits are those of Linux")
#: Far more changes than anything here makes.
ENOUGH = 500
WEEK = ("predict", "--as-of", str(TODAY))


@pytest.fixture
def project(trained: Trained, tmp_path: Path) -> Project:
    trained.copy_to(tmp_path / "acme")
    return read_project(tmp_path / "acme" / "churnpredict.toml")


@pytest.fixture
def config(project: Project) -> Path:
    return project.folder / "churnpredict.toml"


# Killed at every change -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """Something that changes a disk, and what stands there before and after."""

    folder: Path
    do: Callable[[], object]
    state: Callable[[], object]


def deaths(act: Act) -> Iterator[tuple[object, int]]:
    """Kill the act before its first change, its second, …, each time from the same beginning; what stood after each."""
    beginning = act.folder.with_name("beginning")
    shutil.copytree(act.folder, beginning, symlinks=True)
    for number in count(1):
        shutil.rmtree(act.folder)
        shutil.copytree(beginning, act.folder, symlinks=True)
        if not dies_at(number, act.do, act.folder):
            assert number > 3, "it changed something"
            return
        assert number < ENOUGH
        yield act.state(), number


def _publish(folder: Path, text: str) -> None:
    with published(folder) as staging:
        (staging / "sub").mkdir()
        for name in ("a", "sub/b"):
            (staging / name).write_text(text)


def _write(folder: Path, text: str) -> None:
    write_whole(folder / "chosen.json", text.encode())


def _record(folder: Path, accounts: tuple[str, ...]) -> None:
    record(folder / "outcomes.sqlite", [Given("line", entry("open", 0, name)) for name in accounts], stamp())


@pytest.mark.parametrize(
    ("act", "shown"),
    [(_publish, "week"), (_write, "")],
    ids=["a folder", "a file"],
)
def test_killed_before_any_change_what_is_shown_is_the_old_or_the_new_and_the_next_run_clears_up(
    tmp_path: Path, act: Callable[[Path, str], None], shown: str
) -> None:
    folder = tmp_path / "place"
    folder.mkdir()
    target = folder / shown
    act(target, "older")
    act(target, "old")
    seen = set()
    for state, _ in deaths(Act(folder, partial(act, target, "new"), lambda: _texts(target))):
        seen.add(state)
        act(target, "newer")
        assert _texts(target) == frozenset(["newer"])
        assert left_over(folder) == []
    assert seen == {frozenset(["old"]), frozenset(["new"])}


def _texts(folder: Path) -> frozenset[str]:
    return frozenset(path.read_text() for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")


def test_after_a_kill_the_next_publication_keeps_the_version_that_readers_may_still_read(tmp_path: Path) -> None:
    folder = tmp_path / "place"
    folder.mkdir()
    week = folder / "week"
    _publish(week, "old")
    for _ in deaths(Act(folder, partial(_publish, week, "new"), lambda: None)):
        before = week.resolve()
        _publish(week, "newer")
        assert before.is_dir(), "a reader had just begun with it"


def test_a_killed_writer_of_the_ledger_leaves_all_entries_or_none(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    ledger, names = folder / "outcomes.sqlite", ("a", "b", "c")

    def state() -> tuple[str, ...]:
        return tuple(each.entry.account_id for each in read_ledger(ledger))

    for found, _ in deaths(Act(folder, partial(_record, folder, names), state)):
        assert found in ((), names)
        _record(folder, names)
        assert state() == names
        assert [path.name for path in folder.iterdir()] == [ledger.name]


def test_an_import_killed_at_random_moments_is_there_once_or_not_at_all(tmp_path: Path) -> None:
    draw, kept = random.Random(5), 0
    for number in range(8):
        names = tuple(f"r{number}a{each}" for each in range(150))
        process = forkserver().Process(target=_record, args=(tmp_path, names))
        process.start()
        time.sleep(draw.uniform(0, 0.12))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        there = len(read_ledger(tmp_path / "outcomes.sqlite"))
        assert there in (kept, kept + len(names))
        _record(tmp_path, names)
        kept += len(names)
        assert len(read_ledger(tmp_path / "outcomes.sqlite")) == kept


def _promote(config: Path) -> None:
    promote(read_project(config))


@pytest.mark.slow
def test_a_promotion_killed_before_any_change_leaves_a_champion_that_loads_and_one_to_go_back_to(
    project: Project, config: Path
) -> None:
    models, kept = project.models_folder, (project.previous_champion_folder, project.replaced_champion_folder)
    _another_model(project.champion_folder, project.challenger_folder, 0.5)
    older = contents(project.champion_folder)
    promote(project)
    _another_model(project.champion_folder, project.challenger_folder, 0.5)
    old, new = contents(project.champion_folder), contents(project.challenger_folder)
    seen, rolled_back = [], list[object]()
    for found, number in deaths(Act(models, partial(_promote, config), lambda: contents(project.champion_folder))):
        assert found in (old, new)
        seen.append(found == new)
        stands = (found, *(contents(folder) for folder in kept))
        if stands not in rolled_back:
            rolled_back.append(stands)
            roll_back(project)
            assert contents(project.champion_folder) == (older if found == old else old)
        elif number % 9 == 0:
            load_bundle(project.champion_folder)
            promote(project)
            assert contents(project.champion_folder) == new
            assert contents(project.previous_champion_folder) == old
            assert not project.replaced_champion_folder.exists()
            assert left_over(models) == []
    assert seen == sorted(seen)
    assert len(rolled_back) == 5, "before, kept, replaced, kept for a rollback, let go"


def _another_model(bundle: Path, folder: Path, more: float) -> None:
    """Make another model of a bundle, calibrated a little otherwise."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(bundle.resolve(), folder)
    document = json.loads((folder / "model.json").read_text())
    document["sigmoids"][0]["intercept"] += more
    (folder / "model.json").write_text(json.dumps(document), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"]["model.json"] = file_digest(folder / "model.json")
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def _copy_at_each_change(folder: Path, copies: Path) -> None:
    """Copy a folder before each change that this process makes to it: what a kill at that moment would leave."""
    numbers, copying = count(), False

    def seen(_: str) -> None:
        nonlocal copying
        if not copying and folder.is_dir():
            copying = True
            shutil.copytree(folder, copies / f"{next(numbers):03}", symlinks=True)
            copying = False

    watch_changes(folder, seen)


def test_a_prediction_killed_at_any_change_leaves_the_old_week_or_the_new_one(
    project: Project, config: Path, tmp_path: Path
) -> None:
    week = project.weeks_folder / str(TODAY)
    _publish(week, "old")
    old = contents(week)
    ended = run_short(partial(_copy_at_each_change, project.data_folder, tmp_path / "copies"), *WEEK, "-c", config)
    assert ended.code == 0, ended.err
    new = contents(week)
    copies = sorted((tmp_path / "copies").iterdir())
    shown = [contents(copy / "risk_lists" / str(TODAY)) for copy in copies]
    assert len(shown) > 20
    assert [each for each in shown if each not in (old, new)] == []
    assert shown[0] == old
    assert shown[-1] == new


# Running short ------------------------------------------------------------------------------------------------------


def check_nothing_changed(project: Project, before: dict[str, bytes]) -> None:
    assert contents(project.data_folder) == before
    assert left_over(project.data_folder) == []


@pytest.mark.parametrize("command", ["predict", "train", "outcomes"])
def test_where_files_cannot_grow_the_command_ends_with_8_and_changes_nothing(
    project: Project, config: Path, tmp_path: Path, command: str
) -> None:
    _publish(project.weeks_folder / "2023-12-25", "old")
    _record(project.data_folder, ("a",))
    before, models = contents(project.data_folder), contents(project.models_folder)
    rows = "".join(f"a{number},open,2024-01-02,{'n' * 500}\n" for number in range(400))
    (tmp_path / "rows.csv").write_text(f"account_id,state,on_day,note\n{rows}")
    arguments = {
        "predict": WEEK,
        "train": ("train", "--as-of", "2023-12-04"),
        "outcomes": ("outcomes", "import", tmp_path / "rows.csv", "--unlisted"),
    }[command]
    ended = run_short(partial(limit_file_size, 30_000), *arguments, "--config", config)
    assert ended.code == 8, ended.err
    assert "error: " in ended.err
    assert contents(project.models_folder) == models
    shutil.rmtree(project.data_folder / "frames", ignore_errors=True)
    check_nothing_changed(project, before)


def _check(folder: Path, before: dict[str, bytes]) -> None:
    assert contents(folder) == before
    assert left_over(folder) == []


def test_on_a_full_disk_the_week_stays_as_it_was(project: Project, config: Path) -> None:
    data = project.data_folder
    _publish(data / "risk_lists" / str(TODAY), "old")
    if not can(partial(mount_small, data, 60)):
        pytest.skip("no disk may be mounted here")
    ended = run_short(partial(mount_small, data, 60), *WEEK, "-c", config, then=partial(_check, data, contents(data)))
    assert ended.code == 8, ended.err
    assert "No space left on device" in ended.err


@pytest.mark.parametrize("folder", ["data", "models"])
def test_where_nothing_can_be_written_the_command_ends_with_8_before_it_computes(
    project: Project, config: Path, folder: str
) -> None:
    place = project.folder / folder
    if not can(partial(mount_read_only, place)):
        pytest.skip("no folder may be made read-only here")
    command = WEEK if folder == "data" else ("train", "--as-of", str(TODAY))
    began = time.process_time()
    ended = run_short(partial(mount_read_only, place), *command, "--config", config)
    assert ended.code == 8, ended.err
    assert "Read-only file system" in ended.err
    assert time.process_time() - began < 5


def test_out_of_memory_the_week_stays_as_it_was_and_the_next_run_goes_through(project: Project, config: Path) -> None:
    week = project.weeks_folder / str(TODAY)
    _publish(week, "old")
    before = contents(week)
    ended = run_short(partial(limit_memory, 60 * 2**20), *WEEK, "--config", config)
    # What a library aborts of is a signal, or 127 where the C library itself has no room; what is said is exit 9.
    assert ended.code in (9, 127) or (ended.code or 0) < 0, ended
    assert contents(week) == before
    assert run(*WEEK, "--config", config).code == 0
    assert left_over(project.data_folder) == []
