"""Labels are censored from what the ledger says, as from a declared table, and never before it said so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from churnpredict.config import read_project
from churnpredict.dataset import Dataset, open_dataset
from churnpredict.ledger import Entry, Given, Stamp, State, record

from .labelled import Labels, after, churned, dated, labels_of, treated

Step = tuple[State, int]


def written(dataset: Dataset, *steps: Step, day: int, **fields: Any) -> Dataset:
    """The same company, opened again after entries on account a were written down `day` days after the cutoff."""
    given = [Given("test", Entry(account_id="a", state=state, on_day=after(on), **fields)) for state, on in steps]
    moment = datetime.combine(after(day), datetime.min.time(), UTC).replace(hour=9)
    assert record(dataset.project.ledger_file, given, Stamp(moment, "Ada", dataset.project.time_zone))
    return open_dataset(dataset.project)


@pytest.mark.parametrize(("churn", "day"), [(None, -90), (None, -1), (70, 59), (70, 65), (20, 65)])
def test_the_ledger_censors_as_a_declared_table_does(tmp_path: Path, churn: int | None, day: int) -> None:
    gone = [] if churn is None else [churned(churn)]
    declared = dated(tmp_path / "declared", *gone, treated=[treated(day)])
    ledger = written(dated(tmp_path / "ledger", *gone), ("open", day - 3), ("saving", day), day=day)
    for observed in (after(61), after(95), after(1000)):
        assert labels_of(ledger, observed_until=observed) == labels_of(declared, observed_until=observed)


def test_both_together_censor_from_the_first(tmp_path: Path) -> None:
    dataset = written(dated(tmp_path, treated=[treated(70)]), ("saving", 65), day=65)
    assert labels_of(dataset) == (0, None)
    assert labels_of(written(dataset, ("saving", 10), day=80, corrects=1)) == (None, None)


@pytest.mark.parametrize("steps", [[("open", 1), ("planned", 5)], [("open", 1), ("lost", 20)]])
def test_what_did_not_touch_the_customer_hides_nothing(tmp_path: Path, steps: list[Step]) -> None:
    assert labels_of(written(dated(tmp_path, churned(30)), *steps, day=40)) == (1, None)


def test_the_list_called_wrong_is_no_label(tmp_path: Path) -> None:
    dataset = written(dated(tmp_path, churned(30)), ("wrong", 1), day=2, reason="merged")
    assert labels_of(dataset) == (1, None)


@pytest.mark.parametrize(("observed", "expected"), [(95, (0, 0)), (96, (None, None))])
def test_what_was_recorded_late_is_known_from_the_day_after(tmp_path: Path, observed: int, expected: Labels) -> None:
    dataset = written(dated(tmp_path), ("saving", 10), day=95)
    assert labels_of(dataset, observed_until=after(observed)) == expected


@pytest.mark.parametrize(
    ("observed", "expected"), [(120, (None, None)), (150, (None, None)), (151, (0, None)), (1000, (0, None))]
)
def test_a_correction_is_known_from_the_day_after(tmp_path: Path, observed: int, expected: Labels) -> None:
    dataset = written(dated(tmp_path), ("saving", 10), day=15)
    dataset = written(dataset, ("saving", 70), day=150, corrects=1)
    assert labels_of(dataset, observed_until=after(observed)) == expected


def test_what_was_taken_back_hides_nothing_any_more(tmp_path: Path) -> None:
    dataset = written(dated(tmp_path), ("saving", 10), day=15)
    dataset = written(dataset, ("withdrawn", 10), day=150, corrects=1)
    assert labels_of(dataset, observed_until=after(120)) == (None, None)
    assert labels_of(dataset, observed_until=after(151)) == (0, 0)


def test_without_a_declared_table_the_ledger_is_enough(tmp_path: Path) -> None:
    dated(tmp_path)
    config = tmp_path / "churnpredict.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text[: text.index("    [interventions]")], encoding="utf-8")
    bare = open_dataset(read_project(config))
    assert bare.tables.interventions is None
    assert labels_of(bare) == (0, 0)
    assert labels_of(written(bare, ("saving", 10), day=15)) == (None, None)
