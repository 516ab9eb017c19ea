"""The audit of dependencies fails on what it finds, and passes over nothing but silence of the service."""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOUND = {"name": "sound", "version": "1", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}
WEAK = {"name": "weak", "version": "1", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}]}


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci/audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("packages", "accepted", "code", "said"),
    [
        ([SOUND], set(), 0, "1 packages, no weakness known"),
        ([SOUND, WEAK], set(), 1, "weak 1: PYSEC-1, mended in ['2']"),
        ([SOUND, WEAK], {"CVE-1"}, 0, "no weakness known that is not accepted"),
        ([SOUND, UNKNOWN], set(), 0, "unknown: the service does not know it; it was not audited\n1 packages, no"),
        ([UNKNOWN, UNKNOWN], set(), 0, "SKIPPED: the service answers of none of 2 packages"),
    ],
    ids=["sound", "weak", "accepted", "unknown", "silent"],
)
def test_an_answer_is_judged(audit: ModuleType, packages: list[Any], accepted: set[str], code: int, said: str) -> None:
    found, lines = audit.judged(json.dumps({"dependencies": packages, "fixes": []}), "", accepted)
    assert found == code
    assert said in "\n".join(lines)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("requests.exceptions.ConnectionError: failed to resolve", 0),
        ("requests.exceptions.SSLError: self-signed certificate in certificate chain", 0),
        ("ValueError: no such hash", 1),
    ],
)
def test_no_answer_is_tolerated_where_nobody_can_be_asked(audit: ModuleType, said: str, code: int) -> None:
    found, lines = audit.judged("", said, set())
    assert found == code
    assert any(line.startswith("SKIPPED") for line in lines) == (code == 0)


def test_what_the_security_policy_accepts_has_a_reason(audit: ModuleType) -> None:
    assert audit.ACCEPTED.findall("- `GHSA-1-2`: only with X\n- `PYSEC-2`: \n- `CVE-3` no\n") == ["GHSA-1-2"]


def test_the_auditor_is_asked_and_its_answer_is_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    auditor = tmp_path / "pip-audit"
    auditor.write_text(f"#!/bin/sh\necho '{json.dumps({'dependencies': [WEAK]})}'\nexit 1\n", encoding="utf-8")
    auditor.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(sys, "argv", ["audit", "requirements.txt"])
    with pytest.raises(SystemExit, match="1"):
        runpy.run_path(str(ROOT / ".ci/audit.py"), run_name="__main__")
    assert "weak 1: PYSEC-1" in capfd.readouterr().out
