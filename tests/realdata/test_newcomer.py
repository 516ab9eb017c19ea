"""Claims about a newcomer's first configuration of the real sets: nothing leaks in silence, and little is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("CHURNPREDICT_DATA_SETS", ROOT / "data" / "sets"))
SETS = "openstack_orgs online_retail completejourney churnsim_crm5 churnsim_socialnet7 saasguard cdnow oulad".split()

pytestmark = pytest.mark.realdata


@pytest.mark.parametrize("name", SETS)
def test_nothing_leaks_in_silence_and_nothing_is_wrong_that_was_not_asked(name: str) -> None:
    if not (DATA / name).is_dir():
        pytest.skip(f"no data set {name} in {DATA}; set CHURNPREDICT_DATA_SETS")
    command = [sys.executable, str(ROOT / "benchmarks" / "newcomer.py"), name, "--data", str(DATA)]
    done = subprocess.run([*command, "--guesses-only", "--json"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["silent_leaks"] == 0, found
    assert found["wrong"] == 0, found
    assert found["right"] > 0
