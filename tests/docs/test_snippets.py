"""Whatever a page shows as code is read, and what can be is run: nobody copies a line that does not work."""

from __future__ import annotations

import ast
import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml

from churnpredict.config import Project
from churnpredict.config.checking import cross_check
from churnpredict.demo import Demo, run_demo
from churnpredict.errors import ALARM

from .snippets import ROOT, Snippet, snippets

#: Accounts in examples; accounts of the demonstration's list stand in for them.
EXAMPLE_ACCOUNTS = ("ACME", "BOLT", "CALDER", "A00428")
#: The Monday that examples speak of is the last of the demonstration, which commands without one are given.
EXAMPLE_MONDAY = "2025-12-29"
DATED = (
    "doctor",
    "predict",
    "train",
    "backtest",
    "weights",
    "explain",
    "monitor",
    "tune",
    "compare",
    "retrain",
    "deliver",
)


def each(*languages: str) -> pytest.MarkDecorator:
    found = snippets(*languages)
    assert found
    return pytest.mark.parametrize("snippet", found, ids=[snippet.place for snippet in found])


@pytest.mark.parametrize("page", sorted({s.page for s in snippets("toml")}), ids=lambda page: page.name)
def test_what_a_page_shows_as_toml_can_be_declared(page: Path) -> None:
    """Block after block, from the top, on top of what the demonstration declares; or as a whole, where it is one."""
    declared = tomllib.loads(files("churnpredict").joinpath("demo.toml").read_text(encoding="utf-8"))
    # They speak of signals that a block may replace.
    declared = {
        key: value for key, value in declared.items() if key not in ("health_score", "critical", "displacement")
    }
    for snippet in [s for s in snippets("toml") if s.page == page]:
        shown = tomllib.loads(snippet.text)
        declared = shown if "accounts" in shown else _merged(declared, shown)
        assert cross_check(Project.model_validate(declared)) == [], snippet.place


