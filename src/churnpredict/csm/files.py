"""The list as files for other programs: Parquet, CSV and a workbook; the same list gives the same bytes."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from math import isnan
from types import MappingProxyType
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from churnpredict.csm.risk_list import COLUMNS, DAY, NUMBER, REASONS
from churnpredict.csm.wording import COLUMN_WORDS, TIER_WORDS, plain, shortened
from churnpredict.errors import OutputError, Problem

#: What makes a spreadsheet take a cell for a formula, full-width twins included.
_FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
#: Widths of the workbook's columns in characters, by what they hold.
_WIDTHS: Mapping[str, float] = MappingProxyType({NUMBER: 11, DAY: 12})
_WIDE: Mapping[str, float] = MappingProxyType(
    {
        "account_name": 28,
        "owner": 18,
        "playbook": 44,
        "risk_in_words": 56,
        "change_in_words": 56,
        **dict.fromkeys(REASONS, 56),
    }
)
_KIND_FORMATS: Mapping[str, str] = MappingProxyType({NUMBER: "0.0", DAY: "yyyy-mm-dd"})
_NUMBER_FORMATS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(["arr", "arr_at_risk", "expected_value"], "#,##0"),
        **dict.fromkeys(["risk_60d", "risk_90d", "risk_60_90d", "health_coverage", "change_in_risk"], "0.0%"),
    }
)
#: Text on its background; 4.5:1 or more, so that a printed or projected sheet stays readable.
_TIER_COLOURS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "critical": ("#5b1260", "#f3dcf4"),
        "red": ("#8c1d18", "#fbe0dd"),
        "yellow": ("#5e4000", "#fcefc7"),
        "green": ("#14522e", "#dff2e5"),
    }
)
#: A cell holds no more; the workbook would drop a longer text without a word.
_LONGEST_CELL = 32_000
#: A sheet holds no more rows below its heads; the workbook would drop the others without a word.
MOST_ROWS = 2**20 - 1
_BLOCK_ROWS = 20_000
#: Day 0 of a workbook.
_DAY_ZERO = pd.Timestamp(1899, 12, 30)
_SHEET = "Risk list"
#: When a workbook says that it was made: a fixed time, for the bytes speak of the list alone.
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)


def to_parquet(frame: pd.DataFrame) -> bytes:
    """The list as Parquet; the same list gives the same bytes."""
    buffer = io.BytesIO()
    frame[list(COLUMNS)].to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def to_csv(frame: pd.DataFrame) -> bytes:
    """The list as CSV in UTF-8, days as ``2025-03-03``, missing cells empty; the same list gives the same bytes.

    No cell of text can act as a formula: an apostrophe stands before what would begin one, text is quoted so that no
    other separator can split it, and control characters are gone. Numbers stay numbers.
    """
    return _to_csv(frame, COLUMNS, ",".join(COLUMNS))


def text_to_csv(frame: pd.DataFrame) -> bytes:
    """Any frame of text as CSV, as harmless as the list."""
    return _to_csv(frame, dict.fromkeys(frame.columns, "str"), ",".join(map(_quoted, frame.columns)))


def _to_csv(frame: pd.DataFrame, kinds: Mapping[str, str], heads: str) -> bytes:
    parts = [f"{heads}\n".encode()]
    for block in _blocks(frame):
        columns = [_cells(block[name], kind) for name, kind in kinds.items()]
        parts.append("".join(f"{','.join(cells)}\n" for cells in zip(*columns, strict=True)).encode("utf-8"))
    return b"".join(parts)


def _blocks(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows, some at a time: cells as texts take many times the room of the frame."""
    return (frame.iloc[at : at + _BLOCK_ROWS] for at in range(0, len(frame), _BLOCK_ROWS))


def _cells(column: pd.Series, kind: str) -> list[str]:
    written: Mapping[str, Callable[[Any], str]] = {
        NUMBER: lambda value: repr(float(value)),
        DAY: "{:%Y-%m-%d}".format,
    }
    write = written.get(kind, _quoted)
    # A missing cell stays bare: databases take a quoted empty one for a text.
    return [write(value) if there else "" for value, there in zip(column, column.notna(), strict=True)]


