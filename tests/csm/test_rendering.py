"""Claims about the page that need no browser."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from datetime import date
from hashlib import sha256
from html.parser import HTMLParser

import pandas as pd
import pytest

from churnpredict.config import Tiers, Workload
from churnpredict.csm import ListPolicy, render_risk_list, rendering
from churnpredict.csm.rendering import PACKAGE, STATIC_ROWS
from churnpredict.pages import style_of

from .invented import PLAYBOOKS, Invented, around, invented
from .test_files import HOSTILE, hostile

MARKUP = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7*7 }}",
    "<!--",
    "&lt;b&gt;",
    '"><svg>',
]


class Reader(HTMLParser):
    """The elements of a page, and the text of each kind of element."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open, data))

    def shape(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    def text(self, tag: str) -> list[str]:
        return [text for opened, text in self.texts if opened == tag]


def data_of(page: str) -> dict[str, list[object]]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    loaded: dict[str, list[object]] = json.loads(found[1])
    return loaded


@pytest.mark.parametrize("name", [*HOSTILE, *MARKUP], ids=lambda name: repr(name)[:20])
@pytest.mark.case(67, "is text")
def test_a_hostile_name_adds_no_element(name: str) -> None:
    tame = Reader(render_risk_list(hostile("Tame"), around()))
    hurt = Reader(render_risk_list(hostile(name), around(company=name)))
    assert hurt.shape() == tame.shape()


def test_a_name_with_markup_is_shown_as_it_is() -> None:
    name = "<script>alert('&amp;')</script>"
    page = render_risk_list(hostile(name), around())
    assert name in Reader(page).text("a")
    assert name in str(data_of(page)["rows"])
    assert "<script>alert" not in page


def test_a_name_cannot_turn_the_reading_direction_of_its_neighbours() -> None:
    page = render_risk_list(hostile("\u202eevil\u2066"), around())
    assert "\u202e" not in page
    assert "\u2066" not in page


def test_a_very_long_name_is_cut() -> None:
    page = render_risk_list(hostile("x" * 10_000), around())
    assert "x" * 121 not in page


@pytest.mark.case(67, "is text")
def test_the_content_policy_allows_the_style_the_script_and_nothing_else() -> None:
    page = render_risk_list(invented(5).listed(), around())
    reader = Reader(page)
    (policy,) = [attrs["content"] for tag, attrs in reader.elements if "http-equiv" in attrs]
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in (style, script)]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_the_page_asks_for_nothing_and_carries_no_inline_handlers() -> None:
    page = render_risk_list(invented(50).listed(), around())
    for tag, attrs in Reader(page).elements:
        assert tag not in ("link", "img", "iframe", "object", "base", "form")
        assert not [name for name in attrs if name in ("src", "style") or name.startswith("on")]
        assert (attrs.get("href") or "#").startswith("#")
    assert "http://" not in page
    assert "https://" not in page
    assert "url(" not in page
    assert "innerHTML" not in page


def test_the_same_list_gives_the_same_page() -> None:
    assert render_risk_list(invented(60).listed(), around()) == render_risk_list(invented(60).listed(), around())


def test_every_account_is_in_the_data_and_the_first_ones_are_in_the_table() -> None:
    page = render_risk_list(invented(STATIC_ROWS + 20).listed(), around())
    before_template = page.partition("<template")[0]
    assert before_template.count('<tr role="row" data-tier=') == STATIC_ROWS
    assert len(data_of(page)["rows"]) == STATIC_ROWS + 20
    assert f"first {STATIC_ROWS} of {STATIC_ROWS + 20} accounts" in before_template
    assert "first 300" not in render_risk_list(invented(STATIC_ROWS).listed(), around())


def test_a_page_of_too_many_accounts_holds_the_riskiest_and_counts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = invented(60).listed()
    whole = render_risk_list(listed, around())
    monkeypatch.setattr(rendering, "MOST_ROWS", 25)
    page = render_risk_list(listed, around())
    assert len(data_of(page)["rows"]) == 25
    assert [row[2] for row in data_of(page)["rows"]] == listed["account_id"].head(25).tolist()
    assert "This page shows the first 25 of 60 accounts; the CSV file has them all." in page
    counted = re.compile(r'<button type="button" data-tier=.*')
    assert counted.findall(page) == counted.findall(whole)


def test_the_data_names_every_slot_of_the_row() -> None:
    page = render_risk_list(invented(3).listed(), around())
    used = set(re.findall(r'data-(?:slot|if|unless)="(\w+)"', page))
    assert used <= set(data_of(page)["fields"])


