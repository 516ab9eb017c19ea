"""Claims about what a command costs before it does anything."""

from __future__ import annotations

import ast
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import churnpredict

HEAVY = ("lightgbm", "mlflow", "shap", "ibis", "duckdb", "pandas", "numpy", "sklearn", "scipy", "pyarrow", "optuna")

HELP = """
import sys
sys.argv = ["churnpredict", {arguments}]
from churnpredict.cli import main
try:
    main()
except SystemExit as stop:
    assert stop.code in (0, 2), stop.code
print("loaded:", *sys.modules)
"""


def cpu_seconds(*arguments: str) -> float:
    """Processor time of a new Python with these arguments."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("arguments", ['"--help"', '"predict", "--help"', '"--version"', '"predict", "--asof"', ""])
def test_help_and_a_mistyped_option_load_nothing_heavy(arguments: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", HELP.format(arguments=arguments)], check=True, capture_output=True, text=True
    )
    loaded = said.stdout.rpartition("loaded:")[2].split()
    assert "churnpredict.cli" in loaded
    assert sorted(set(HEAVY) & set(loaded)) == []


def test_the_package_itself_loads_nothing_heavy() -> None:
    code = "import sys, churnpredict, churnpredict.errors, churnpredict.columns; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert sorted({*HEAVY, "pydantic", "typer"} & set(said.stdout.split())) == []


def test_every_public_name_is_found_where_it_is_at_home() -> None:
    named = {name for names in churnpredict._HOMES.values() for name in names} | {"__version__"}
    assert sorted(named) == churnpredict.__all__
    assert [name for name in churnpredict.__all__ if getattr(churnpredict, name, None) is None] == []
    assert set(churnpredict.__all__) <= set(dir(churnpredict))


def test_type_checkers_see_every_public_name() -> None:
    """What they read is what is loaded: the imports that no program runs name the same homes."""
    tree = ast.parse(Path(churnpredict.__file__).read_text(encoding="utf-8"))
    seen = {
        node.module.removeprefix("churnpredict."): tuple(alias.name for alias in node.names)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("churnpredict.")
    }
    assert seen == churnpredict._HOMES


def test_a_name_that_is_not_public_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'fit_hazards'"):
        churnpredict.fit_hazards  # noqa: B018


def test_the_weekly_job_needs_nothing_of_the_lab() -> None:
    code = "import sys, churnpredict.batch; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(said.stdout.split())
    assert (
        sorted({"mlflow", "optuna", "shap", "matplotlib", "churnpredict.lab", "churnpredict.simulation"} & loaded) == []
    )
    assert {"lightgbm", "ibis"} <= loaded


def test_help_costs_less_than_half_a_second() -> None:
    # The least of several, because others may be busy on the same machine.
    nothing = min(cpu_seconds("-c", "pass") for _ in range(3))
    helped = min(cpu_seconds("-m", "churnpredict", "--help") for _ in range(3))
    assert helped - nothing < 0.5


def test_the_help_names_the_commands_and_the_exit_codes() -> None:
    said = subprocess.run([sys.executable, "-m", "churnpredict", "--help"], check=True, capture_output=True, text=True)
    for word in ("demo", "doctor", "train", "predict", "explain", "Exit codes", "130"):
        assert word in said.stdout