def _merged(base: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """The demonstration's declaration with what is shown in place of what it says there."""
    merged = dict(base)
    for key, value in shown.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _merged(base[key], value) if both else value
    return merged


@each("sql")
def test_what_is_shown_as_sql_is_postgresql(snippet: Snippet) -> None:
    assert sqlglot.parse_one(snippet.text, read="postgres").find(sqlglot.exp.Table) is not None


@each("yaml")
def test_what_is_shown_as_yaml_runs_our_commands(snippet: Snippet) -> None:
    steps = [step for job in yaml.safe_load(snippet.text)["jobs"].values() for step in job["steps"]]
    assert any("churnpredict predict" in step.get("run", "") for step in steps)


@each("ini")
def test_what_is_shown_as_a_unit_is_one(snippet: Snippet) -> None:
    unit = configparser.ConfigParser()
    unit.read_string(snippet.text)
    assert any("ExecStart" in unit[section] for section in unit.sections())


@each("cron")
def test_what_is_shown_as_a_crontab_is_one(snippet: Snippet) -> None:
    jobs = [line for line in snippet.text.splitlines() if line and not line.startswith("#")]
    for job in jobs:
        *when, command = job.split(maxsplit=5)
        assert all(re.fullmatch(r"[\d*/,-]+", field) for field in when)
        _check_syntax(command)
    assert jobs


@each("python")
def test_what_is_shown_as_python_is_python(snippet: Snippet) -> None:
    assert ast.parse(snippet.text).body


@each("sh", "console")
def test_what_is_shown_for_a_shell_is_a_command(snippet: Snippet) -> None:
    assert snippet.commands()
    for command in snippet.commands():
        _check_syntax(command)


def _check_syntax(command: str) -> None:
    done = subprocess.run(["bash", "-n", "-c", command], check=False, capture_output=True, text=True)
    assert not done.returncode, done.stderr


def is_ours(command: str) -> bool:
    """Whether a command is run here: those of the demonstration's folder, not that which makes it."""
    return command.startswith("churnpredict ") and not command.startswith("churnpredict demo")


BENCHMARKS = sorted({c for s in snippets("sh", "console") for c in s.commands() if "benchmarks/" in c})


@pytest.mark.docs
@pytest.mark.parametrize("shown", BENCHMARKS)
def test_a_benchmark_has_the_options_that_are_shown(shown: str) -> None:
    words = shlex.split(shown, comments=True)
    script = next(word for word in words if word.startswith("benchmarks/"))
    known = subprocess.run(
        [sys.executable, script, "--help"], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout
    options = [word for word in words if word.startswith("--")]
    assert [option for option in options if option not in known] == []


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return run_demo(tmp_path_factory.mktemp("docs") / "demo", accounts=400, seed=7)


@pytest.mark.docs
@pytest.mark.parametrize("page", sorted({s.page for s in snippets("sh", "console") if any(map(is_ours, s.commands()))}))
def test_the_commands_of_a_page_run_one_after_the_other(page: Path, demo: Demo, tmp_path: Path) -> None:
    """In a copy of the demonstration, which has tables, a champion and a published week."""
    folder = shutil.copytree(demo.folder, tmp_path / "demo")
    stand_ins = dict(zip(EXAMPLE_ACCOUNTS, demo.week.risk_list["account_id"], strict=False))
    shown = [s for s in snippets("sh", "console", "csv") if s.page == page]
    for snippet in [s for s in shown if s.language == "csv"]:
        (folder / "calls.csv").write_text(_in_the_demo(snippet.text, stand_ins), encoding="utf-8")
    commands = [(s.place, c) for s in shown if s.language != "csv" for c in filter(is_ours, s.commands())]
    if commands[0][1].startswith("churnpredict init"):
        _keep_nothing_but_tables(folder)
    if any(command.startswith("churnpredict compare") for _, command in commands):
        _begin_with_an_earlier_champion(folder)
    for place, command in commands:
        words = shlex.split(_in_the_demo(command, stand_ins), comments=True)
        if words[1] in DATED and "--as-of" not in words:
            words += ["--as-of", EXAMPLE_MONDAY]
        if words[1] == "init":
            words += ["--yes"]  # no terminal to ask at
        done = subprocess.run([sys.executable, "-m", *words], check=False, capture_output=True, text=True, cwd=folder)
        # Whoever asks to be told of notices is told of them by an exit code.
        expected = (0, ALARM) if "notice" in words else (0,)
        assert done.returncode in expected, f"{place}: {command}: {done.stdout}{done.stderr}"


def _keep_nothing_but_tables(folder: Path) -> None:
    (folder / "churnpredict.toml").unlink()
    shutil.rmtree(folder / "models")
    shutil.rmtree(folder / "data")


def _begin_with_an_earlier_champion(folder: Path) -> None:
    """Of a month before, so that a training makes another model."""
    command = [sys.executable, "-m", "churnpredict", "train", "--as-of", "2025-12-01", "--promote", "--quiet"]
    subprocess.run(command, check=True, cwd=folder)


@pytest.mark.docs
def test_the_python_of_the_page_on_python_runs_from_top_to_bottom(demo: Demo, tmp_path: Path) -> None:
    """In a copy of the demonstration, in one process. Lines of the script are those of the page."""
    page, folder = ROOT / "docs" / "api.md", shutil.copytree(demo.folder, tmp_path / "demo")
    lines: list[str] = []
    for snippet in [s for s in snippets("python") if s.page == page]:
        lines += [""] * (snippet.line - len(lines)) + snippet.text.splitlines()
    script = tmp_path / "api.py"
    script.write_text("\n".join(lines), encoding="utf-8")
    environment = os.environ | {"MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, str(script)], check=False, capture_output=True, text=True, cwd=folder, env=environment
    )
    assert not done.returncode, done.stderr


def _in_the_demo(text: str, stand_ins: dict[str, str]) -> str:
    for example, account in stand_ins.items():
        text = text.replace(example, account)
    return text


@pytest.mark.docs
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", str(ROOT / "docs"), str(tmp_path / "site")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    assert (tmp_path / "site" / "index.html").is_file()
