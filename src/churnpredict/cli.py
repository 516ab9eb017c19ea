"""The command line: parse, call one function, show the result. The only module that reads the clock or prints.

Heavy libraries are imported inside the commands, so that ``--help`` and a mistyped option answer at once.
"""

from __future__ import annotations

import functools
import json as json_format
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NoReturn
from zoneinfo import ZoneInfo

import typer

from churnpredict import __version__
from churnpredict.errors import ChurnPredictError, Problem, UsageError
from churnpredict.stages import Stages

if TYPE_CHECKING:
    from churnpredict.config import Project
    from churnpredict.lab import Training

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Which B2B accounts will leave in 60–90 days, why, and proof that it beats your health score.",
    epilog="Begin with `churnpredict demo`. Exit codes: 0 done, 2 usage or configuration, 3 bad data, 4 stale data, "
    "5 cannot train, 6 locked, 7 model, 8 output, 130 interrupted.",
)

Config = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="YYYY-MM-DD", help="Nothing at or after this day is used. [default: this Monday]"),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, and nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no result, only errors.")]
DEFAULT_CONFIG = Path("churnpredict.toml")
#: Exit code by signal: 130 and 143, as a shell would say.
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}


def main() -> None:
    """Run the command line."""
    for number in SIGNALS:
        signal.signal(number, _stop)
    app(prog_name="churnpredict")


class _Stopped(BaseException):
    """A signal asked the run to end; as an exception it unwinds: staging is removed and the lock released."""

    #: Kept here, too: an engine in the middle of a query turns the exception into one of its own.
    code: ClassVar[int | None] = None


def _stop(number: int, _frame: object) -> NoReturn:
    _Stopped.code = SIGNALS[signal.Signals(number)]
    raise _Stopped


def _reported(command: Callable[..., None]) -> Callable[..., None]:
    """Turn the product's errors into one message and their exit code."""

    @functools.wraps(command)
    def wrapped(**options: Any) -> None:
        try:
            command(**options)
        except ChurnPredictError as error:
            _complain(error, as_json=bool(options.get("json")))
            raise typer.Exit(error.exit_code) from error
        except (_Stopped, RuntimeError) as error:
            if _Stopped.code is None:
                raise
            typer.echo("Stopped; nothing was changed.", err=True)
            raise typer.Exit(_Stopped.code) from error

    return wrapped


def _complain(error: ChurnPredictError, *, as_json: bool) -> None:
    if as_json:
        problems = [vars(problem) for problem in error.problems]
        _emit({"error": type(error).__name__, "exit_code": error.exit_code, "problems": problems})
    for problem in error.problems:
        typer.echo(f"error: {_printable(str(problem))}", err=True)


def _printable(text: str) -> str:
    # Names come from data: an escape sequence or a line break in one must not reach the terminal or the log.
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def _emit(document: dict[str, Any]) -> None:
    typer.echo(json_format.dumps(document, ensure_ascii=False))


@contextmanager
def _watched(*, silent: bool) -> Iterator[Stages]:
    """Show the present stage on standard error, where that is a terminal."""
    if silent or not sys.stderr.isatty():
        yield Stages()
        return
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status("") as status:
        yield Stages(status.update)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
