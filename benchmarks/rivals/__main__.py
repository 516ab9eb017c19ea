"""One engine in a process of its own: ``python benchmarks/rivals ENGINE FOLDER RESULT [--own]`` prints what it cost."""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import time
from pathlib import Path
from typing import Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

#: Who makes the features, and what its module is called here.
ENGINES = {"churnpredict": "ours", "duckdb_sql": "duckdb_sql", "pandas": "pandas_loop"}


def main() -> None:
    """Make the features, count seconds and the peak of memory; batches are kept in a file as they come, uncounted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=list(ENGINES))
    parser.add_argument("folder", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--own", action="store_true", help="each account has cutoffs of its own")
    options = parser.parse_args()
    engine = importlib.import_module(ENGINES[options.engine])
    made = engine.prepare(options.folder, own=options.own)
    seconds = cpu_seconds = 0.0
    with _Kept(options.result) as kept:
        batches = made()
        while True:
            wall, cpu = time.perf_counter(), time.process_time()
            batch = next(batches, None)
            seconds, cpu_seconds = seconds + time.perf_counter() - wall, cpu_seconds + time.process_time() - cpu
            if batch is None:
                break
            kept.add(batch)
    cost = {"seconds": seconds, "cpu_seconds": cpu_seconds}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(cost | {"peak_mib": peak}))


class _Kept:
    """A Parquet file of float32, in which features cross the border: the same for every engine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def add(self, frame: pd.DataFrame) -> None:
        features = [name for name in frame.columns if name not in ("account_id", "cutoff")]
        batch = pa.Table.from_pandas(frame.astype(dict.fromkeys(features, "float32")), preserve_index=False)
        self._writer = self._writer or pq.ParquetWriter(self._path, batch.schema)
        self._writer.write_table(batch)


if __name__ == "__main__":
    main()
