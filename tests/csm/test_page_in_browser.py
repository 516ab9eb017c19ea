"""Claims about the page in a real browser. Run with ``pytest -m browser``; needs playwright and Chromium."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from churnpredict.csm import render_risk_list

from .invented import Invented, around, invented
from .test_files import HOSTILE
from .test_rendering import MARKUP

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WIDE, NARROW = 1280, 390
ROWS = "#rows > tr"

Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    """Open a list; when the test ends, nothing may have gone wrong or gone out."""
    heard: list[str] = []
    contexts = []

    def open_list(frame: pd.DataFrame, width: int = WIDE, **options: Any) -> Any:
        file = tmp_path / "list.html"
        file.write_text(render_risk_list(frame, around()), encoding="utf-8")
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


def names(page: Any) -> list[str]:
    shown: list[str] = page.locator(f"{ROWS} [data-slot=name]").all_inner_texts()
    return shown


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1920, WIDE, 1100, 1024, 768, NARROW, 320])
def test_nothing_overflows(opened: Opened, width: int, scheme: str) -> None:
    page = opened(invented(60).listed(), width, color_scheme=scheme)
    page.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert overflow(page) == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_hostile_names_neither_act_nor_overflow(opened: Opened, width: int) -> None:
    company = hostile_company()
    page = opened(company.listed(), width)
    assert page.locator(ROWS).count() == len(HOSTILE) + len(MARKUP)
    assert "<img src=x onerror=alert(1)>" in names(page)
    assert page.locator("#rows").locator("script, img, svg").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert overflow(page) == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_tiers_filter_alone_and_together(opened: Opened, width: int) -> None:
    listed = invented(60).listed()
    count = listed["tier"].value_counts()
    page = opened(listed, width)
    red, yellow = page.locator(".tiers [data-tier=red]"), page.locator(".tiers [data-tier=yellow]")
    red.click()
    assert red.get_attribute("aria-pressed") == "true"
    assert page.locator(ROWS).count() == count["red"]
    yellow.click()
    assert page.locator(ROWS).count() == count["red"] + count["yellow"]
    assert page.locator("#count").inner_text() == f"{count['red'] + count['yellow']} of 60 accounts"
    red.click()
    yellow.click()
    assert page.locator(ROWS).count() == 60


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_search_finds_accounts_owners_and_reasons_whatever_the_accents(opened: Opened, width: int) -> None:
    listed = invented(60).listed()
    page = opened(listed, width)
    for words, column in (("TOMAS", "owner"), ("logins fell", None), (listed["account_id"].iloc[3], "account_id")):
        page.locator("#search").fill(words)
        shown = page.locator(ROWS).count()
        assert 0 < shown < 60
        if column == "owner":
            assert shown == (listed["owner"] == "Tomás Pereira").sum()
    page.locator("#search").fill("no such account")
    assert page.locator(ROWS).count() == 0
    assert page.locator("#empty").is_visible()
    page.locator("#clear").click()
    assert page.locator(ROWS).count() == 60
    assert page.evaluate("document.activeElement.id") == "search"


def test_an_owner_sees_their_own_accounts(opened: Opened) -> None:
    listed = invented(60).listed()
    page = opened(listed)
    page.locator("#owner").select_option("Noor Haddad")
    mine = listed[listed["owner"] == "Noor Haddad"]
    assert names(page) == mine["account_name"].tolist()


def test_the_list_sorts_by_risk_by_money_and_by_tier(opened: Opened) -> None:
    listed = invented(60).listed()
    page = opened(listed)
    assert names(page) == listed["account_name"].tolist()
    page.locator("#sort").select_option("money")
    by_money = listed.sort_values("arr_at_risk", ascending=False, kind="stable")
    assert names(page) == by_money["account_name"].tolist()
    assert page.locator("#by-money").get_attribute("aria-sort") == "descending"
    assert page.locator("#by-risk").get_attribute("aria-sort") == "none"
    page.locator("#sort").select_option("tier")
    tiers = page.locator(ROWS).evaluate_all("rows => rows.map((row) => row.dataset.tier)")
    assert tiers == sorted(tiers, key=["critical", "red", "yellow", "green"].index)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_everything_is_reached_and_worked_with_the_keyboard(opened: Opened, width: int) -> None:
    page = opened(invented(150).listed(), width)
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.dataset.tier || 'legend'"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert reached == ["critical", "red", "yellow", "green", "search", "owner", "sort", "legend", "next"]
    page.locator("#next").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "previous"
    page.locator(".tiers [data-tier=critical]").focus()
    page.keyboard.press("Space")
    assert page.locator(".tiers [data-tier=critical]").get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_list_keeps_its_table_for_screen_readers(opened: Opened, width: int) -> None:
    page = opened(invented(5).listed(), width)
    assert page.get_by_role("table").count() == 1
    assert page.get_by_role("row").count() == 6
    assert page.get_by_role("columnheader").count() == 6
    assert page.get_by_role("rowheader").count() == 5
    assert page.get_by_role("cell").count() == 25
    assert page.get_by_role("status").inner_text() == "5 of 5 accounts"
    for label in ("Search", "Owner", "Sort by"):
        assert page.get_by_label(label, exact=True).count() == 1


def test_five_thousand_accounts_come_a_page_at_a_time(opened: Opened) -> None:
    listed = invented(5000).listed()
    page = opened(listed)
    assert page.locator(ROWS).count() == 100
    assert page.locator("#range").inner_text() == "1–100 of 5,000"
    page.locator("#next").click()
    assert names(page) == listed["account_name"].iloc[100:200].tolist()
    page.locator("#search").fill(listed["account_id"].iloc[-1])
    assert names(page) == [listed["account_name"].iloc[-1]]
    assert page.locator("#pages").is_hidden()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_without_javascript_it_is_a_plain_table(opened: Opened, width: int) -> None:
    page = opened(invented(250).listed(), width, java_script_enabled=False)
    assert page.locator(ROWS).count() == 250
    assert page.get_by_text("need JavaScript").is_visible()
    assert not page.locator("#search").is_visible()
    assert page.locator(".tiers button").first.is_disabled()
    page.locator("summary").click()
    assert page.get_by_text("It is a reason to call").is_visible()


def test_the_script_shows_the_same_rows_as_the_plain_table(opened: Opened) -> None:
    listed = invented(90).listed()
    plain = opened(listed, java_script_enabled=False).locator("#rows").inner_text()
    assert opened(listed).locator("#rows").inner_text() == plain


def test_paper_gets_everything_that_matches(opened: Opened) -> None:
    listed = invented(250).listed()
    page = opened(listed)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(ROWS).count() == 250
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(ROWS).count() == 100
    page.emulate_media(media="print")
    assert not page.locator("#search").is_visible()
    assert overflow(page) == []


def test_an_empty_list_says_so(opened: Opened) -> None:
    empty = Invented(*(frame.iloc[:0] for frame in vars(invented(1)).values())).listed()
    page = opened(empty)
    assert page.get_by_text("There are no accounts on this list.").is_visible()
    assert page.locator("#count").inner_text() == "0 of 0 accounts"
