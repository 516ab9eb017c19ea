"""Draw the picture of the README from the demonstration: `python docs/images/make.py DEMO/data/risk_lists/<cutoff>`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> None:
    """Open the page of a week in Chromium and save what a reader sees first."""
    page_file = Path(sys.argv[1]).resolve() / "risk_list.html"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(page_file.as_uri())
        page.screenshot(path=Path(__file__).with_name("risk_list.png"))
        browser.close()


if __name__ == "__main__":
    main()
