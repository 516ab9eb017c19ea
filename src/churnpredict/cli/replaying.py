"""The command that replays past lists."""

from __future__ import annotations

import json as json_format
from typing import TYPE_CHECKING, Annotated

import typer

from churnpredict.cli.options import DEFAULT_CONFIG, AsOf, Config, Json, Quiet, project_and_cutoff
from churnpredict.cli.printing import emit
from churnpredict.cli.running import watched

if TYPE_CHECKING:
    from churnpredict.lab import Backtest


def backtest(
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How far back lists are replayed.")] = 52,
    every: Annotated[int, typer.Option(min=1, max=26, help="Weeks between two lists.")] = 1,
    retrain: Annotated[int, typer.Option(min=1, max=520, help="Weeks after which the model is trained again.")] = 13,
    capacity: Annotated[
        float, typer.Option(min=0.005, max=0.9, help="Share of the accounts that can be worked.")
    ] = 0.1,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Replay past lists as they would have been, and see what came of them, beside the health score."""
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.lab import Schedule, headline, judge, render_backtest, replay, require_matplotlib  # noqa: PLC0415
    from churnpredict.publishing import locked, published  # noqa: PLC0415

    require_matplotlib()
    project, cutoff = project_and_cutoff(config, as_of)
    if not json and not quiet:
        typer.echo(f"As of {cutoff}", err=True)
    folder = project.data_folder / "backtests" / cutoff.isoformat()
    with locked(project.data_folder / "backtests"), watched(silent=json or quiet) as stages:
        with open_dataset(project) as dataset:
            dataset.check_fresh(cutoff)
            lists = replay(dataset, cutoff, Schedule(weeks, every, retrain), stages=stages)
        with stages.stage("judging"):
            found = judge(lists, capacity=capacity)
        document = {"as_of": str(cutoff), "headline": headline(found), **found.as_dict()}
        with stages.stage("report"):
            page = render_backtest(found, project.name)
            with published(folder) as staging:
                (staging / "backtest.html").write_text(page, encoding="utf-8")
                text = json_format.dumps(document, ensure_ascii=False, indent=1)
                (staging / "backtest.json").write_text(text + "\n", encoding="utf-8")
    if json:
        emit({"html": str(folder / "backtest.html"), **document, "seconds": stages.seconds})
    elif not quiet:
        _show(found)
        typer.echo(f"Page: {folder / 'backtest.html'}\nJSON: {folder / 'backtest.json'}")


def _show(found: Backtest) -> None:
    from churnpredict.lab import headline  # noqa: PLC0415

    typer.echo(headline(found))
    for sentence in [] if found.duel is None else found.duel.sentences():
        typer.echo(sentence)
    for origin in found.origins:
        said = origin.refused or f"{origin.rows:,} rows; {origin.rung}"
        typer.echo(f"Trained as of {origin.day}: {said}")
