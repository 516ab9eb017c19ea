"""Claims about help: each command has examples that can be typed, and each error a page that exists."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import warnings
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from churnpredict.cli import EXAMPLES, app
from churnpredict.cli.printing import warn
from churnpredict.cli.running import reported
from churnpredict.errors import ChurnPredictError, StaleDataError
from churnpredict.manual import page_on

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
    words = error.help().split()[1:]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    assert re.search(rf"^\W*{error.exit_code} \w", shown.output)


def test_pages_are_listed_with_their_titles_and_shown_whole_or_in_part() -> None:
    listed = CliRunner().invoke(app, ["help"]).output
    assert "exit-codes         Exit codes, and what to do" in listed
    assert "index " not in listed
    part = page_on("signals", "windows")
    assert part.startswith("## Windows")
    assert len(part) < len(page_on("signals")) / 4
    assert "\n## " not in part


def test_a_comment_in_a_block_of_code_ends_no_section() -> None:
    assert page_on("signals", "events").count("```") % 2 == 0


@pytest.mark.parametrize(("words", "said"), [(["nothing"], "signals"), (["signals", "nothing"], "Windows")])
def test_a_page_or_section_that_is_not_there_is_refused_with_those_that_are(words: list[str], said: str) -> None:
    shown = CliRunner().invoke(app, ["help", *words])
    assert shown.exit_code == 2
    assert said in shown.output


def typed(*words: str, **environment: str) -> str:
    """What a command of a process of its own prints, in an environment with nothing said of colours but this."""
    known = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    known |= {"TERM": "xterm-256color"} | environment
    command = [sys.executable, "-m", "churnpredict", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=known).stdout


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, False), ({"FORCE_COLOR": "1"}, True), ({"NO_COLOR": "1"}, False)]
)
def test_colours_are_for_terminals_unless_somebody_says_so(environment: dict[str, str], *, coloured: bool) -> None:
    assert ("\x1b[" in typed("help", "exit-codes", "3", **environment)) == coloured


@pytest.mark.parametrize(
    ("shell", "asked"),
    [
        ("bash", {"COMP_WORDS": "churnpredict pre", "COMP_CWORD": "1"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "churnpredict pre"}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "churnpredict pre", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_a_shell_is_taught_to_complete_commands(shell: str, asked: dict[str, str]) -> None:
    assert "predict" in typed(_CHURNPREDICT_COMPLETE=f"complete_{shell}", **asked)
    assert "_CHURNPREDICT_COMPLETE" in typed(
        "--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
    )


def test_the_same_kind_of_warning_is_one_line_with_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    warn(f"events.s{number}: {number} values of 'c{number}' are infinite" for number in range(9))
    warn(["facts have no date"])
    first, other = capsys.readouterr().err.splitlines()
    assert first.startswith(
        "Careful: events.s0: 0 values of 'c0' are infinite (and 8 more like it: events.s1, events.s2,"
    )
    assert other == "Careful: facts have no date"


def test_what_libraries_warn_of_is_summed_up_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> None:
        for number in range(30):
            warnings.warn_explicit(f"{number} is old", FutureWarning, "/x/site-packages/pandas/core.py", number)
        typer.echo("the result")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        reported(command)()
    said = capsys.readouterr()
    assert said.out == "the result\n"
    assert said.err == "Careful: pandas: FutureWarning: 0 is old (and 29 more like it)\n"
