"""Who is on the spine, and when a life ends: by a date, by silence, by a term that is not renewed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from churnpredict.dataset import Dataset

from .company import Company, collected, random_company
from .declared import CUTOFF, CUTOFFS
from .labelled import DATED, LATER, SILENT, UNRENEWED, Labels, after, churned, dated, labels_of, moment

# The spine ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("started_on", "there"), [(after(-1), True), (after(0), False), (after(1), False), (None, False)]
)
def test_an_account_is_on_the_spine_from_the_day_after_it_started(
    tmp_path: Path, started_on: date | None, *, there: bool
) -> None:
    dataset = dated(tmp_path, started_on=started_on)
    assert (labels_of(dataset) is not None) == there
    assert len(collected(dataset, [CUTOFF])) == there


@pytest.mark.parametrize(
    ("cutoff", "there"), [(after(10), True), (after(11), False), (after(500), False)], ids=["on", "after", "long after"]
)
def test_an_account_is_on_the_spine_until_the_day_it_left(tmp_path: Path, cutoff: date, *, there: bool) -> None:
    assert (labels_of(dated(tmp_path, churned(10)), cutoff) is not None) == there


def test_churn_that_was_not_known_at_the_cutoff_leaves_the_account_on_the_spine_without_labels(tmp_path: Path) -> None:
    dataset = dated(tmp_path, churned(-1, known=0))
    assert labels_of(dataset) == (None, None)
    assert labels_of(dataset, after(1)) is None


def test_a_row_of_churn_per_correction_is_one_account_on_the_spine(tmp_path: Path) -> None:
    dataset = dated(tmp_path, churned(20), churned(20, known=30), churned(25))
    assert dataset.labels([CUTOFF], LATER)["account_id"].tolist() == ["a"]


def test_the_spine_is_sorted_and_has_no_repeated_rows(tmp_path: Path) -> None:
    dataset = random_company(11, 20, 600).open(tmp_path)
    frame = dataset.labels([CUTOFFS[3], CUTOFFS[0], CUTOFFS[0]], LATER)
    keys = frame[["cutoff", "account_id"]]
    assert len(keys) > 10
    assert keys.equals(keys.sort_values(["cutoff", "account_id"], ignore_index=True).drop_duplicates())


def test_accounts_of_events_start_with_their_first_event(tmp_path: Path) -> None:
    churn = DATED[DATED.index("[churn]") : DATED.index("[interventions]")].format(recorded_within_days=0)
    toml = SILENT[: SILENT.index("[churn]")] + churn
    tables = {
        "usage": [{"account_id": "a", "at": moment(-5), "known_at": moment(-5)}],
        "churn": [{"account_id": "a", "churned_on": after(9), "known_at": moment(9)}],
    }
    assert labels_of(Company(toml, tables).open(tmp_path)) == (1, None)


# Silence ------------------------------------------------------------------------------------------------------------


def silent(folder: Path, *days: int, known: dict[int, int] | None = None) -> Dataset:
    """Account a with an event on each of `days`, known at once or on the day that `known` says."""
    known = known or {}
    events = [{"account_id": "a", "at": moment(day), "known_at": moment(known.get(day, day))} for day in days]
    return Company(SILENT, {"usage": events}).open(folder)


@pytest.mark.parametrize(
    ("last", "expected"),
    [(-30, (1, None)), (29, (1, None)), (30, (0, 1)), (59, (0, 1)), (60, (0, 0))],
)
def test_silence_is_churn_on_the_day_it_is_complete(tmp_path: Path, last: int, expected: Labels) -> None:
    steps = range(-40, last + 1, 5)
    assert labels_of(silent(tmp_path, *steps, last)) == expected


@pytest.mark.parametrize(("last", "there"), [(-31, False), (-30, True), (-1, True), (0, False)])
def test_the_silent_are_on_the_spine_until_their_silence_is_complete(tmp_path: Path, last: int, *, there: bool) -> None:
    assert (labels_of(silent(tmp_path, last)) is not None) == there


def test_silence_is_not_known_before_it_is_complete(tmp_path: Path) -> None:
    dataset = silent(tmp_path, -10, 60)
    # Day 20 completes the silence; the interval that holds it is closed on day 60.
    assert labels_of(dataset, observed_until=after(60)) == (1, None)
    assert labels_of(dataset, after(-9), observed_until=after(51)) == (1, None)
    assert labels_of(dataset, after(-9), observed_until=after(50)) == (None, None)


@pytest.mark.parametrize(("back", "expected"), [(20, (0, 0)), (21, (1, None))], ids=["30 days", "31 days"])
def test_an_event_on_the_last_day_of_silence_breaks_it(tmp_path: Path, back: int, expected: Labels) -> None:
    assert labels_of(silent(tmp_path, -10, *range(back, 200, 20))) == expected


def test_an_account_may_lapse_return_and_lapse_again(tmp_path: Path) -> None:
    dataset = silent(tmp_path, -100, -80, 0, 10, 100)
    # Lives: [−100, −50), [0, 40), [100, 130).
    cutoffs = {-90: (1, None), -50: (1, None), -49: None, 0: None, 1: (1, None), 41: None, 101: (1, None), 131: None}
    assert {days: labels_of(dataset, after(days)) for days in cutoffs} == cutoffs
    frame = collected(dataset, [after(-90), after(1), after(101)])
    assert frame["tenure__days_since"].tolist() == [10, 1, 1]


def test_the_next_life_does_not_end_the_present_one_any_later(tmp_path: Path) -> None:
    # The account is gone on day 20 and back on day 50: what a label of day 0 says is the first ending.
    assert labels_of(silent(tmp_path, -10, 50, 60, 70, 80, 90)) == (1, None)


def test_an_event_breaks_the_silence_on_the_day_it_was_known(tmp_path: Path) -> None:
    late = silent(tmp_path / "late", -10, 5, known={5: 21})
    assert labels_of(late) == (1, None)
    assert labels_of(late, after(21)) is None
    in_time = silent(tmp_path / "in time", -10, 5, known={5: 20})
    assert labels_of(in_time, after(21)) == (1, None)
    assert labels_of(in_time, after(21), observed_until=after(81)) == (1, None)


# Terms --------------------------------------------------------------------------------------------------------------


def unrenewed(folder: Path, *terms: tuple[int, int | None]) -> Dataset:
    """Account a with terms from and to days after the cutoff."""
    rows = [{"account_id": "a", "starts": after(s), "ends": None if e is None else after(e)} for s, e in terms]
    return Company(UNRENEWED, {"accounts": [{"account_id": "a"}], "terms": rows}).open(folder)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [(0, (1, None)), (59, (1, None)), (60, (0, 1)), (89, (0, 1)), (90, (0, 0)), (None, (0, 0))],
)
def test_a_term_without_another_is_churn_on_its_end(tmp_path: Path, ends: int | None, expected: Labels) -> None:
    assert labels_of(unrenewed(tmp_path, (-300, ends))) == expected


@pytest.mark.parametrize(("gap", "expected"), [(-9, (0, 0)), (0, (0, 0)), (30, (0, 0)), (31, (1, None))])
def test_a_term_within_the_grace_renews(tmp_path: Path, gap: int, expected: Labels) -> None:
    assert labels_of(unrenewed(tmp_path, (-300, 20), (20 + gap, 800))) == expected


def test_a_term_inside_another_ends_nothing(tmp_path: Path) -> None:
    assert labels_of(unrenewed(tmp_path, (-300, 800), (-200, 10), (-200, 5))) == (0, 0)


@pytest.mark.parametrize(("cutoff", "expected"), [(10, (1, None)), (11, (None, None)), (40, (None, None)), (41, None)])
def test_in_its_grace_an_account_is_still_on_the_spine_and_without_labels(
    tmp_path: Path, cutoff: int, expected: Labels | None
) -> None:
    assert labels_of(unrenewed(tmp_path, (-300, 10)), after(cutoff)) == expected


@pytest.mark.parametrize(
    ("observed", "expected"), [(89, (None, None)), (90, (1, None)), (119, (1, None)), (120, (1, None))]
)
def test_labels_wait_for_the_grace_to_pass(tmp_path: Path, observed: int, expected: Labels) -> None:
    assert labels_of(unrenewed(tmp_path, (-300, 59)), observed_until=after(observed)) == expected


def test_a_new_term_after_the_grace_begins_a_new_life(tmp_path: Path) -> None:
    dataset = unrenewed(tmp_path, (-300, -100), (-50, 10))
    assert labels_of(dataset, after(-60)) is None
    assert labels_of(dataset) == (1, None)
    assert collected(dataset, [CUTOFF])["tenure__days_since"].tolist() == [50]


def test_the_churns_that_are_told_had_happened_and_were_known(tmp_path: Path) -> None:
    dataset = dated(tmp_path, churned(10, known=20))
    assert dataset.churns(after(20)).empty
    found = dataset.churns(after(21))
    assert found["account_id"].tolist() == ["a"]
    assert [str(day.date()) for day in found["churned_on"]] == [str(after(10))]
    assert list(map(str, found.dtypes)) == ["str", "datetime64[us]"]
