"""One engine in a process of its own: ``python benchmarks/rivals ENGINE FOLDER RESULT [--own]`` prints what it cost."""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import time
from pathlib import Path

import pandas as pd

#: Who makes the features, and what its module is called here.
ENGINES = {"churnpredict": "ours", "duckdb_sql": "duckdb_sql", "pandas": "pandas_loop"}


def main() -> None:
    """Make the features, count seconds and the peak of memory up to the last batch, then keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=list(ENGINES))
    parser.add_argument("folder", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--own", action="store_true", help="each account has cutoffs of its own")
    options = parser.parse_args()
    engine = importlib.import_module(ENGINES[options.engine])
    made = engine.prepare(options.folder, own=options.own)
    wall, cpu = time.perf_counter(), time.process_time()
    # As float32, in which features cross the border: half the memory for every engine alike.
    frames = [_as_float32(frame) for frame in made()]
    cost = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pd.concat(frames, ignore_index=True).to_parquet(options.result)
    print(json.dumps(cost | {"peak_mib": peak}))


def _as_float32(frame: pd.DataFrame) -> pd.DataFrame:
    features = [name for name in frame.columns if name not in ("account_id", "cutoff")]
    return frame.astype(dict.fromkeys(features, "float32"))


if __name__ == "__main__":
    main()
