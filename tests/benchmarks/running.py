"""The commands under benchmarks/, run as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def run_benchmark(script: str, *options: str) -> dict[str, Any]:
    """The JSON object that a command prints, and nothing else."""
    document: dict[str, Any] = json.loads(_said(script, *options))
    return document


def printed(script: str, *options: str) -> dict[str, Any]:
    """The JSON object on the last line of what a command prints."""
    document: dict[str, Any] = json.loads(_said(script, *options).splitlines()[-1])
    return document


def _said(script: str, *options: str) -> str:
    command = [sys.executable, str(BENCHMARKS / script), *options, "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
