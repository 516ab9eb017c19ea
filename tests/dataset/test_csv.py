"""CSV files are read as they were declared, never as they may be guessed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from .opening import features, opened, refused

# CSV ----------------------------------------------------------------------------------------------------------------

CSV = "account_id,at,amount\na,2024-02-28,1.5\nb,2024-02-20T10:00:00,\n"


def test_a_csv_file_is_read_as_declared_and_not_as_guessed(tmp_path: Path) -> None:
    text = "account_id;at;amount\na;03.02.2024 23:59;1.234,5\na;13.02.2024 00:00;-0,5\n"
    declared = 'delimiter = ";", decimal = ",", date_format = "%d.%m.%Y %H:%M"'
    found = features(opened(tmp_path, usage=(text, declared)))
    assert found["a"]["amount__sum__28d"] == 1234
    assert found["a"]["rows__days_since"] == 17


def test_the_third_of_february_stays_the_third_of_february(tmp_path: Path) -> None:
    text = "account_id,at,amount\na,03/02/2024,1\n"
    found = features(opened(tmp_path, usage=(text, 'date_format = "%d/%m/%Y"')))
    assert found["a"]["rows__days_since"] == 27


def test_a_decimal_comma_that_is_not_declared_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, usage=('account_id;at;amount\na;2024-02-28;"1,5"\n', 'delimiter = ";"'))
    assert "1 values of 'amount' in usage.csv such as '1,5'; expected a number" in message


def test_a_decimal_dot_where_a_comma_is_declared_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, usage=("account_id;at;amount\na;2024-02-28;1.5\n", 'delimiter = ";", decimal = ","'))
    assert "1 values of 'amount' in usage.csv such as '1.5'; expected a number" in message


def test_another_delimiter_than_declared_is_refused(tmp_path: Path) -> None:
    assert "usage.csv has no column 'at'" in refused(tmp_path, usage=CSV.replace(",", ";"))


@pytest.mark.parametrize("day", ["28/02/2024", "2024-02-30", "20240228x", "yesterday", "2024-02"])
def test_a_date_in_another_format_is_refused(tmp_path: Path, day: str) -> None:
    message = refused(tmp_path, usage=CSV.replace("2024-02-28", day))
    assert f"1 values of 'at' in usage.csv such as '{day}'; expected a time (ISO 8601)" in message


def test_a_date_that_does_not_follow_the_declared_format_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, usage=("account_id,at,amount\na,2024-02-28,1\n", 'date_format = "%d.%m.%Y"'))
    assert "such as '2024-02-28'; expected a time (%d.%m.%Y)" in message


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["without", "with"])
@pytest.mark.case(7, "accepted")
def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path, mark: bytes) -> None:
    assert features(opened(tmp_path, usage=mark + CSV.encode()))["a"]["amount__sum__28d"] == 1.5


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"a,2024-02-28,1,Ada,Bob,Eve", "with too many cells"),
        (b"a,Ada", "with too few cells"),
        (b'a,2024-02-28,"Ada', "with a quote that is not closed"),
        (b"a,2024-02-28,Ada\xff", "that are not UTF-8"),
        (b"a,2024-02-28," + b"Ada" * 1_000_000, "of more than 2 MB"),
    ],
    ids=["many", "few", "quote", "bytes", "long"],
)
def test_lines_that_are_no_rows_are_counted_and_not_repeated(tmp_path: Path, line: bytes, what: str) -> None:
    good = b"a,2024-02-28,1.5\n"
    message = refused(tmp_path, usage=b"account_id,at,amount\n" + 3_000 * good + line + b"\n" + good)
    assert f"events.usage.table: usage.csv has 1 line(s) {what}, line 3002 first" in message
    assert "Ada" not in message


def test_torn_lines_of_one_file_and_bad_values_of_another_are_told_at_once(tmp_path: Path) -> None:
    usage = "account_id,at,amount\na\na,2024-02-28,1\na,b,c,d\na\n"
    message = refused(tmp_path, usage=usage, churn="account_id,churned_on\nb,soon\n")
    assert "usage.csv has 2 line(s) with too few cells, line 2 first" in message
    assert "usage.csv has 1 line(s) with too many cells, line 4 first" in message
    assert "1 values of 'churned_on' in churn.csv such as 'soon'" in message


@pytest.mark.parametrize("rows", [1, 20_000], ids=["near the header", "far from it"])
def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path, rows: int) -> None:
    content = b"account_id,at,amount\n" + b"a,2024-02-28,1\n" * rows + b"M\xfcller,2024-02-28,1\n"
    message = refused(tmp_path, usage=content)
    assert "usage.csv" in message
    assert "utf-8" in message.lower()


@pytest.mark.parametrize("row", ["b", "b,2024-02-28,1,2"], ids=["short", "long"])
def test_a_row_with_other_columns_than_the_header_is_refused(tmp_path: Path, row: str) -> None:
    assert "line 3 first" in refused(tmp_path, usage=f"account_id,at,amount\na,2024-02-28,1\n{row}\na,2024-02-28,1\n")


def test_the_file_of_a_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "usage.csv" in refused(tmp_path, usage="account_id,at,amount\na,2024-02-28,1\nb\n")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("account_id,at,at", "usage.csv repeats 'at'"),
        ("account_id,,at", "usage.csv has no header"),
        ("account_id,at,Account_ID", "expected a readable .csv file"),
    ],
)
def test_a_header_that_does_not_tell_columns_apart_is_refused(tmp_path: Path, header: str, expected: str) -> None:
    assert expected in refused(tmp_path, usage=f"{header}\na,2024-02-28,1\n")


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    assert "has no rows" in refused(tmp_path, accounts="account_id,started_on\n")


def test_an_empty_file_has_no_header(tmp_path: Path) -> None:
    assert "usage.csv has no header" in refused(tmp_path, usage="")


def test_a_file_that_is_one_endless_line_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, usage="x" * 200_000)


@pytest.mark.parametrize("content", [b"PK\x03\x04\x14\x00\x06\x00", b"\x00" * 100, "a,b\n".encode("utf-16")])
def test_what_is_no_csv_file_is_refused(tmp_path: Path, content: bytes) -> None:
    refused(tmp_path, usage=content)


@pytest.mark.case(11, "text, kept as they are")
def test_identifiers_are_text_and_stay_as_they_are(tmp_path: Path) -> None:
    names = ["007", "7", "NA", "null", "nan", "1e3", "True", " padded", "Ångström", "a'b;--"]
    accounts = "account_id,started_on\n" + "".join(f'"{name}",2023-01-01\n' for name in names)
    usage = "account_id,at,amount\n" + "".join(f'"{name}",2024-02-28,{n}\n' for n, name in enumerate(names))
    found = features(opened(tmp_path, accounts=accounts, usage=usage))
    assert {name: values["amount__sum__28d"] for name, values in found.items()} == {
        name: number for number, name in enumerate(names)
    }


def test_text_that_looks_like_nothing_is_kept_and_an_empty_cell_is_nothing(tmp_path: Path) -> None:
    accounts = 'account_id,started_on,region\na,2023-01-01,NA\nb,2023-01-01,\nc,2023-01-01,""\nd,2023-01-01,null\n'
    found = features(opened(tmp_path, accounts=accounts, facts='facts = { region = "category" }'))
    regions = {name: values["region__value"] for name, values in found.items()}
    assert regions.pop("a") == "NA"
    assert regions.pop("d") == "null"
    assert all(pd.isna(region) for region in regions.values())


def test_quotes_hold_delimiters_and_line_breaks(tmp_path: Path) -> None:
    accounts = 'account_id,started_on,region\na,2023-01-01,"North, ""far""\nand away"\n'
    found = features(opened(tmp_path, accounts=accounts, facts='facts = { region = "category" }'))
    assert found["a"]["region__value"] == 'North, "far"\nand away'


@pytest.mark.parametrize(("text", "value"), [("true", 1), ("1", 1), ("False", 0), ("0", 0), ("", None)])
def test_a_flag_is_true_or_false(tmp_path: Path, text: str, value: float | None) -> None:
    accounts = f"account_id,started_on,vip\na,2023-01-01,{text}\n"
    found = features(opened(tmp_path, accounts=accounts, facts='facts = { vip = "flag" }'))
    assert found["a"]["vip__value"] == pytest.approx(value if value is not None else float("nan"), nan_ok=True)


def test_a_flag_of_another_word_is_refused(tmp_path: Path) -> None:
    accounts = "account_id,started_on,vip\na,2023-01-01,maybe\n"
    message = refused(tmp_path, accounts=accounts, facts='facts = { vip = "flag" }')
    assert "1 values of 'vip' in accounts.csv such as 'maybe'; expected true or false" in message


def test_seconds_and_milliseconds_since_1970_are_read_beside_iso_8601(tmp_path: Path) -> None:
    days = ["1709078400", "1709164799123", "2024-02-28"]
    text = "account_id,at,amount\n" + "".join(f"a,{day},1\n" for day in days)
    found = features(opened(tmp_path, usage=(text, 'date_format = "epoch"')))
    assert found["a"]["amount__sum__28d"] == 3


@pytest.mark.parametrize("given", ["17", "99999999999999", "yesterday"])
def test_a_number_that_no_calendar_knows_is_no_day(tmp_path: Path, given: str) -> None:
    text = f"account_id,at,amount\na,{given},1\n"
    assert "a time (epoch)" in refused(tmp_path, usage=(text, 'date_format = "epoch"'))
