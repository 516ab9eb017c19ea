"""What tests of the risk list in a real browser share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .invented import Invented, invented
from .test_files import HOSTILE
from .test_rendering import MARKUP

ROWS = "#rows > tr"

Opened = Callable[..., Any]


def address(account: str) -> str:
    return f"#account/{account}"


def open_account(page: Any, account: str) -> None:
    page.goto(page.url.partition("#")[0] + address(account))
    page.locator("#account").wait_for()


def hostile_company() -> Invented:
    words = [*HOSTILE, *MARKUP]
    company = invented(len(words))
    named = company.details.assign(account_name=words, owner=words[::-1], arr=9.9e12)
    of_account = dict(zip(company.predictions["account_id"], words, strict=True))
    drivers = company.drivers.assign(label=company.drivers["account_id"].map(of_account))
    return replace(company, details=named, drivers=drivers)
