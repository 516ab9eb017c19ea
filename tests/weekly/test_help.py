"""Claims about help: each command has examples that can be typed, and each error a page that exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from churnpredict.cli import EXAMPLES, app
from churnpredict.errors import ChurnPredictError, StaleDataError

ROOT = Path(__file__).parents[2]
ERRORS = [ChurnPredictError, *ChurnPredictError.__subclasses__(), StaleDataError]


def commands() -> dict[str, Any]:
    """Every command by what is typed to reach it."""
    found: dict[str, Any] = {}
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        found |= {name: command} if inner is None else {f"{name} {each}": inner[each] for each in inner}
    return found


def test_every_command_has_examples() -> None:
    assert sorted(commands()) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_can_be_typed(name: str) -> None:
    for example in EXAMPLES[name]:
        words = shlex.split(example)[len(name.split()) :]
        assert example.startswith(name)
        # What cannot be meant is refused while the words are read; nothing is run.
        commands()[name].make_context(name, words)


def test_help_shows_them_without_colours_where_no_terminal_is() -> None:
    shown = CliRunner().invoke(app, ["outcomes", "add", "--help"])
    assert "Example: churnpredict outcomes add ACME open --play outreach" in shown.output
    assert "\x1b[" not in shown.output


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_names_a_section_that_is_there(error: type[ChurnPredictError]) -> None:
    page, _, anchor = error.page.partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert anchor in anchors
    assert anchor.startswith(f"{error.exit_code}-")
