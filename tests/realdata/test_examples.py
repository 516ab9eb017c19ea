"""Every example trains and predicts on its real data set, out of time."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("CHURNPREDICT_DATA_SETS", ROOT / "data" / "sets"))
FIRST_COLUMNS = (
    "account_id, account_name, owner, cutoff, tier, previous_tier, score, risk_60d, risk_90d, risk_60_90d, "
    "health_score, health_tier, arr, arr_at_risk, renewal_on, reason_1, reason_2, reason_3, playbook, due_on"
).split(", ")


_spec = importlib.util.spec_from_file_location("real_sets", ROOT / "benchmarks" / "real_sets.py")
assert _spec is not None
assert _spec.loader is not None
real_sets = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real_sets)

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module", params=list(real_sets.AS_OF))
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, dict[str, Any]]:
    name = request.param
    if not (DATA / name).is_dir():
        pytest.skip(f"no data set {name} in {DATA}; set CHURNPREDICT_DATA_SETS")
    folder = tmp_path_factory.mktemp(name)
    config = real_sets.project_of(name, DATA, folder)
    trained = real_sets.run("train", config, real_sets.AS_OF[name])
    listed = real_sets.run("predict", config, real_sets.AS_OF[name])
    return name, folder, {**trained, **listed, "warnings": [*trained["warnings"], *listed["warnings"]]}


def test_the_model_beats_health_score_and_base_rate_out_of_time(ran: tuple[str, Path, dict[str, Any]]) -> None:
    name, _, result = ran
    model, health = result["evaluation"]["model"], result["evaluation"]["health_score"]
    assert model["log_loss"] < health["log_loss"], name
    assert model["auc"] > health["auc"], name
    assert model["pr_auc"] > model["base_rate"], name


def test_the_list_names_every_living_account_once_with_reasons(ran: tuple[str, Path, dict[str, Any]]) -> None:
    name, folder, result = ran
    listed = pd.read_parquet(folder / "data" / "risk_lists" / real_sets.AS_OF[name] / "risk_list.parquet")
    assert list(listed.columns[: len(FIRST_COLUMNS)]) == FIRST_COLUMNS
    assert listed["account_id"].is_unique
    assert len(listed) == result["accounts"] > 30
    assert (listed["risk_60d"] <= listed["risk_90d"]).all()
    assert listed["reason_1"].notna().all()


def test_a_set_that_is_too_easy_or_too_weak_says_so(ran: tuple[str, Path, dict[str, Any]]) -> None:
    name, _, result = ran
    said = " ".join(result["warnings"])
    assert ("too good to be true" in said) == (name == "saasguard")
    assert ("Weak signal" in said) == (name == "churnsim_crm5")
