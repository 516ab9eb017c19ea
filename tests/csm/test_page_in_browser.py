"""Claims about the list in a real browser. Run with ``pytest -m browser``; needs playwright and Chromium."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("axe_playwright_python")

from browsing import NARROW, WIDE, faults, overflow

from .browsing import ROWS, Opened, hostile_company
from .invented import Invented, invented
from .test_files import HOSTILE
from .test_rendering import MARKUP

pytestmark = pytest.mark.browser


def names(page: Any) -> list[str]:
    shown: list[str] = page.locator(f"{ROWS} [data-slot=name]").all_inner_texts()
    return shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1920, WIDE, 1100, 1024, 768, NARROW, 320])
def test_nothing_overflows(opened: Opened, width: int, scheme: str) -> None:
    page = opened(invented(60), width, color_scheme=scheme)
    page.locator(".legend summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert overflow(page) == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_hostile_names_neither_act_nor_overflow(opened: Opened, width: int) -> None:
    company = hostile_company()
    page = opened(company, width)
    assert page.locator(ROWS).count() == len(HOSTILE) + len(MARKUP)
    assert "<img src=x onerror=alert(1)>" in names(page)
    assert page.locator("#rows").locator("script, img, svg").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert overflow(page) == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_tiers_filter_alone_and_together(opened: Opened, width: int) -> None:
    company = invented(60)
    listed = company.listed()
    count = listed["tier"].value_counts()
    page = opened(company, width)
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
    company = invented(60)
    listed = company.listed()
    page = opened(company, width)
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
    company = invented(60)
    listed = company.listed()
    page = opened(company)
    page.locator("#owner").select_option("Noor Haddad")
    mine = listed[listed["owner"] == "Noor Haddad"]
    assert names(page) == mine["account_name"].tolist()


def test_renewals_filter_by_how_soon_they_are(opened: Opened) -> None:
    company = invented(200)
    listed = company.listed()
    ahead = (listed["renewal_on"] - listed["cutoff"]).dt.days
    page = opened(company)
    wanted = {
        "30": ahead.between(0, 30),
        "60": ahead.between(0, 60),
        "90": ahead.between(0, 90),
        "overdue": ahead < 0,
        "unknown": ahead.isna(),
    }
    for option, expected in wanted.items():
        page.locator("#renewal").select_option(option)
        assert 0 < expected.sum() < 100
        assert names(page) == listed.loc[expected, "account_name"].tolist()
    page.locator("#clear").click()
    assert page.locator("#count").inner_text() == "200 of 200 accounts"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_axe_finds_nothing_wrong_with_the_list(opened: Opened, width: int, scheme: str) -> None:
    page = opened(invented(60), width, color_scheme=scheme)
    page.locator(".legend summary").click()
    page.locator(".tiers [data-tier=yellow]").click()
    assert faults(page) == []


def test_the_list_sorts_by_risk_by_money_and_by_tier(opened: Opened) -> None:
    company = invented(60)
    listed = company.listed()
    page = opened(company)
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
    page = opened(invented(150), width)
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("(({id, dataset, tagName}) => id || dataset.tier || tagName)(document.activeElement)")
        )
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    controls = ["search", "owner", "renewal", "move", "sort"]
    assert reached == ["critical", "red", "yellow", "green", *controls, "SUMMARY", "SUMMARY", "A"]
    page.locator("#next").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "previous"
    page.locator(".tiers [data-tier=critical]").focus()
    page.keyboard.press("Space")
    assert page.locator(".tiers [data-tier=critical]").get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_list_keeps_its_table_for_screen_readers(opened: Opened, width: int) -> None:
    page = opened(invented(5), width)
    assert page.get_by_role("table").count() == 1
    assert page.get_by_role("row").count() == 6
    assert page.get_by_role("columnheader").count() == 6
    assert page.get_by_role("rowheader").count() == 5
    assert page.get_by_role("cell").count() == 25
    assert page.get_by_role("status").inner_text() == "5 of 5 accounts"
    for label in ("Search", "Owner", "Renewal", "Since the list before", "Sort by"):
        assert page.get_by_label(label, exact=True).count() == 1


def test_who_moved_is_found_and_who_left_is_named(opened: Opened) -> None:
    company = invented(200)
    listed = company.listed()
    page = opened(company)
    for move in ("escalated", "recovered", "new"):
        page.locator("#move").select_option(move)
        assert page.locator(ROWS).count() == (listed["move"] == move).sum() > 0
    page.locator("#clear").click()
    assert page.locator("#count").inner_text() == "200 of 200 accounts"
    assert page.locator(".since li").all_inner_texts() == [
        "Westbrook Mills was red, about 1 in 3; $84k ARR; Ada Lindqvist",
        "Old Quay was green, about 1 in 50",
    ]


def test_five_thousand_accounts_come_a_page_at_a_time(opened: Opened) -> None:
    company = invented(5000)
    listed = company.listed()
    page = opened(company)
    assert page.locator(ROWS).count() == 100
    assert page.locator("#range").inner_text() == "1–100 of 5,000"
    page.locator("#next").click()
    assert names(page) == listed["account_name"].iloc[100:200].tolist()
    page.locator("#search").fill(listed["account_id"].iloc[-1])
    assert names(page) == [listed["account_name"].iloc[-1]]
    assert page.locator("#pages").is_hidden()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_without_javascript_it_is_a_plain_table(opened: Opened, width: int) -> None:
    page = opened(invented(250), width, java_script_enabled=False)
    assert page.locator(ROWS).count() == 250
    assert page.get_by_text("need JavaScript").is_visible()
    assert not page.locator("#search").is_visible()
    assert page.locator(".tiers button").first.is_disabled()
    page.locator(".legend summary").click()
    assert page.get_by_text("It is a reason to call").is_visible()


def test_the_script_shows_the_same_rows_as_the_plain_table(opened: Opened) -> None:
    company = invented(90)
    plain = opened(company, java_script_enabled=False).locator("#rows").inner_text()
    assert opened(company).locator("#rows").inner_text() == plain


def test_paper_gets_everything_that_matches(opened: Opened) -> None:
    company = invented(250)
    page = opened(company)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(ROWS).count() == 250
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(ROWS).count() == 100
    page.emulate_media(media="print")
    assert not page.locator("#search").is_visible()
    assert overflow(page) == []


def test_an_empty_list_says_so(opened: Opened) -> None:
    empty = Invented(*(frame.iloc[:0] for frame in vars(invented(1)).values()))
    page = opened(empty)
    assert page.get_by_text("There are no accounts on this list.").is_visible()
    assert page.locator("#count").inner_text() == "0 of 0 accounts"
