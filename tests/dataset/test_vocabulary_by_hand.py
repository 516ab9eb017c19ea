"""Silences, pasts, shares, keys and last values by hand, on the ends of windows and as late rows become known."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from .company import Company, Row
from .declared import CUTOFF

DECLARED = """
    [accounts]
    table = "accounts.parquet"
    started_on = "started_on"
    [events.usage]
    table = "usage.parquet"
    time = "at"
    {known_at}
    windows = [7]
    [events.usage.signals.rows]
    aggregations = ["longest_silence", "days_since_first", "versus_past"]
    [events.usage.signals.logins]
    where = {{ kind = "login" }}
    aggregations = ["share", "longest_silence"]
    [events.usage.signals.amount]
    measure = "amount"
    aggregations = ["last"]
    [events.usage.signals.users]
    measure = "user"
    aggregations = ["top_key_silence"]
    [histories.contract]
    table = "contract.parquet"
    valid_to = "valid_to"
    known_at = "known_at"
    windows = [7]
    [histories.contract.values]
    seats = {{ kind = "number", aggregations = ["relative_change", "days_unchanged"] }}
    plan = {{ kind = "category", order = ["free", "basic", "pro"], aggregations = ["steps", "changes"] }}
    [churn]
    kind = "dated"
    table = "churn.parquet"
    time = "churned_on"
    """
NOTHING = float("nan")


def day(before: int) -> date:
    return CUTOFF - timedelta(days=before)


def on(before: int, *, known: int | None = None, **values: object) -> Row:
    """A row of events: days before the cutoff on which it happened, and was known."""
    return {
        "at": datetime.combine(day(before), time(12)),
        "known_at": datetime.combine(day(before if known is None else known), time(23)),
        **values,
    }


def state(before: int, seats: float | None, plan: str | None = None, **days: int) -> Row:
    """A state: days before the cutoff on which it begins, is known and ends."""
    return {
        "valid_from": day(before),
        "valid_to": day(days["ends"]) if "ends" in days else None,
        "known_at": datetime.combine(day(days.get("known", before)), time()),
        "seats": seats,
        "plan": plan,
    }


SILENCES = [
    ([], 7),
    ([on(0)], 7),
    ([on(8)], 7),
    ([on(7)], 6),
    ([on(1)], 6),
    ([on(4)], 3),
    ([on(3)], 4),
    ([on(8), on(3)], 4),
    ([on(7), on(1)], 5),
    ([on(7), on(5), on(1)], 3),
    ([on(7), on(6), on(5), on(4), on(3), on(2), on(1)], 0),
    # Not yet known, a day breaks no silence; known, it does, though a later day was known before it.
    ([on(7), on(4, known=0), on(1)], 5),
    ([on(7), on(4, known=1), on(1)], 2),
    ([on(7), on(4, known=0), on(3, known=1), on(1, known=0)], 3),
    ([on(7, known=0), on(6), on(5, known=0), on(3), on(2, known=-3)], 2),
    # Of one day's rows, the first that is known breaks it.
    ([on(7), on(4, known=0), on(4, known=2), on(1)], 2),
]
FIRSTS = [
    ([on(0)], NOTHING),
    ([on(1)], 1),
    ([on(365), on(1)], 365),
    ([on(366), on(20), on(1)], 20),
    ([on(366)], NOTHING),
]
PASTS = [
    # 2 in 7 days against 1 in the 7 days before: the past begins with the first row.
    ([on(1), on(7), on(14)], 2.0),
    # 2 in 7 days against 2 in 358.
    ([on(1), on(7), on(8), on(365), on(366)], (2 / 7) / (2 / 358)),
    ([on(14)], 0.0),
    # A past that is shorter than the window, or none.
    ([on(1), on(13)], NOTHING),
    ([on(1), on(7)], NOTHING),
    ([on(1), on(366)], NOTHING),
    # The past begins when its first row is known.
    ([on(1), on(8), on(14, known=0)], NOTHING),
    ([on(1), on(8), on(14, known=1)], 0.5),
]
SHARES = [
    ([on(8, kind="login")], NOTHING),
    ([on(7, kind="login"), on(8, kind="export")], 1.0),
    ([on(1, kind="login"), on(1, kind="export"), on(2, kind=None), on(3, kind="login", known=1)], 0.5),
    ([on(1, kind="export")], 0.0),
    ([on(1, kind="export"), on(2, kind="login", known=0)], 0.0),
]
LASTS = [
    ([on(366, amount=5.0)], NOTHING),
    ([on(365, amount=5.0)], 5),
    ([on(9, amount=5.0), on(3, amount=7.0), on(0, amount=9.0)], 7),
    ([on(9, amount=5.0), on(3, amount=None)], 5),
    ([on(3, amount=5.0), on(3, amount=8.0), on(9, amount=1.0)], 6.5),
    ([on(3, amount=5.0), on(3, amount=8.0, known=0)], 5),
    ([on(3, amount=5.0), on(3, amount=8.0, known=1)], 6.5),
    ([on(9, amount=5.0), on(3, amount=7.0, known=0)], 5),
    # Known later, and yet of an earlier day.
    ([on(9, amount=5.0, known=1), on(3, amount=7.0)], 7),
]
TOPS = [
    ([on(8, user="u")], NOTHING),
    ([on(7, user="u"), on(1, user=None)], 7),
    ([on(6, user="u"), on(5, user="u"), on(1, user="v"), on(1, user="v"), on(9, user="v")], 5),
    # As many days each: the one that is silent longest.
    ([on(4, user="u"), on(2, user="v")], 4),
    ([on(6, user="u"), on(5, user="u"), on(1, user="u", known=0), on(2, user="v"), on(3, user="v")], 5),
]
#: relative_change, days_unchanged.
MOVES = [
    ([state(1, 5)], NOTHING, 1),
    ([state(8, 4), state(7, 5)], 0.25, 7),
    ([state(8, -4), state(7, -5)], -0.25, 7),
    ([state(8, 0), state(7, 5)], NOTHING, 7),
    ([state(90, 4), state(40, 5), state(20, 5), state(10, 5)], 0, 40),
    ([state(90, 4, ends=5)], NOTHING, NOTHING),
    # A gap is no turn; a value that came and went is two.
    ([state(90, 4, ends=50), state(20, 4)], 0, 90),
    ([state(90, 4), state(50, None), state(20, 4)], 0, 90),
    ([state(90, 4), state(50, 5), state(20, 4)], 0, 20),
    # A correction is no turn, either, once it is known.
    ([state(90, 4), state(50, 5), state(50, 4, known=1)], 0, 90),
    ([state(90, 4), state(50, 5), state(50, 4, known=0)], 0, 50),
]
#: steps, changes.
STEPS = [
    ([state(8, 1, "pro"), state(7, 1, "free")], -2, 1),
    ([state(9, 1, "free"), state(8, 1, "pro")], 0, 0),
    ([state(8, 1, "basic"), state(2, 1, "pro")], 1, 1),
    ([state(8, 1, "trial"), state(2, 1, "pro")], NOTHING, 1),
    ([state(2, 1, "pro")], NOTHING, 0),
    ([state(9, 1, "pro"), state(5, 1, None), state(2, 1, "basic")], -1, 1),
    ([state(9, 1, "pro"), state(5, 1, "basic"), state(5, 1, "pro", known=1)], 0, 0),
]

EVENTS = {
    "rows__longest_silence__7d": SILENCES,
    "rows__days_since_first": FIRSTS,
    "rows__versus_past__7d": PASTS,
    "logins__share__7d": SHARES,
    "amount__last": LASTS,
    "users__top_key_silence__7d": TOPS,
}
STATES = {"seats": MOVES, "plan": STEPS}
KNOWN, AT_ONCE = "known_at", "no_known_at"


def late(rows: list[Row]) -> bool:
    return any(row["known_at"].date() != row["at"].date() for row in rows)


def cases(feature: str) -> list[Any]:
    """Account and expected value, read with two clocks, and with one where that makes no difference."""
    return [
        pytest.param(clocks, f"{feature} {number}", expected, id=f"{clocks}-{number}")
        for number, (rows, expected) in enumerate(EVENTS[feature])
        for clocks in ([KNOWN] if late(rows) else [KNOWN, AT_ONCE])
    ]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, float]]]:
    """Features at the cutoff by clocks and account: an account per case."""
    events = {f"{feature} {number}": rows for feature, many in EVENTS.items() for number, (rows, _) in enumerate(many)}
    states = {f"{name} {number}": case[0] for name, many in STATES.items() for number, case in enumerate(many)}
    tables = {
        "accounts": [{"account_id": account, "started_on": day(900)} for account in [*events, *states]],
        "usage": [row | {"account_id": account} for account, rows in events.items() for row in rows],
        "contract": [row | {"account_id": account} for account, rows in states.items() for row in rows],
        "churn": [{"account_id": "other", "churned_on": CUTOFF}],
    }
    made = {}
    for clocks in (KNOWN, AT_ONCE):
        toml = DECLARED.format(known_at='known_at = "known_at"' if clocks == KNOWN else "")
        frame = Company(toml, tables).features(tmp_path_factory.mktemp("company"), [CUTOFF])
        made[clocks] = frame.set_index("account_id").to_dict("index")
    return made


@pytest.mark.parametrize(("clocks", "account", "days"), cases("rows__longest_silence__7d"))
def test_a_silence_lies_between_events_or_the_ends_of_the_window(
    found: dict[str, Any], clocks: str, account: str, days: float
) -> None:
    assert found[clocks][account]["rows__longest_silence__7d"] == days
    assert found[clocks][account]["logins__longest_silence__7d"] == 7


@pytest.mark.parametrize(("clocks", "account", "days"), cases("rows__days_since_first"))
def test_the_first_event_is_that_of_the_last_year(
    found: dict[str, Any], clocks: str, account: str, days: float
) -> None:
    assert found[clocks][account]["rows__days_since_first"] == pytest.approx(days, nan_ok=True)


@pytest.mark.parametrize(("clocks", "account", "ratio"), cases("rows__versus_past__7d"))
def test_the_past_is_what_lies_before_the_window(
    found: dict[str, Any], clocks: str, account: str, ratio: float
) -> None:
    assert found[clocks][account]["rows__versus_past__7d"] == pytest.approx(ratio, nan_ok=True)


@pytest.mark.parametrize(("clocks", "account", "share"), cases("logins__share__7d"))
def test_a_share_is_of_all_rows_of_the_window(found: dict[str, Any], clocks: str, account: str, share: float) -> None:
    assert found[clocks][account]["logins__share__7d"] == pytest.approx(share, nan_ok=True)


@pytest.mark.parametrize(("clocks", "account", "last"), cases("amount__last"))
def test_the_last_value_is_the_mean_of_the_last_day(
    found: dict[str, Any], clocks: str, account: str, last: float
) -> None:
    assert found[clocks][account]["amount__last"] == pytest.approx(last, nan_ok=True)


@pytest.mark.parametrize(("clocks", "account", "days"), cases("users__top_key_silence__7d"))
def test_the_top_key_is_the_one_with_the_most_days(
    found: dict[str, Any], clocks: str, account: str, days: float
) -> None:
    assert found[clocks][account]["users__top_key_silence__7d"] == pytest.approx(days, nan_ok=True)


@pytest.mark.parametrize("case", range(len(MOVES)))
def test_numbers_of_histories_move_by_hand(found: dict[str, Any], case: int) -> None:
    _, relative, unchanged = MOVES[case]
    features = found[KNOWN][f"seats {case}"]
    assert features["seats__relative_change__7d"] == pytest.approx(relative, nan_ok=True)
    assert features["seats__days_unchanged"] == pytest.approx(unchanged, nan_ok=True)


@pytest.mark.parametrize("case", range(len(STEPS)))
def test_an_ordered_category_moves_in_steps(found: dict[str, Any], case: int) -> None:
    _, steps, changes = STEPS[case]
    features = found[KNOWN][f"plan {case}"]
    assert features["plan__steps__7d"] == pytest.approx(steps, nan_ok=True)
    assert features["plan__changes__7d"] == changes
