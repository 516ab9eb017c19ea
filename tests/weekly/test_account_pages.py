"""Claims about the pages of the accounts in a published week: what they are made of is what was stored."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from churnpredict.batch import predict_week
from churnpredict.config import Project
from churnpredict.ledger import Entry, Given, Stamp, record
from lab.company import TODAY

LAST_WEEK = TODAY - timedelta(days=7)


def block(html: str, name: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def pages_of(html: str) -> dict[str, dict[str, Any]]:
    """By account, what its page holds."""
    data = block(html, "data")
    records = [record for chunk in block(html, "details") for record in json.loads(zlib.decompress(b64decode(chunk)))]
    keys = [row[data["fields"].index("key")] for row in data["rows"]]
    return {key: dict(zip(data["detail"], values, strict=True)) for key, values in zip(keys, records, strict=True)}


def test_a_page_tells_the_week_before_its_changes_and_what_was_written_down(project: Project) -> None:
    before = predict_week(project, LAST_WEEK)
    account = before.risk_list["account_id"].iloc[-1]
    note = Entry(account_id=account, state="planned", on_day=LAST_WEEK, note="Call with the new sponsor")
    later = Entry(account_id=account, state="saving", on_day=TODAY, note="Not known to this list")
    for entry, day in ((note, LAST_WEEK), (later, TODAY)):
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        record(project.ledger_file, [Given("here", entry, {})], Stamp(at, "Ana", project.time_zone))
    week = predict_week(project, TODAY)
    html = (week.folder / "risk_list.html").read_text("utf-8")
    pages = pages_of(html)
    stored = pd.read_parquet(week.folder / "predictions.parquet").set_index("account_id")
    earlier = pd.read_parquet(before.folder / "predictions.parquet").set_index("account_id")
    base = block(html, "data")["base"]
    for name, page in pages.items():
        assert page["risk"] == pytest.approx(1000 * stored.loc[name, "risk_90d"], abs=0.5)
        assert base + sum(points for _, points, _ in page["drivers"]) + page["others"] == page["risk"]
        assert base + sum(points for points in page["categories"] if points is not None) == page["risk"]
        known = earlier["risk_90d"].get(name)
        assert page["risks"][0] == (None if known is None else pytest.approx(1000 * known, abs=0.5))
    changes = pd.read_parquet(week.folder / "changes.parquet").set_index("account_id")
    split = changes[changes["by_data"].notna()]
    assert len(split) > 5
    for name, change in split["risk_change"].items():
        assert sum(points for _, points in pages[str(name)]["moved"]) == pytest.approx(1000 * change, abs=0.5)
    assert "Call with the new sponsor" in str(pages[account]["done"])
    assert "Not known to this list" not in html
    assert "Not known to this list" not in str(pages)


def test_reasons_tell_what_the_same_figure_was_a_week_ago(project: Project) -> None:
    predict_week(project, LAST_WEEK)
    week = predict_week(project, TODAY)
    told = " ".join(str(text) for text in week.risk_list[["reason_1", "reason_2", "reason_3"]].to_numpy().ravel())
    assert re.search(rf", (up|down) from [^,]* on {LAST_WEEK.day} [A-Z][a-z]{{2}} {LAST_WEEK.year}", told)
