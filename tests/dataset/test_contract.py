"""What is refused at the border, in words that say what to mend; and what the sources are said to hold."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from churnpredict.config import read_project
from churnpredict.dataset import open_dataset
from churnpredict.errors import DataError, StaleDataError

from .declared import CUTOFF
from .opening import ACCOUNTS, CHURN, USAGE, features, opened, refused

# Tables and columns -------------------------------------------------------------------------------------------------


def test_good_tables_are_read(tmp_path: Path) -> None:
    assert features(opened(tmp_path)) == {
        "a": {"tenure__days_since": 425, "rows__count__28d": 1, "rows__days_since": 2, "amount__sum__28d": 1},
        "b": {"tenure__days_since": 425, "rows__count__28d": 1, "rows__days_since": 10, "amount__sum__28d": 4},
    }


def test_a_missing_file_is_refused_and_those_beside_it_are_named(tmp_path: Path) -> None:
    message = refused(tmp_path, usage=None)
    assert message.startswith("events.usage.table: no file")
    assert "one of: accounts.parquet, churn.parquet" in message


def test_all_missing_files_are_named_at_once(tmp_path: Path) -> None:
    message = refused(tmp_path, usage=None, churn=None)
    assert "events.usage.table: no file" in message
    assert "churn.table: no file" in message


def test_a_missing_column_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    message = refused(tmp_path, usage=USAGE.rename_columns(["account_id", "at", "ammount"]))
    assert message == (
        "events.usage.signals.amount.measure: usage.parquet has no column 'amount'; expected one of: ammount."
    )


def test_a_missing_key_is_refused_with_the_columns_there_are(tmp_path: Path) -> None:
    message = refused(tmp_path, accounts=ACCOUNTS.rename_columns(["zz", "started_on"]))
    assert message == "accounts.key: accounts.parquet has no column 'account_id'; expected one of: zz, started_on."


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("amount", [date(2024, 1, 1)] * 3, "signals.amount.measure: column 'amount' of usage.parquet is date"),
        ("amount", [[1.0]] * 3, "signals.amount.measure: column 'amount' of usage.parquet is array"),
        ("at", [20240228] * 3, "time: column 'at' of usage.parquet is int64; expected a date or a time"),
        ("at", [True] * 3, "time: column 'at' of usage.parquet is boolean; expected a date or a time"),
    ],
)
def test_a_column_of_the_wrong_type_is_refused(
    tmp_path: Path, column: str, values: list[object], expected: str
) -> None:
    usage = USAGE.set_column(USAGE.column_names.index(column), column, [values])
    assert f"events.usage.{expected}" in refused(tmp_path, usage=usage)


def test_text_that_reads_as_no_number_is_refused_with_samples(tmp_path: Path) -> None:
    usage = USAGE.set_column(2, "amount", [["1.5", "much", "1,5"]])
    message = refused(tmp_path, usage=usage)
    assert "events.usage: 2 values of 'amount' in usage.parquet such as" in message
    assert "'much'" in message
    assert "'1,5'" in message
    assert "expected a number" in message


def test_text_that_reads_as_a_number_is_one(tmp_path: Path) -> None:
    usage = USAGE.set_column(2, "amount", [["1.5", None, ""]])
    assert features(opened(tmp_path, usage=usage))["a"]["amount__sum__28d"] == 1.5


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not a table at all", b"PAR1" * 50])
def test_a_damaged_parquet_file_is_refused(tmp_path: Path, content: bytes) -> None:
    opened(tmp_path)
    (tmp_path / "usage.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"events\.usage\.table: .*expected a readable \.parquet file"):
        open_dataset(read_project(tmp_path / "churnpredict.toml"))


def test_all_that_is_wrong_with_the_columns_is_said_at_once(tmp_path: Path) -> None:
    message = refused(
        tmp_path,
        accounts=ACCOUNTS.rename_columns(["id", "started_on"]),
        usage=USAGE.drop_columns(["at", "amount"]),
        churn=CHURN.set_column(1, "churned_on", [[5]]),
    )
    places = ["accounts.key", "events.usage.time", "events.usage.signals.amount.measure", "churn.time"]
    assert [line.split(":")[0] for line in message.splitlines()] == places


def test_all_that_is_wrong_with_the_rows_is_said_at_once(tmp_path: Path) -> None:
    message = refused(
        tmp_path,
        accounts=ACCOUNTS.set_column(1, "started_on", [["soon", "2023-01-01"]]),
        usage=USAGE.set_column(0, "account_id", [["a", None, None]]),
        churn=CHURN.slice(0, 0),
    )
    assert [line.split(":")[0] for line in message.splitlines()] == ["accounts", "events.usage", "churn"]


# Keys ---------------------------------------------------------------------------------------------------------------


def test_a_repeated_account_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, accounts=pa.concat_tables([ACCOUNTS, ACCOUNTS.slice(1, 1)]))
    assert message == "accounts: more than one row for b; expected one row per account. Mend the table or its key."


def test_a_repeated_account_in_a_table_of_facts_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"account_id": ["a", "a"], "size": [1, 2]}), tmp_path / "facts.parquet")
    more = '[facts.profile]\ntable = "facts.parquet"\nvalues = { size = "number" }'
    assert "facts.profile: more than one row for a" in refused(tmp_path, more=more)


@pytest.mark.parametrize("nothing", [None, ""])
def test_rows_without_an_account_are_left_out_up_to_the_declared_share(tmp_path: Path, nothing: str | None) -> None:
    usage = pa.concat_tables(
        [USAGE, USAGE.slice(0, 1).set_column(0, "account_id", pa.array([[nothing]][0], pa.string()))]
    )
    dataset = opened(tmp_path, usage=usage)
    report = next(report for report in dataset.reports if report.place == "events.usage")
    assert (report.rows, report.missing_accounts) == (4, 1)
    assert set(features(dataset)) == {"a", "b"}


def test_too_many_rows_without_an_account_are_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, usage=USAGE.set_column(0, "account_id", [["a", "a", None]]))
    assert "events.usage: 33.3% of the rows of usage.parquet have no account; expected at most 25.0%" in message


@pytest.mark.parametrize("name", ["accounts", "churn"])
def test_a_table_without_rows_is_refused(tmp_path: Path, name: str) -> None:
    empty = {"accounts": ACCOUNTS, "churn": CHURN}[name].slice(0, 0)
    assert f"{name}: {name}.parquet has no rows; expected at least one" in refused(tmp_path, **{name: empty})


@pytest.mark.case(10, "exit 3; events may have none")
def test_events_may_have_no_rows(tmp_path: Path) -> None:
    assert features(opened(tmp_path, usage=USAGE.slice(0, 0)))["a"]["rows__count__28d"] == 0


def test_numbers_and_text_name_the_same_account(tmp_path: Path) -> None:
    found = opened(
        tmp_path,
        accounts=ACCOUNTS.set_column(0, "account_id", [["17850", "2"]]),
        usage=USAGE.set_column(0, "account_id", [[17850.0, 17850.0, float("nan")]]).slice(0, 2),
        churn=CHURN.set_column(0, "account_id", [[2]]),
    )
    assert features(found)["17850"]["rows__count__28d"] == 1


def test_a_number_with_a_fraction_is_not_the_whole_number_beside_it(tmp_path: Path) -> None:
    accounts = ACCOUNTS.append_column("version", [[1.5, 1.0]])
    found = features(opened(tmp_path, accounts=accounts, facts='facts = { version = "category" }'))
    assert (found["a"]["version__value"], found["b"]["version__value"]) == ("1.5", "1")


# Freshness, and what the sources hold -------------------------------------------------------------------------------


def test_a_cutoff_that_the_events_reach_is_fresh(tmp_path: Path) -> None:
    dataset = opened(tmp_path)
    dataset.check_fresh(date(2024, 2, 29))
    dataset.check_fresh(date(2024, 3, 13))


def test_a_cutoff_long_after_the_last_event_is_stale(tmp_path: Path) -> None:
    with pytest.raises(StaleDataError) as error:
        opened(tmp_path).check_fresh(date(2024, 3, 14))
    assert "the newest event before 2024-03-14 is of 2024-02-28, 15 days old; expected at most 14 days" in str(
        error.value
    )


def test_freshness_is_as_declared(tmp_path: Path) -> None:
    with pytest.raises(StaleDataError):
        opened(tmp_path, more="[freshness]\nmax_age_days = 3").check_fresh(date(2024, 3, 3))
    opened(tmp_path, more="[freshness]\nmax_age_days = 4").check_fresh(date(2024, 3, 3))


def test_an_event_of_the_future_makes_nothing_fresh(tmp_path: Path) -> None:
    usage = USAGE.set_column(1, "at", [[datetime(2024, 2, 1), datetime(2023, 12, 1), datetime(2030, 1, 1)]])  # noqa: DTZ001
    with pytest.raises(StaleDataError, match="the newest event before 2024-03-01 is of 2024-02-01"):
        opened(tmp_path, usage=usage).check_fresh(CUTOFF)


@pytest.mark.parametrize("cutoff", [date(2020, 1, 1), date(2023, 12, 1)])
def test_a_cutoff_before_the_first_event_is_refused(tmp_path: Path, cutoff: date) -> None:
    with pytest.raises(
        DataError, match=f"{cutoff} is before the first event; expected a day after 2023-12-01"
    ) as error:
        opened(tmp_path).check_fresh(cutoff)
    assert type(error.value) is DataError


def test_sources_without_any_event_have_no_span(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no dated row in any source"):
        opened(tmp_path, usage=USAGE.slice(0, 0)).check_fresh(CUTOFF)


def test_the_span_is_from_the_first_event_to_the_last(tmp_path: Path) -> None:
    assert opened(tmp_path).span() == (date(2023, 12, 1), date(2024, 2, 28))


def test_training_begins_with_a_full_window_and_ends_with_a_closed_interval(tmp_path: Path) -> None:
    cutoffs = opened(tmp_path, more="[training]\nevery_days = 7").training_cutoffs(date(2024, 5, 1))
    assert cutoffs[0] >= date(2023, 12, 1) + timedelta(days=28) > cutoffs[0] - timedelta(days=7)
    assert cutoffs[-1] == date(2024, 2, 28), (
        "a Wednesday, as the day of training is; the first interval is closed 62 days on"
    )
    assert {(later - earlier).days for earlier, later in pairwise(cutoffs)} == {7}


def test_there_is_no_cutoff_to_train_on_where_the_past_is_too_short(tmp_path: Path) -> None:
    assert opened(tmp_path).training_cutoffs(date(2024, 2, 29)) == []
    assert opened(tmp_path).training_cutoffs(date(2024, 3, 1)) == [date(2023, 12, 29)]


def test_cutoffs_that_are_no_whole_weeks_apart_cannot_share_a_weekday(tmp_path: Path) -> None:
    dataset = opened(tmp_path, more="[training]\nevery_days = 30")
    assert dataset.training_cutoffs(date(2024, 5, 1))[-1] == date(2024, 5, 1) - timedelta(days=60)


def test_the_last_cutoff_of_training_has_a_closed_interval_though_churn_is_recorded_late(tmp_path: Path) -> None:
    opened(tmp_path)
    path = tmp_path / "churnpredict.toml"
    path.write_text(path.read_text(encoding="utf-8") + "recorded_within_days = 30\n", encoding="utf-8")
    dataset = open_dataset(read_project(path))
    observed_until = date(2024, 4, 1)
    last = dataset.training_cutoffs(observed_until)[-1:]
    assert dataset.labels(last, observed_until)["churned_0_60d"].notna().all()


def test_reports_say_what_cannot_be_proven(tmp_path: Path) -> None:
    dataset = opened(tmp_path, facts='facts = { region = { kind = "category", column = "account_id" } }')
    notes = {report.place: " ".join(report.notes) for report in dataset.reports}
    assert "not provable" in notes["events.usage"]
    assert "facts have no date" in notes["accounts"]
    assert notes["churn"] == ""
    report = next(report for report in dataset.reports if report.place == "events.usage")
    assert (report.table, report.rows, report.missing_accounts) == ("usage.parquet", 3, 0)
    assert (report.first_day, report.last_day) == (date(2023, 12, 1), date(2024, 2, 28))


def test_a_source_with_known_at_proves_that_it_does_not_leak(tmp_path: Path) -> None:
    opened(tmp_path)
    path = tmp_path / "churnpredict.toml"
    text = path.read_text(encoding="utf-8").replace('time = "at"', 'time = "at"\nknown_at = "at"')
    path.write_text(text, encoding="utf-8")
    report = next(report for report in open_dataset(read_project(path)).reports if report.place == "events.usage")
    assert report.notes == ()
