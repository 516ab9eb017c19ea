"""Claims about comparing trained models, and about retraining through the gate."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from churnpredict.config import read_project
from churnpredict.dataset import Dataset, open_dataset
from churnpredict.errors import BundleError
from churnpredict.lab import Comparison, Entrant, compare, decide, judge_challenger, retrain, save_training
from churnpredict.lab.comparing import contest as contest_module
from churnpredict.lab.comparing.stability import stability
from churnpredict.lab.learning.fitting import SETTINGS, features_at, fit, settings_for
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.scoring import RiskModel, load_bundle, model_digest, read_document

from .company import TODAY, TOML, Trained


@pytest.fixture(scope="module")
def entrant(trained: Trained) -> Entrant:
    return Entrant.read(trained.project.champion_folder)


@pytest.fixture(scope="module")
def young(trained: Trained) -> Entrant:
    """A champion of the first test cutoff: it knows little, and the test is fair for it."""
    dataset, day = trained.dataset, trained.training.split.known_until
    rows = TrainingRows.known_at(dataset, features_at(dataset, trained.training.split.train), day).labelled()
    settings = settings_for(rows, dataset.project, day)
    return Entrant(fit(rows, dataset.project, day, settings), settings)


@pytest.fixture(scope="module")
def fitted() -> list[tuple[date, TrainingRows]]:
    """What stand-ins were fitted on."""
    return []


@pytest.fixture(scope="module")
def against_young(
    trained: Trained, entrant: Entrant, young: Entrant, fitted: list[tuple[date, TrainingRows]]
) -> Comparison:
    def remembering(rows: TrainingRows, project: Any, until: date, *rest: Any) -> RiskModel:
        fitted.append((until, rows))
        return fit(rows, project, until, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contest_module, "fit", remembering)
        return compare(trained.dataset, young, entrant, TODAY)


def test_a_bundle_says_how_it_was_made(trained: Trained, entrant: Entrant) -> None:
    assert entrant.settings == trained.training.settings
    assert read_document(trained.project.champion_folder, SETTINGS)["leaves"] == 4


def test_a_champion_is_judged_as_it_is_on_rows_later_than_its_training(
    trained: Trained, young: Entrant, against_young: Comparison
) -> None:
    ground, split = against_young.ground, trained.training.split
    assert ground.basis == "champion as it is"
    assert ground.test == split.test
    features = features_at(trained.dataset, split.test)
    known = TrainingRows.known_at(trained.dataset, features, TODAY)
    assert against_young.rows == len(known.labels)
    risk = young.model.risks(features)[:, -1]
    losses = -np.log(np.where(known.churned() == 1, risk, 1 - risk))
    assert against_young.differences["champion"]["log_loss"].rival == pytest.approx(losses.mean())


def test_stand_ins_know_nothing_of_the_rows_they_are_judged_on(
    trained: Trained, against_young: Comparison, fitted: list[tuple[date, TrainingRows]]
) -> None:
    assert 1 < len(fitted) <= 3, "the challenger's recipe, once at each origin"
    assert fitted[0][0] == against_young.ground.test[0]
    for until, rows in fitted:
        for column, (_, end) in enumerate(trained.project.training.intervals()):
            known = ~np.isnan(rows.labels[:, column])
            assert (rows.features.loc[known, "cutoff"] + pd.Timedelta(days=end)).max() <= pd.Timestamp(until)


def test_everybody_is_judged_on_the_same_rows(against_young: Comparison) -> None:
    assert list(against_young.evaluation) == ["challenger", "champion", "health_score", "logistic"]
    assert len({(said.n, said.churners) for said in against_young.evaluation.values()}) == 1
    assert set(against_young.differences) == {"champion", "health_score", "logistic"}
    for found in against_young.differences.values():
        assert found["log_loss"].interval is not None
        assert found["log_loss"].interval.low <= found["log_loss"].better <= found["log_loss"].interval.high


def test_it_can_be_kept_as_json(against_young: Comparison) -> None:
    kept = json.loads(json.dumps(against_young.as_dict(), allow_nan=False))
    assert kept["ground"]["basis"] == "champion as it is"
    assert kept["differences"]["champion"]["log_loss"]["better"] == pytest.approx(
        against_young.differences["champion"]["log_loss"].better
    )


@pytest.fixture
def one_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipes are fitted once, which is enough where nothing can be better."""
    monkeypatch.setattr(contest_module, "MOST_ORIGINS", 1)


