"""Claims about the search for settings; nothing here needs more than a few trials."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from churnpredict.config import read_project
from churnpredict.dataset import Dataset, open_dataset
from churnpredict.errors import BundleError, TrainingError
from churnpredict.lab import Tuned, tune
from churnpredict.lab.learning.fitting import features_at, settings_for
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.lab.learning.tuning import Progress, tuning_due
from churnpredict.lab.metrics import Interval
from churnpredict.scoring import Settings

from .company import TODAY, Trained, company

TRIALS = 6
WORTH = Tuned(
    settings=Settings(leaves=2, rate=0.02),
    default=Settings(),
    known_until=date(2023, 1, 1),
    trials=9,
    log_loss=0.15,
    default_log_loss=0.16,
    gain=0.01,
    interval=Interval(0.002, 0.018),
    rows=900,
    churners=40,
)

KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from churnpredict.config import read_project
from churnpredict.dataset import open_dataset
from churnpredict.lab import tune
from churnpredict.lab.learning import tuning

after, torn = int(sys.argv[2]), sys.argv[3] == "torn"
fit, project = tuning.fit_hazards, read_project(Path(sys.argv[1]))
ended = []

def dying(*arguments, **options):
    if len(ended) == after:
        if torn:
            (journal,) = project.tuning_folder.glob("*.journal")
            with journal.open("ab") as file:
                file.write(b'{"op_code": 6, "wor')
            journal.with_name(journal.name + ".lock").symlink_to(journal)
        os.kill(os.getpid(), signal.SIGKILL)
    return fit(*arguments, **options)

tuning.fit_hazards = dying
with open_dataset(project) as dataset:
    tune(dataset, date.fromisoformat(sys.argv[4]), trials=99, watch=ended.append)
"""


