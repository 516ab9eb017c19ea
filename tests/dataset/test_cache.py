"""Features of training cutoffs are kept: the same frames, computed once, and never those of other contents."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from churnpredict.config import read_project
from churnpredict.dataset import Dataset, cache, frames, open_dataset
from churnpredict.publishing import locked

from .company import collected, random_company
from .declared import CUTOFFS, declaration

#: Histories and facts alone: what is kept is the same for all sources, and those of events take longest to make.
COMPANY = random_company(5, 20, 400).declared(declaration(parts=["facts", "contract"]))
EVERYTHING = random_company(5, 3, 30)
GRID = sorted(CUTOFFS)[:4]
NOBODY = date(1999, 1, 1)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[date]]:
    """Cutoffs of every query for features."""
    found: list[list[date]] = []
    features = Dataset.features

    def spied(self: Dataset, cutoffs: Sequence[date], accounts: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        found.append(list(cutoffs))
        return features(self, cutoffs, accounts)

    monkeypatch.setattr(Dataset, "features", spied)
    return found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company with four cutoffs in its cache, to be copied."""
    folder = tmp_path_factory.mktemp("cache") / "acme"
    list(COMPANY.open(folder).training_features(GRID))
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "acme"))


def trained_on(folder: Path, cutoffs: list[date] = GRID) -> pd.DataFrame:
    with open_dataset(read_project(folder / "churnpredict.toml")) as dataset:
        return pd.concat(list(dataset.training_features(cutoffs)), ignore_index=True)


def keys(folder: Path) -> list[Path]:
    return sorted((folder / "data" / "frames").iterdir())


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("data/frames/*/*.parquet"))


def test_kept_frames_are_those_of_the_engine_bit_by_bit(folder: Path, asked: list[list[date]]) -> None:
    with open_dataset(read_project(folder / "churnpredict.toml")) as dataset:
        expected = collected(dataset, GRID)
    asked.clear()
    kept = trained_on(folder)
    assert asked == []
    assert len(kept) > 20
    pd.testing.assert_frame_equal(kept, expected, check_exact=True)
    numbers = kept.select_dtypes("float32")
    assert numbers.to_numpy().tobytes() == expected[numbers.columns].to_numpy().tobytes()


def test_a_part_is_one_cutoff(folder: Path) -> None:
    assert [path.name.split(".")[0] for path in parts(folder)] == [str(cutoff) for cutoff in GRID]
    for path, cutoff in zip(parts(folder), GRID, strict=True):
        assert set(pq.read_table(path)["cutoff"].to_pylist()) == {pd.Timestamp(cutoff)}


def test_only_new_cutoffs_are_computed(folder: Path, asked: list[list[date]]) -> None:
    new = [GRID[0] - timedelta(days=3), GRID[1] + timedelta(days=2), GRID[-1] + timedelta(days=5)]
    extended = trained_on(folder, [*GRID, *new])
    assert asked == [new]
    pd.testing.assert_frame_equal(extended, trained_on(folder, [*GRID, *new][::-1]), check_exact=True)
    assert len(asked) == 1
    with open_dataset(read_project(folder / "churnpredict.toml")) as dataset:
        pd.testing.assert_frame_equal(extended, collected(dataset, [*GRID, *new]), check_exact=True)


def test_a_cutoff_without_accounts_is_kept_too(folder: Path, asked: list[list[date]]) -> None:
    first = trained_on(folder, [NOBODY, *GRID])
    pd.testing.assert_frame_equal(first, trained_on(folder, [NOBODY, *GRID]), check_exact=True)
    assert asked == [[NOBODY]]


def test_parts_are_read_in_bounded_batches(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "BATCH_ROWS", 3)
    with open_dataset(read_project(folder / "churnpredict.toml")) as dataset:
        sizes = [len(frame) for frame in dataset.training_features(GRID)]
    assert max(sizes) == 3
    assert sum(sizes) == len(trained_on(folder))


# Never stale ------------------------------------------------------------------------------------------------------


def key(folder: Path) -> str:
    found = cache.FrameCache.of(read_project(folder / "churnpredict.toml"))
    assert found is not None
    return found.folder.name


@pytest.fixture
def declared(tmp_path: Path) -> Path:
    """A company of every kind of source."""
    return EVERYTHING.write(tmp_path / "every").parent


def test_a_row_less_is_computed_anew(folder: Path, asked: list[list[date]]) -> None:
    table = pq.read_table(folder / "contract.parquet")
    pq.write_table(table.slice(0, table.num_rows - 1), folder / "contract.parquet")
    trained_on(folder)
    assert asked == [GRID]
    assert len(keys(folder)) == 2


@pytest.mark.parametrize("name", ["accounts", "usage", "contract", "contact", "profile", "churn"])
def test_a_byte_more_in_any_source_is_another_key(declared: Path, name: str) -> None:
    before = key(declared)
    with (declared / f"{name}.parquet").open("ab") as file:
        file.write(b" ")
    assert key(declared) != before


