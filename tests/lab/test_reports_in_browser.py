"""Claims about the lab's pages in a real browser. Run with ``pytest -m browser``; needs playwright and Chromium."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("axe_playwright_python")

from browsing import NARROW, WIDE, faults, overflow
from churnpredict.lab import judge, monitor, render_backtest, render_monitoring, replay

from .company import TODAY, Trained
from .test_replay import SCHEDULE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["backtest", "monitoring"])
def report(request: pytest.FixtureRequest, trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("reports") / f"{request.param}.html"
    if request.param == "backtest":
        page = render_backtest(judge(replay(trained.dataset, TODAY, SCHEDULE), capacity=0.1), "Acme")
    else:
        page = render_monitoring(monitor(trained.dataset, TODAY), "Acme")
    file.write_text(page, encoding="utf-8")
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_report_fits_and_axe_finds_nothing_wrong_with_it(
    open_file: Callable[..., Any], report: Path, width: int, scheme: str
) -> None:
    page = open_file(report, width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert overflow(page) == []
    prose = "[...document.querySelectorAll('.wide:has(.prose)')].filter((e) => e.scrollWidth > e.clientWidth).length"
    assert page.evaluate(prose) == 0, "sentences are read without scrolling sideways"
    assert faults(page) == []
