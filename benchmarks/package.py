"""What installing and starting churnpredict costs, from a wheel in an empty environment.

    uv run python benchmarks/package.py [--extra lab] [--demo] [--json]

Builds wheel and sdist, installs the wheel by uv, counts bytes and seconds, and with ``--demo`` runs a demonstration
there. Ends with one JSON object. Packages come from uv's cache where it has them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
STARTS = 5


def run(*command: str | Path, cwd: Path | None = None) -> float:
    """Run a command that must succeed; how many seconds it took."""
    begun = time.perf_counter()
    done = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True, cwd=cwd)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr.strip()[-800:]}")
    return time.perf_counter() - begun


def mebibytes(path: Path) -> float:
    """The size of a file, or of all files in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    return round(sum(file.stat().st_size for file in files) / 2**20, 2)


def measure(uv: str, folder: Path, extra: str | None, *, demo: bool) -> dict[str, Any]:
    """Build, install, start."""
    run(uv, "build", "--quiet", "--out-dir", folder / "dist", ROOT)
    wheel = next((folder / "dist").glob("*.whl"))
    sdist = next((folder / "dist").glob("*.tar.gz"))
    environment = folder / "environment"
    run(uv, "venv", "--quiet", environment)
    wanted = f"{wheel}[{extra}]" if extra else str(wheel)
    installing = run(uv, "pip", "install", "--quiet", "--python", environment, wanted)
    programs = environment / "bin"
    starts = {
        "bare_python": [programs / "python", "-c", "pass"],
        "import": [programs / "python", "-c", "import churnpredict"],
        "help": [programs / "churnpredict", "--help"],
    }
    for command in starts.values():
        run(*command)  # writes the compiled files
    document: dict[str, Any] = {
        "wheel_mib": mebibytes(wheel),
        "sdist_mib": mebibytes(sdist),
        "installed_mib": mebibytes(environment),
        "packages": len(list(environment.glob("lib/*/site-packages/*.dist-info"))),
        "install_seconds": round(installing, 1),
        "seconds": {name: round(min(run(*command) for _ in range(STARTS)), 2) for name, command in starts.items()},
    }
    if demo:
        document["demo_seconds"] = round(run(programs / "churnpredict", "demo", "--accounts", "400", cwd=folder), 1)
    return document


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extra", help="an extra to install, too")
    parser.add_argument("--demo", action="store_true", help="run a small demonstration from the wheel")
    parser.add_argument("--json", action="store_true", help="the JSON object on one line")
    options = parser.parse_args()
    # `uv run` says where it is.
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise SystemExit("uv is not on the PATH")
    with tempfile.TemporaryDirectory() as folder:
        document = measure(uv, Path(folder), options.extra, demo=options.demo)
    print(json.dumps(document, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
