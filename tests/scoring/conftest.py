"""One small model for all claims about models."""

from __future__ import annotations

from pathlib import Path

import pytest

from churnpredict.scoring import RiskModel, save_bundle

from .invented import Invented, invented, model_of


@pytest.fixture(scope="session")
def rows() -> Invented:
    return invented()


@pytest.fixture(scope="session")
def model(rows: Invented) -> RiskModel:
    return model_of(rows)


@pytest.fixture(scope="session")
def saved(model: RiskModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle, to be read or copied, not changed."""
    folder = tmp_path_factory.mktemp("models") / "champion"
    save_bundle(model, folder, {"evaluation.json": '{"model": {}}\n', "model_card.md": "# Card – ok\n"})
    return folder
