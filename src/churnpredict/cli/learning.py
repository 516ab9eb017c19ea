"""The commands of a data scientist: check the sources, train and prove."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from churnpredict.cli.options import (
    DEFAULT_CONFIG,
    AcceptSuspectedLeak,
    AsOf,
    Config,
    Json,
    Quiet,
    Strict,
    project_and_cutoff,
    today_of,
)
from churnpredict.cli.printing import (
    emit,
    evaluation_document,
    proposal_document,
    say_not_tracked,
    show_checkup,
    show_proposal,
    show_training,
)
from churnpredict.cli.running import watched

if TYPE_CHECKING:
    from churnpredict.lab import Standing


Promote = Annotated[bool, typer.Option("--promote", help="Make the model champion, whatever a comparison would say.")]


def doctor(
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    strict: Strict = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check the configuration and the sources: what they hold, whether they leak, whether they are enough."""
    from churnpredict.dataset import open_dataset, refuse_warnings  # noqa: PLC0415
    from churnpredict.lab import check_up  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    with open_dataset(project, today_of(project)) as dataset:
        if strict:
            refuse_warnings(dataset.reports)
        dataset.check_fresh(cutoff)
        found = check_up(dataset, cutoff)
    if json:
        emit({**asdict(found), "as_of": cutoff})
    elif not quiet:
        show_checkup(found, as_of=cutoff)
    if not found.able:
        raise typer.Exit(5)
    if found.leakage is not None and found.leakage.moved:
        raise typer.Exit(3)


def train(
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    accept_suspected_leak: AcceptSuspectedLeak = False,
    promote: Promote = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train on the past, judge out of time beside the health score and logistic regression, save the model.

    The first model is the champion, which the weekly job reads; later ones are challengers until they are promoted.
    """
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.lab import promote as make_champion  # noqa: PLC0415
    from churnpredict.lab import register, require_tracking, track  # noqa: PLC0415
    from churnpredict.lab import train as fit  # noqa: PLC0415
    from churnpredict.publishing import locked  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    require_tracking(project)
    if not json and not quiet:
        typer.echo(f"As of {cutoff}", err=True)
    with locked(project.models_folder), watched(silent=json or quiet) as stages:
        with open_dataset(project) as dataset:
            dataset.check_fresh(cutoff)
            training = fit(dataset, cutoff, accept_suspected_leak=accept_suspected_leak, stages=stages)
        standing = register(training, project)
        if promote and standing == "challenger":
            make_champion(project)
            standing = "champion"
        with stages.stage("tracking"):
            tracked = track(training, project, standing=standing, reports=dataset.reports)
    folder = project.champion_folder if standing == "champion" else project.challenger_folder
    if json:
        said = {"as_of": str(cutoff), "standing": standing, "bundle": str(folder), "tracking": vars(tracked)}
        emit({**said, **evaluation_document(training)})
    elif not quiet:
        show_training(training)
        typer.echo(f"\nSaved {folder}.")
        if tracked.run is not None:
            typer.echo(f"Run {tracked.run} in {tracked.store}")
        say_not_tracked(tracked.why_not, silent=False)
        typer.echo(_next_step(standing, config, cutoff))


def _next_step(standing: Standing, config: Path, cutoff: date) -> str:
    if standing == "champion":
        return f"Next: churnpredict predict --config {config} --as-of {cutoff}"
    return (
        "The weekly job goes on with the champion. Is this challenger better? "
        f"churnpredict compare --config {config} --as-of {cutoff}\n"
        f"To let it take over: churnpredict promote --config {config}"
    )


def weights(config: Config = DEFAULT_CONFIG, as_of: AsOf = None, json: Json = False) -> None:
    """Suggest weights for the health score from past churn, with their gain out of time; nothing is changed."""
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.lab import propose_weights  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    with watched(silent=json), open_dataset(project) as dataset:
        dataset.check_fresh(cutoff)
        proposal = propose_weights(dataset, cutoff)
    if json:
        emit({"as_of": str(cutoff), **proposal_document(proposal)})
    else:
        show_proposal(proposal)
