"""The blocks of code in the documentation, each with where it stands."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
#: The page of commands is left out: it is written from the commands themselves when the site is built.
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/*.md")} - {ROOT / "docs/cli.md"})


@dataclass(frozen=True)
class Snippet:
    """A block of code."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def commands(self) -> list[str]:
        """The lines that a reader would type: of a console, those after the prompt; a line that ends in \\ goes on."""
        lines = re.sub(r"\\\n\s*", " ", self.text).splitlines()
        if self.language == "console":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        return [line for line in lines if shlex.split(line, comments=True)]


def snippets(*languages: str) -> list[Snippet]:
    """All blocks in these languages, page by page from top to bottom."""
    return [
        Snippet(page, token.map[0] + 1, token.info.strip(), token.content)
        for page in PAGES
        for token in MarkdownIt().parse(page.read_text(encoding="utf-8"))
        if token.type == "fence" and token.map is not None and token.info.strip() in languages
    ]
