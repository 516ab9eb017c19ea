"""What tests of the page in a real browser share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import axe_playwright_python

from .invented import Invented, invented
from .test_files import HOSTILE
from .test_rendering import MARKUP

WIDE, NARROW = 1280, 390
ROWS = "#rows > tr"
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")

Opened = Callable[..., Any]


def address(account: str) -> str:
    return f"#account/{account}"


def open_account(page: Any, account: str) -> None:
    page.goto(page.url.partition("#")[0] + address(account))
    page.locator("#account").wait_for()


def faults(page: Any) -> list[str]:
    """What axe-core finds wrong, with the elements."""
    # Evaluated from outside, the library needs no leave of the page's policy.
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations.map((v) => [v.id, v.nodes.map((n) => n.html)])")
    return [f"{rule}: {elements[:3]}" for rule, elements in found]


def overflow(page: Any) -> list[str]:
    """Visible elements whose content is wider than they are, or that reach beyond the window."""
    wide: list[str] = page.evaluate(
        """() => [...document.body.querySelectorAll('*')]
            .filter((e) => e.checkVisibility() && !e.closest('caption, thead, template, option'))
            .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5
                || (getComputedStyle(e).display !== 'inline' && e.scrollWidth > e.clientWidth + 1 && e.clientWidth))
            .filter((e) => !['SELECT', 'INPUT'].includes(e.tagName))
            .map((e) => `${e.tagName}.${e.className}: ${e.textContent.slice(0, 40)}`)"""
    )
    return wide


def hostile_company() -> Invented:
    words = [*HOSTILE, *MARKUP]
    company = invented(len(words))
    named = company.details.assign(account_name=words, owner=words[::-1], arr=9.9e12)
    of_account = dict(zip(company.predictions["account_id"], words, strict=True))
    drivers = company.drivers.assign(label=company.drivers["account_id"].map(of_account))
    return replace(company, details=named, drivers=drivers)
