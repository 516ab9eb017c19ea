"""64 windowed features of a company's events: churnpredict beside featuretools, a pandas loop and hand-written SQL.

    uv run python benchmarks/features.py --size S|M|L|XL [--grid monthly|own] [--repeats N] [--json]
    uv run python benchmarks/features.py --growth

The data are made anew from a seed. Each engine runs in a process of its own, one after another, as often as
`--repeats` says; what is reported is its best run, and the peak of memory of all. Ends with one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from events_data import SIZES, Size, make

HERE = Path(__file__).parent
RIVALS = HERE / "rivals"
KEYS = ["account_id", "cutoff"]
#: What runs without being asked for: featuretools and the loop take too long where there is more data.
ENGINES = {
    "tiny": ["churnpredict", "duckdb_sql", "pandas"],
    "S": ["churnpredict", "duckdb_sql", "pandas", "featuretools"],
    "M": ["churnpredict", "duckdb_sql", "pandas"],
    "L": ["churnpredict", "duckdb_sql"],
    "XL": ["churnpredict"],
}
ALL_ENGINES = ENGINES["S"]


def command(engine: str, folder: Path, result: Path, *, own: bool) -> list[str] | None:
    """How an engine is run; None where it cannot be."""
    if engine != "featuretools":
        return [sys.executable, str(RIVALS), engine, str(folder), str(result), *(["--own"] if own else [])]
    uv = shutil.which("uv")
    script = str(RIVALS / "featuretools_dfs.py")
    return None if uv is None else [uv, "run", "--quiet", "--script", script, str(folder), str(result)]


def run(engine: str, folder: Path, result: Path, *, own: bool) -> dict[str, float] | str:
    """What one run of an engine cost, or why it cannot run."""
    arguments = command(engine, folder, result, own=own)
    if arguments is None:
        return "not run: it needs uv, which makes its environment"
    # A user's environment may put other packages in the way of the rival's own.
    environment = {k: v for k, v in os.environ.items() if engine != "featuretools" or k != "PYTHONPATH"}
    begun = time.perf_counter()
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        return f"not run: {done.stderr.strip()[-400:]}"
    cost: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return cost | {"process_seconds": time.perf_counter() - begun}


def compare(results: dict[str, Path]) -> dict[str, float]:
    """How far any two engines are apart, in any value that both make; NaN where one has nothing counts as infinity."""
    frames = {engine: _sorted(path) for engine, path in results.items()}
    apart, relative, compared = 0.0, 0.0, set()
    names = list(frames)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            for column in frames[one].columns.intersection(frames[other].columns):
                compared.add(column)
                a, b = frames[one][column].to_numpy("float64"), frames[other][column].to_numpy("float64")
                difference = np.where(np.isnan(a) & np.isnan(b), 0.0, np.abs(a - b))
                difference[np.isnan(difference)] = np.inf
                scale = np.fmax(1.0, np.fmax(np.abs(a), np.abs(b)))
                apart = max(apart, float(difference.max(initial=0.0)))
                relative = max(relative, float((difference / scale).max(initial=0.0)))
    return {
        "max_abs_difference": apart,
        "max_relative_difference": relative,
        "columns_compared": len(compared),
    }


def _sorted(path: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path).astype({"account_id": "int64", "cutoff": "datetime64[us]"})
    frame = frame.drop(columns=[name for name in frame.columns if name.startswith("tenure")])
    return frame.sort_values(KEYS, ignore_index=True).set_index(KEYS)


def measure(size: Size, engines: list[str], *, own: bool, repeats: int) -> dict[str, Any]:
    """Run the engines in turns and compare what they make."""
    costs: dict[str, list[dict[str, float]]] = {engine: [] for engine in engines}
    notes: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        events = make(folder, size, own=own)
        for _ in range(repeats):
            for engine in [e for e in engines if e not in notes]:
                cost = run(engine, folder, folder / f"{engine}.result", own=own)
                if isinstance(cost, str):
                    notes[engine] = cost
                else:
                    costs[engine].append(cost)
                print(f"{engine}: {cost}", file=sys.stderr, flush=True)
        made = {engine: folder / f"{engine}.result" for engine in engines if costs[engine]}
        differences = compare(made)
    kept = {engine: found for engine, found in costs.items() if found}
    document: dict[str, Any] = {"accounts": size.accounts, "events": events, "cutoffs": size.cutoffs}
    for figure in ("seconds", "cpu_seconds", "process_seconds"):
        document[figure] = {engine: round(min(c[figure] for c in found), 2) for engine, found in kept.items()}
    document["peak_mib"] = {engine: round(max(c["peak_mib"] for c in found)) for engine, found in kept.items()}
    return document | ratios(document) | differences | {"not_run": notes}


def ratios(document: dict[str, Any]) -> dict[str, float | None]:
    """How many times our time the others take, ours to hand-written SQL the other way round, by wall and by CPU."""
    found: dict[str, float | None] = {}
    for figure, suffix in (("seconds", ""), ("cpu_seconds", "_cpu")):
        seconds = document[figure]
        ours = seconds.get("churnpredict")
        for engine in ("featuretools", "pandas"):
            found[f"ratio_{engine}{suffix}"] = round(seconds[engine] / ours, 1) if ours and engine in seconds else None
        sql = seconds.get("duckdb_sql")
        found[f"ratio_duckdb_sql{suffix}"] = round(ours / sql, 2) if ours and sql else None
    return found


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = {name: version(name) for name in ("duckdb", "ibis-framework", "pandas", "lightgbm")}
    shape = {"cores": os.cpu_count(), "memory_gib": round(memory, 1), "python": platform.python_version()}
    return shape | packages | {"load_before": round(os.getloadavg()[0], 1)}


def growth(image: Path) -> dict[str, Any]:
    """Cost by accounts and by cutoffs, drawn to `image`."""
    import matplotlib as mpl  # noqa: PLC0415  (the extra `lab`)
    from matplotlib import pyplot as plt  # noqa: PLC0415

    mpl.use("Agg")
    base = Size(1_000, 1_000_000, 12)
    grown = {
        "accounts": [(n, Size(n, 1_000 * n, 12)) for n in (500, 1_000, 2_000, 4_000)],
        "cutoffs": [(n, replace(base, cutoffs=n)) for n in (3, 6, 12, 24)],
    }
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
    table: dict[str, Any] = {}
    for axis, (kind, sizes) in zip(axes, grown.items(), strict=True):
        table[kind] = [{kind: n} | measure(size, ["churnpredict"], own=False, repeats=3) for n, size in sizes]
        spent = [row["cpu_seconds"]["churnpredict"] for row in table[kind]]
        axis.plot([n for n, _ in sizes], spent, marker="o")
        axis.set(xlabel=kind, ylim=(0, None), xlim=(0, None))
        axis.grid(visible=True, alpha=0.3)
    axes[0].set_ylabel("CPU seconds")
    axes[0].set_title("1,000 events and 12 cutoffs an account", fontsize=9)
    axes[1].set_title("1,000 accounts, 1 M events", fontsize=9)
    figure.tight_layout()
    figure.savefig(image, dpi=130)
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=list(SIZES), default="S")
    parser.add_argument("--grid", choices=["monthly", "own"], default="monthly")
    parser.add_argument("--engines", nargs="+", choices=ALL_ENGINES, help="by default, those that end at this size")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument(
        "--growth", action="store_true", help="by accounts and cutoffs, drawn to docs/images/growth.png"
    )
    parser.add_argument("--json", action="store_true", help="the JSON object on one line")
    options = parser.parse_args()
    shape = machine()
    if options.growth:
        document: dict[str, Any] = {"growth": growth(HERE.parent / "docs" / "images" / "growth.png")}
    else:
        engines = options.engines or ENGINES[options.size]
        found = measure(SIZES[options.size], engines, own=options.grid == "own", repeats=options.repeats)
        document = {"size": options.size, "grid": options.grid, "repeats": options.repeats} | found
    print(json.dumps(document | {"machine": shape}, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
