"""Claims about the command that watches."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from churnpredict.config import Project
from lab.company import TODAY

from .command import run
from .files import left_over

#: On the last day of the data nobody is about to leave, which is far from training.
QUIET = TODAY - timedelta(weeks=17)


def monitor(config: Path, *more: str, as_of: date = TODAY) -> tuple[int | None, dict]:
    ended = run("monitor", "--config", config, "--as-of", str(as_of), "--json", *more)
    return ended.code, ended.document


def found(document: dict, level: str) -> set[tuple[str, str]]:
    return {(each["about"], each["where"]) for each in document["findings"] if each["level"] == level}


def test_a_quiet_week_without_lists_leaves_a_page_and_says_what_is_too_early(config: Path) -> None:
    code, document = monitor(config, as_of=QUIET)
    assert (code, document["counts"]["alarm"]) == (0, 0), document["findings"]
    assert ("calibration", "lists") in found(document, "early")
    folder = config.parent / "data" / "monitoring" / str(QUIET)
    assert {path.name for path in folder.iterdir()} == {"monitoring.html", "monitoring.json"}
    assert json.loads((folder / "monitoring.json").read_text("utf-8")).items() <= document.items()
    page = (folder / "monitoring.html").read_text("utf-8")
    assert "Nothing is unusual enough for an alarm." in page
    assert "Acme &lt;&amp;&gt; Söhne" in page
    assert left_over(config.parent) == []


def test_a_source_that_counts_differently_is_an_alarm_with_an_exit_code_of_its_own(project: Project) -> None:
    path = project.folder / "usage.parquet"
    usage = pd.read_parquet(path)
    last_week = usage["day"] >= pd.Timestamp(TODAY - timedelta(days=7))
    usage.assign(logins=usage["logins"] * (1 + 4 * last_week)).to_parquet(path, index=False)
    config = project.folder / "churnpredict.toml"
    code, document = monitor(config)
    assert code == 10
    assert ("source", "events.usage") in found(document, "alarm")
    assert monitor(config, "--fail-on", "never")[0] == 0


def test_a_source_that_stopped_is_reported_and_not_refused(project: Project) -> None:
    path = project.folder / "usage.parquet"
    usage = pd.read_parquet(path)
    usage[usage["day"] < pd.Timestamp(TODAY - timedelta(days=40))].to_parquet(path, index=False)
    code, document = monitor(project.folder / "churnpredict.toml")
    assert code == 10
    assert ("freshness", "events.usage") in found(document, "alarm")
    assert ("source", "events.usage") not in found(document, "alarm")


def test_values_never_seen_in_training_are_named_with_their_number(project: Project) -> None:
    path = project.folder / "contracts.parquet"
    contracts = pd.read_parquet(path)
    contracts.assign(plan="ultra <b>").to_parquet(path, index=False)
    code, document = monitor(project.folder / "churnpredict.toml")
    assert code == 10
    assert ("category", "plan__value") in found(document, "alarm")
    unseen = next(each for each in document["features"] if each["name"] == "plan__value")["unseen"]
    assert unseen == {"ultra <b>": document["accounts"]}
    page = (project.data_folder / "monitoring" / str(TODAY) / "monitoring.html").read_text("utf-8")
    assert "<b>" not in page


def test_published_lists_are_held_against_what_happened_once_it_is_known(project: Project) -> None:
    config = project.folder / "churnpredict.toml"
    first = TODAY - timedelta(weeks=16)
    for cutoff in (first, TODAY - timedelta(weeks=10)):
        assert run("predict", "--config", config, "--as-of", str(cutoff), "--quiet").code == 0
    _, early = monitor(config, as_of=first + timedelta(days=30))
    assert early["realised"]["first_known_on"] == str(first + timedelta(days=60))
    _, document = monitor(config, "--fail-on", "never")
    assert [(each["horizon"], each["lists"]) for each in document["realised"]["latest"]] == [(60, 2), (90, 1)]
    of_90 = document["realised"]["latest"][1]
    churn = pd.read_parquet(project.folder / "churn.parquet")["churned_on"]
    within = churn.between(pd.Timestamp(first), pd.Timestamp(first + timedelta(days=89)))
    stored = pd.read_parquet(project.weeks_folder / str(first) / "predictions.parquet")
    assert (of_90["observed"], of_90["churners"]) == (within.sum(), within.sum())
    assert abs(of_90["expected"] - stored["risk_90d"].sum()) < 1e-9
    assert len(document["tiers"]) == 2


def test_a_champion_without_a_reference_asks_for_another_training(project: Project) -> None:
    champion = project.champion_folder.resolve()
    manifest = json.loads((champion / "manifest.json").read_text("utf-8"))
    del manifest["sha256"]["reference.json"]
    (champion / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (champion / "reference.json").unlink()
    code, document = monitor(project.folder / "churnpredict.toml")
    assert code == 7
    assert "Train again" in document["problems"][0]["todo"]