def _quoted(text: str) -> str:
    doubled = harmless(text).replace('"', '""')
    return f'"{doubled}"'


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula, without control characters.

    Examples
    --------
    >>> harmless("=1+1"), harmless("Acme")
    ("'=1+1", 'Acme')
    """
    cleaned = plain(text)
    acts = text.startswith(_FORMULA_STARTS) or cleaned.lstrip().startswith(_FORMULA_STARTS)
    return f"'{cleaned}" if acts else cleaned


def to_xlsx(frame: pd.DataFrame) -> bytes:
    """The list as a workbook for people: human heads, filters, frozen heads and names, tiers in colour.

    Every text is written as text: nothing in it is taken for a formula or a link. The same list gives the same bytes.
    Of a list of more than `MOST_ROWS` accounts it holds the riskiest, and the sheet's name says so.

    Parameters
    ----------
    frame
        The list, with the columns of `COLUMNS`.

    Raises
    ------
    OutputError
        If the folder for temporary files cannot be written.
    """
    buffer = io.BytesIO()
    try:
        _write_book(buffer, frame)
    except (OSError, FileCreateError) as error:
        todo = "Free space there, or name another folder in the environment as TMPDIR."
        raise OutputError(Problem(tempfile.gettempdir(), f"{error}", "room and the right to write", todo)) from error
    return buffer.getvalue()


def _write_book(buffer: io.BytesIO, frame: pd.DataFrame) -> None:
    # Rows go to a file as they come, so that a list of any length needs little memory.
    with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
        book.set_properties({"title": _SHEET, "created": _CREATED})
        shown = frame.head(MOST_ROWS)
        sheet = book.add_worksheet(_SHEET if len(shown) == len(frame) else f"{_SHEET}, first {len(shown)}")
        _lay_out(sheet, book, rows=len(shown))
        for place, row in enumerate(_rows(shown), 1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(place, column, value)
                elif value is not None:
                    sheet.write_number(place, column, value)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[str | float | None, ...]]:
    for block in _blocks(frame):
        yield from zip(*(_values(block[name], kind) for name, kind in COLUMNS.items()), strict=True)


def _lay_out(sheet: Worksheet, book: xlsxwriter.Workbook, *, rows: int) -> None:
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    heads = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    for column, (name, kind) in enumerate(COLUMNS.items()):
        number_format = _NUMBER_FORMATS.get(name, _KIND_FORMATS.get(kind))
        shown = wrapped if number_format is None else book.add_format({"num_format": number_format, "valign": "top"})
        sheet.set_column(column, column, _WIDE.get(name, _WIDTHS.get(kind, 12)), shown)
        sheet.write_string(0, column, COLUMN_WORDS[name], heads)
        if name.endswith("tier"):
            _colour(sheet, book, column, rows)
    sheet.freeze_panes(1, list(COLUMNS).index("account_name") + 1)
    sheet.autofilter(0, 0, rows, len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _colour(sheet: Worksheet, book: xlsxwriter.Workbook, column: int, rows: int) -> None:
    for tier, (ink, paper) in _TIER_COLOURS.items():
        shown = book.add_format({"font_color": ink, "bg_color": paper})
        rule = {"type": "cell", "criteria": "==", "value": f'"{TIER_WORDS[tier]}"', "format": shown}
        sheet.conditional_format(1, column, max(rows, 1), column, rule)


def _values(column: pd.Series, kind: str) -> list[str | float | None]:
    """What stands in the cells: tiers in words, days as the workbook counts them."""
    if kind in (NUMBER, DAY):
        counted = (column - _DAY_ZERO).dt.days if kind == DAY else column
        return [None if isnan(value) else value for value in counted.astype("float64").tolist()]
    write = TIER_WORDS.__getitem__ if str(column.name).endswith("tier") else _cut
    return [write(text) if there else None for text, there in zip(column, column.notna(), strict=True)]


def _cut(text: str) -> str:
    return shortened(plain(text), _LONGEST_CELL)
