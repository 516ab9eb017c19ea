"""A model that is not what it says it is scores nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from churnpredict.publishing import file_digest

from .commands import refused, run


def rewrite(config: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the model's document and its digest, as somebody would who knows how."""
    folder = (config.parent / "models" / "champion").resolve()
    document = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    change(document)
    (folder / "model.json").write_text(json.dumps(document), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["sha256"]["model.json"] = file_digest(folder / "model.json")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _falling(document: dict[str, Any]) -> None:
    document["sigmoids"][0]["slope"] *= -1


def _missing(document: dict[str, Any]) -> None:
    document["sigmoids"].pop()


def _nameless(document: dict[str, Any]) -> None:
    del document["sigmoids"]


@pytest.mark.parametrize("change", [_falling, _missing, _nameless])
@pytest.mark.case(50, "exit 7, although its digest is right")
def test_a_calibration_that_falls_or_is_missing_is_refused(
    config: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    rewrite(config, change)
    said = refused(config, 7)
    assert "model.json: not what this version writes" in said
    assert "Train again." in said


@pytest.mark.case(47, "exit 7")
def test_a_model_of_another_format_is_refused(config: Path) -> None:
    folder = (config.parent / "models" / "champion").resolve()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 99}), encoding="utf-8")
    assert "format 99; expected format" in refused(config, 7)


@pytest.mark.case(48, "never loaded: exit 7")
@pytest.mark.case(70, "never loaded: exit 7")
def test_a_pickle_beside_the_model_is_refused_unread(config: Path) -> None:
    folder = (config.parent / "models" / "champion").resolve()
    # Whoever unpickles this raises.
    (folder / "model.pkl").write_bytes(b"cbuiltins\nexit\n(I99\ntR.")
    assert "unknown: model.pkl" in refused(config, 7)


@pytest.mark.case(51, "loads by relative path")
def test_a_project_that_was_moved_is_scored(config: Path, tmp_path: Path) -> None:
    config.parent.rename(tmp_path / "elsewhere")
    assert run("predict", tmp_path / "elsewhere" / config.name, "--json").code == 0