@_reported
def demo(
    out: Annotated[Path, typer.Option("--out", help="Where to put it.")] = Path("demo"),
    accounts: Annotated[int, typer.Option(min=300, max=20_000, help="Accounts the company ever had.")] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 7,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The whole flow on a simulated company: tables, model, proof and risk list, offline, in a minute or two."""
    from churnpredict.demo import run_demo  # noqa: PLC0415

    with _watched(silent=json or quiet) as stages:
        made = run_demo(out, accounts=accounts, seed=seed, stages=stages)
    if json:
        _emit(
            {
                "out": str(made.folder),
                "risk_list": str(made.week.folder / "risk_list.csv"),
                "html": str(made.week.folder / "risk_list.html"),
                "accounts": len(made.week.risk_list),
                "seconds": made.seconds,
                **_evaluation(made.training),
            }
        )
    elif not quiet:
        _show_training(made.training)
        _show_week(made.week.risk_list, made.week.folder)
        typer.echo(
            f"\nNext: open the page above. Then look at {made.folder / 'churnpredict.toml'}, which declares all this,\n"
            f"and ask why about one account: churnpredict explain --config {made.folder / 'churnpredict.toml'} "
            f"--as-of {made.week.cutoff} {made.week.risk_list['account_id'].iloc[0]}"
        )


@app.command()
@_reported
def doctor(config: Config = DEFAULT_CONFIG, as_of: AsOf = None, json: Json = False, quiet: Quiet = False) -> None:
    """Check the configuration and the sources: what they hold, and whether there is enough to learn from."""
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.lab import check_up  # noqa: PLC0415

    project, cutoff = _project(config, as_of)
    with open_dataset(project) as dataset:
        dataset.check_fresh(cutoff)
        found = check_up(dataset, cutoff)
    if json:
        sources = [{**vars(source), "table": str(source.table)} for source in found.sources]
        document = {**vars(found), "as_of": cutoff, "sources": sources}
        typer.echo(json_format.dumps(document, default=str, ensure_ascii=False))
    elif not quiet:
        for source in found.sources:
            days = f", {source.first_day} to {source.last_day}" if source.first_day else ""
            typer.echo(f"{source.place}: {source.rows:,} rows{days} ({source.table})")
            for note in source.notes:
                typer.echo(f"    note: {note}")
        typer.echo(f"As of {cutoff}: {found.rows:,} labelled rows at {found.cutoffs} cutoffs. {found.verdict}")
    if not found.able:
        raise typer.Exit(5)


@app.command()
@_reported
def train(config: Config = DEFAULT_CONFIG, as_of: AsOf = None, json: Json = False, quiet: Quiet = False) -> None:
    """Train on the past, judge out of time beside the health score and logistic regression, save the champion."""
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.lab import save_training  # noqa: PLC0415
    from churnpredict.lab import train as fit  # noqa: PLC0415
    from churnpredict.publishing import locked  # noqa: PLC0415

    project, cutoff = _project(config, as_of)
    if not json and not quiet:
        typer.echo(f"As of {cutoff}", err=True)
    with locked(project.models_folder), _watched(silent=json or quiet) as stages:
        with open_dataset(project) as dataset:
            dataset.check_fresh(cutoff)
            training = fit(dataset, cutoff, stages=stages)
        save_training(training, project.champion_folder)
    if json:
        _emit({"as_of": str(cutoff), "bundle": str(project.champion_folder), **_evaluation(training)})
    elif not quiet:
        _show_training(training)
        typer.echo(f"\nSaved {project.champion_folder}. Next: churnpredict predict --config {config} --as-of {cutoff}")


@app.command()
@_reported
def predict(config: Config = DEFAULT_CONFIG, as_of: AsOf = None, json: Json = False, quiet: Quiet = False) -> None:
    """Score every account with the champion and publish the week's risk list."""
    from churnpredict.batch import predict_week  # noqa: PLC0415

    project, cutoff = _project(config, as_of)
    if not json and not quiet:
        typer.echo(f"As of {cutoff}", err=True)
    with _watched(silent=json or quiet) as stages:
        week = predict_week(project, cutoff, stages=stages)
    if json:
        tiers = week.risk_list["tier"].value_counts().to_dict()
        _emit(
            {
                "as_of": str(cutoff),
                "risk_list": str(week.folder / "risk_list.csv"),
                "html": str(week.folder / "risk_list.html"),
                "accounts": len(week.risk_list),
                "tiers": {str(tier): int(count) for tier, count in tiers.items()},
                "seconds": week.seconds,
            }
        )
    elif not quiet:
        _show_week(week.risk_list, week.folder)


@app.command()
@_reported
def explain(
    account: Annotated[str, typer.Argument(help="The account's id.")],
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Say why an account has the risk it has: every driver, in points of probability that add up."""
    from churnpredict.batch import explain_account  # noqa: PLC0415

    project, cutoff = _project(config, as_of)
    found = explain_account(project, account, cutoff)
    if json:
        typer.echo(json_format.dumps(found.as_dict(), ensure_ascii=False, default=str))
        return
    typer.echo(f"{_printable(found.name)} ({_printable(account)}) on {cutoff}: {found.risk_in_words}")
    typer.echo(
        f"Risk in 90 days {found.risk:.1%}, typical {found.typical_risk:.1%}, score {found.score:.1f}, {found.tier}"
    )
    for sentence in found.reasons:
        typer.echo(f"  {_printable(sentence)}")
    typer.echo(f"  {found.others:+.1%} all other features together")


def _project(config: Path, as_of: str | None) -> tuple[Project, date]:
    from churnpredict.config import read_project  # noqa: PLC0415

    project = read_project(config)
    today = datetime.now(ZoneInfo(project.time_zone)).date()
    if as_of is None:
        return project, today - timedelta(days=today.weekday())
    try:
        cutoff = date.fromisoformat(as_of)
    except ValueError as error:
        raise UsageError(Problem("--as-of", repr(as_of), "a day such as 2025-03-03")) from error
    if cutoff > today:
        given = f"{cutoff} is in the future; today is {today}"
        raise UsageError(Problem("--as-of", given, "a day that has begun", "What has not happened cannot be known."))
    return project, cutoff


def _evaluation(training: Training) -> dict[str, Any]:
    figures = {name: result.as_dict() for name, result in training.evaluation.items()}
    return {"evaluation": figures, "warnings": list(training.warnings)}


def _show_training(training: Training) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from churnpredict.lab import COLUMNS, figure_rows  # noqa: PLC0415

    model = training.evaluation["model"]
    table = Table(
        title=f"Out of time: {len(training.split.test)} cutoffs, {training.split.test[0]} to {training.split.test[-1]}",
        caption=f"{model.n:,} rows, {model.churners:,} churners, base rate {model.base_rate:.1%} in 90 days",
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("")
    for _, heading, _ in COLUMNS:
        table.add_column(heading, justify="right")
    for row in figure_rows(training):
        table.add_row(*row)
    console = Console()
    console.print(table)
    for warning in training.warnings:
        console.print(f"Careful: {warning}", style="yellow", markup=False)


def _show_week(risk_list: Any, folder: Path) -> None:
    counts = risk_list["tier"].value_counts()
    said = ", ".join(f"{counts.get(tier, 0)} {tier}" for tier in ("critical", "red", "yellow", "green"))
    typer.echo(f"\n{len(risk_list):,} accounts: {said}. The riskiest:")
    for row in risk_list.head(5).itertuples():
        typer.echo(_printable(f"  {row.risk_90d:6.1%}  {row.tier:<8} {row.account_name}: {row.reason_1 or ''}"))
    typer.echo(f"List: {folder / 'risk_list.csv'}\nPage: {folder / 'risk_list.html'}")