@pytest.mark.usefixtures("one_origin")
def test_a_model_against_itself_changes_nothing(trained: Trained, entrant: Entrant) -> None:
    found = compare(trained.dataset, entrant, entrant, TODAY)
    assert found.ground.basis == "recipes"
    assert {difference.better for difference in found.differences["champion"].values()} == {0.0}
    assert (found.stability.changed, found.stability.shared_reasons) == (0, 1.0)
    assert not decide(found, trained.project.gate).promote


def test_tiers_change_by_risk_or_by_threshold(trained: Trained, entrant: Entrant, young: Entrant) -> None:
    frame = features_at(trained.dataset, [TODAY])
    model = entrant.model
    scale = replace(model.scale, risk_yellow=model.scale.risk_yellow / 4, risk_red=model.scale.risk_red / 4)
    moved = stability(model, replace(model, scale=scale), frame, capacity=0.1)
    assert moved.changed == moved.by_threshold > 0
    assert moved.by_risk == 0
    assert sum(moved.moves.values()) == moved.changed
    assert moved.shared_reasons == 1.0
    assert moved.rank_correlation == pytest.approx(1.0)
    other = stability(model, replace(young.model, scale=model.scale), frame, capacity=0.1)
    assert other.changed == other.by_risk > 0
    assert other.accounts == len(frame)


def test_a_recipe_is_fitted_on_its_own_features(trained: Trained, young: Entrant) -> None:
    dataset, day = trained.dataset, trained.training.split.known_until
    rows = TrainingRows.known_at(dataset, features_at(dataset, trained.training.split.train), day).labelled()
    names = young.model.space.names[:3]
    assert young.settings is not None
    model = fit(rows, dataset.project, day, replace(young.settings, trees=5), names)
    assert model.space.names == names
    assert model.rule is not None


def test_features_that_are_not_declared_any_more_cannot_be_compared(trained: Trained, entrant: Entrant) -> None:
    space = entrant.model.space
    gone = replace(space, features=(replace(space.features[0], name="gone__sum__28d"), *space.features[1:]))
    champion = replace(entrant, model=replace(entrant.model, space=gone))
    with pytest.raises(BundleError, match="gone__sum__28d are not declared any more"):
        contest_module.contest(trained.dataset, champion, entrant, TODAY)


# Retraining ------------------------------------------------------------------------------------------------------


def reseeded(trained: Trained, folder: Path, seed: int = 8) -> Dataset:
    """The company with its champion, to be trained again with another seed."""
    trained.copy_to(folder)
    config = folder / "churnpredict.toml"
    config.write_text(TOML.replace("bags = 1", f"bags = 1\nseed = {seed}"), encoding="utf-8")
    return open_dataset(read_project(config))


@pytest.mark.usefixtures("one_origin")
def test_a_champion_with_another_seed_is_not_promoted(trained: Trained, tmp_path: Path) -> None:
    with reseeded(trained, tmp_path / "acme") as dataset:
        done = retrain(dataset, TODAY, trials=0)
        project = dataset.project
    assert not done.champion
    assert done.judged is not None
    assert done.judged.comparison is not None
    assert "better" in [check.name for check in done.judged.verdict.checks if not check.passed]
    assert model_digest(project.champion_folder) == model_digest(trained.project.champion_folder)
    assert load_bundle(project.challenger_folder).trained_until == TODAY
    kept = json.loads((project.models_folder / "comparison.json").read_text())
    assert kept["verdict"]["promote"] is False


def test_what_cannot_be_compared_is_not_promoted_and_says_why(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contest_module, "FEWEST_TO_JUDGE", 10_000)
    with reseeded(trained, tmp_path / "acme") as dataset:
        # A challenger so much later that the champion's stand-in would have had nothing to learn from.
        late = replace(trained.training, model=replace(trained.training.model, trained_until=date(2027, 1, 1)))
        save_training(late, dataset.project.challenger_folder)
        judged = judge_challenger(dataset, TODAY)
    assert judged.comparison is None
    assert not judged.verdict.promote
    assert "cannot be compared yet" in judged.sentences()[-1]


def test_without_a_challenger_there_is_nothing_to_compare(trained: Trained) -> None:
    with pytest.raises(BundleError, match="no model here"):
        judge_challenger(trained.dataset, TODAY)
