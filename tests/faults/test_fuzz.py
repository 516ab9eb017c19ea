"""Claims about spoiled input of any kind: it is read, or refused with a `ChurnPredictError`; nothing else comes of it.

Here each kind gets a moment; `benchmarks/fuzz.py` gives them hours. ``CHURNPREDICT_FUZZ=2000`` gives each that many
examples, drawn anew each time.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from churnpredict.batch import predict_week
from churnpredict.config import read_project
from lab.company import TODAY, Trained

from .fuzzing import Target, targets

#: Examples of each kind; without, as many as fit a moment, in milliseconds.
EXAMPLES = int(os.environ.get("CHURNPREDICT_FUZZ", "0"))
MOMENT = 300
NAMES = ("config", "declarations", "csv", "parquet", "outcomes", "ledger", "bundle", "week", "job", "tuning")


@pytest.fixture(scope="module")
def known(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    """Targets by name."""
    folder = tmp_path_factory.mktemp("fuzz") / "acme"
    trained.copy_to(folder)
    week = predict_week(read_project(folder / "churnpredict.toml"), TODAY)
    return targets(trained.project.champion_folder, week.folder)


def test_every_kind_is_named(known: dict[str, Target]) -> None:
    assert sorted(known) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_read_is_a_result_or_an_error_of_ours(known: dict[str, Target], name: str, tmp_path: Path) -> None:
    target = known[name]
    read = target.prepare(tmp_path)
    moment = settings(
        max_examples=EXAMPLES or max(MOMENT // target.cost, 3),
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    @moment
    @given(case=target.draws)
    def spoil(case: Any) -> None:
        read(case)

    spoil()
