"""Copies of the shared company, and one small demonstration."""

from __future__ import annotations

from pathlib import Path

import pytest

from churnpredict.config import Project, read_project
from churnpredict.demo import Demo, run_demo
from lab.company import Trained


@pytest.fixture
def project(trained: Trained, tmp_path: Path) -> Project:
    """A company with a champion and nothing predicted yet, to be written to."""
    trained.copy_to(tmp_path / "acme")
    return read_project(tmp_path / "acme" / "churnpredict.toml")


@pytest.fixture
def config(project: Project) -> Path:
    """The path of its declaration."""
    return project.folder / "churnpredict.toml"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A demonstration, to be read or copied, not changed. With fewer accounts there are too few churners."""
    return run_demo(tmp_path_factory.mktemp("demo") / "demo", accounts=400, seed=7)
