"""Claims about the files of the list: Parquet, CSV and the workbook."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from churnpredict.csm import files, to_csv, to_parquet, to_xlsx
from churnpredict.csm.risk_list import COLUMNS
from churnpredict.csm.wording import COLUMN_WORDS, TIER_WORDS

from .invented import Invented, invented

HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "+1-1",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\x00=1+1",
    "  =1+1",
    "＝1+1",
    'a";=1+1;"b',
    "a,b\nc\r\nd",
    "\u202egnp.exe",
    "x" * 10_000,
]


def cells(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def hostile(name: str) -> pd.DataFrame:
    company = invented(1)
    details = company.details.assign(account_name=name, owner=name)
    drivers = company.drivers.assign(label=name, value=name, typical=name, kind="category", points=0.05)
    return replace(company, details=details, drivers=drivers).listed()


def test_the_same_list_gives_the_same_bytes() -> None:
    assert to_parquet(invented(60).listed()) == to_parquet(invented(60).listed())
    assert to_csv(invented(60).listed()) == to_csv(invented(60).listed())
    assert to_xlsx(invented(60).listed()) == to_xlsx(invented(60).listed())


def test_parquet_gives_the_list_back() -> None:
    listed = invented(60).listed()
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(to_parquet(listed))), listed)


def test_csv_gives_the_numbers_and_days_back() -> None:
    listed = invented(60).listed()
    back = pd.read_csv(io.BytesIO(to_csv(listed)), parse_dates=["cutoff", "renewal_on", "due_on"])
    assert list(back.columns) == list(listed.columns)
    for column in ("score", "risk_60d", "risk_90d", "risk_60_90d", "health_score", "arr", "arr_at_risk"):
        pd.testing.assert_series_equal(back[column], listed[column])
    for column in ("cutoff", "renewal_on", "due_on"):
        assert back[column].astype("datetime64[us]").equals(listed[column])


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: repr(name)[:20])
@pytest.mark.case(65, "cannot act")
def test_no_cell_of_the_csv_can_act(name: str) -> None:
    data = to_csv(hostile(name))
    (row,) = cells(data)
    for cell in row.values():
        assert not cell.lstrip().startswith(tuple("=+-@＝"))
        assert all(char.isprintable() or char == "\u200f" for char in cell)
    assert data.count(b"\n") == 2
    assert b"\r" not in data
    assert float(row["risk_90d"]) > 0


def test_a_negative_number_stays_a_number_in_the_csv() -> None:
    company = invented(1)
    listed = replace(company, details=company.details.assign(arr=-500.0)).listed()
    assert ",-500.0," in to_csv(listed).decode()


def test_missing_cells_of_the_csv_are_bare() -> None:
    company = invented(1)
    listed = replace(company, details=company.details.assign(owner=None, arr=None)).listed()
    assert '""' not in to_csv(listed).decode()


def sheet(frame: pd.DataFrame) -> Worksheet:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(frame)))
    assert len(book.worksheets) == 1
    return book.worksheets[0]


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    heads, *values = sheet(frame).iter_rows(values_only=True)
    names = {words: name for name, words in COLUMN_WORDS.items()}
    return [{names[str(head)]: value for head, value in zip(heads, row, strict=True)} for row in values]


def test_every_column_has_a_head_of_its_own() -> None:
    assert list(COLUMN_WORDS) == list(COLUMNS)
    assert len(set(COLUMN_WORDS.values())) == len(COLUMNS)


def test_the_workbook_holds_the_list() -> None:
    listed = invented(60).listed()
    for told, row in zip(rows(listed), listed.to_dict("records"), strict=True):
        assert told["account_id"] == row["account_id"]
        assert told["tier"] == TIER_WORDS[row["tier"]]
        assert told["risk_90d"] == pytest.approx(row["risk_90d"], abs=1e-12)
        assert told["cutoff"] == row["cutoff"].to_pydatetime()
        assert (told["renewal_on"] is None) == pd.isna(row["renewal_on"])
        assert isinstance(told["due_on"], datetime | None)


def test_files_that_are_made_some_rows_at_a_time_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = invented(60).listed()
    whole = files.to_csv(listed), files.text_to_csv(listed[["account_name"]]), to_xlsx(listed)
    monkeypatch.setattr(files, "_BLOCK_ROWS", 7)
    assert (files.to_csv(listed), files.text_to_csv(listed[["account_name"]]), to_xlsx(listed)) == whole


def test_a_workbook_holds_the_riskiest_where_a_sheet_has_no_more_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 20)
    listed = invented(60).listed()
    assert [row["account_id"] for row in rows(listed)] == listed["account_id"].head(20).tolist()
    assert sheet(listed).title == "Risk list, first 20"


def test_the_workbook_can_be_filtered_and_keeps_its_heads_in_sight() -> None:
    page = sheet(invented(60).listed())
    assert page.freeze_panes == "C2"
    assert page.auto_filter.ref == f"A1:{page.cell(61, len(COLUMNS)).coordinate}"
    coloured = {str(area.sqref).partition("2")[0] for area in page.conditional_formatting}
    tiers = [place for place, name in enumerate(COLUMNS, 1) if name.endswith("tier")]
    assert coloured == {page.cell(1, place).column_letter for place in tiers}


@pytest.mark.parametrize("name", [*HOSTILE, "http://evil.example/x", "mailto:a@b.c"], ids=lambda name: repr(name)[:20])
@pytest.mark.case(66, "is text")
def test_no_cell_of_the_workbook_can_act(name: str) -> None:
    page = sheet(hostile(name))
    for cell in [cell for row in page.iter_rows() for cell in row]:
        assert cell.data_type in ("s", "n", "d"), cell.coordinate
        assert cell.hyperlink is None


def test_a_text_too_long_for_a_cell_is_cut_and_says_so() -> None:
    (row,) = rows(hostile("x" * 40_000))
    assert len(row["owner"]) == 32_000
    assert row["owner"].endswith("…")


def test_an_empty_workbook_has_heads() -> None:
    empty = Invented(*(frame.iloc[:0] for frame in vars(invented(1)).values())).listed()
    assert rows(empty) == []
