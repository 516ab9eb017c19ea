"""Labels at the ends of intervals, and what censors them."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnpredict.dataset import Dataset

from .company import ACCOUNTS, ROWS, SEEDS, Company, random_company, searched
from .declared import CHURN_KINDS, CUTOFF, CUTOFFS, declaration
from .labelled import DATED, LATER, Labels, after, churned, dated, labels_of, moment, treated
from .twin import Twin, differences

# The ends of the intervals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, (1, None)),
        (59, (1, None)),
        (60, (0, 1)),
        (89, (0, 1)),
        (90, (0, 0)),
        (900, (0, 0)),
    ],
)
def test_churn_lies_in_the_interval_that_holds_its_day(tmp_path: Path, days: int, expected: Labels) -> None:
    assert labels_of(dated(tmp_path, churned(days))) == expected


def test_an_account_that_never_left_is_labelled_0(tmp_path: Path) -> None:
    assert labels_of(dated(tmp_path)) == (0, 0)


def test_churn_without_a_date_is_no_churn(tmp_path: Path) -> None:
    undated = {"churned_on": None, "known_at": moment(3)}
    tables = {
        "accounts": [{"account_id": "a", "started_on": after(-9)}],
        "churn": [{"account_id": "a"} | undated],
        "interventions": [],
    }
    assert labels_of(Company(DATED.format(recorded_within_days=0), tables).open(tmp_path)) == (0, 0)


def test_there_is_a_label_for_every_declared_interval(tmp_path: Path) -> None:
    dataset = dated(tmp_path, churned(45))
    project = dataset.project.model_copy(
        update={"training": dataset.project.training.model_copy(update={"horizons": [30, 60, 90]})}
    )
    frame = Dataset(project, dataset.tables, dataset.reports).labels([CUTOFF], LATER)
    assert list(frame.columns) == ["account_id", "cutoff", "churned_0_30d", "churned_30_60d", "churned_60_90d"]
    assert frame.iloc[0, 2:4].tolist() == [0, 1]
    assert math.isnan(frame.iloc[0, 4])


# The end of the data ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("observed", "expected"),
    [(59, (None, None)), (60, (0, None)), (89, (0, None)), (90, (0, 0))],
)
@pytest.mark.case(38, "not a label")
def test_an_interval_counts_once_it_has_passed_in_full(tmp_path: Path, observed: int, expected: Labels) -> None:
    assert labels_of(dated(tmp_path), observed_until=after(observed)) == expected


def test_early_churn_in_an_unfinished_interval_is_not_kept(tmp_path: Path) -> None:
    # Keeping it while those who stay are left out would raise the risk.
    assert labels_of(dated(tmp_path, churned(10)), observed_until=after(59)) == (None, None)


@pytest.mark.parametrize(
    ("observed", "expected"),
    [(69, (None, None)), (70, (0, None)), (99, (0, None)), (100, (0, 0))],
)
def test_labels_wait_for_churn_to_be_written_down(tmp_path: Path, observed: int, expected: Labels) -> None:
    dataset = dated(tmp_path, recorded_within_days=10)
    assert labels_of(dataset, observed_until=after(observed)) == expected


def test_churn_that_is_written_down_as_late_as_declared_is_in_time(tmp_path: Path) -> None:
    dataset = dated(tmp_path, churned(59, known=69), recorded_within_days=10)
    assert labels_of(dataset, observed_until=after(70)) == (1, None)


@pytest.mark.parametrize(("observed", "expected"), [(75, 0), (76, 1)])
def test_churn_is_known_from_the_day_after_it_was_recorded(tmp_path: Path, observed: int, expected: float) -> None:
    found = labels_of(dated(tmp_path, churned(50, known=75)), observed_until=after(observed))
    assert found == (expected, None)


def test_churn_that_nobody_could_have_read_is_not_known(tmp_path: Path) -> None:
    never = {"churned_on": after(10), "known_at": None}
    assert labels_of(dated(tmp_path, never)) == (0, 0)


def test_notice_of_churn_ahead_is_not_churn_before_its_day(tmp_path: Path) -> None:
    dataset = dated(tmp_path, churned(70, known=-20))
    assert labels_of(dataset) == (0, 1)
    assert labels_of(dataset, after(71)) is None


def test_a_day_of_churn_that_was_set_right_later_is_not_known_before(tmp_path: Path) -> None:
    # On day 60 it was written down that the account left on day 59; on day 500, that it had left on day 5.
    dataset = dated(tmp_path, churned(59, known=60), churned(5, known=500))
    assert labels_of(dataset, after(10), observed_until=after(100)) == (1, None)


# Interventions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (-91, (0, 0)),
        (-90, (0, 0)),
        (-89, (None, None)),
        (-1, (None, None)),
        (0, (None, None)),
        (59, (None, None)),
        (60, (0, None)),
        (89, (0, None)),
        (90, (0, 0)),
    ],
)
def test_an_intervention_that_acts_before_the_end_of_an_interval_hides_what_would_have_come(
    tmp_path: Path, day: int, expected: Labels
) -> None:
    assert labels_of(dated(tmp_path, treated=[treated(day)])) == expected


@pytest.mark.parametrize(
    ("declared", "day", "expected"), [(0, -1, (0, 0)), (1, -1, (0, 0)), (2, -1, (None, None)), (0, 0, (None, None))]
)
def test_how_long_an_intervention_acts_is_declared(tmp_path: Path, declared: int, day: int, expected: Labels) -> None:
    dataset = dated(tmp_path, treated=[treated(day)])
    training = dataset.project.training.model_copy(update={"intervention_days": declared})
    project = dataset.project.model_copy(update={"training": training})
    assert labels_of(Dataset(project, dataset.tables, dataset.reports)) == expected


@pytest.mark.parametrize(
    ("churn", "intervention", "expected"),
    [
        (0, -1, (None, None)),
        (20, -1, (None, None)),
        (20, 30, (1, None)),
        (20, 20, (1, None)),
        (30, 20, (None, None)),
        (70, 20, (None, None)),
        (70, 65, (0, None)),
        (65, 70, (0, 1)),
        (65, 65, (0, 1)),
    ],
)
def test_churn_that_came_first_is_known_all_the_same(
    tmp_path: Path, churn: int, intervention: int, expected: Labels
) -> None:
    assert labels_of(dated(tmp_path, churned(churn), treated=[treated(intervention)])) == expected


def test_the_first_intervention_ahead_decides(tmp_path: Path) -> None:
    found = labels_of(dated(tmp_path, treated=[treated(-95), treated(70), treated(80), treated(200)]))
    assert found == (0, None)


@pytest.mark.parametrize(("observed", "expected"), [(95, (0, 0)), (96, (None, None))])
def test_an_intervention_counts_from_the_day_after_it_was_recorded(
    tmp_path: Path, observed: int, expected: Labels
) -> None:
    dataset = dated(tmp_path, treated=[treated(10, known=95)])
    assert labels_of(dataset, observed_until=after(observed)) == expected


# Any company --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False], ids=["known_at", "no_known_at"])
@pytest.mark.parametrize("churn", CHURN_KINDS)
@searched(6)
@given(seed=SEEDS, accounts=ACCOUNTS, rows=ROWS, days=st.sampled_from([0, 60, 61, 69, 70, 90, 99, 100, 120, 149, 400]))
def test_labels_equal_their_twin(
    tmp_path_factory: pytest.TempPathFactory,
    churn: str,
    *,
    known: bool,
    seed: int,
    accounts: int,
    rows: int,
    days: int,
) -> None:
    parts = ["usage"] if churn == "silence" else []
    company = random_company(seed, accounts, rows, known=known)
    company = company.declared(declaration(churn, known=known, parts=parts))
    dataset = company.open(tmp_path_factory.mktemp("company"))
    twin = Twin(dataset.project, company.tables)
    frame = dataset.labels(CUTOFFS, after(days))
    for cutoff in CUTOFFS:
        at_cutoff = frame[frame["cutoff"] == pd.Timestamp(cutoff)]
        found = differences(at_cutoff, twin.labels(cutoff, after(days)), tolerance=0)
        assert not found, f"at {cutoff}:\n" + "\n".join(found[:10]) + f"\n{company.of(found[0].split()[0])}"


def test_random_companies_have_labels_of_every_kind(tmp_path: Path) -> None:
    # Were there none, equality with the twin would prove nothing.
    for churn in CHURN_KINDS:
        company = random_company(7, 60, 1500).declared(declaration(churn, parts=["usage"]))
        frame = company.open(tmp_path / churn).labels(CUTOFFS, after(130))
        for column in ("churned_0_60d", "churned_60_90d"):
            assert frame[column].isin([0, 1]).sum() > 5, churn
            assert set(frame[column].dropna()) == {0, 1}, churn
            assert frame[column].isna().any(), churn
