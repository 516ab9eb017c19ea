"""What the lab's HTML reports share: sections of words, drawings and tables, on one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from churnpredict.pages import content_policy, environment, style_of

PACKAGE = "churnpredict.lab.reporting"


@dataclass(frozen=True)
class Table:
    """A table, every cell in words already; the first cell of a row is its name, in prose the last one a sentence."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    prose: bool = False


@dataclass(frozen=True)
class Drawing:
    """A drawing as a data URI, and what it shows in words."""

    source: str
    words: str


@dataclass(frozen=True)
class Section:
    """A part of a report under its own heading."""

    title: str
    words: Sequence[str] = ()
    drawings: Sequence[Drawing] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Report:
    """A report.

    Parameters
    ----------
    title, company
        What it is, and of whom.
    lead
        The one sentence to take away.
    known
        Of when it is, and what it knew.
    facts
        A few figures with their names.
    sections
        The rest.
    """

    title: str
    company: str
    lead: str
    known: str
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]


def render_report(report: Report) -> str:
    """One self-contained page; the same report gives the same text."""
    style = style_of(PACKAGE, "report.css")
    template = environment(PACKAGE).get_template("report.html.j2")
    return template.render(report=report, style=style, policy=content_policy(style, drawings=True))


def share(value: float | None) -> str:
    """A share between 0 and 1 in per cent, with a decimal where it is small.

    Examples
    --------
    >>> share(0.123), share(0.0123), share(None)
    ('12%', '1.2%', '–')
    """
    if value is None:
        return "–"
    return f"{value:.0%}" if value >= 0.1 or value == 0 else f"{value:.1%}"  # noqa: PLR2004


def plain(value: float | None) -> str:
    """A figure with two decimals."""
    return "–" if value is None else f"{value:.2f}"


def typical(value: float | str | None) -> str:
    """A typical value: a level as it is called, a number with three figures at the least.

    Examples
    --------
    >>> typical(1104.2), typical(0.08333), typical("pro"), typical(None)
    ('1,104', '0.0833', 'pro', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"  # noqa: PLR2004
