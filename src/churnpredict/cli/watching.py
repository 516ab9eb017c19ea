"""The command that watches whether what was trained still holds."""

from __future__ import annotations

import json as json_format
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from churnpredict.cli.options import DEFAULT_CONFIG, AsOf, Config, Json, Quiet, project_and_cutoff
from churnpredict.cli.printing import emit, printable
from churnpredict.cli.running import watched
from churnpredict.errors import ALARM

if TYPE_CHECKING:
    from churnpredict.lab import Monitoring


class FailOn(StrEnum):
    """From which level of findings on the command ends with its own exit code."""

    ALARM = "alarm"
    NOTICE = "notice"
    NEVER = "never"


def monitor(
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help=f"End with exit code {ALARM} where something of this level is found.")
    ] = FailOn.ALARM,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """See whether the sources, the accounts, the risks and what came of the lists are still as they should be."""
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.lab import monitor as look  # noqa: PLC0415
    from churnpredict.lab import render_monitoring  # noqa: PLC0415
    from churnpredict.publishing import locked, published  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    if not json and not quiet:
        typer.echo(f"As of {cutoff}", err=True)
    folder = project.data_folder / "monitoring" / cutoff.isoformat()
    with locked(folder.parent), watched(silent=json or quiet) as stages:
        with open_dataset(project) as dataset:
            found = look(dataset, cutoff, stages=stages)
        document = found.as_dict()
        with published(folder) as staging:
            (staging / "monitoring.html").write_text(render_monitoring(found, project.name), encoding="utf-8")
            text = json_format.dumps(document, ensure_ascii=False, indent=1, default=str)
            (staging / "monitoring.json").write_text(text + "\n", encoding="utf-8")
    if json:
        emit({"html": str(folder / "monitoring.html"), **document, "seconds": stages.seconds})
    elif not quiet:
        _show(found)
        typer.echo(f"Page: {folder / 'monitoring.html'}\nJSON: {folder / 'monitoring.json'}")
    levels = {FailOn.ALARM: ("alarm",), FailOn.NOTICE: ("alarm", "notice"), FailOn.NEVER: ()}[fail_on]
    if any(finding.level in levels for finding in found.findings):
        raise typer.Exit(ALARM)


def _show(found: Monitoring) -> None:
    typer.echo(found.verdict)
    for finding in found.findings:
        typer.echo(printable(f"  {finding.level:<6} {finding.where}: {finding.words}"))
