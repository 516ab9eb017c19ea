"""The commands that measure run as they say and print what they promise, at a size that takes seconds."""

from __future__ import annotations

import pytest

from .running import printed


def test_engines_agree_and_say_what_they_cost() -> None:
    engines = ["churnpredict", "duckdb_sql", "pandas"]
    found = printed("features.py", "--size", "tiny", "--engines", *engines)
    assert found["columns_compared"] == 64
    assert found["not_run"] == {}
    assert found["max_relative_difference"] < 1e-6
    for figure in ("seconds", "cpu_seconds", "process_seconds", "peak_mib"):
        assert list(found[figure]) == engines
        assert min(found[figure].values()) > 0
    assert found["ratio_pandas"] > 0
    assert found["ratio_duckdb_sql"] > 0
    assert found["ratio_featuretools"] is None
    assert found["max_abs_difference"] < 0.01


def test_engines_agree_where_each_account_has_cutoffs_of_its_own() -> None:
    found = printed("features.py", "--size", "tiny", "--grid", "own", "--engines", "churnpredict", "duckdb_sql")
    assert (found["columns_compared"], found["not_run"]) == (64, {})
    assert found["max_relative_difference"] < 1e-6


@pytest.mark.benchmark
def test_the_weekly_job_is_measured_stage_by_stage() -> None:
    found = printed("scoring.py", "--accounts", "300", "--training-accounts", "700")
    assert found["features"] == 300
    assert 0 < found["rows"] <= 300
    assert {"features", "risk", "drivers", "list"} <= set(found["seconds"])
    assert found["peak_mib"] > 0


@pytest.mark.benchmark
def test_the_gate_is_held_against_both_kinds_of_challengers() -> None:
    found = printed("gate.py", "--companies", "1", "--accounts", "800", "--same", "1")
    assert (found["same"], found["better"]) == (1, 1)
    assert 0 <= found["same_promoted"] <= 1
    assert 0 <= found["better_promoted"] <= 1
    assert found["same_churners"][0] > 0


@pytest.mark.benchmark
def test_tuning_is_judged_where_no_trial_looked() -> None:
    found = printed("tuning.py", "--companies", "1", "--accounts", "700", "--trials", "2")
    (run,) = found["runs"]
    assert run["interval"][0] <= run["better"] <= run["interval"][1]
    assert run["better"] == pytest.approx(run["default"] - run["chosen"])


@pytest.mark.benchmark
def test_a_search_that_is_killed_again_and_again_loses_no_ended_trial() -> None:
    found = printed("resume.py", "--kills", "2", "--trials", "12", "--accounts", "300")
    assert found["kills"] == len(found["ended"]) == 2
    assert found["ended"] == sorted(found["ended"])
    assert (found["lost"], found["same_as_uninterrupted"]) == (0, True), found["what"]


@pytest.mark.benchmark
def test_what_installing_costs_is_counted() -> None:
    found = printed("package.py")
    assert 0.1 < found["wheel_mib"] < 1
    assert found["installed_mib"] > 100
    assert found["packages"] > 20
    assert found["seconds"]["bare_python"] < found["seconds"]["import"] < found["seconds"]["help"]


@pytest.mark.benchmark
@pytest.mark.benchmark
def test_nothing_of_an_export_leaks_in_silence_not_even_in_words_that_nobody_taught() -> None:
    found = printed("newcomer.py", "billing", "salesforce", "german", "spanish", "--data", ".", "--guesses-only")
    assert found["silent_leaks"] == 0
    assert {name: each["wrong"] for name, each in found["sets"].items() if each["wrong"]} == {"spanish": 2}
    assert found["right"] >= 65


def test_a_newcomers_guesses_are_counted_and_none_leaks_in_silence() -> None:
    found = printed("newcomer.py", "simulated", "--data", ".", "--guesses-only")
    assert (found["wrong"], found["silent_leaks"]) == (0, 0)
    assert found["right"] > 30
