"""What tests of any page in a real browser share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python

WIDE, NARROW = 1280, 390
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")


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
            .filter((e) => {  // what scrolls by itself may hold what is wider
                while (e && !['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) e = e.parentElement
                return !e
            })
            .filter((e) => e.checkVisibility() && !e.closest('caption, thead, template, option'))
            .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5
                || (getComputedStyle(e).display !== 'inline' && e.scrollWidth > e.clientWidth + 1 && e.clientWidth))
            .filter((e) => !['SELECT', 'INPUT'].includes(e.tagName))
            .map((e) => `${e.tagName}.${e.className}: ${e.textContent.slice(0, 40)}`)"""
    )
    return wide
