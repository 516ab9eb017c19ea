"""Claims about champion, challenger and the champion before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from churnpredict.config import Project, read_project
from churnpredict.errors import BundleError
from churnpredict.lab import Training, promote, register, roll_back
from churnpredict.scoring import load_bundle, model_digest

from .company import Trained


@pytest.fixture
def project(trained: Trained, tmp_path: Path) -> Project:
    """A company with a champion, to be written to."""
    trained.copy_to(tmp_path / "acme")
    return read_project(tmp_path / "acme" / "churnpredict.toml")


@pytest.fixture
def later(trained: Trained) -> Training:
    """Another model."""
    return later_by(trained, 7)


def later_by(trained: Trained, days: int) -> Training:
    model = trained.training.model
    return replace(trained.training, model=replace(model, trained_until=model.trained_until + timedelta(days=days)))


def champion_of(project: Project) -> str:
    return model_digest(load_bundle(project.champion_folder))


def standing(project: Project) -> dict[str, str]:
    """The models there are, by the name of their folder."""
    return {path.name: model_digest(path) for path in project.models_folder.iterdir() if path.is_symlink()}


def test_a_champion_that_reads_what_is_declared_no_more_gives_way(
    trained: Trained, project: Project, later: Training
) -> None:
    other = project.model_copy(update={"histories": {}})
    assert register(later, other) == "champion"
    assert champion_of(project) == model_digest(later.model)
    roll_back(project)
    assert champion_of(project) == model_digest(trained.training.model)


def test_the_first_model_is_champion_and_a_later_one_waits(
    trained: Trained, project: Project, later: Training, tmp_path: Path
) -> None:
    fresh = project.model_copy(update={"paths": project.paths.model_copy(update={"models": str(tmp_path / "new")})})
    assert register(trained.training, fresh) == "champion"
    assert list(standing(fresh)) == ["champion"]
    assert register(later, fresh) == "challenger"
    assert standing(fresh) == {
        "champion": model_digest(trained.training.model),
        "challenger": model_digest(later.model),
    }


def test_training_the_champion_again_challenges_nobody(trained: Trained, project: Project) -> None:
    assert register(trained.training, project) == "champion"
    assert list(standing(project)) == ["champion"]


def test_where_the_champion_cannot_be_read_the_next_model_takes_its_place(project: Project, later: Training) -> None:
    (project.champion_folder / "model.json").write_text("{}", encoding="utf-8")
    assert register(later, project) == "champion"
    assert champion_of(project) == model_digest(later.model)


def test_promoting_twice_is_promoting_once(trained: Trained, project: Project, later: Training) -> None:
    register(later, project)
    assert promote(project)
    once = standing(project)
    assert once["champion"] == model_digest(later.model)
    assert once["previous_champion"] == model_digest(trained.training.model)
    assert not promote(project)
    assert standing(project) == once


def test_a_rollback_returns_to_the_champion_before_and_is_used_up(
    trained: Trained, project: Project, later: Training
) -> None:
    register(later, project)
    promote(project)
    roll_back(project)
    assert champion_of(project) == model_digest(trained.training.model)
    with pytest.raises(BundleError, match="no earlier champion to go back to"):
        roll_back(project)
    assert champion_of(project) == model_digest(trained.training.model)
    assert promote(project), "what was rolled back can be promoted again"


def test_only_the_last_champion_is_gone_back_to(trained: Trained, project: Project, later: Training) -> None:
    for training in (later, later_by(trained, 14)):
        register(training, project)
        promote(project)
    roll_back(project)
    assert champion_of(project) == model_digest(later.model)


@pytest.mark.parametrize("change", [promote, roll_back])
def test_without_another_model_nothing_changes(project: Project, change: Callable[[Project], object]) -> None:
    before = standing(project)
    with pytest.raises(BundleError):
        change(project)
    assert standing(project) == before


@pytest.mark.parametrize("damaged", ["challenger", "previous_champion"])
def test_a_damaged_model_never_becomes_champion(
    trained: Trained, project: Project, later: Training, damaged: str
) -> None:
    for training in (later, later_by(trained, 14)):
        register(training, project)
        if training is later:
            promote(project)
    before = champion_of(project)
    booster = project.models_folder / damaged / "hazard_0_60d_bag_0.txt"
    booster.write_bytes(booster.read_bytes()[:-200])
    with pytest.raises(BundleError, match=r"damaged: hazard_0_60d_bag_0\.txt"):
        (promote if damaged == "challenger" else roll_back)(project)
    assert champion_of(project) == before


def test_a_folder_that_was_moved_still_promotes_and_rolls_back(
    trained: Trained, project: Project, later: Training
) -> None:
    register(later, project)
    promote(project)
    moved = project.folder.rename(project.folder.with_name("elsewhere"))
    there = read_project(moved / "churnpredict.toml")
    roll_back(there)
    assert champion_of(there) == model_digest(trained.training.model)
    assert promote(there)


@contextmanager
def dying(at: int) -> Iterator[None]:
    """Let the run die at its `at`-th renaming."""
    left = [at]

    def counted(do: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt
            return do(*arguments)

        return step

    with pytest.MonkeyPatch.context() as patch:
        for name in ("rename", "replace"):
            patch.setattr(Path, name, counted(getattr(Path, name)))
        yield


@pytest.mark.parametrize("at", range(1, 5))
def test_a_promotion_that_dies_leaves_the_old_or_the_new_champion(
    trained: Trained, project: Project, later: Training, at: int
) -> None:
    register(later, project)
    old, new = model_digest(trained.training.model), model_digest(later.model)
    with pytest.raises(KeyboardInterrupt), dying(at):
        promote(project)
    assert champion_of(project) in (old, new)
    promote(project)
    assert (champion_of(project), standing(project)["previous_champion"]) == (new, old)
