"""Claims about single guesses, on profiles of tables: no table is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnpredict.config import Table
from churnpredict.dataset import Filled, Level, Rhythm
from churnpredict.onboarding import Proposal
from churnpredict.onboarding.keys import SURE, account_columns, candidates
from churnpredict.onboarding.roles import Placed, churn_day, clocks, ended_states, place, start_of
from churnpredict.onboarding.schedule import schedule_for
from churnpredict.onboarding.signals import preset_of, signals_of
from churnpredict.onboarding.suspicions import of_a_fact, of_a_state, of_an_event
from churnpredict.onboarding.vocabulary import category_of, name_of, words_of

from .tables import column, profile


def nowhere(_one: tuple[str, str], _other: tuple[str, str]) -> float:
    return 0.0


def everywhere(_one: tuple[str, str], _other: tuple[str, str]) -> float:
    return 1.0


# Whose rows ------------------------------------------------------------------------------------------------------


def test_the_account_is_who_is_named_one_and_comes_again() -> None:
    tables = {
        "orders": profile("orders", 900, order_id=("text", 900), user_id=("text", 300), customer_id=("whole", 80)),
        "customers": profile("customers", 80, customer_id=("whole", 80)),
    }
    first, *others = candidates(tables)
    assert (first.name, first.tables) == ("customer_id", ("orders", "customers"))
    assert first.score >= SURE > max(each.score for each in others)


def test_a_user_is_no_sure_account() -> None:
    found = candidates({"clicks": profile("clicks", 900, user_id=("text", 300))})
    assert [each.name for each in found] == ["user_id"]
    assert found[0].score < SURE


def test_the_key_of_the_accounts_table_may_be_called_otherwise() -> None:
    tables = {
        "accounts": profile("accounts", 80, id=("whole", 80)),
        "usage": profile("usage", 900, account_id=("whole", 75), product_id=("whole", 40)),
        "products": profile("products", 40, id=("whole", 40)),
    }
    # Small whole numbers are in each other whatever they mean: only a table of accounts is believed.
    assert account_columns(tables, "account_id", everywhere) == {"usage": "account_id", "accounts": "id"}
    assert account_columns(tables, "account_id", nowhere) == {"usage": "account_id"}


# Roles -----------------------------------------------------------------------------------------------------------


def roles(**tables: dict[str, tuple[object, ...]]) -> tuple[dict[str, str], dict[str, str]]:
    made = {name: profile(name, **columns) for name, columns in tables.items()}  # type: ignore[arg-type]
    placed, without = place(made, {name: "account_id" for name in made if made[name].column("account_id")})
    return {each.table.name: each.role for each in placed}, without


def test_tables_get_the_roles_that_their_columns_speak_of() -> None:
    found, without = roles(
        accounts={"rows": 80, "account_id": ("text", 80), "created": ("date", 60)},
        scores={"rows": 80, "account_id": ("text", 80), "risk": ("number", 80)},
        usage={"rows": 900, "account_id": ("text", 80), "at": ("date", 300)},
        contracts={"rows": 160, "account_id": ("text", 80), "start_date": ("date", 60), "end_date": ("date", 60)},
        cancellations={"rows": 20, "account_id": ("text", 20), "on_day": ("date", 20)},
        opportunities={"rows": 99, "account_id": ("text", 60), "close_date": ("date", 60)},
        lists={"rows": 99, "account_id": ("text", 60), "list_id": ("whole", 9)},
        products={"rows": 9, "product_id": ("text", 9)},
    )
    assert found == {
        "accounts": "accounts",
        "scores": "facts",
        "usage": "events",
        "contracts": "history",
        "cancellations": "churn",
    }
    assert "close_date" in without["opportunities"]
    assert "no date" in without["lists"]
    assert "which account" in without["products"]


def test_a_table_of_few_accounts_is_not_that_of_the_accounts() -> None:
    found, _ = roles(
        demographics={"rows": 20, "account_id": ("text", 20), "age": ("text", 5)},
        baskets={"rows": 900, "account_id": ("text", 80), "day": ("date", 300)},
    )
    assert found["demographics"] == "facts"


def test_days_counted_from_a_start_are_no_dates_and_said_to_be_none() -> None:
    found, without = roles(clicks={"rows": 900, "account_id": ("text", 80), "date": ("whole", 200)})
    assert found == {}
    assert "counts days" in without["clicks"]


def test_the_second_clock_is_told_by_its_name() -> None:
    table = profile("commits", 900, account_id=("text", 9), committed_at=("date", 9), authored_at=("date", 9))
    assert clocks(table) == ("authored_at", "committed_at", None)


def test_a_second_clock_without_a_name_is_asked_about() -> None:
    ordered = {("a", "b"): 1.0, ("b", "a"): 0.4}
    assert clocks(profile("rows", 900, ordered, a=("date", 9), b=("date", 9))) == ("a", "b", "b")
    assert clocks(profile("rows", 900, ordered, a=("date", 9), b=("date", 9, 0.2))) == ("a", None, None)
    assert clocks(profile("rows", 900, {("opened", "closed"): 1.0}, opened=("date", 9), closed=("date", 9)))[1] is None


def test_the_first_day_and_the_last_are_not_taken_for_each_other() -> None:
    table = profile("accounts", 80, last_created=("date", 9), signup=("date", 9), churned=("date", 9, 0.7))
    assert start_of(table) == "signup"
    assert churn_day(table) == "churned"
    assert churn_day(profile("accounts", 80, churned=("date", 9))) is None


# What may know the future ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("status", "text"),
        ("is_active", "flag"),
        ("churn_reason", "text"),
        ("last_seen", "date"),
        ("total_logins", "whole"),
        ("employees", "whole"),
        ("plan_tier", "text"),
        ("health_score", "number"),
        ("upgraded_on", "date"),
        ("final_result", "text"),
    ],
)
def test_what_is_as_it_is_today_is_no_fact(name: str, kind: str) -> None:
    assert of_a_fact(column(name, kind, 4), {})


@pytest.mark.parametrize("name", ["industry", "country", "channel", "region"])
def test_what_holds_all_along_is_a_fact(name: str) -> None:
    assert of_a_fact(column(name, "text", 4), {name: Filled(0.9, 0.8, 70)}) is None


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 1000))
def test_a_column_filled_for_churners_alone_is_never_a_fact(left: float, stayed: float, holders: int) -> None:
    why = of_a_fact(column("colour", "text", 4), {"colour": Filled(stayed, left, holders)})
    if holders >= 10 and max(left, stayed) >= 0.02 and 3 * min(left, stayed) < max(left, stayed):
        assert why is not None
        assert f"{left:.0%} of those that left" in why
    if left == stayed:
        assert why is None


@pytest.mark.parametrize("name", ["resolution_time", "status", "outcome", "final_grade", "propensity", "close_reason"])
def test_what_is_written_after_its_day_is_no_signal(name: str) -> None:
    assert of_an_event(column(name, "text", 4), {}, "at", loaded=True)


@pytest.mark.parametrize("name", ["priority", "minutes", "event_type", "amount", "nps"])
def test_what_is_there_on_its_day_may_be_a_signal(name: str) -> None:
    assert of_an_event(column(name, "text", 4), {}, "at", loaded=False) is None


def test_a_flag_that_may_be_raised_later_needs_a_day_on_which_the_row_was_read() -> None:
    escalated = column("is_escalated", "flag", 2)
    assert of_an_event(escalated, {}, "opened_at", loaded=False)
    assert of_an_event(escalated, {}, "opened_at", loaded=True) is None


def test_what_the_day_of_a_row_speaks_of_is_not_later() -> None:
    paid = column("amount_paid", "number", 90)
    assert of_an_event(paid, {}, "invoiced_on", loaded=False)
    assert of_an_event(paid, {}, "paid_on", loaded=False) is None


def test_a_state_that_is_written_over_is_no_value() -> None:
    assert of_a_state(column("status", "text", 3), {}, one_row_each=False)
    assert of_a_state(column("cancelled_at", "date", 3), {}, one_row_each=False)
    assert of_a_state(column("seats", "whole", 9), {}, one_row_each=False) is None
    assert of_a_state(column("current_mrr", "number", 9), {}, one_row_each=False) is None


def test_a_history_without_a_second_row_is_no_history() -> None:
    assert of_a_state(column("seats", "whole", 9), {}, one_row_each=True)


@pytest.mark.parametrize(
    ("holders", "left", "suspected"), [(200, 1.0, True), (200, 0.5, False), (200, 0.0, True), (8, 1.0, False)]
)
def test_a_value_of_leavers_alone_or_of_none_of_them_tells_whatever_it_is_called(
    holders: int, left: float, *, suspected: bool
) -> None:
    filled = {"estado": Filled(1.0, 1.0, 600, 600, 0.4, (Level("baja", holders, left), Level("alta", 30, 0.4)))}
    assert bool(of_a_fact(column("estado", "text", 2), filled)) == suspected
    told_of_rows = bool(of_an_event(column("estado", "text", 2), filled, "fecha", loaded=True))
    assert told_of_rows == (suspected and left > 0.5)  # an event that leavers never had may still be a signal


@pytest.mark.parametrize("name", ["statusverlauf", "status_history", "account_changes"])
def test_a_state_that_begins_with_an_end_dates_the_churn(name: str) -> None:
    table = profile(name, 900, account_id=("text", 80), at=("date", 300), state=("text", 3, 0.0, ("active", "churned")))
    assert ended_states(Placed("events", table, "account_id", "at")) == {"state": ["churned"]}


@pytest.mark.parametrize(("name", "state"), [("orders", "state"), ("status_history", "old_state")])
def test_a_state_of_other_rows_or_of_before_dates_nothing(name: str, state: str) -> None:
    table = profile(
        name, 900, account_id=("text", 80), at=("date", 300), **{state: ("text", 3, 0.0, ("active", "churned"))}
    )
    assert ended_states(Placed("events", table, "account_id", "at")) == {}


# Signals, windows, names -----------------------------------------------------------------------------------------


def signals(**columns: tuple[object, ...]) -> dict[str, dict[str, object]]:
    table = profile("usage", 900, account_id=("text", 80), at=("date", 300), **columns)
    made = signals_of(Placed("events", table, "account_id", "at"), {}, set(), Proposal())
    return {each.name: each.keys for each in made}


def test_signals_follow_from_what_columns_hold() -> None:
    found = signals(
        user_id=("text", 40),
        minutes=("number", 90),
        rating=("whole", 5),
        quantity=("whole", 30),
        unit_price=("number", 90),
        is_mobile=("flag", 2),
        priority=("text", 2, 0.0, ("low", "high")),
        kind=("text", 2, 0.0, ("view", "edit")),
        basket_id=("whole", 800),
        week=("whole", 52),
        outcome=("text", 3, 0.0, ("won", "lost", "open")),
    )
    assert found["active_users"] == {"measure": "user_id", "aggregations": ["distinct"]}
    assert found["minutes"]["aggregations"] == ["sum"]
    assert found["rating"]["aggregations"] == ["mean"]
    assert found["revenue"]["measure"] == ["quantity", "unit_price"]
    assert found["mobile"]["where"] == {"is_mobile": True}
    assert found["severe_priority"]["where"] == {"priority": ["high"]}
    assert found["view"]["where"] == {"kind": "view"}
    assert found["different_basket"]["aggregations"] == ["distinct"]
    assert not {"week", "outcome"} & set(found)


def test_rows_that_stand_for_several_events_are_added_up() -> None:
    found = signals(n=("whole", 50), event_type=("text", 2, 0.0, ("view", "edit")))
    assert found["usage"]["measure"] == "n"
    assert found["view"] == {"measure": "n", "where": {"event_type": "view"}, "aggregations": ["sum"]}


@pytest.mark.parametrize(
    ("days_a_week", "days", "preset"),
    [(5.0, 900, "dense"), (0.5, 900, "regular"), (0.05, 2000, "sparse"), (0.05, 400, "regular")],
)
def test_windows_follow_from_how_often_rows_come(days_a_week: float, days: int, preset: str) -> None:
    assert preset_of(Rhythm(80, days_a_week, 0.0), days) == preset


def test_a_short_history_gets_short_windows_and_close_cutoffs_and_one_that_is_too_short_is_named() -> None:
    long = schedule_for(1_500, silent_days=0, late_days=0)
    short = schedule_for(305, silent_days=0, late_days=7)
    hopeless = schedule_for(150, silent_days=0, late_days=0)
    assert (long.longest_window, long.every_days, long.missing_days) == (84, 28, 0)
    assert (short.longest_window, short.every_days, short.missing_days) == (28, 7, 0)
    assert hopeless.missing_days > 90
    assert schedule_for(150 + hopeless.missing_days, silent_days=0, late_days=0).missing_days == 0


@given(st.text(max_size=200), st.lists(st.text(max_size=20)))
def test_any_text_becomes_a_name_that_may_be_declared_and_is_not_taken(text: str, others: list[str]) -> None:
    taken: set[str] = set()
    for each in [*others, text, text]:
        name = name_of(each, taken)
        assert name not in taken
        taken.add(name)
        Table.model_validate({"connection": name, "name": "x"})
        assert name not in ("account_id", "day", "seen", "tenure")


def test_words_are_told_apart_however_names_are_written() -> None:
    assert words_of("CustomerID") == words_of("customer_id") == words_of("customer-id") == {"customer", "id"}


def test_names_speak_of_a_part_of_the_business() -> None:
    assert [category_of(each) for each in ("tickets", "invoices", "meetings", "logins")] == [
        "support",
        "financial",
        "executive",
        "product",
    ]
