"""The commands of a data scientist: check the sources, train and prove."""

from __future__ import annotations

from typing import Annotated

import typer

from churnpredict.cli.options import DEFAULT_CONFIG, AsOf, Config, Json, Quiet, project_and_cutoff
from churnpredict.cli.printing import emit, evaluation_document, proposal_document, show_proposal, show_training
from churnpredict.cli.running import watched

AcceptSuspectedLeak = Annotated[
    bool, typer.Option("--accept-suspected-leak", help="Train although something is too good to be true.")
]


def doctor(config: Config = DEFAULT_CONFIG, as_of: AsOf = None, json: Json = False, quiet: Quiet = False) -> None:
    """Check the configuration and the sources: what they hold, and whether there is enough to learn from."""
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.lab import check_up  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    with open_dataset(project) as dataset:
        dataset.check_fresh(cutoff)
        found = check_up(dataset, cutoff)
    if json:
        sources = [{**vars(source), "table": str(source.table)} for source in found.sources]
        emit({**vars(found), "as_of": cutoff, "sources": sources})
    elif not quiet:
        for source in found.sources:
            days = f", {source.first_day} to {source.last_day}" if source.first_day else ""
            typer.echo(f"{source.place}: {source.rows:,} rows{days} ({source.table})")
            for note in source.notes:
                typer.echo(f"    note: {note}")
        typer.echo(f"As of {cutoff}: {found.rows:,} labelled rows at {found.cutoffs} cutoffs. {found.verdict}")
    if not found.able:
        raise typer.Exit(5)


def train(
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    accept_suspected_leak: AcceptSuspectedLeak = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train on the past, judge out of time beside the health score and logistic regression, save the champion."""
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.lab import save_training  # noqa: PLC0415
    from churnpredict.lab import train as fit  # noqa: PLC0415
    from churnpredict.publishing import locked  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    if not json and not quiet:
        typer.echo(f"As of {cutoff}", err=True)
    with locked(project.models_folder), watched(silent=json or quiet) as stages:
        with open_dataset(project) as dataset:
            dataset.check_fresh(cutoff)
            training = fit(dataset, cutoff, accept_suspected_leak=accept_suspected_leak, stages=stages)
        save_training(training, project.champion_folder)
    if json:
        emit({"as_of": str(cutoff), "bundle": str(project.champion_folder), **evaluation_document(training)})
    elif not quiet:
        show_training(training)
        typer.echo(f"\nSaved {project.champion_folder}. Next: churnpredict predict --config {config} --as-of {cutoff}")


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
