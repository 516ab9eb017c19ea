"""The commands that decide which model the weekly job reads."""

from __future__ import annotations

from typing import Annotated

import typer

from churnpredict.cli.options import DEFAULT_CONFIG, Config, Json, Quiet
from churnpredict.cli.printing import emit, say_not_tracked


def promote(
    config: Config = DEFAULT_CONFIG,
    run: Annotated[str | None, typer.Option("--run", help="A tracked run, instead of the challenger.")] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make the challenger the champion; the champion before is kept for `rollback`."""
    from churnpredict.config import read_project  # noqa: PLC0415
    from churnpredict.lab import bundle_of_run, follow  # noqa: PLC0415
    from churnpredict.lab import promote as make_champion  # noqa: PLC0415
    from churnpredict.publishing import locked  # noqa: PLC0415

    project = read_project(config)
    with locked(project.models_folder):
        if run is None:
            promoted = make_champion(project)
        else:
            with bundle_of_run(project, run) as bundle:
                promoted = make_champion(project, bundle)
        say_not_tracked(follow(project), silent=json or quiet)
    if json:
        emit({"promoted": promoted, "champion": str(project.champion_folder)})
    elif not quiet:
        said = "Promoted: the weekly job reads it from now on" if promoted else "It is the champion already"
        typer.echo(f"{said}. Champion: {project.champion_folder}")


def rollback(config: Config = DEFAULT_CONFIG, json: Json = False, quiet: Quiet = False) -> None:
    """Make the champion before the last promotion the champion again."""
    from churnpredict.config import read_project  # noqa: PLC0415
    from churnpredict.lab import follow, roll_back  # noqa: PLC0415
    from churnpredict.publishing import locked  # noqa: PLC0415

    project = read_project(config)
    with locked(project.models_folder):
        roll_back(project)
        say_not_tracked(follow(project), silent=json or quiet)
    if json:
        emit({"rolled_back": True, "champion": str(project.champion_folder)})
    elif not quiet:
        typer.echo(f"Rolled back to the champion before. Champion: {project.champion_folder}")
