"""The commands of a schedule: search for settings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from churnpredict.cli.options import DEFAULT_CONFIG, AsOf, Config, Json, Quiet, project_and_cutoff
from churnpredict.cli.printing import emit

if TYPE_CHECKING:
    from churnpredict.lab import Progress

Trials = Annotated[int, typer.Option(min=1, max=1_000, help="Trials in all, those of a stopped search included.")]


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
