"""What commands write: JSON for programs, tables and lines for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from churnpredict.lab import Checkup, Training, WeightProposal


#: Columns of a page that no terminal shows.
WIDTH = 120
#: Places of warnings of one kind that are named.
MOST_NAMED = 5
#: What differs between two warnings of one kind: where, names in quotes, numbers.
_VARIES = re.compile(r"^[\w.]+(?=: )|'[^']*'|\d[\d,.]*")
_PLACE = re.compile(r"^([\w.]+): ")


def printable(text: str) -> str:
    """The text with what a terminal would obey written out.

    Names come from data: an escape sequence or a line break in one must not reach the terminal or the log.
    """
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def say_not_tracked(why_not: str | None, *, silent: bool) -> None:
    """Say on standard error what MLflow was not told, and why."""
    if why_not is not None and not silent:
        typer.echo(f"Not tracked: {printable(why_not)}", err=True)


def emit(document: dict[str, Any]) -> None:
    """One JSON object on standard output; what JSON does not know is written as text.

    What a terminal would obey is escaped, as JSON allows it: in a document only texts can hold such a character.
    """
    text = json.dumps(document, ensure_ascii=False, default=str)
    typer.echo("".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text))


def warn(warnings: Iterable[str]) -> None:
    """What to be careful about, on standard error; the same kind of warning once, with how many there are."""
    for warning in counted(warnings):
        typer.echo(f"Careful: {printable(warning)}", err=True)


def counted(lines: Iterable[str]) -> list[str]:
    """Lines that differ in nothing but names, numbers and places as one: the first, and how many more there are.

    Examples
    --------
    >>> counted(["events.usage: 3 rows of nobody", "events.tickets: 9 rows of nobody", "facts have no date"])
    ['events.usage: 3 rows of nobody (and 1 more like it: events.tickets)', 'facts have no date']
    """
    grouped: dict[str, list[str]] = {}
    for line in lines:
        grouped.setdefault(_VARIES.sub("…", line), []).append(line)
    return [_with_count(*each) for each in grouped.values()]


def _with_count(first: str, *more: str) -> str:
    if not more:
        return first
    own, *others = [place[1] if (place := _PLACE.match(line)) else "" for line in (first, *more)]
    named = [place for place in dict.fromkeys(others) if place not in ("", own)]
    where = f": {', '.join(named[:MOST_NAMED])}{', …' if len(named) > MOST_NAMED else ''}" if named else ""
    return f"{first} (and {len(more):,} more like it{where})"


def on_console(shown: Any, **how: Any) -> None:
    """Something of rich on standard output; without a terminal as wide as a table needs, and without colours."""
    from rich.console import Console  # noqa: PLC0415

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    console.print(shown, **how)


def evaluation_document(training: Training) -> dict[str, Any]:
    """The proof of a training, for JSON."""
    figures = {name: result.as_dict() for name, result in training.evaluation.items()}
    return {
        "evaluation": figures,
        "duel": None if training.duel is None else training.duel.as_dict(),
        "tiers": training.tiers.as_dict(),
        "ladder": asdict(training.rung),
        "feedback": training.feedback.as_dict(),
        "warnings": list(training.warnings),
    }


def show_training(training: Training) -> None:
    """The proof of a training as a table, and what to be careful about."""
    from rich.table import Table  # noqa: PLC0415

    from churnpredict.lab import COLUMNS, figure_rows  # noqa: PLC0415

    model = training.evaluation["model"]
    table = Table(
        title=f"Out of time: {len(training.split.test)} cutoffs, {training.split.test[0]} to {training.split.test[-1]}",
        caption=f"{model.n:,} rows, {model.churners:,} churners, base rate {model.base_rate:.1%} in 90 days",
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("", no_wrap=True)
    for _, heading, _ in COLUMNS:
        table.add_column(heading, justify="right")
    for row in figure_rows(training):
        table.add_row(*row)
    on_console(table)
    for sentence in training.tiers.sentences():
        on_console(sentence, markup=False)
    for sentence in [] if training.duel is None else training.duel.sentences():
        on_console(sentence, markup=False)
    if told := training.feedback.overrides.sentence():
        on_console(told, markup=False)
    on_console(f"Rung of the ladder: {training.rung}.", markup=False)
    for warning in counted(training.warnings):
        on_console(f"Careful: {warning}", style="yellow", markup=False)


def show_week(risk_list: Any, folder: Path) -> None:
    """The tiers of a week, its riskiest accounts, and where its files are."""
    counts = risk_list["tier"].value_counts()
    said = ", ".join(f"{counts.get(tier, 0)} {tier}" for tier in ("critical", "red", "yellow", "green"))
    typer.echo(f"\n{len(risk_list):,} accounts: {said}. The riskiest:")
    for row in risk_list.head(5).itertuples():
        typer.echo(printable(f"  {row.risk_90d:6.1%}  {row.tier:<8} {row.account_name}: {row.reason_1 or ''}"))
    typer.echo(f"List: {folder / 'risk_list.csv'}\nPage: {folder / 'risk_list.html'}")


def proposal_document(proposal: WeightProposal) -> dict[str, Any]:
    """Proposed weights as plain values."""
    plain = {**asdict(proposal), "test": [str(cutoff) for cutoff in proposal.test]}
    return {**plain, "health_score": proposal.health_score.model_dump(), "proven": proposal.proven}


def show_proposal(proposal: WeightProposal) -> None:
    """Proposed weights beside the present ones, what they gained out of time, and how to take them."""
    typer.echo("Points of a hundred, now and proposed:")
    for feature, weight in proposal.weights.items():
        typer.echo(f"  {proposal.declared[feature]:5.1f}  {weight:5.1f}  {feature}")
    typer.echo(f"Out of time, {len(proposal.test)} cutoffs, {proposal.test[0]} to {proposal.test[-1]}:")
    for name, gain, pattern in (("log-loss", proposal.log_loss, ".4f"), ("AUC", proposal.auc, ".3f")):
        said = f"  {name} {gain.declared:{pattern}} now, {gain.proposed:{pattern}} proposed"
        if gain.interval is not None:
            low, high = gain.interval
            said += f", better by {gain.better:+{pattern}} ({low:+{pattern}} to {high:+{pattern}})"
        typer.echo(said)
    verdict = "The gain is proven" if proposal.proven else "The gain is not proven: keep the weights you have"
    typer.echo(f"{verdict}. Nothing was changed; to take the proposal, put this into the configuration:\n")
    typer.echo(proposal.toml())


def show_checkup(found: Checkup, *, as_of: object) -> None:
    """What each source and column holds, what is wrong with them and what that costs, and the verdict."""
    for source in found.sources:
        days = f", {source.first_day} to {source.last_day}" if source.first_day else ""
        typer.echo(printable(f"{source.place}: {source.rows:,} rows{days} ({source.table})"))
        for column in source.columns:
            share = column.missing / source.rows if source.rows else 0.0
            typer.echo(printable(f"    {column.name}: {share:.1%} missing"))
        for line in source.warnings:
            typer.echo(printable(f"    careful: {line}"))
    for note in counted(f"{source.place}: {note}" for source in found.sources for note in source.notes):
        typer.echo(printable(f"Note: {note}"))
    for cost in found.costs:
        typer.echo(f"Cost: {cost}")
    if found.leakage is not None:
        typer.echo(printable(found.leakage.sentence()))
    typer.echo(f"As of {as_of}: {found.rows:,} labelled rows at {found.cutoffs} cutoffs. {found.verdict}")
