"""What several folders of tests share: one small company with a trained champion."""

from __future__ import annotations

import shutil

import pytest

from churnpredict.lab import save_training, train
from lab.company import TODAY, Trained, company


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    dataset = company().open(tmp_path_factory.mktemp("company") / "acme")
    training = train(dataset, TODAY)
    save_training(training, dataset.project.champion_folder)
    # Copies begin with nothing predicted and no frames kept.
    shutil.rmtree(dataset.project.data_folder)
    return Trained(dataset, training)
