"""Claims about saved models."""

from __future__ import annotations

import json
import pickletools
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import pytest

from churnpredict.errors import BundleError
from churnpredict.publishing import file_digest
from churnpredict.scoring import HazardModel, RiskModel, load_bundle, read_document, save_bundle

from .invented import Invented, model_of

NAMES = [
    "evaluation.json",
    "hazard_0_60d_bag_0.txt",
    "hazard_0_60d_bag_1.txt",
    "hazard_60_90d_bag_0.txt",
    "hazard_60_90d_bag_1.txt",
    "manifest.json",
    "model.json",
    "model_card.md",
]


@pytest.fixture
def copied(saved: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(saved, tmp_path / "copied"))


@pytest.fixture
def unparsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """LightGBM aborts the whole process on a damaged booster: it must not be asked."""

    def parsed(*_: Any) -> NoReturn:
        pytest.fail("a booster was parsed")

    monkeypatch.setattr(HazardModel, "from_texts", parsed)


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads((folder / "manifest.json").read_text())
    change(document)
    (folder / "manifest.json").write_text(json.dumps(document))


def test_a_loaded_model_says_the_same_bit_for_bit(model: RiskModel, saved: Path, rows: Invented) -> None:
    loaded = load_bundle(saved)
    pd.testing.assert_frame_equal(loaded.predict(rows.frame), model.predict(rows.frame), check_exact=True)
    assert (loaded.explain(rows.frame).contributions == model.explain(rows.frame).contributions).all()
    assert loaded.trained_until == model.trained_until
    assert loaded.rule == model.rule
    assert loaded.space == model.space


def test_a_model_without_a_health_score_is_saved_too(model: RiskModel, rows: Invented, tmp_path: Path) -> None:
    save_bundle(replace(model, rule=None), tmp_path / "champion", {})
    said = load_bundle(tmp_path / "champion").predict(rows.frame)
    assert said["health_score"].isna().all()
    assert said["health_tier"].isna().all()
    assert (said["risk_90d"] == model.predict(rows.frame)["risk_90d"]).all()


def test_the_same_seed_gives_the_same_bytes(saved: Path, rows: Invented, tmp_path: Path) -> None:
    save_bundle(
        model_of(rows),
        tmp_path / "again",
        {"evaluation.json": '{"model": {}}\n', "model_card.md": "# Card – ok\n"},
    )
    assert sorted(path.name for path in saved.iterdir()) == NAMES
    for name in NAMES:
        assert (tmp_path / "again" / name).read_bytes() == (saved / name).read_bytes(), name


@pytest.mark.case(48, "there is none")
def test_a_bundle_is_text_that_no_pickle_hides_in(saved: Path) -> None:
    for path in saved.iterdir():
        content = path.read_bytes()
        assert "\x00" not in content.decode("utf-8")
        with pytest.raises(ValueError, match=r"."):
            list(pickletools.genops(content))


@pytest.mark.usefixtures("unparsed")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", ["truncated", "one byte", "emptied", "removed"])
@pytest.mark.case(44, "exit 7 before it is parsed")
def test_every_damaged_file_is_refused_before_anything_is_parsed(copied: Path, name: str, damage: str) -> None:
    path = copied / name
    content = path.read_bytes()
    changed = {
        "truncated": content[: len(content) // 2],
        "one byte": content[:20] + bytes([content[20] ^ 1]) + content[21:] if len(content) > 20 else b"?" + content[1:],
        "emptied": b"",
    }
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes(changed[damage])
    with pytest.raises(BundleError) as error:
        load_bundle(copied)
    if name != "manifest.json":
        assert f"damaged: {name}" in str(error.value)
        assert "train again" in str(error.value)


@pytest.mark.usefixtures("unparsed")
def test_an_added_file_is_refused(copied: Path) -> None:
    (copied / "hazard_0_60d_bag_2.txt").write_text("tree")
    with pytest.raises(BundleError, match=r"unknown: hazard_0_60d_bag_2\.txt"):
        load_bundle(copied)


@pytest.mark.usefixtures("unparsed")
def test_all_that_is_wrong_is_said_at_once(copied: Path) -> None:
    (copied / "model.json").unlink()
    (copied / "model_card.md").write_text("# Better")
    (copied / "notes.txt").write_text("mine")
    with pytest.raises(BundleError, match=r"damaged: model\.json, model_card\.md; unknown: notes\.txt"):
        load_bundle(copied)


@pytest.mark.usefixtures("unparsed")
def test_a_newer_format_is_refused(copied: Path) -> None:
    change_manifest(copied, lambda document: document.update(format=3))
    with pytest.raises(BundleError, match=r"format 3; expected format 2\. Load it with the version that wrote it"):
        load_bundle(copied)


@pytest.mark.usefixtures("unparsed")
@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\xfe", b'{"format": 2}', b'{"format": 2, "sha256": {}}'])
def test_a_manifest_that_is_none_is_refused(copied: Path, content: bytes) -> None:
    (copied / "manifest.json").write_bytes(content)
    with pytest.raises(BundleError):
        load_bundle(copied)


@pytest.mark.usefixtures("unparsed")
@pytest.mark.case(68, "exit 7")
def test_a_manifest_cannot_name_files_outside_the_bundle(copied: Path) -> None:
    outside = copied.parent / "outside.txt"
    outside.write_text("secret")
    change_manifest(copied, lambda document: document["sha256"].update({"../outside.txt": file_digest(outside)}))
    with pytest.raises(BundleError, match="damaged"):
        load_bundle(copied)


def test_no_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no model here.*Run `churnpredict train` first"):
        load_bundle(tmp_path / "champion")


def test_a_bundle_loads_wherever_it_is_moved(model: RiskModel, saved: Path, rows: Invented, tmp_path: Path) -> None:
    shutil.copytree(saved.parent, tmp_path / "with links", symlinks=True)
    (tmp_path / "with links").rename(tmp_path / "moved")
    shutil.copytree(saved, tmp_path / "without links")
    expected = model.predict(rows.frame)["risk_90d"]
    for folder in (tmp_path / "moved" / saved.name, tmp_path / "without links"):
        assert (load_bundle(folder).predict(rows.frame)["risk_90d"] == expected).all()


def test_a_document_is_verified_before_it_is_read(copied: Path) -> None:
    assert read_document(copied, "evaluation.json") == {"model": {}}
    (copied / "evaluation.json").write_text('{"model": {"auc": 1.0}}')
    with pytest.raises(BundleError, match=r"damaged: evaluation\.json"):
        read_document(copied, "evaluation.json")


def test_a_document_that_is_not_there_is_a_bundle_error(copied: Path) -> None:
    with pytest.raises(BundleError):
        read_document(copied, "comparison.json")


def test_a_model_saved_over_another_is_the_one_that_is_found(model: RiskModel, tmp_path: Path) -> None:
    folder = tmp_path / "champion"
    save_bundle(model, folder, {})
    save_bundle(replace(model, trained_until=model.trained_until.replace(year=2025)), folder, {})
    assert load_bundle(folder).trained_until.year == 2025
