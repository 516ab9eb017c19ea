"""Claims about the pages of the accounts in a real browser. Run with ``pytest -m browser``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("axe_playwright_python")

from browsing import NARROW, WIDE, faults, overflow

from .browsing import ROWS, Opened, address, hostile_company, open_account
from .invented import TYPICAL_RISK, invented

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.id || document.activeElement.textContent"


def first(company: Any, tier: str) -> pd.Series:
    listed = company.listed()
    return listed[listed["tier"] == tier].iloc[0]


def tenths(text: str) -> int:
    return round(float(re.sub("[^0-9.−-]", "", text).replace("−", "-")) * 10)


def points(page: Any) -> list[int]:
    return [tenths(text) for text in page.locator(".points tbody .number").all_inner_texts()]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_name_opens_the_page_of_its_account_and_back_returns_to_it(opened: Opened, width: int) -> None:
    company = invented(120)
    page = opened(company, width)
    link = page.locator(f"{ROWS} a").nth(40)
    name = link.inner_text()
    link.scroll_into_view_if_needed()
    scrolled = page.evaluate("scrollY")
    link.click()
    page.locator("#account").wait_for()
    assert page.locator("#account-name").inner_text() == name
    assert page.evaluate(FOCUSED) == "account-name"
    assert page.title() == f"{name} – Northgate Software"
    assert not page.locator("#list").is_visible()
    page.go_back()
    page.locator("#list").wait_for()
    assert page.evaluate(FOCUSED) == name
    assert abs(page.evaluate("scrollY") - scrolled) < 60
    assert page.title() == "Accounts at risk of leaving – Northgate Software"


def test_an_account_is_opened_and_left_with_the_keyboard(opened: Opened) -> None:
    page = opened(invented(60))
    page.locator("#sort").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    name = page.evaluate(FOCUSED)
    page.keyboard.press("Enter")
    page.locator("#account").wait_for()
    assert page.locator("#account-name").inner_text() == name
    page.keyboard.press("Escape")
    page.locator("#list").wait_for()
    assert page.evaluate(FOCUSED) == name


def test_a_copied_address_opens_its_account(opened: Opened) -> None:
    company = invented(250)
    account = company.listed().iloc[-1]
    page = opened(company)
    copied = page.url + address(account["account_id"])
    page.goto("about:blank")
    page.goto(copied)
    page.locator("#account").wait_for()
    assert page.locator("#account-name").inner_text() == account["account_name"]
    page.locator(".way a").first.click()
    page.locator("#list").wait_for()
    # Its row is on the third page of the list.
    assert page.locator("#range").inner_text() == "201–250 of 250"
    assert page.evaluate(FOCUSED) == account["account_name"]


@pytest.mark.parametrize("asked", ["#account/nobody", "#account/%E0%A4%A", "#account/<img src=x onerror=alert(1)>"])
def test_an_address_of_nobody_shows_the_list_and_says_so(opened: Opened, asked: str) -> None:
    page = opened(invented(5))
    page.evaluate("(asked) => { location.hash = asked; }", asked)
    page.locator("#not-listed").wait_for()
    assert page.locator("#not-listed").inner_text().startswith("There is no account ")
    assert page.locator(ROWS).count() == 5


def test_the_accounts_around_follow_the_order_and_the_filters_of_the_list(opened: Opened) -> None:
    company = invented(80)
    listed = company.listed()
    mine = listed[listed["owner"] == "Noor Haddad"]["account_name"].tolist()
    page = opened(company)
    page.locator("#owner").select_option("Noor Haddad")
    page.locator(f"{ROWS} a").first.click()
    seen = [page.locator("#account-name").inner_text()]
    assert not page.locator("[data-part=before]").is_visible()
    for _ in mine[1:]:
        page.locator("[data-part=after]").click()
        page.wait_for_function("(name) => document.getElementById('account-name').textContent !== name", arg=seen[-1])
        seen.append(page.locator("#account-name").inner_text())
    assert seen == mine
    assert not page.locator("[data-part=after]").is_visible()


def test_the_points_a_reader_sees_add_up_to_the_risk_on_every_account(opened: Opened) -> None:
    company = invented(40)
    page = opened(company)
    for account, risk in zip(*(company.listed()[name] for name in ("account_id", "risk_90d")), strict=True):
        open_account(page, account)
        page.wait_for_function(
            "(id) => location.hash.endsWith(id) && document.querySelector('.points .whole')", arg=account
        )
        base, *steps, total = points(page)
        assert base + sum(steps) == total
        assert abs(total - 1000 * risk) <= 0.5 + 1e-6
        assert base == round(1000 * TYPICAL_RISK)
        categories = page.locator(".categories tbody td:last-child").all_inner_texts()
        assert base + sum(tenths(text) for text in categories) == total


def test_reasons_that_can_be_acted_on_stand_apart_from_context(opened: Opened) -> None:
    company = invented(60)
    page = opened(company)
    drivers = company.drivers
    account = drivers.loc[drivers["feature"] == "renewal_on__days_until", "account_id"].iloc[0]
    open_account(page, account)
    groups = page.locator(".points tbody").filter(has=page.locator(".group"))
    acted, context = groups.all_inner_texts()
    assert acted.startswith("What can be acted on")
    assert context.startswith("Context")
    assert "Renewal" in context
    assert "Renewal" not in acted


def test_the_chart_says_in_words_and_in_a_table_what_it_draws(opened: Opened) -> None:
    company = invented(60)
    account = first(company, "critical")["account_id"]
    page = opened(company)
    open_account(page, account)
    past = company.background().past
    weeks = int((past["account_id"] == account).sum()) + 1
    chart = page.locator(".chart svg")
    said = chart.get_attribute("aria-label")
    assert chart.get_attribute("role") == "img"
    assert f"over {weeks} lists" in said
    assert "Evidence: " in said
    assert chart.locator(".dot").count() == weeks
    assert chart.locator(".dot[data-tier=critical]").count() == 1
    page.locator("#account summary").click()
    rows = page.locator("[data-part=weeks] tbody tr")
    assert rows.count() == weeks
    assert rows.first.inner_text().startswith("3 Mar 2025")
    assert "Critical" in rows.first.inner_text()


def test_evidence_due_day_gaps_and_what_was_done_are_told(opened: Opened) -> None:
    company = invented(120)
    company = replace(company, details=company.details.assign(arr=None, owner=None))
    account = first(company, "critical")["account_id"]
    page = opened(company)
    open_account(page, account)
    told = page.locator("#account").inner_text()
    for words in ("Notice of non-renewal", "ARR is not known", "Nobody owns this account", "What to do"):
        assert words in told
    done = company.background().done["account_id"]
    open_account(page, done.iloc[0])
    page.wait_for_function("(id) => !document.querySelector('[data-part=done-section]').hidden", arg=0)
    assert "Call with the new sponsor" in page.locator("[data-part=done]").inner_text()


def test_a_first_list_has_a_chart_of_one_point(opened: Opened) -> None:
    company = invented(10)
    day = company.predictions["cutoff"].iloc[0] + pd.Timedelta(days=7)
    later = company.background().past.assign(cutoff=day)
    page = opened(company, past=later)
    open_account(page, company.listed()["account_id"].iloc[0])
    assert page.locator(".chart .dot").count() == 1
    assert "the first list with this account" in page.locator(".chart svg").get_attribute("aria-label")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_axe_finds_nothing_wrong_with_an_account(opened: Opened, width: int, scheme: str) -> None:
    company = invented(60)
    page = opened(company, width, color_scheme=scheme)
    for tier in ("critical", "green"):
        open_account(page, first(company, tier)["account_id"])
        page.wait_for_function("(tier) => document.getElementById('account').dataset.tier === tier", arg=tier)
        page.locator("#account details").evaluate("(table) => { table.open = true; }")
        assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1920, WIDE, 768, NARROW, 320])
def test_no_account_overflows(opened: Opened, width: int, scheme: str) -> None:
    company = invented(60)
    page = opened(company, width, color_scheme=scheme)
    open_account(page, first(company, "critical")["account_id"])
    page.locator("#account summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert overflow(page) == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_hostile_texts_neither_act_nor_overflow_on_their_own_page(opened: Opened, width: int) -> None:
    company = hostile_company()
    page = opened(company, width)
    for account in company.listed()["account_id"]:
        open_account(page, account)
        page.wait_for_function("(id) => location.hash.endsWith(id)", arg=account)
        assert page.locator("#account").locator("script, img, iframe, [onerror]").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert overflow(page) == []


def test_ids_of_any_shape_have_an_address(opened: Opened) -> None:
    company = invented(5)
    odd = dict(zip(company.predictions["account_id"], ["a/b#c?d", "100%", "<b>", "ä ö", "\u202ex"], strict=True))
    frames = {
        name: getattr(company, name).assign(account_id=getattr(company, name)["account_id"].map(odd))
        for name in ("predictions", "drivers", "details", "previous", "evidence")
    }
    page = opened(replace(company, **frames))
    for number in range(5):
        page.locator(f"{ROWS} a").nth(number).click()
        page.locator("#account").wait_for()
        assert page.locator(".points tbody .number").count() > 2
        page.go_back()
        page.locator("#list").wait_for()


def test_an_account_prints_on_paper(opened: Opened) -> None:
    company = invented(60)
    page = opened(company)
    open_account(page, first(company, "red")["account_id"])
    page.emulate_media(media="print")
    assert page.locator(".points").is_visible()
    assert not page.locator("#list").is_visible()
    assert not page.locator(".way").is_visible()
    assert page.pdf().startswith(b"%PDF")
