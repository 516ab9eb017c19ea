"""Copies of the shared company, to be damaged, and one week of a company with every fault that is survived."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.company import Trained


@pytest.fixture
def config(trained: Trained, tmp_path: Path) -> Path:
    """The declaration of a company with a champion and nothing predicted yet."""
    trained.copy_to(tmp_path / "acme")
    return tmp_path / "acme" / "churnpredict.toml"
