"""Every link from one of our pages to another leads somewhere. The site's own build checks headings, too."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt

from .snippets import ROOT

PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")})
#: Written when the site is built.
MADE = {ROOT / "docs" / "cli.md"}


def links(page: Path) -> list[str]:
    return [link for link in targets(page) if "://" not in link and not link.startswith(("#", "mailto:"))]


def targets(page: Path) -> list[str]:
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    children = [child for token in tokens for child in token.children or []]
    found = [str(child.attrs.get("href") or child.attrs.get("src") or "") for child in children]
    return [link for link in found if link]


@pytest.mark.parametrize("page", [p for p in PAGES if p not in MADE], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [page.parent / link.split("#")[0] for link in links(page)]
    assert [target for target in targets if not target.exists() and target.resolve() not in MADE] == []


def test_links_to_elsewhere_are_addresses_that_can_be_asked_for() -> None:
    """Nothing is fetched: that they answer is looked at by hand when a page is written."""
    elsewhere = {link for page in PAGES if page not in MADE for link in targets(page) if "://" in link}
    parts = [urlsplit(link) for link in elsewhere]
    assert elsewhere
    wrong = [
        each.geturl()
        for each in parts
        if each.scheme != "https" or not re.fullmatch(r"[a-z0-9.-]+\.[a-z]+", each.netloc)
    ]
    assert wrong == []


def test_there_are_links_to_check() -> None:
    assert len(links(ROOT / "README.md")) > 10
