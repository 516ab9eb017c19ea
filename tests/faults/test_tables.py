"""Tables that cannot be read as declared are refused, all at once, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from .commands import as_csv, declare, refused, spoil


@pytest.mark.case(1, "exit 3, names it and those there are")
def test_a_missing_table_is_named_beside_those_there_are(config: Path) -> None:
    (config.parent / "usage.parquet").unlink()
    said = refused(config, 3)
    assert "events.usage.table: no file" in said
    assert "accounts.parquet, churn.parquet" in said


@pytest.mark.case(2, "exit 3, the nearest name")
def test_a_missing_column_is_refused_with_the_nearest_name(config: Path) -> None:
    spoil(config, "usage", lambda table: table.rename(columns={"logins": "login"}))
    assert "usage.parquet has no column 'logins'; expected one of: login." in refused(config, 3)


@pytest.mark.case(4, "exit 3: the type where it is typed, three samples where it is text")
def test_a_column_of_the_wrong_type_is_refused(config: Path) -> None:
    spoil(config, "usage", lambda table: table.assign(day=20240101))
    spoil(config, "contracts", lambda table: table.assign(arr=["much", "more", "most", "12"] * (len(table) // 4)))
    assert "events.usage.time: column 'day' of usage.parquet is int64; expected a date or a time" in refused(config, 3)
    declare(config, 'time = "day"\nknown_at', 'time = "loaded_at"\nknown_at')
    said = refused(config, 3)
    assert "150 values of 'arr' in contracts.parquet such as" in said
    assert all(word in said for word in ("'much'", "'more'", "'most'"))


@pytest.mark.case(5, "exit 3 with samples, nothing is guessed")
def test_a_decimal_comma_that_is_not_declared_is_refused(config: Path) -> None:
    spoil(config, "usage", lambda table: table.assign(logins="12,5"))
    said = refused(config, 3)
    assert "values of 'logins' in usage.parquet such as '12,5'; expected a number" in said


@pytest.mark.parametrize("odd", ["1_000", "0x1F", "1 000", "12%", "$5"])
@pytest.mark.case(5, "exit 3 with samples, nothing is guessed")
def test_a_number_that_only_an_engine_would_read_is_refused(config: Path, odd: str) -> None:
    spoil(config, "usage", lambda table: table.assign(logins=odd))
    assert f"such as {odd!r}; expected a number" in refused(config, 3)


@pytest.mark.parametrize("odd", ["epoch", "infinity", "2024/02/28", "2024-2-3", "20240228", "2024-02-28 (BC)"])
@pytest.mark.case(4, "exit 3: the type where it is typed, three samples where it is text")
def test_a_day_that_only_an_engine_would_read_is_refused(config: Path, odd: str) -> None:
    spoil(config, "churn", lambda table: table.assign(churned_on=odd))
    assert f"such as {odd!r}; expected a time (ISO 8601)" in refused(config, 3)


@pytest.mark.case(6, "exit 3, the repeated name")
def test_a_header_that_repeats_a_name_is_refused(config: Path) -> None:
    as_csv(config, "churn", lambda text: text.replace("account_id,churned_on", "account_id,account_id"))
    assert "churn.csv repeats 'account_id'" in refused(config, 3)


@pytest.mark.case(8, "exit 3, the byte")
def test_a_file_that_is_not_utf_8_is_refused(config: Path) -> None:
    as_csv(config, "churn", lambda text: f"Jürgen,2023-05-05\n{text}", encoding="latin-1")
    assert "churn.csv is not UTF-8" in refused(config, 3)


@pytest.mark.case(9, "exit 3, the file and the line of each kind")
def test_a_ragged_row_is_refused_with_its_line(config: Path) -> None:
    as_csv(config, "churn", lambda text: text.replace("\n", "\na001\na001,2023-05-05,x\n", 1))
    said = refused(config, 3)
    assert "churn.csv has 1 line(s) with too few cells, line 2 first; expected as many cells as the header has" in said
    assert "churn.csv has 1 line(s) with too many cells, line 3 first" in said


@pytest.mark.case(10, "exit 3; events may have none")
def test_an_empty_file_and_a_header_alone_are_refused(config: Path) -> None:
    as_csv(config, "churn", lambda text: text.splitlines()[0] + "\n")
    assert "churn: churn.csv has no rows; expected at least one" in refused(config, 3)
    (config.parent / "churn.csv").write_bytes(b"")
    assert "churn.csv has no header" in refused(config, 3)


@pytest.mark.case(13, "exit 3, three of them")
def test_an_account_twice_is_refused(config: Path) -> None:
    spoil(config, "accounts", lambda table: pd.concat([table, table.iloc[:1]]))
    assert "accounts: more than one row for a000; expected one row per account" in refused(config, 3)


@pytest.mark.case(16, "exit 3 above the tolerated share")
def test_too_many_rows_without_an_account_are_refused(config: Path) -> None:
    spoil(config, "usage", lambda table: table.assign(account_id=table["account_id"].where(table.index % 10 > 0)))
    said = refused(config, 3)
    assert "events.usage: 10.0% of the rows of usage.parquet have no account; expected at most 1.0%" in said


@pytest.mark.case(15, "exit 3 where nearly all are, for then the ids are written otherwise")
def test_events_that_nearly_all_are_of_no_account_are_refused(config: Path) -> None:
    spoil(config, "usage", lambda table: table.assign(account_id=table["account_id"].str.upper()))
    said = refused(config, 3)
    assert "events.usage: 100.0% of the rows of usage.parquet are of no declared account, such as 'A000'" in said


@pytest.mark.case(18, "exit 3 with samples")
def test_a_column_of_mixed_kinds_is_refused(config: Path) -> None:
    spoil(
        config,
        "usage",
        lambda table: table.assign(logins=table["logins"].astype("str").where(table.index % 4 > 0, "many")),
    )
    assert "values of 'logins' in usage.parquet such as" in refused(config, 3)


@pytest.mark.case(21, "exit 3 above the tolerated share")
def test_too_many_rows_outside_their_limits_are_refused(config: Path) -> None:
    declare(config, "[events.tickets]", "limits.logins = { at_least = 0 }\n\n[events.tickets]")
    spoil(config, "usage", lambda table: table.assign(logins=table["logins"].where(table.index % 20 > 0, -1)))
    said = refused(config, 3)
    assert "events.usage: 5.0% of the rows of usage.parquet are outside its limits; expected at most 1.0%" in said


@pytest.mark.case(11, "exit 3 where a float cannot hold them")
def test_ids_that_a_float_cannot_tell_apart_are_refused(config: Path) -> None:
    spoil(config, "usage", lambda table: table.assign(account_id=9.3e18))
    said = refused(config, 3)
    assert "values of 'account_id' in usage.parquet such as '9.3e+18'" in said
    assert "text or a whole number, which tell any two ids apart" in said


def test_all_that_is_wrong_is_said_at_once(config: Path) -> None:
    spoil(config, "usage", lambda table: table.assign(logins="many"))
    spoil(config, "churn", lambda table: table.assign(churned_on="soon", account_id=None))
    said = refused(config, 3).splitlines()
    assert [line.split(":")[1].strip() for line in said if line.startswith("error: ")] == [
        "events.usage",
        "churn",
        "churn",
    ]
