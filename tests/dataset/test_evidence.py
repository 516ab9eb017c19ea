"""Evidence: what raises a flag, when it stops, what is shown of it; and that nothing from the future does."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnpredict.errors import ConfigError, DataError

from .company import SEEDS, random_company, searched
from .declared import CUTOFF, CUTOFFS
from .opening import opened
from .raising import detecting, pieces, twin_pieces
from .rewriting import rewritten

MANY_ACCOUNTS = st.integers(5, 25)
MANY_ROWS = st.integers(200, 900)


@pytest.mark.parametrize("known", [True, False], ids=["known_at", "no_known_at"])
@searched(2)
@given(seed=SEEDS, accounts=MANY_ACCOUNTS, rows=MANY_ROWS)
def test_evidence_equals_what_the_twin_finds_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, *, known: bool, seed: int, accounts: int, rows: int
) -> None:
    toml = detecting(known=known)
    company = random_company(seed, accounts, rows, known=known).declared(toml)
    dataset = company.open(tmp_path_factory.mktemp("company"))
    found = pieces(dataset.evidence(CUTOFFS[::2]))
    expected = [piece for cutoff in CUTOFFS[::2] for piece in twin_pieces(dataset.project, company.tables, cutoff)]
    assert sorted(found, key=str) == sorted([(*p[:5], *_rounded(p[5:7]), p[7]) for p in expected], key=str)


def _rounded(figures: tuple[float | None, ...]) -> list[float | None]:
    return [None if figure is None else round(figure, 6) for figure in figures]


def test_the_compared_companies_have_evidence_of_every_detector(tmp_path: Path) -> None:
    company = random_company(1, 25, 900).declared(detecting())
    dataset = company.open(tmp_path)
    found = dataset.evidence(CUTOFFS)["detector"].unique()
    assert set(found) == {declared.place for declared in dataset.project.detectors()}


@searched(3)
@given(seed=SEEDS, accounts=MANY_ACCOUNTS, rows=MANY_ROWS, cutoff=st.sampled_from(CUTOFFS))
def test_no_evidence_moves_when_the_future_is_rewritten(
    tmp_path_factory: pytest.TempPathFactory, seed: int, accounts: int, rows: int, cutoff: date
) -> None:
    company = random_company(seed, accounts, rows).declared(detecting())
    other = rewritten(company, cutoff, seed, known=True)
    before = company.open(tmp_path_factory.mktemp("before")).evidence([cutoff])
    after = other.open(tmp_path_factory.mktemp("after")).evidence([cutoff])
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_some_accounts_have_the_evidence_that_they_have_among_all(tmp_path: Path) -> None:
    dataset = random_company(4, 20, 800).declared(detecting()).open(tmp_path)
    whole = dataset.evidence(CUTOFFS)
    chosen = list(whole["account_id"].unique()[:3])
    alone = whole[whole["account_id"].isin(chosen)].reset_index(drop=True)
    pd.testing.assert_frame_equal(dataset.evidence(CUTOFFS, chosen), alone)


# One row ------------------------------------------------------------------------------------------------------------

TICKETS = """
    [events.tickets]
    table = "tickets.parquet"
    time = "opened_on"
    known_at = "loaded_on"
    [events.tickets.signals.tickets]
    [critical.escalation]
    label = "Escalated ticket"
    events = "tickets"
    where = { escalated = true }
    expires_days = 30
    """


def ticket(days_ago: int, *, known: int | None = None, **more: object) -> dict[str, object]:
    """An escalated ticket of account a, opened and known some days before the cutoff."""
    opened_on = CUTOFF - timedelta(days=days_ago)
    loaded_on = opened_on if known is None else CUTOFF - timedelta(days=known)
    row = {"account_id": "a", "opened_on": opened_on, "loaded_on": loaded_on, "escalated": True}
    return row | {"subject": "Export fails", "closed": False, **more}


def raised(folder: Path, *tickets: dict[str, object], toml: str = TICKETS) -> pd.DataFrame:
    """The evidence that tickets are."""
    table = pa.Table.from_pylist(list(tickets))
    pq.write_table(table, folder / "tickets.parquet")
    return opened(folder, more=toml).evidence([CUTOFF])


@pytest.mark.parametrize(
    ("days_ago", "known", "raises"),
    [
        (0, None, False),
        (1, None, True),
        (30, None, True),
        (31, None, False),
        (1, 0, False),
        (1, -3, False),
        (2, 1, True),
        (30, 1, True),
        (-1, None, False),
    ],
)
def test_a_row_raises_its_flag_from_the_day_after_it_could_be_read_until_it_expires(
    tmp_path: Path, days_ago: int, known: int | None, *, raises: bool
) -> None:
    assert (len(raised(tmp_path, ticket(days_ago, known=known))) == 1) is raises


def test_evidence_says_who_when_and_what_and_shows_nothing_undeclared(tmp_path: Path) -> None:
    row = raised(tmp_path, ticket(3)).iloc[0]
    assert (row["account_id"], row["flag"], row["detector"]) == ("a", "critical", "critical.escalation")
    assert (row["label"], row["day"].date(), row["pieces"]) == ("Escalated ticket", CUTOFF - timedelta(days=3), 1)
    assert row["detail"] == ""
    assert "Export fails" not in str(row.to_dict())


def test_declared_columns_are_shown_in_order_without_blanks_and_bounded(tmp_path: Path) -> None:
    toml = TICKETS + 'show = ["subject", "opened_on", "note"]'
    found = raised(tmp_path, ticket(3, note="  "), ticket(2, subject="x" * 900, note="Ann"), toml=toml)
    assert found["detail"].tolist() == ["x" * 200 + " · 2024-02-28 · Ann", "Export fails · 2024-02-27"]


def test_the_newest_rows_are_carried_and_all_are_counted(tmp_path: Path) -> None:
    found = raised(tmp_path, *(ticket(days) for days in range(1, 10)))
    assert [(CUTOFF - day.date()).days for day in found["day"]] == [1, 2, 3, 4, 5]
    assert set(found["pieces"]) == {9}


@pytest.mark.parametrize(("closed_ago", "raises"), [(0, True), (1, False), (10, False), (11, True)])
def test_a_clearing_row_ends_what_happened_on_its_day_or_before(
    tmp_path: Path, closed_ago: int, *, raises: bool
) -> None:
    toml = TICKETS + "until = { where = { closed = true } }"
    closing = ticket(closed_ago, escalated=False, closed=True)
    assert (len(raised(tmp_path, ticket(10), closing, toml=toml)) == 1) is raises


def test_fewer_rows_than_it_takes_raise_nothing(tmp_path: Path) -> None:
    toml = TICKETS + "at_least = 2"
    assert raised(tmp_path, ticket(1), toml=toml).empty
    assert len(raised(tmp_path, ticket(1), ticket(1), toml=toml)) == 2


def test_a_person_is_silent_against_their_own_past(tmp_path: Path) -> None:
    toml = TICKETS.replace("where = { escalated = true }", 'silence = { of = "person", engaged_days = 5 }')
    daily = [ticket(days, person="daily") for days in range(25, 60)]
    monthly = [ticket(days, person="monthly") for days in range(25, 180, 30)]
    found = raised(tmp_path, *daily, *monthly, *(ticket(d, person="still there") for d in range(1, 60)), toml=toml)
    assert found[["value", "typical", "detail"]].to_numpy().tolist() == [[25.0, 1.0, ""]]


# What is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("detector", "message"),
    [
        ("", "critical.x (churnpredict.toml, line"),
        ('events = "tickets"\nexpires_days = 3', "say which rows with where"),
        ('events = "tickets"\nwhere = { a = 1 }', "evidence must end: give expires_days or until"),
        ('events = "ticket"\nwhere = { a = 1 }\nexpires_days = 3', "critical.x.events"),
        ('signal = "ticket"\nexpires_days = 3', "expected one of: tickets"),
        ('history = "contract"\nwhere = { a = 1 }', "critical.x.history"),
        ('history = "contract"\nwhere = { a = 1 }\nat_least = 2', "at_least mean nothing beside history"),
        ('feature = "tickets__count__28d"', "a feature needs its bound"),
        ('feature = "tickets__count__29d"\nvalue = { above = 2 }', "expected one of: tickets__count__28d"),
        ('events = "tickets"\nfeature = "tickets__count__28d"', "got events, feature"),
        ('events = "tickets"\nsilence = { of = "p" }\nexpires_days = 3', "at least its least_days, 21"),
        ('events = "tickets"\nwhere = { a = { words = ["!"] } }\nexpires_days = 3', "critical.x.where.a.words.0"),
        (
            'signal = "tickets"\nexpires_days = 3\nuntil = { events = "no", where = { a = 1 } }',
            "critical.x.until.events",
        ),
    ],
)
def test_a_detector_that_cannot_be_meant_is_refused_at_its_place(tmp_path: Path, detector: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        raised(tmp_path, ticket(1), toml=TICKETS.split("[critical", maxsplit=1)[0] + f"[critical.x]\n{detector}")
    assert message in str(error.value)
    assert "critical.x" in str(error.value)


def test_a_detector_of_a_missing_column_is_refused_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        raised(tmp_path, ticket(1), toml=TICKETS + 'show = ["topic"]\nuntil = { where = { solved = true } }')
    assert "critical.escalation.show: tickets.parquet has no column 'topic'" in str(error.value)
    assert "critical.escalation.until.where.solved" in str(error.value)


# What nobody declared -----------------------------------------------------------------------------------------------

NAMED = """
    [events.notes]
    table = "tickets.parquet"
    time = "opened_on"
    [events.notes.signals.competitor_mentions]
    where = { subject = { words = ["Vantage"] } }
    [events.notes.signals.active_users]
    measure = "person"
    aggregations = ["distinct"]
    [events.notes.signals.other]
    """


def test_signals_named_for_it_mean_displacement_unless_something_else_is_declared(tmp_path: Path) -> None:
    rows = [ticket(days, subject="vantage, again", person="p") for days in (3, 2)]
    found = raised(tmp_path, *rows, toml=NAMED)
    assert set(found["detector"]) == {"displacement.competitor_mentions"}
    assert raised(tmp_path, *rows[:1], toml=NAMED).empty
    assert raised(tmp_path, *rows, toml=NAMED + "[displacement]").empty
