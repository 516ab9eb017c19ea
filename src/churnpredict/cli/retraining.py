"""The commands of a schedule: search for settings, compare challenger and champion, retrain through the gate."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from churnpredict.cli.options import DEFAULT_CONFIG, AcceptSuspectedLeak, AsOf, Config, Json, Quiet, project_and_cutoff
from churnpredict.cli.printing import emit, evaluation_document, say_not_tracked, show_training
from churnpredict.cli.running import watched

if TYPE_CHECKING:
    from churnpredict.lab import Comparison, Difference, Judged, Progress, Retraining, Standing
    from churnpredict.lab.comparing.differences import Metric

Trials = Annotated[int, typer.Option(min=1, max=1_000, help="Trials in all, those of a stopped search included.")]

#: Why a new model is the champion without a comparison.
UNCOMPARED = (
    "There was no champion that could serve, or it is the same model again: nothing to compare it with. "
    "The weekly job reads it from now on."
)


def tune(
    config: Config = DEFAULT_CONFIG, as_of: AsOf = None, trials: Trials = 30, json: Json = False, quiet: Quiet = False
) -> None:
    """Search for settings of the trees on past cutoffs; the next training uses them if they are proven better."""
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.lab import tune as search  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    if not json and not quiet:
        typer.echo(f"As of {cutoff}", err=True)
    with open_dataset(project) as dataset, progress_bar(silent=json or quiet) as watch:
        dataset.check_fresh(cutoff)
        tuned = search(dataset, cutoff, trials=trials, watch=watch)
    tuned.save(project.tuning_folder)
    if json:
        emit({"as_of": str(cutoff), **tuned.as_dict()})
    elif not quiet:
        for sentence in tuned.sentences():
            typer.echo(sentence)


def compare(config: Config = DEFAULT_CONFIG, as_of: AsOf = None, json: Json = False, quiet: Quiet = False) -> None:
    """Compare challenger and champion on rows that are fair for both, and say whether the gate would open.

    Nothing is promoted; the result is kept in comparison.json beside the models.
    """
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.lab import judge_challenger, keep_comparison  # noqa: PLC0415
    from churnpredict.publishing import locked  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    if not json and not quiet:
        typer.echo(f"As of {cutoff}", err=True)
    with locked(project.models_folder), watched(silent=json or quiet) as stages, open_dataset(project) as dataset:
        dataset.check_fresh(cutoff)
        judged = judge_challenger(dataset, cutoff, stages=stages)
        say_not_tracked(keep_comparison(project, judged.as_dict()), silent=json or quiet)
    if json:
        emit({"as_of": str(cutoff), **judged.as_dict()})
    elif not quiet:
        _show(judged)
        if judged.verdict.promote:
            typer.echo(f"Next: churnpredict promote --config {config}")


def retrain(
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    trials: Annotated[int, typer.Option(min=0, max=1_000, help="Trials of a tuning that is due; 0: never.")] = 30,
    accept_suspected_leak: AcceptSuspectedLeak = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """For a monthly schedule: tune if due, train, compare with the champion, promote only what passes the gate."""
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.lab import keep_comparison, require_tracking, track  # noqa: PLC0415
    from churnpredict.lab import retrain as train_again  # noqa: PLC0415
    from churnpredict.publishing import locked  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    require_tracking(project)
    if not json and not quiet:
        typer.echo(f"As of {cutoff}", err=True)
    with locked(project.models_folder), watched(silent=json or quiet) as stages, open_dataset(project) as dataset:
        dataset.check_fresh(cutoff)
        done = train_again(dataset, cutoff, trials=trials, accept_suspected_leak=accept_suspected_leak, stages=stages)
        with stages.stage("tracking"):
            standing: Standing = "champion" if done.champion else "challenger"
            tracked = track(done.training, project, standing=standing, reports=dataset.reports)
            if done.judged is not None:
                keep_comparison(project, done.judged.as_dict())
        say_not_tracked(tracked.why_not, silent=json or quiet)
    if json:
        emit({"as_of": str(cutoff), "tracking": vars(tracked), **_document(done)})
    elif not quiet:
        _show_retraining(done)


def _document(done: Retraining) -> dict[str, Any]:
    judged = {"comparison": None, "verdict": None} if done.judged is None else done.judged.as_dict()
    tuned = None if done.tuned is None else done.tuned.as_dict()
    return {"champion": done.champion, "tuned": tuned, **judged, "training": evaluation_document(done.training)}


def _show_retraining(done: Retraining) -> None:
    for sentence in [] if done.tuned is None else done.tuned.sentences():
        typer.echo(sentence)
    show_training(done.training)
    if done.judged is None:
        typer.echo(f"\n{UNCOMPARED}")
        return
    _show(done.judged)
    typer.echo("Promoted: the weekly job reads it from now on." if done.champion else "The champion stays.")


def _show(judged: Judged) -> None:
    if judged.comparison is not None:
        _show_figures(judged.comparison)
    for sentence in judged.sentences():
        typer.echo(sentence)


def _show_figures(found: Comparison) -> None:
    """Contenders and their figures, and by how much the challenger is better than each."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(
        title=f"{found.rows:,} rows, {found.churners:,} churners; lists of {found.capacity:.0%} of the accounts",
        caption="Second line: by how much the challenger is better, with its paired 95% interval",
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("")
    headings: dict[Metric, str] = {
        "log_loss": "log-loss",
        "calibration": "calibration error",
        "revenue": "churned revenue listed",
        "lead_time": "listed 60-89 days before",
    }
    for heading in headings.values():
        table.add_column(heading, justify="right")
    against = found.differences["champion"]
    table.add_row("challenger", *(f"{against[metric].challenger:.4f}" for metric in headings))
    for rival, differences in found.differences.items():
        table.add_row(rival.replace("_", " "), *(_said(differences[metric]) for metric in headings))
    Console().print(table)


def _said(difference: Difference) -> str:
    if difference.interval is None:
        return f"{difference.rival:.4f}"
    low, high = difference.interval
    return f"{difference.rival:.4f}\n{difference.better:+.4f} ({low:+.4f} to {high:+.4f})"


@contextmanager
def progress_bar(*, silent: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A bar of trials on standard error, where that is a terminal."""
    if silent or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Preparing", total=None)

        def advance(progress: Progress) -> None:
            best = f"log-loss {progress.best:.4f}"
            bar.update(task, description=best, total=progress.trials, completed=progress.ended)

        yield advance