@pytest.fixture(scope="module")
def folder(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company, with a tuning of six trials that nobody interrupted."""
    there = tmp_path_factory.mktemp("tuned") / "acme"
    trained.copy_to(there)
    return there


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Dataset:
    return open_dataset(read_project(folder / "churnpredict.toml"))


@pytest.fixture(scope="module")
def seen() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def uninterrupted(dataset: Dataset, seen: list[Progress]) -> Tuned:
    return tune(dataset, TODAY, trials=TRIALS, watch=seen.append)


def test_each_trial_is_told_of_and_the_default_is_the_first(uninterrupted: Tuned, seen: list[Progress]) -> None:
    assert uninterrupted.trials == TRIALS
    assert [progress.ended for progress in seen] == list(range(1, TRIALS + 1))
    bests = [progress.best for progress in seen]
    assert bests == sorted(bests, reverse=True)
    assert uninterrupted.default == Settings.for_churners(100, bags=1, seed=7)


def test_the_same_search_again_takes_its_trials_from_the_journal(
    uninterrupted: Tuned, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from churnpredict.lab.learning import tuning

    monkeypatch.setattr(tuning, "fit_hazards", None)
    assert tune(dataset, TODAY, trials=TRIALS) == uninterrupted


@pytest.mark.case(42, "goes on and ends alike")
def test_a_killed_search_keeps_its_trials_and_ends_as_if_nothing_had_happened(
    uninterrupted: Tuned, trained: Trained, tmp_path: Path
) -> None:
    trained.copy_to(tmp_path / "acme")
    config = tmp_path / "acme" / "churnpredict.toml"
    # Killed in the first trial, then in the third while a line was being written and the journal was locked.
    for after, how in ((0, "whole"), (2, "torn")):
        arguments = [sys.executable, "-c", KILLED, str(config), str(after), how, str(TODAY)]
        died = subprocess.run(arguments, check=False, capture_output=True, text=True)
        assert died.returncode == -signal.SIGKILL, died.stderr
    seen: list[Progress] = []
    with open_dataset(read_project(config)) as dataset:
        found = tune(dataset, TODAY, trials=TRIALS, watch=seen.append)
    assert [progress.ended for progress in seen] == [3, 4, 5, 6], "two had ended, and none was lost"
    assert found == uninterrupted


def test_the_final_test_is_never_looked_at(
    uninterrupted: Tuned, trained: Trained, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[date] = []
    features = Dataset.training_features

    def watching(self: Dataset, cutoffs: Any) -> Any:
        asked.extend(cutoffs)
        return features(self, cutoffs)

    known: list[date] = []
    labels = Dataset.labels

    def knowing(self: Dataset, cutoffs: Any, observed_until: date) -> pd.DataFrame:
        known.append(observed_until)
        return labels(self, cutoffs, observed_until)

    monkeypatch.setattr(Dataset, "training_features", watching)
    monkeypatch.setattr(Dataset, "labels", knowing)
    assert tune(dataset, TODAY, trials=TRIALS) == uninterrupted
    first = trained.training.split.known_until
    assert uninterrupted.known_until == first
    assert max(asked) < first
    assert max(known) == first


def test_it_is_judged_on_accounts_that_chose_nothing(uninterrupted: Tuned) -> None:
    assert uninterrupted.churners > 0
    if uninterrupted.settings != uninterrupted.default:
        assert uninterrupted.interval is not None
        assert uninterrupted.interval.low <= uninterrupted.gain <= uninterrupted.interval.high
    assert uninterrupted.gain == pytest.approx(uninterrupted.default_log_loss - uninterrupted.log_loss)


def test_what_was_chosen_is_kept_and_read_again(tmp_path: Path) -> None:
    WORTH.save(tmp_path)
    assert Tuned.read(tmp_path) == WORTH
    assert Tuned.read(tmp_path / "nowhere") is None
    (tmp_path / "chosen.json").write_text(json.dumps({"proven": True, "leaves": 3}))
    with pytest.raises(BundleError, match="what a tuning writes"):
        Tuned.read(tmp_path)


@pytest.mark.parametrize(
    ("tuned", "known_until", "leaves"),
    [
        (WORTH, TODAY, 2),
        (replace(WORTH, interval=Interval(-0.001, 0.02)), TODAY, 4),
        (replace(WORTH, interval=None), TODAY, 4),
        (WORTH, date(2022, 12, 31), 4),
    ],
    ids=["proven", "by chance", "no interval", "of the future"],
)
def test_training_uses_what_was_proven_before(
    tuned: Tuned, known_until: date, leaves: int, trained: Trained, tmp_path: Path
) -> None:
    dataset = trained.dataset
    cutoffs = dataset.training_cutoffs(TODAY)
    rows = TrainingRows.known_at(dataset, features_at(dataset, cutoffs), TODAY).labelled()
    tuned.save(tmp_path / "models" / "tuning")
    project = trained.project.model_copy()
    project._folder = tmp_path
    found = settings_for(rows, project, known_until)
    assert (found.leaves, found.bags, found.seed) == (leaves, 1, 7)


def test_tuning_is_due_once_and_again_after_some_time(
    uninterrupted: Tuned, trained: Trained, dataset: Dataset, tmp_path: Path
) -> None:
    assert tuning_due(trained.dataset, TODAY, after_days=180)
    uninterrupted.save(dataset.project.tuning_folder)
    assert not tuning_due(dataset, TODAY, after_days=180)
    assert tuning_due(dataset, TODAY, after_days=0)
    assert not list(tmp_path.iterdir())


def test_it_says_whether_it_was_worth_it() -> None:
    assert "It was worth it" in WORTH.sentences()[-1]
    assert "better by +0.0100 (95% interval +0.0020 to +0.0180)" in WORTH.sentences()[-2]
    assert "not told from chance" in replace(WORTH, interval=None).sentences()[-1]
    assert "tuning changes nothing" in replace(WORTH, settings=WORTH.default).sentences()[-1]


def test_too_few_churners_are_not_tuned_on(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="at least 50"):
        tune(company(accounts=90).open(tmp_path), TODAY, trials=1)
