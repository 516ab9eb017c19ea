"""Claims about who stands behind an account, and who left: what the page says of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from churnpredict.csm import Background, Contacts, owner_files, render_risk_list
from churnpredict.csm.account_page import account_details
from churnpredict.csm.rendering import MOST_GONE

from .invented import CUTOFF, TYPICAL_RISK, around, invented
from .test_rendering import Reader


def contacts(*rows: dict[str, object], late: tuple[tuple[str, date], ...] = ()) -> Contacts:
    return Contacts(
        pd.DataFrame(rows),
        {"shown__contact": ("Main contact", "category"), "shown__decides": ("Decides", "flag")},
        {"touch__call": "Last call, by us", "touch__ticket": "Last ticket, by the customer"},
        {"heard__usage": ("Usage", 84)},
        late,
    )


def ana(**other: object) -> dict[str, object]:
    row: dict[str, object] = {"account_id": "A00001", "shown__contact": "Ana Ruiz", "shown__decides": 1.0}
    days = {"touch__call": CUTOFF - pd.Timedelta(days=30), "touch__ticket": CUTOFF - pd.Timedelta(days=2)}
    return row | days | {"heard__usage": True} | other


def left(*rows: tuple[str, str | None, float]) -> pd.DataFrame:
    """Accounts that left, as (name, owner, risk)."""
    columns = ["account_name", "owner", "previous_risk"]
    frame = pd.DataFrame(list(rows), columns=columns)
    return frame.assign(account_id=frame["account_name"], arr=85_000.0, previous_tier="red")


def test_values_come_first_and_then_touches_the_newest_before_older_ones() -> None:
    assert contacts(ana()).told(["A00001"], CUTOFF.date())["A00001"] == [
        ("Main contact", "Ana Ruiz"),
        ("Decides", "yes"),
        ("Last ticket, by the customer", "1 Mar 2025, 2 days ago"),
        ("Last call, by us", "1 Feb 2025, 30 days ago"),
    ]


def test_what_nobody_knows_is_said() -> None:
    nobody = contacts(ana(shown__contact=None, shown__decides=None, touch__call=pd.NaT, touch__ticket=pd.NaT))
    told = dict(nobody.told(["A00001"], CUTOFF.date())["A00001"])
    assert told["Main contact"] == told["Decides"] == "not known"
    assert told["Last call, by us"] == "none in the last 12 months"


def test_silent_and_late_sources_are_gaps_of_the_account_they_concern() -> None:
    company = invented(2)
    known = contacts(ana(heard__usage=False), ana(account_id="A00002"), late=(("Tickets", date(2025, 2, 24)),))
    background = replace(company.background(), contacts=known)
    listed = company.listed()
    details = account_details(listed, background, cutoff=CUTOFF.date(), typical_risk=TYPICAL_RISK)
    gaps = dict(zip(listed["account_id"], (record[8] for record in details.records), strict=True))
    silent, late = "Usage: no data of this account in the last 12 weeks.", "Tickets: nothing newer than 24 Feb 2025"
    assert silent in gaps["A00001"]
    assert silent not in gaps["A00002"]
    assert all(any(gap.startswith(late) for gap in found) for found in gaps.values())


def test_the_page_names_who_left_and_what_the_list_knew_of_them() -> None:
    gone = left(("Acme <b>Ltd</b>", "Ada", 0.26), ("Bolt", None, 0.02))
    page = render_risk_list(invented(5).listed(), around(), Background(left=gone))
    reader = Reader(page)
    assert "Acme <b>Ltd</b>" in reader.text("b")
    assert "was red, about 1 in 4; $85k ARR; Ada" in reader.text("span")
    assert any("2 left." in text for text in reader.text("p"))


def test_where_very_many_left_the_rest_is_counted() -> None:
    gone = left(*((f"Gone {number}", "Ada", 0.1) for number in range(MOST_GONE + 7)))
    page = render_risk_list(invented(5).listed(), around(), Background(left=gone))
    assert f"Gone {MOST_GONE - 1}<" in page
    assert f"Gone {MOST_GONE}<" not in page
    assert "and 7 more" in page


def test_an_owner_reads_only_who_left_them() -> None:
    company = invented(30)
    listed = company.listed()
    one, other = sorted(listed["owner"].dropna().unique())[:2]
    gone = left(("Acme", one, 0.3), ("Bolt", other, 0.2), ("Cask", None, 0.1))
    files = owner_files(listed, around(), Background(left=gone))
    page = files.files[f"owners/{files.folders[one]}/risk_list.html"].decode()
    assert "Acme" in page
    assert "Bolt" not in page
    assert "Cask" not in page
