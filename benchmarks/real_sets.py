"""Train and predict on every example, out of time, and print the figures: the table in the README.

    uv run python benchmarks/real_sets.py [--data FOLDER] [--json] [SET ...]

FOLDER holds one folder per set, named as under examples/: by default what CHURNPREDICT_DATA_SETS names, or the folder
shared/data beside the repository.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parent.parent / "examples"
SETS = Path(os.environ.get("CHURNPREDICT_DATA_SETS") or EXAMPLES.parents[1] / "shared" / "data")
#: The cutoff of each set: the last Monday or first of the month with complete data before it.
AS_OF = {
    "openstack_orgs": "2020-01-06",
    "online_retail": "2011-12-05",
    "completejourney": "2018-01-01",
    "churnsim_crm5": "2024-01-01",
    "saasguard": "2026-03-09",
}
CONTENDERS = {"model": "churnpredict", "health_score": "health score", "logistic": "logistic regression"}


def project_of(name: str, data: Path, folder: Path) -> Path:
    """Lay out an example with its tables in `folder`; returns its configuration."""
    require(data / name)
    config = folder / "churnpredict.toml"
    shutil.copy(EXAMPLES / name / "churnpredict.toml", config)
    (folder / "source").symlink_to((data / name).resolve())
    return config


def require(tables: Path) -> None:
    """Say which folder is missing, and how to name another."""
    if not tables.is_dir():
        sys.exit(f"no folder {tables}: give --data, or set CHURNPREDICT_DATA_SETS")


def run(command: str, config: Path, as_of: str) -> dict[str, Any]:
    """One command of churnpredict, as its JSON."""
    arguments = [sys.executable, "-m", "churnpredict", command, "--config", str(config), "--as-of", as_of, "--json"]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command} on {config}: {done.stderr or done.stdout}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def main() -> None:
    """Run the chosen sets and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=list(AS_OF), help="which sets; all by default")
    parser.add_argument("--data", type=Path, default=SETS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = {}
    for name in options.sets:
        with tempfile.TemporaryDirectory() as folder:
            config = project_of(name, options.data, Path(folder))
            trained = run("train", config, AS_OF[name])
            listed = run("predict", config, AS_OF[name])
        results[name] = {**trained, "accounts": listed["accounts"], "tiers": listed["tiers"]}
        print(f"{name} done", file=sys.stderr)
    print(json.dumps(results) if options.json else table(results))


def table(results: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        "| set | contender | AUC | PR-AUC | log-loss | lift at 10 % | base rate | rows (churners) |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, result in results.items():
        for contender, figures in result["evaluation"].items():
            first = contender == "model"
            rows = f"{figures['n']:,} ({figures['churners']:,})"
            about = [f"{figures['base_rate']:.3f}", rows] if first else ["", ""]
            cells = [name if first else "", CONTENDERS[contender]]
            cells += [f"{figures[key]:.3f}" for key in ("auc", "pr_auc")]
            cells += [f"{figures['log_loss']:.4f}", f"{figures['lift_at_10']:.2f}", *about]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
