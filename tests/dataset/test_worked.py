"""What a CRM's table says came of interventions joins what the ledger knows, and never before it was known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from churnpredict.config import read_project
from churnpredict.dataset import Dataset, open_dataset
from churnpredict.errors import ConfigError
from churnpredict.ledger import Entry, Given, Stamp, record
from churnpredict.outcomes import report

from .labelled import CUTOFF, after, dated, labels_of, moment

DECLARED = """
    outcome = "result"
    ended_on = "ended"
    play = "motion"
    reason = "why"
    arr = "worth"
    cost = "spent"
    """


def worked(folder: Path, *rows: dict[str, object], declared: str = DECLARED) -> Dataset:
    """Rows of the CRM on account a, as (days of its beginning, outcome, its day)."""
    dated(folder)
    told = {"account_id": "a", "known_at": moment(0), "result": None, "ended": pd.NaT, "motion": "red", "why": None}
    frame = pd.DataFrame([told | {"worth": 100.0, "spent": 10.0} | row for row in rows])
    frame.astype({"ended": "datetime64[us]"}).to_parquet(folder / "interventions.parquet", index=False)
    config = folder / "churnpredict.toml"
    text = config.read_text(encoding="utf-8").replace("[interventions]", f"[interventions]{declared}")
    config.write_text(text, encoding="utf-8")
    return open_dataset(read_project(config))


def row(day: int, result: str | None = None, ended: int | None = None, **other: object) -> dict[str, object]:
    end = pd.NaT if ended is None else pd.Timestamp(after(ended))
    return {"day": after(day), "known_at": moment(day), "result": result, "ended": end} | other


def test_outcomes_of_the_table_are_reported_with_revenue_cost_and_reasons(tmp_path: Path) -> None:
    rows = [row(1, " Saved ", 20, why="price"), row(40, "LOST", 50, worth=300.0), row(60, "in progress", 61), row(70)]
    project = worked(tmp_path, *rows).project
    found = report(project, after(100))
    total = found.total
    assert (total.opened, total.begun, total.saved, total.lost, total.unfinished) == (4, 4, 1, 1, 2)
    assert (total.arr_saved, total.arr_lost, total.cost, total.days_to_outcome) == (100.0, 300.0, 40.0, 14.5)
    assert (found.reasons["saved"], list(found.by_play)) == ({"price": 1}, ["red"])


@pytest.mark.parametrize(("as_of", "state"), [(20, "saving"), (21, "saved")])
def test_an_outcome_is_known_from_the_day_after(tmp_path: Path, as_of: int, state: str) -> None:
    (found,) = worked(tmp_path, row(1, "saved", 20)).worked(after(as_of))
    assert (found.state, found.began_on) == (state, after(1))


def test_what_was_written_down_later_is_not_known(tmp_path: Path) -> None:
    late = row(1) | {"known_at": moment(30)}
    assert worked(tmp_path, late).worked(after(30)) == []
    assert len(worked(tmp_path / "again", late).worked(after(31))) == 1


def test_what_the_ledger_tells_is_not_told_twice(tmp_path: Path) -> None:
    dataset = worked(tmp_path, row(1, "lost", 20), row(40, "saved", 50))
    project = dataset.project
    stamp = Stamp(datetime.combine(after(2), datetime.min.time(), UTC) + timedelta(hours=9), "Ada", project.time_zone)
    record(project.ledger_file, [Given("test", Entry(account_id="a", state="saving", on_day=after(1)))], stamp)
    total = report(project, after(100)).total
    assert (total.opened, total.saved, total.lost) == (2, 1, 0)


def test_the_same_rows_censor_labels(tmp_path: Path) -> None:
    assert labels_of(worked(tmp_path, row(10, "saved", 20))) == (None, None)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [("\n    outcome = 'result'\n", "needs ended_on"), ("\n    reason = 'why'\n", "say nothing without outcome")],
)
def test_an_outcome_without_its_day_is_refused(tmp_path: Path, declared: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        worked(tmp_path, row(1), declared=declared)


def test_a_table_without_outcomes_is_no_report(tmp_path: Path) -> None:
    dataset = worked(tmp_path, row(1), declared="")
    assert dataset.worked(date(2100, 1, 1)) == []
    assert report(dataset.project, CUTOFF + timedelta(days=100)).total.opened == 0