def test_no_python_shines_through() -> None:
    page = render_risk_list(invented(300).listed(), around())
    texts = " ".join(text for tag, text in Reader(page).texts if tag not in ("style", "script"))
    for trace in ("None", "nan", "NaT", "built-in", "Timestamp", "0x"):
        assert not re.search(rf"\b{trace}\b", texts)


def test_the_counts_and_the_revenue_of_the_tiers_add_up() -> None:
    listed = invented(300).listed()
    counts = [int(text) for text in Reader(render_risk_list(listed, around())).text("b") if text.isdecimal()]
    assert counts[:4] == [(listed["tier"] == tier).sum() for tier in ("critical", "red", "yellow", "green")]


def test_an_empty_list_is_a_page_that_says_so() -> None:
    empty = Invented(*(frame.iloc[:0] for frame in vars(invented(1)).values())).listed()
    page = render_risk_list(empty, around(figures=(), trained_as_of=None))
    assert "There are no accounts on this list." in page
    assert data_of(page)["rows"] == []


def test_missing_revenue_renewal_health_and_reasons_are_said_to_be_missing() -> None:
    company = invented(4)
    bare = Invented(
        company.predictions.assign(health_score=None, health_tier=None, tier="red"),
        company.drivers.iloc[:0],
        company.details.assign(arr=None, renewal_on=None, owner=None),
        company.previous.iloc[:0],
    )
    page = render_risk_list(bare.listed(), around())
    visible = re.sub(r"<[^>]* hidden>[^<]*</[^>]*>", "", page.partition("<template")[0])
    for words in ("ARR not known", "No renewal date", "Nothing stands out", "No owner", "not known"):
        assert words in visible
    assert "New on the list" not in visible
    assert "$" not in visible


def test_the_page_says_when_it_was_trained_and_how_it_did() -> None:
    page = render_risk_list(invented(5).listed(), around(trained_as_of=date(2025, 1, 6)))
    for words in ("Northgate Software", "Mon 3 Mar 2025", "6 Jan 2025", "64%", "health score: 41%", "1 in 14"):
        assert words in page


def test_the_legend_speaks_of_the_borders_in_use() -> None:
    page = render_risk_list(invented(5).listed(), around(tiers=Tiers(yellow=82, red=55)))
    assert "Green begins at 82, yellow at 55" in page


def test_the_currency_is_the_one_declared() -> None:
    page = render_risk_list(invented(30).listed(), around(currency="CHF"))
    assert "CHF " in page
    assert "$" not in re.sub(r"<(style|script).*?</\1>", "", page, flags=re.DOTALL)


def test_a_list_read_back_from_parquet_gives_the_same_page() -> None:
    listed = invented(20).listed()
    again = pd.DataFrame({name: listed[name].astype(object) if name == "owner" else listed[name] for name in listed})
    assert render_risk_list(again, around()) == render_risk_list(listed, around())


def test_accounts_new_since_the_list_before_are_marked_only_if_there_was_one() -> None:
    company = invented(30)
    assert "New on the list" in render_risk_list(company.listed(), around())
    first = replace(company, previous=company.previous.iloc[:0])
    assert "New on the list" not in render_risk_list(first.listed(), around())


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_and_borders_have_contrast(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", style_of(PACKAGE, "list.css"), re.DOTALL)
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", blocks[scheme] + blocks[scheme + 2]))
    for ground in ("paper", "card"):
        for text in ("ink", "soft", "critical", "red", "yellow", "green"):
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for edge in ("edge", "focus"):
            assert _contrast(colours[edge], colours[ground]) >= 3, (edge, ground)


def test_the_page_says_what_is_beyond_capacity_and_since_when_a_play_is_open() -> None:
    company = invented(60)
    red = company.predictions.index[company.predictions["tier"] == "red"]
    account = company.predictions.loc[red[0], "account_id"]
    day = pd.Timestamp("2025-02-24")
    opened = pd.DataFrame({"account_id": [account], "play": ["red"], "opened_on": [day], "due_on": [day]})
    policy = ListPolicy(0.07, PLAYBOOKS, workload=Workload(per_owner=1), opened=opened)
    html = render_risk_list(company.listed(policy), around())
    assert re.search(r"\d more (red|yellow) accounts? beyond capacity for \w+", html)
    assert "Open since Mon 24 Feb 2025, due" in html
    assert "Beyond capacity this week" in html
