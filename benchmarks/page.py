"""How large the week's page is, and how fast a browser works it: file size, load, filters, orders, an account.

An invented company of any size: every account with 10 drivers, 26 earlier lists and the evidence that makes some of
them critical; half of them with a change that was split. Times are what a reader waits, taken inside the page, up to
the layout that follows: the median of several, in headless Chromium with a window of 1,280 × 900.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.csm.invented import around, invented

from churnpredict.csm import MOST_WEEKS, render_risk_list

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
DRIVERS = 10
REPEATS = 5
MEGABYTE = 1e6
#: What a reader does, each from a fresh page; the layout is forced, so that its time counts.
ACTS = {
    "filter_owner": "set('owner', document.getElementById('owner').options[2].value, 'change')",
    "filter_tier": "document.querySelector('.tiers [data-tier=red]').click()",
    "filter_renewal": "set('renewal', '90', 'change')",
    "search_first": "set('search', 'freight', 'input')",
    "sort_risk_times_arr": "set('sort', 'money', 'change')",
    "sort_tier": "set('sort', 'tier', 'change')",
}
ACT = """(act) => {
    const set = (id, value, kind) => {
        const control = document.getElementById(id);
        control.value = value;
        control.dispatchEvent(new Event(kind));
    };
    const began = performance.now();
    new Function('set', act)(set);
    document.body.offsetHeight;
    return performance.now() - began;
}"""
OPEN = """(address) => new Promise((done) => {
    const began = performance.now();
    const passed = () => done(performance.now() - began);
    const look = () => (document.getElementById('account').hidden ? setTimeout(look, 0) : passed());
    location.hash = address;
    look();
})"""
LOADED = """() => {
    const [navigation] = performance.getEntriesByType('navigation');
    return navigation.domContentLoadedEventEnd - navigation.startTime;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    figures = measured(options.accounts)
    print(json.dumps(figures, indent=1) if options.json else "\n".join(f"{k}: {v}" for k, v in figures.items()))


def measured(accounts: int) -> dict[str, Any]:
    company = invented(accounts, drivers=DRIVERS)
    listed, background = company.listed(), company.background(MOST_WEEKS)
    began = time.perf_counter()
    html = render_risk_list(listed, around(), background).encode()
    rendered = time.perf_counter() - began
    figures = {"accounts": accounts, "file_mb": round(len(html) / MEGABYTE, 2), "render_seconds": round(rendered, 2)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "risk_list.html"
        file.write_bytes(html)
        key = listed["account_id"].iloc[len(listed) // 2]
        return figures | _in_browser(file.as_uri(), f"#account/{key}")


def _in_browser(address: str, account: str) -> dict[str, Any]:
    times: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        version = browser.version
        for _ in range(REPEATS):
            # Evaluated texts are ours; the page's own policy forbids them to itself.
            context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
            page = context.new_page()
            for name, act in ACTS.items():
                page.goto("about:blank")
                page.goto(address)
                times.setdefault("load", []).append(page.evaluate(LOADED))
                times.setdefault(name, []).append(page.evaluate(ACT, act))
            page.goto("about:blank")
            page.goto(address)
            times.setdefault("open_account", []).append(page.evaluate(OPEN, account))
            context.close()
        browser.close()
    seconds = {name: round(statistics.median(taken) / 1000, 3) for name, taken in times.items()}
    return {"chromium": version, "cores": os.cpu_count(), "repeats": REPEATS, "seconds": seconds}


if __name__ == "__main__":
    main()
