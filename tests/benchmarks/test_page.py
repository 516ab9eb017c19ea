"""The benchmark of the page runs and prints what it promises, at a size that takes seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "page.py"
ACTS = {"load", "filter_owner", "filter_tier", "filter_renewal", "search_first", "sort_tier", "open_account"}


def test_the_page_is_measured_in_a_browser() -> None:
    command = [sys.executable, str(BENCHMARK), "--accounts", "150", "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert set(figures["seconds"]) > ACTS
    assert all(0 < seconds < 60 for seconds in figures["seconds"].values())
    assert 0 < figures["file_mb"] < 1.5
