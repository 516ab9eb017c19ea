"""The commands of the ledger: write down what was done and what came of it, list it, report it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from churnpredict.cli.options import DEFAULT_CONFIG, Config, Json, Quiet, day_of, stamp_of_now
from churnpredict.cli.printing import emit, printable
from churnpredict.errors import Problem, UsageError

if TYPE_CHECKING:
    from churnpredict.config import Project
    from churnpredict.csm import OutcomeReport, Tally
    from churnpredict.ledger import Given, Recorded

By = Annotated[str | None, typer.Option("--by", help="Who writes. [default: the user of the system]")]
Unlisted = Annotated[bool, typer.Option("--unlisted", help="Also about accounts that are on no published list.")]


def add(
    account: Annotated[str, typer.Argument(help="The account's id.")],
    state: Annotated[str, typer.Argument(help="open, planned, saving, saved, lost, wrong or withdrawn.")],
    on: Annotated[str | None, typer.Option("--on", metavar="YYYY-MM-DD", help="When. [default: today]")] = None,
    play: Annotated[str | None, typer.Option(help="The playbook. [default: that of the list]")] = None,
    reason: Annotated[str | None, typer.Option(help="A short code; `wrong` needs one.")] = None,
    note: Annotated[str | None, typer.Option(help="More in words.")] = None,
    cost: Annotated[float | None, typer.Option(help="What this step cost.")] = None,
    arr: Annotated[float | None, typer.Option(help="Annual revenue at stake. [default: that of the list]")] = None,
    expansion_arr: Annotated[float | None, typer.Option(help="Annual revenue won on top.")] = None,
    reengaged_on: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="When the customer was active again.")
    ] = None,
    intervention: Annotated[str, typer.Option(help="Which one, where several are open.")] = "",
    corrects: Annotated[int | None, typer.Option(help="Number of the entry that this one sets right.")] = None,
    by: By = None,
    unlisted: Unlisted = False,
    config: Config = DEFAULT_CONFIG,
    json: Json = False,
) -> None:
    """Write down what was done about an account, or what came of it. Nothing is ever changed, only added."""
    from churnpredict.config import read_project  # noqa: PLC0415
    from churnpredict.ledger import STATES, Entry, Given  # noqa: PLC0415

    project = read_project(config)
    stamp = stamp_of_now(project, by)
    known = next((each for each in STATES if each == state), None)
    if known is None:
        raise UsageError(Problem("STATE", repr(state), f"one of: {', '.join(STATES)}"))
    entry = Entry(
        account_id=account,
        state=known,
        on_day=stamp.today if on is None else day_of(on, "--on"),
        intervention=intervention,
        play=play,
        arr=arr,
        cost=cost,
        expansion_arr=expansion_arr,
        reengaged_on=None if reengaged_on is None else day_of(reengaged_on, "--reengaged-on"),
        reason=reason,
        note=note,
        corrects=corrects,
    )
    _write(project, [Given("outcomes add", entry)], by=by, unlisted=unlisted, json=json)


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV file with account_id, state, on_day and more.")],
    by: By = None,
    unlisted: Unlisted = False,
    config: Config = DEFAULT_CONFIG,
    json: Json = False,
) -> None:
    """Write down every row of a CSV file, or none; rows that are there already are passed over."""
    from churnpredict.config import read_project  # noqa: PLC0415
    from churnpredict.ledger import read_rows  # noqa: PLC0415

    _write(read_project(config), read_rows(file), by=by, unlisted=unlisted, json=json)


def _write(project: Project, given: list[Given], *, by: str | None, unlisted: bool, json: bool) -> None:
    from churnpredict.outcomes import write_down  # noqa: PLC0415

    new = write_down(project, given, stamp_of_now(project, by), unlisted=unlisted)
    if json:
        emit({"written": [_document(each) for each in new], "already_there": len(given) - len(new)})
        return
    there = len(given) - len(new)
    typer.echo(f"{len(new):,} written down{f', {there:,} already there' if there else ''}.")
    for each in new[:5]:
        typer.echo(_line(each))


def list_entries(
    account: Annotated[str | None, typer.Option(help="Only those of this account.")] = None,
    config: Config = DEFAULT_CONFIG,
    json: Json = False,
) -> None:
    """List what was written down, in the order of writing."""
    from churnpredict.config import read_project  # noqa: PLC0415
    from churnpredict.ledger import read_ledger  # noqa: PLC0415

    recorded = read_ledger(read_project(config).ledger_file)
    chosen = [each for each in recorded if account in (None, each.entry.account_id)]
    if json:
        emit({"entries": [_document(each) for each in chosen]})
        return
    for each in chosen:
        typer.echo(_line(each))


def report(
    config: Config = DEFAULT_CONFIG,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Nothing at or after this day is in it. [default: all until now]"),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what came of interventions, by play and tier: saved, lost, revenue, days, cost."""
    from churnpredict.config import read_project  # noqa: PLC0415
    from churnpredict.outcomes import report as made  # noqa: PLC0415

    project = read_project(config)
    tomorrow = stamp_of_now(project, None).today + timedelta(days=1)
    found = made(project, tomorrow if as_of is None else day_of(as_of, "--as-of"))
    if json:
        emit(found.as_dict())
    elif not quiet:
        _show(found)


#: The commands by the name they are typed as.
OUTCOMES: dict[str, Callable[..., None]] = {
    "add": add,
    "import": import_file,
    "list": list_entries,
    "report": report,
}


def _document(recorded: Recorded) -> dict[str, Any]:
    stamp = {"seq": recorded.seq, "recorded_at": recorded.recorded_at.isoformat(), "recorded_by": recorded.recorded_by}
    return {**stamp, **asdict(recorded.entry)}


def _line(recorded: Recorded) -> str:
    entry = recorded.entry
    more = [entry.play, entry.reason, entry.note, entry.corrects and f"corrects {entry.corrects}"]
    told = " · ".join(str(each) for each in more if each)
    text = f"{recorded.seq:>6}  {entry.on_day}  {entry.state:<9} {entry.intervention}  {told} ({recorded.recorded_by})"
    return printable(text)


def _show(found: OutcomeReport) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=f"Interventions written down before {found.as_of}", title_justify="left")
    table.add_column("")
    for heading in ("opened", "begun", "saved", "lost", "wrong", "open", "ARR saved", "value", "cost", "ROI", "days"):
        table.add_column(heading, justify="right")
    groups = {"all": found.total, **found.by_play_and_tier}
    for name, tally in groups.items():
        table.add_row(printable(name), *_cells(tally))
    console = Console()
    console.print(table)
    console.print(f"Amounts in {found.currency}; a saved account counts {found.value_multiple:g} years.", markup=False)
    for state, reasons in found.reasons.items():
        if reasons:
            told = ", ".join(f"{reason} {count}" for reason, count in reasons.items())
            console.print(printable(f"Reasons, {state}: {told}"), markup=False)
    for note in found.notes:
        console.print(note, markup=False)


def _cells(tally: Tally) -> list[str]:
    counts = (tally.opened, tally.begun, tally.saved, tally.lost, tally.wrong, tally.unfinished)
    amounts = (tally.arr_saved, tally.value, tally.cost)
    last = ((tally.roi, ".1f"), (tally.days_to_outcome, ".0f"))
    return [
        *(f"{count:,}" for count in counts),
        *("–" if amount is None else f"{amount:,.0f}" for amount in amounts),
        *("–" if value is None else format(value, pattern) for value, pattern in last),
    ]
