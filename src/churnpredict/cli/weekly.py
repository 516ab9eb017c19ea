"""The commands of the week: publish the list, and say why of one account."""

from __future__ import annotations

from typing import Annotated

import typer

from churnpredict.cli.options import DEFAULT_CONFIG, AsOf, Config, Json, Quiet, Strict, project_and_cutoff, today_of
from churnpredict.cli.printing import emit, printable, show_week, warn
from churnpredict.cli.running import watched


def predict(
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    strict: Strict = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score every account with the champion and publish the week's risk list."""
    from churnpredict.batch import predict_week  # noqa: PLC0415
    from churnpredict.delivery import deliver as deliver_week  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    if not json and not quiet:
        typer.echo(f"As of {cutoff}", err=True)
    with watched(silent=json or quiet) as stages:
        week = predict_week(project, cutoff, stages=stages, today=today_of(project), strict=strict)
        if project.risk_list.database is not None:
            with stages.stage("database"):
                deliver_week(project, cutoff)
    if json:
        tiers = week.risk_list["tier"].value_counts().to_dict()
        emit(
            {
                "as_of": str(cutoff),
                "risk_list": str(week.folder / "risk_list.csv"),
                "html": str(week.folder / "risk_list.html"),
                "accounts": len(week.risk_list),
                "tiers": {str(tier): int(count) for tier, count in tiers.items()},
                "warnings": list(week.warnings),
                "seconds": week.seconds,
            }
        )
    elif not quiet:
        warn(week.warnings)
        show_week(week.risk_list, week.folder)


def deliver(config: Config = DEFAULT_CONFIG, as_of: AsOf = None, json: Json = False, quiet: Quiet = False) -> None:
    """Put a published week into the declared database again: after it was down, or into a new one."""
    from churnpredict.delivery import deliver as deliver_week  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    rows = deliver_week(project, cutoff)
    if json:
        emit({"as_of": str(cutoff), "rows": rows})
    elif not quiet:
        typer.echo(f"{rows:,} accounts of {cutoff} are in the database")


def explain(
    account: Annotated[str, typer.Argument(help="The account's id.")],
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Say why an account has the risk it has: every driver, in points of probability that add up."""
    from churnpredict.explanation import explain_account  # noqa: PLC0415

    project, cutoff = project_and_cutoff(config, as_of)
    found = explain_account(project, account, cutoff)
    if json:
        emit(found.as_dict())
        return
    typer.echo(f"{printable(found.name)} ({printable(account)}) on {cutoff}: {found.risk_in_words}")
    typer.echo(
        f"Risk in 90 days {found.risk:.1%}, typical {found.typical_risk:.1%}, score {found.score:.1f}, {found.tier}"
    )
    for sentence in found.reasons:
        typer.echo(f"  {printable(sentence)}")
    typer.echo(f"  {found.others:+.1%} all other features together")
    if found.health is not None:
        typer.echo(
            f"Health score {found.health.score:.1f} of 100, {found.health.tier}, on {found.health.coverage:.0%} of its "
            "weight. Points taken from the hundred:"
        )
        for sentence in found.health.reasons:
            typer.echo(f"  {printable(sentence)}")
