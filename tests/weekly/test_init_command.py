"""Claims about `churnpredict init` as it is typed: what it says, when it refuses, and what comes after."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from onboarding.tables import company, write_parquet

from .command import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_parquet(company(), tmp_path / "tables")
    return tmp_path


def test_without_a_terminal_it_asks_for_yes(folder: Path) -> None:
    ended = run("init", "tables", cwd=folder)
    assert ended.code == 2
    assert "there is no terminal to ask at" in ended.err
    assert not (folder / "churnpredict.toml").exists()


def test_it_says_what_it_made_of_the_tables_what_may_leak_and_what_to_do_next(folder: Path) -> None:
    ended = run("init", "tables", "--yes", cwd=folder)
    assert ended.code == 0, ended.err
    said = ended.out.splitlines()
    assert "accounts      customers" in said
    assert any(line.startswith("left out      products:") for line in said)
    assert any("customers.status" in line and "left out" in line for line in said)
    command = said[-1].split()
    assert command[:2] == ["churnpredict", "doctor"]
    checked = run(*command[1:], cwd=folder)
    # There are too few churners for a model, and everything else is in order.
    assert (checked.code, checked.err) == (5, "")
    assert "too few for a model" in checked.out
    again = run("init", "tables", "--yes", "--json", cwd=folder)
    assert (again.code, again.document["error"]) == (2, "UsageError")


def test_as_json_it_is_one_document(folder: Path) -> None:
    document = run("init", folder / "tables", "--json", "--config", folder / "mine.toml").document
    assert document["roles"] == {"customers": "accounts", "tickets": "events", "usage": "events"}
    assert document["next"].startswith(f"churnpredict doctor --config {folder / 'mine.toml'} --as-of ")
    assert {each["column"] for each in document["suspicions"]} > {"status", "resolution_hours"}
    assert document["unsure"] > 0


def test_at_a_terminal_it_asks_until_the_answer_can_be_meant(tmp_path: Path) -> None:
    days = pd.date_range("2023-01-02", periods=900)
    write_parquet({"orders": pd.DataFrame({"customer_id": [f"c{n % 40}" for n in range(900)], "day": days})}, tmp_path)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "churnpredict", "init", "."]
    os.write(ours, b"soon\n45\n")
    done = subprocess.run(command, cwd=tmp_path, check=False, stdin=theirs, capture_output=True, text=True)
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 0, done.stderr
    assert "no column says when an account left" in done.stdout
    assert "A whole number of days." in done.stdout
    assert "days = 45" in (tmp_path / "churnpredict.toml").read_text(encoding="utf-8")
