"""Draw the pictures of the README from the demonstration: `python docs/images/make.py DEMO/data/risk_lists/<cutoff>`.

The cutoff is that of its last list: the demonstration makes those of the four Mondays before it, too.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> None:
    """Open the page of a week in Chromium; save what a reader sees of the list, and of the first red account."""
    page_file = Path(sys.argv[1]).resolve() / "risk_list.html"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(page_file.as_uri())
        page.screenshot(path=Path(__file__).with_name("risk_list.png"))
        page.locator(".tiers [data-tier=red]").click()
        page.locator("#rows a").first.click()
        page.locator("#account").wait_for()
        page.set_viewport_size({"width": 1280, "height": 2080})
        page.screenshot(path=Path(__file__).with_name("account.png"))
        browser.close()


if __name__ == "__main__":
    main()
