"""The command that shows everything on a simulated company."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from churnpredict.cli.options import Json, Quiet
from churnpredict.cli.printing import emit, evaluation_document, show_training, show_week
from churnpredict.cli.running import watched


def demo(
    out: Annotated[Path, typer.Option("--out", help="Where to put it.")] = Path("demo"),
    accounts: Annotated[int, typer.Option(min=400, max=20_000, help="Accounts the company ever had.")] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 7,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The whole flow on a simulated company: tables, model, proof and risk list, offline, in a minute or two."""
    from churnpredict.demo import run_demo  # noqa: PLC0415

    with watched(silent=json or quiet) as stages:
        made = run_demo(out, accounts=accounts, seed=seed, stages=stages)
    if json:
        emit(
            {
                "out": str(made.folder),
                "risk_list": str(made.week.folder / "risk_list.csv"),
                "html": str(made.week.folder / "risk_list.html"),
                "accounts": len(made.week.risk_list),
                "seconds": made.seconds,
                **evaluation_document(made.training),
            }
        )
    elif not quiet:
        show_training(made.training)
        show_week(made.week.risk_list, made.week.folder)
        typer.echo(
            f"\nNext: open the page above. Then look at {made.folder / 'churnpredict.toml'}, which declares all this,\n"
            f"and ask why about one account: churnpredict explain --config {made.folder / 'churnpredict.toml'} "
            f"--as-of {made.week.cutoff} {made.week.risk_list['account_id'].iloc[0]}"
        )
