"""A real browser, and pages opened in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from churnpredict.csm import render_risk_list

from .invented import Invented, around

if TYPE_CHECKING:
    from .browsing import Opened

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    """Open a company's list; when the test ends, nothing may have gone wrong or gone out."""
    from .browsing import WIDE

    heard: list[str] = []
    contexts = []

    def open_list(company: Invented, width: int = WIDE, *, past: pd.DataFrame | None = None, **options: Any) -> Any:
        background = company.background()
        if past is not None:
            background = replace(background, past=past)
        file = tmp_path / "list.html"
        file.write_text(render_risk_list(company.listed(), around(), background), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (heard.append("a dialog"), dialog.dismiss()))
        page.on("request", lambda request: None if request.url == file.as_uri() else heard.append(request.url))
        page.goto(file.as_uri())
        return page

    yield open_list
    for context in contexts:
        context.close()
    assert heard == []
