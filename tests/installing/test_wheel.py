"""The wheel holds what a command needs where no checkout is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.docs
def test_the_pages_that_errors_name_come_with_the_wheel(tmp_path: Path) -> None:
    uv = os.environ.get("UV") or shutil.which("uv") or shutil.which(ROOT / ".uv" / "bin" / "uv")
    if uv is None:
        pytest.skip("no uv to build with")
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", tmp_path, ROOT], check=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "installed")
        names = wheel.namelist()
    assert [name for name in names if name.endswith((".png", ".svg", "conf.py"))] == []
    shown = subprocess.run(
        [sys.executable, "-m", "churnpredict", "help", "exit-codes", "3"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
    ).stdout
    assert "Bad data" in shown
    assert "Stale data" not in shown
