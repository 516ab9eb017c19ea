"""The pages of the documentation as they came with the package: the same Markdown that the site is made of."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from churnpredict.errors import Problem, UsageError

#: Pages that the site needs and nobody reads by itself.
_NO_TOPICS = ("index", "cli")
_HEADING = re.compile(r"^(#+) +(.+)$")


def topics() -> dict[str, str]:
    """The title of every page, by its topic."""
    return {topic: _title(page.read_text(encoding="utf-8")) for topic, page in sorted(_pages().items())}


def page_on(topic: str, section: str | None = None) -> str:
    """A page as Markdown, or the section of it whose heading begins with some words.

    Parameters
    ----------
    topic
        The page: what the file is called, without its ending.
    section
        How the heading of the section begins, in any capitals; the whole page without it.

    Raises
    ------
    UsageError
        If there is no such page, or no such section.
    """
    pages = _pages()
    if topic not in pages:
        raise UsageError(Problem("TOPIC", repr(topic), f"one of: {', '.join(sorted(pages))}"))
    text = pages[topic].read_text(encoding="utf-8")
    if section is None:
        return text
    found = _section(text.splitlines(), section.lower())
    if not found:
        headings = [match[2] for line in text.splitlines() if (match := _HEADING.match(line))]
        raise UsageError(Problem("SECTION", repr(section), f"the beginning of one of: {'; '.join(headings[1:])}"))
    return "\n".join(found)


def _pages() -> dict[str, Traversable]:
    inside = files("churnpredict").joinpath("docs")
    # A checkout has them where they are written.
    folder = inside if inside.is_dir() else Path(__file__).parents[2] / "docs"
    found = [page for page in folder.iterdir() if page.name.endswith(".md")] if folder.is_dir() else []
    return {name: page for page in found if (name := page.name.removesuffix(".md")) not in _NO_TOPICS}


def _title(text: str) -> str:
    return next((match[2] for line in text.splitlines() if (match := _HEADING.match(line))), "")


def _section(lines: list[str], beginning: str) -> list[str]:
    """The lines of a section, to the next heading of its level or a higher one; a comment in code is none."""
    kept: list[str] = []
    level, fenced = 0, False
    for line in lines:
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading and level and len(heading[1]) <= level:
            break
        if heading and not level and heading[2].lower().startswith(beginning):
            level = len(heading[1])
        if level:
            kept.append(line)
    return kept