def test_a_database_is_a_source_as_a_whole(declared: Path) -> None:
    path = declared / "churnpredict.toml"
    (declared / "crm.duckdb").write_bytes(b"as it is")
    there = "table = { connection = 'crm', name = 'usage' }"
    path.write_text(path.read_text().replace('table = "usage.parquet"', there) + "[connections.crm]\nkind = 'duckdb'\n")
    path.write_text(path.read_text() + "path = 'crm.duckdb'\n")
    before = key(declared)
    (declared / "crm.duckdb.wal").write_bytes(b"a row more")
    assert key(declared) != before


def test_a_source_that_was_only_touched_or_moved_is_the_same(declared: Path, tmp_path: Path) -> None:
    before = key(declared)
    os.utime(declared / "usage.parquet", (1, 1))
    assert key(Path(declared.rename(tmp_path / "elsewhere"))) == before


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("windows = [7, 30]", "windows = [7, 31]"), ('time = "at"', 'time = "known_at"'), ("10\n", "11\n")],
)
def test_other_declarations_of_features_are_another_key(declared: Path, was: str, becomes: str) -> None:
    before, path = key(declared), declared / "churnpredict.toml"
    path.write_text(path.read_text().replace(was, becomes))
    assert key(declared) != before


def test_what_no_feature_is_made_of_is_not_in_the_key(declared: Path) -> None:
    before = key(declared)
    with (declared / "churnpredict.toml").open("a") as file:
        file.write("[training]\nbags = 5\n[freshness]\nmax_age_days = 99\n")
    (declared / "interventions.parquet").write_bytes(b"none")
    assert key(declared) == before


def test_other_code_is_another_key(declared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, digest = key(declared), cache.file_digest
    monkeypatch.setattr(cache, "file_digest", lambda path: "0" if path.name == "histories.py" else digest(path))
    assert key(declared) != before


def test_a_source_that_is_replaced_while_it_is_read_leaves_no_part(tmp_path: Path) -> None:
    with COMPANY.open(tmp_path / "acme") as dataset:
        frames = dataset.training_features(GRID)
        next(frames)
        os.utime(tmp_path / "acme" / "contract.parquet", (1, 1))
        list(frames)
    assert [path.name.split(".")[0] for path in parts(tmp_path / "acme")] == [str(GRID[0])]


# Damage, other runs, no room --------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["cut off", "a byte changed", "empty"])
def test_a_damaged_part_is_made_again(folder: Path, asked: list[list[date]], damage: str) -> None:
    expected = trained_on(folder)
    part = parts(folder)[1]
    content = part.read_bytes()
    changed = {"cut off": content[:-9], "a byte changed": content[:200] + b"?" + content[201:], "empty": b""}
    part.write_bytes(changed[damage])
    pd.testing.assert_frame_equal(trained_on(folder), expected, check_exact=True)
    assert asked == [[GRID[1]]]
    assert part.read_bytes() == content


def test_two_trainings_at_once_both_end_and_one_keeps_its_frames(tmp_path: Path) -> None:
    COMPANY.write(tmp_path / "acme")
    found: list[pd.DataFrame] = []
    both = [threading.Thread(target=lambda: found.append(trained_on(tmp_path / "acme"))) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    pd.testing.assert_frame_equal(*found, check_exact=True)
    assert len(parts(tmp_path / "acme")) == len(GRID)


def test_a_cache_that_another_run_extends_is_read(folder: Path, asked: list[list[date]]) -> None:
    new = GRID[-1] + timedelta(days=1)
    with locked(keys(folder)[0]):
        frame = trained_on(folder, [*GRID, new])
    assert asked == [[new]]
    assert frame["cutoff"].nunique() == len(GRID) + 1
    assert len(parts(folder)) == len(GRID)


def test_training_goes_on_where_nothing_can_be_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    COMPANY.write(tmp_path / "acme")
    (tmp_path / "acme" / "data").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        assert len(trained_on(tmp_path / "acme")) > 20
    assert "Training goes on without its cache" in caplog.text


def test_training_goes_on_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    COMPANY.write(tmp_path / "acme")
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr("churnpredict.publishing._write", full)
        assert len(trained_on(tmp_path / "acme")) > 20
    assert caplog.text.count("No space left on device") == 1
    assert parts(tmp_path / "acme") == []


def test_keys_that_are_not_used_any_more_are_forgotten(folder: Path) -> None:
    first = keys(folder)[0]
    left_over = first / ".2024-03-01.0.parquet.1"
    left_over.write_bytes(b"half")
    trained_on(folder)
    assert not left_over.exists()
    path = folder / "churnpredict.toml"
    for windows in ("[7, 29]", "[7, 30]"):
        path.write_text(path.read_text().replace("[7, 28]", windows).replace("[7, 29]", windows))
        trained_on(folder, GRID[:1])
    assert len(keys(folder)) == cache.KEPT
    assert first not in keys(folder)


def test_the_tables_of_a_server_are_not_kept(declared: Path) -> None:
    path = declared / "churnpredict.toml"
    there = "table = { connection = 'there', name = 'usage' }"
    path.write_text(
        path.read_text().replace('table = "usage.parquet"', there) + "[connections.there]\nkind = 'spark'\n"
    )
    assert cache.FrameCache.of(read_project(path)) is None
