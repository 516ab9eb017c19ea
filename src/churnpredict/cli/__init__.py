"""The command line: parse, call one function, show the result. The only folder that reads the clock or prints.

Heavy libraries are imported inside the commands, so that ``--help`` and a mistyped option answer at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from churnpredict.cli.beginning import init
from churnpredict.cli.demonstration import demo
from churnpredict.cli.learning import doctor, train, weights
from churnpredict.cli.manual import read_page
from churnpredict.cli.outcomes import OUTCOMES
from churnpredict.cli.promoting import promote, rollback
from churnpredict.cli.replaying import backtest
from churnpredict.cli.retraining import compare, retrain, tune
from churnpredict.cli.running import obey_signals, reported
from churnpredict.cli.watching import monitor
from churnpredict.cli.weekly import deliver, explain, predict

__all__ = ["main"]

#: The commands under the heading that ``--help`` shows them under, in the order of a first week.
COMMANDS: dict[str, tuple[Callable[..., None], ...]] = {
    "Begin": (demo, init, doctor, read_page),
    "Learn and prove": (train, tune, backtest, weights),
    "Choose the model": (compare, promote, rollback, retrain),
    "Every week": (predict, explain, deliver, monitor),
}

#: Commands that are not called like their functions.
NAMES = {"read_page": "help"}

#: What ``--help`` of each command ends with: commands as they are typed, the usual one first.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "demo": ("demo", "demo --out trial --accounts 600"),
    "init": ("init tables", "init warehouse.duckdb --yes", 'init "$DATABASE_URL" --config acme/churnpredict.toml'),
    "doctor": ("doctor", "doctor --config acme/churnpredict.toml --as-of 2025-12-29"),
    "help": ("help", "help signals", "help exit-codes 3"),
    "train": ("train", "train --as-of 2025-12-29 --json"),
    "tune": ("tune --as-of 2025-12-29",),
    "backtest": ("backtest --as-of 2025-12-29", "backtest --weeks 26 --capacity 0.05"),
    "weights": ("weights --as-of 2025-12-29",),
    "compare": ("compare",),
    "promote": ("promote",),
    "rollback": ("rollback",),
    "retrain": ("retrain --as-of 2025-12-29",),
    "predict": ("predict", "predict --as-of 2025-12-29 --quiet"),
    "explain": ("explain A00428 --as-of 2025-12-29",),
    "deliver": ("deliver --as-of 2025-12-29",),
    "monitor": ("monitor",),
    "outcomes add": ("outcomes add ACME open --play outreach", "outcomes add ACME saved --on 2025-12-29"),
    "outcomes import": ("outcomes import calls.csv --by ana",),
    "outcomes list": ("outcomes list --account ACME",),
    "outcomes report": ("outcomes report", "outcomes report --as-of 2025-12-29 --json"),
}


def _examples(name: str) -> str:
    return "\n\n".join(f"Example: churnpredict {each}" for each in EXAMPLES[name])


app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Which B2B accounts will leave in 60–90 days, why, and proof that it beats your health score.",
    epilog="Begin with `churnpredict demo`. Exit codes: 0 done, 2 usage or configuration, 3 bad data, 4 stale data, "
    "5 cannot train, 6 locked, 7 model, 8 output, 9 engine, 10 alarm of monitor, 130 interrupted.",
)
for _heading, _commands in COMMANDS.items():
    for _command in _commands:
        _name = NAMES.get(_command.__name__, _command.__name__)
        app.command(_name, rich_help_panel=_heading, epilog=_examples(_name))(reported(_command))

_outcomes = typer.Typer(no_args_is_help=True, help="Write down what was done and what came of it; report it.")
for _name, _command in OUTCOMES.items():
    _outcomes.command(_name, epilog=_examples(f"outcomes {_name}"))(reported(_command))
app.add_typer(_outcomes, name="outcomes", rich_help_panel="Every week")


def main() -> None:
    """Run the command line."""
    obey_signals()
    app(prog_name="churnpredict")


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if version:
        from churnpredict import __version__  # noqa: PLC0415

        typer.echo(__version__)
        raise typer.Exit
