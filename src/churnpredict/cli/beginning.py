"""The command that writes a first configuration."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from churnpredict.cli.options import DEFAULT_CONFIG, Json, Quiet, today_anywhere
from churnpredict.cli.printing import emit, printable
from churnpredict.errors import Problem, UsageError

if TYPE_CHECKING:
    from churnpredict.onboarding import Proposal, Question


def init(
    source: Annotated[
        str,
        typer.Argument(help="A folder of .parquet and .csv files, a .duckdb file, or postgresql://user@host/database."),
    ],
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration to write.")] = DEFAULT_CONFIG,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take every guess, and mark it.")] = False,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="COLUMN", help="The column that says whose a row is, such as customer."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a configuration that is there.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look at your tables and write a first churnpredict.toml: what they are, what is unsure, what may leak."""
    from churnpredict.onboarding import configure  # noqa: PLC0415

    asking = not (yes or json or quiet)
    if asking and not sys.stdin.isatty():
        raise UsageError(Problem("--yes", "there is no terminal to ask at", "--yes", "It takes every guess."))
    proposal = configure(source, config, today_anywhere(), _asked if asking else _taken, key=key, force=force)
    if json:
        emit(_document(proposal, config, _next(proposal, config)))
    elif not quiet:
        _show(proposal, config, source)


def _taken(question: Question) -> str:
    return question.guess


def _asked(question: Question) -> str:
    typer.echo(f"\n{printable(question.why)}.")
    options = [printable(option) for option in question.options]
    text = printable(question.text) + (f" ({', '.join(options)})" if options else "")
    while True:
        answer: str = typer.prompt(text, default=question.guess)
        if answer in question.options or (not question.options and answer.isdecimal()):
            return answer
        typer.echo(f"One of: {', '.join(options)}." if options else "A whole number of days.")


def _next(proposal: Proposal, config: Path) -> str:
    named = "" if config == DEFAULT_CONFIG else f" --config {config}"
    return f"churnpredict doctor{named}{f' --as-of {proposal.as_of}' if proposal.as_of else ''}"


def _document(proposal: Proposal, config: Path, command: str) -> dict[str, Any]:
    return {
        "config": str(config),
        "roles": proposal.roles,
        "left_out": proposal.left_out,
        "suspicions": [vars(each) for each in proposal.suspicions],
        "questions": [{"about": question.about, "answer": answer} for question, answer in proposal.questions],
        "unsure": proposal.unsure,
        "as_of": None if proposal.as_of is None else str(proposal.as_of),
        "next": command,
    }


def _show(proposal: Proposal, config: Path, source: str) -> None:
    from churnpredict.onboarding import ADDRESS, needs_address, summed_up  # noqa: PLC0415

    for table, role in proposal.roles.items():
        typer.echo(printable(f"{role:<13} {table}"))
    for table, why in proposal.left_out.items():
        typer.echo(printable(f"{'left out':<13} {table}: {why}"))
    if proposal.suspicions:
        typer.echo("\nMay know the future:")
        for line in summed_up(proposal.suspicions):
            typer.echo(printable(f"  {line}"))
    typer.echo(f"\nWrote {config}; {proposal.unsure} guesses in it are marked `unsure:`. Read them, then:")
    if needs_address(source):
        typer.echo(f"  export {ADDRESS}=…    the address you gave; it is in no file")
    typer.echo(f"  {_next(proposal, config)}")
