"""Every link from one of our pages to another leads somewhere. The site's own build checks headings, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from .snippets import ROOT

PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")})
#: Written when the site is built.
MADE = {ROOT / "docs" / "cli.md"}


def links(page: Path) -> list[str]:
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    children = [child for token in tokens for child in token.children or []]
    found = [str(child.attrs.get("href") or child.attrs.get("src") or "") for child in children]
    return [link for link in found if link and "://" not in link and not link.startswith(("#", "mailto:"))]


@pytest.mark.parametrize("page", [p for p in PAGES if p not in MADE], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [page.parent / link.split("#")[0] for link in links(page)]
    assert [target for target in targets if not target.exists() and target.resolve() not in MADE] == []


def test_there_are_links_to_check() -> None:
    assert len(links(ROOT / "README.md")) > 10
