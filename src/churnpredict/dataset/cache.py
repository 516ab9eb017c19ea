"""Features of training cutoffs, kept on disk, so that the next training computes only what is new.

A folder holds the parts of one key, and the key is all that features are made of: declarations, the content of the
sources, our code and the engine's version. What changes any of them, a late row too, has another key, so a part is
never stale. Deleting the folder is always safe, and a cache that cannot be written is gone without.
"""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Self

import duckdb
import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from churnpredict.columns import CUTOFF
from churnpredict.config import Project, declared_tables
from churnpredict.errors import LockedError, OutputError
from churnpredict.publishing import file_digest, locked, write_whole

#: Keys whose parts are kept, those used last; a project that is trained week by week needs one.
KEPT = 2
#: What may be declared that no feature is made of. A section that is new to this list only makes a key too narrow.
_NO_MATTER = {
    *("name", "interventions", "training", "health_score", "tiers", "playbooks", "risk_list", "outcomes", "privacy"),
    *("freshness", "gate", "paths"),
}

_log = logging.getLogger(__name__)

#: What the engine makes of some cutoffs: batches sorted by cutoff.
Make = Callable[[Sequence[date]], Iterator[pa.RecordBatch]]
_Stamp = tuple[tuple[Path, int, int, int], ...]


@dataclass(frozen=True)
class FrameCache:
    """Parts of one key, a Parquet file per cutoff, its digest in its name.

    Parameters
    ----------
    folder
        Of the key, beside those of other keys.
    sources
        The files that were read for the key.
    stamp
        Their inodes, sizes and times as they were read.
    """

    folder: Path
    sources: tuple[Path, ...]
    stamp: _Stamp

    @classmethod
    def of(cls, project: Project) -> Self | None:
        """The cache of a project; None on a server, whose tables have no fingerprint that is cheaper than features."""
        sources = _source_files(project)
        if sources is None:
            return None
        stamp = _stamp(sources)
        key = _short(json.dumps(_ingredients(project, sources), sort_keys=True).encode())
        return cls(project.data_folder / "frames" / key, sources, stamp)

    def batches(self, cutoffs: Sequence[date], make: Make, rows: int) -> Iterator[pa.RecordBatch]:
        """Batches of some cutoffs, in their order: from the parts there are, the others made in one go and kept.

        Parameters
        ----------
        cutoffs
            Which.
        make
            Makes those that are missing.
        rows
            How many rows of a part are read at a time.
        """
        with ExitStack() as stack:
            keeping = self._held(stack)
            parts = {cutoff: self._part(cutoff) for cutoff in sorted(set(cutoffs))}
            missing = [cutoff for cutoff, part in parts.items() if part is None]
            made = groupby(_pieces(make(missing)), key=lambda piece: piece[0]) if missing else iter(())
            ahead = next(made, None)
            for cutoff, part in parts.items():
                if part is not None:
                    yield from part.iter_batches(rows)
                    continue
                here: list[pa.RecordBatch] = []
                if ahead is not None and ahead[0] == cutoff:
                    here = [batch for _, batch in ahead[1]]
                    ahead = next(made, None)
                keeping = keeping and self._keep(cutoff, here)
                yield from here

    def _part(self, cutoff: date) -> pq.ParquetFile | None:
        """The part of a cutoff, if there is one that is what was written."""
        for path in sorted(self.folder.glob(f"{cutoff}.*.parquet")):
            try:
                # Mapped: it can be read even when another run forgets this key meanwhile.
                file = pa.memory_map(str(path))
                if _short(file.read_buffer()) == path.name.split(".")[1]:
                    return pq.ParquetFile(file)
            except OSError as error:
                _log.info("%s cannot be read: %s", path, error)
        return None

    def _held(self, stack: ExitStack) -> bool:
        """Whether parts can be kept: not where another run keeps them already, nor where nothing can be written."""
        try:
            stack.enter_context(locked(self.folder))
        except LockedError:
            return False
        except OutputError as error:
            _log.warning("Training goes on without its cache: %s", error)
            return False
        self._tidy()
        return True

    def _keep(self, cutoff: date, batches: list[pa.RecordBatch]) -> bool:
        if _stamp(self.sources) != self.stamp:
            # A source was replaced while it was read: nobody knows which of its contents this is made of.
            return False
        content = _to_parquet(batches)
        try:
            write_whole(self.folder / f"{cutoff}.{_short(content)}.parquet", content)
        except OutputError as error:
            _log.warning("Training goes on without its cache: %s", error)
            return False
        return True

    def _tidy(self) -> None:
        """Remove what a killed run left here, and the keys that were not used for longest."""
        for left_over in self.folder.glob(".*.parquet.*"):
            left_over.unlink(missing_ok=True)
        os.utime(self.folder)
        others = [path for path in self.folder.parent.iterdir() if path.is_dir() and path != self.folder]
        for forgotten in sorted(others, key=_last_used)[: -(KEPT - 1)]:
            with suppress(LockedError, OutputError), locked(forgotten):
                shutil.rmtree(forgotten, ignore_errors=True)


def _last_used(folder: Path) -> float:
    # Another run may remove it in this moment.
    return folder.stat().st_mtime if folder.is_dir() else 0.0


def _source_files(project: Project) -> tuple[Path, ...] | None:
    """Files that hold the declared tables; None where one of them is on a server or is not a single file."""
    files: set[Path] = set()
    for place, table in declared_tables(project):
        connection = project.connections.get(table.connection or "")
        if connection is not None and connection.kind != "duckdb":
            return None
        path = project.folder / str(table.path if connection is None else connection.path)
        journal = path.with_name(f"{path.name}.wal")
        # Interventions decide labels, which are not kept.
        files |= {path, *([journal] if journal.is_file() else [])} if place != "interventions" else set()
    return tuple(sorted(files)) if all(path.is_file() for path in files) else None


def _ingredients(project: Project, sources: tuple[Path, ...]) -> dict[str, object]:
    """All that features are made of: their declarations, the sources, our code, and who computes."""
    package = Path(__file__).parent.parent
    code = sorted([*package.glob("dataset/**/*.py"), *package.glob("config/**/*.py"), package / "columns.py"])
    return {
        "declarations": project.model_dump(mode="json", exclude=_NO_MATTER),
        "sources": [[os.path.relpath(path, project.folder), file_digest(path)] for path in sources],
        "code": [file_digest(path) for path in code],
        "engine": [duckdb.__version__, ibis.__version__],
    }


def _stamp(sources: tuple[Path, ...]) -> _Stamp:
    found = [(path, path.stat()) for path in sources if path.is_file()]
    return tuple((path, stat.st_ino, stat.st_size, stat.st_mtime_ns) for path, stat in found)


def _pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[date, pa.RecordBatch]]:
    """Batches cut where the cutoff changes."""
    for batch in batches:
        runs = pc.run_end_encode(batch[CUTOFF])
        starts = [0, *runs.run_ends.to_pylist()]
        for moment, start, end in zip(runs.values.to_pylist(), starts, starts[1:], strict=False):
            yield moment.date(), batch.slice(start, end - start)


def _to_parquet(batches: list[pa.RecordBatch]) -> bytes:
    """A part as Parquet; that of a cutoff at which nobody was an account has no columns either."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_batches(batches, None if batches else pa.schema([])), buffer, compression="zstd")
    return buffer.getvalue()


def _short(content: bytes | pa.Buffer) -> str:
    return sha256(content).hexdigest()[:16]
