"""The command that shows the pages of the documentation."""

from __future__ import annotations

from typing import Annotated

import typer

from churnpredict.cli.printing import on_console
from churnpredict.manual import page_on, topics


def read_page(
    topic: Annotated[str | None, typer.Argument(help="The page; without it, all of them are listed.")] = None,
    section: Annotated[str | None, typer.Argument(help="How the heading of a section begins.")] = None,
) -> None:
    """Show a page of the documentation, or one section of it; an error ends with what to type."""
    if topic is None:
        for name, title in topics().items():
            typer.echo(f"{name:<18} {title}")
        typer.echo("\nchurnpredict help TOPIC shows a page, with --help after any command its options.")
        return
    from rich.markdown import Markdown  # noqa: PLC0415

    on_console(Markdown(page_on(topic, section), hyperlinks=False))
