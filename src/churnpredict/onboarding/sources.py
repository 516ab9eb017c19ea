"""The sections of the configuration that declare tables: accounts, events, histories, facts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from churnpredict.config import Category
from churnpredict.config.policies import Freshness
from churnpredict.dataset import ColumnProfile, Filled
from churnpredict.errors import DataError, Problem
from churnpredict.onboarding.endings import written_end
from churnpredict.onboarding.facts import GuessedValue, facts_of, values_of
from churnpredict.onboarding.finding import Found
from churnpredict.onboarding.proposal import Section, summed_up
from churnpredict.onboarding.roles import USUAL_KEY, Placed, churn_day
from churnpredict.onboarding.signals import GuessedSignal, preset_of, signals_of
from churnpredict.onboarding.vocabulary import KEYS, NAMES, OWNERS, QUANTITIES, category_of, name_of, words_of

#: Share of rows without an account from which on it is said how many may be.
FEW_MISSING = 0.01
#: Share of the (account, day) pairs of a history with several rows, from which on they are of several things.
SEVERAL = 0.01


def add_events(found: Found, placed: Placed, filled: Mapping[str, Filled]) -> None:
    """Declare a table of events, and, where negative quantities take some back, its returns."""
    name, category = placed.name, category_of(placed.table.name)
    taken_back = _negative(placed)
    section = _events(found, placed, f"events.{name}", category)
    if taken_back is not None:
        section.add("where", {taken_back.name: {"above": 0}}, "rows with less are taken to be returns")
    before = len(found.proposal.suspicions)
    signals = signals_of(placed, filled, found.taken, found.proposal)
    section.comments += summed_up(found.proposal.suspicions[before:])
    found.proposal.sections.append(section)
    _add_signals(found, f"events.{name}", signals)
    if taken_back is not None:
        _add_returns(found, placed, name, taken_back)


def _events(found: Found, placed: Placed, path: str, category: Category) -> Section:
    section = _source(placed, path)
    last = placed.span[1] if placed.span else found.today
    planned = f"it reaches {last}, a day to come: planned rows are not what happened" if last > found.today else ""
    section.add("time", placed.time, planned)
    if placed.known_at is None:
        late = "no column says when a row could first be read; late rows may leak"
        section.add("known_at", "loaded_at", late, out=True)
    else:
        section.add("known_at", placed.known_at)
    ends, as_of = placed.span[1] if placed.span else None, found.proposal.as_of
    if ends and as_of and (age := (as_of - ends).days) > Freshness().max_age_days:
        why = f"its last row is of {ends}: raise it if it comes so rarely, take the source out if it ended"
        section.add("max_age_days", age + 7, why)
    section.add("category", category)
    section.add("windows", found.windows(preset_of(found.rhythms[placed.table.name], found.days)))
    if category == "product" and found.of_role("accounts") and not found.ending.silent_days:
        section.add("absent", "missing", "an account without any row is taken to send no data, not to be idle")
    return section


def _source(placed: Placed, path: str) -> Section:
    section = Section(path)
    section.add("table", placed.declared)
    if placed.account != USUAL_KEY:
        section.add("account", placed.account)
    column = placed.table.column(placed.account)
    if column is not None and column.missing > FEW_MISSING:
        most = math.ceil(column.missing * 20 + 0.5) / 20
        section.add("max_missing_accounts", most, f"{column.missing:.0%} of the rows are of nobody, and left out")
    return section


def _negative(placed: Placed) -> ColumnProfile | None:
    for column in placed.table.of_kind("whole", "number"):
        if words_of(column.name) & QUANTITIES and (column.low or 0) < 0 < (column.high or 0):
            return column
    return None


def _add_returns(found: Found, placed: Placed, name: str, quantity: ColumnProfile) -> None:
    own = name_of(f"{name}_returns", [each.name for each in found.placed], prefix="source")
    section = _events(found, placed, f"events.{own}", "support")
    section.entries = [entry for entry in section.entries if entry.key != "absent"]
    section.add("where", {quantity.name: {"below": 0}})
    found.proposal.sections.append(section)
    signal = name_of(own, found.taken)
    found.taken.add(signal)
    _add_signals(found, f"events.{own}", [GuessedSignal(signal, {"aggregations": ["count", "days_since"]})])


def _add_signals(found: Found, path: str, signals: list[GuessedSignal]) -> None:
    for signal in signals:
        section = Section(f"{path}.signals.{signal.name}", unsure=[signal.unsure] if signal.unsure else [])
        for key, value in signal.keys.items():
            section.add(key, value)
        found.proposal.sections.append(section)


def add_history(found: Found, placed: Placed, filled: Mapping[str, Filled]) -> None:
    """Declare a table of what held from when."""
    name = placed.name
    section = _source(placed, f"histories.{name}")
    section.add("valid_from", placed.time)
    if placed.until is not None:
        section.add("valid_to", placed.until)
    if placed.known_at is not None:
        section.add("known_at", placed.known_at)
    section.add("category", category_of(placed.table.name, default="context"))
    section.add("windows", [found.schedule.longest_window])
    if found.rhythms[placed.table.name].at_once > SEVERAL:
        section.unsure.append("accounts have several rows that begin on one day; say which one speaks for the account")
        for column in placed.table.of_kind("text"):
            if 1 < len(column.levels) == column.distinct:
                section.add("where", {column.name: [value for value, _ in column.levels]}, out=True)
                break
    before = len(found.proposal.suspicions)
    values = values_of(placed, filled, found.taken, found.proposal)
    section.comments += summed_up(found.proposal.suspicions[before:])
    if values:
        found.proposal.sections.append(section)
        found.proposal.sections.append(_values(found, f"histories.{name}.values", values))


def _values(found: Found, path: str, values: list[GuessedValue]) -> Section:
    section = Section(path)
    for each in values:
        section.add(each.name, each.value, each.unsure)
        if each.listed:
            found.listed.setdefault(each.listed, each.name)
    return section


def add_facts(found: Found, placed: Placed, filled: Mapping[str, Filled]) -> None:
    """Declare the undated categories of a table with one row per account, if it has any."""
    before = len(found.proposal.suspicions)
    values = facts_of(placed.table, {placed.account, churn_day(placed.table)}, filled, found.taken, found.proposal)
    if not values:
        found.proposal.left_out[placed.table.name] = "without a date nothing proves that any of it was known in time"
        return
    name = placed.name
    section = _source(placed, f"facts.{name}")
    section.comments += summed_up(found.proposal.suspicions[before:])
    found.proposal.sections += [section, _values(found, f"facts.{name}.values", values)]


def add_accounts(found: Found, section: Section, filled: Callable[[Found, Placed], Mapping[str, Filled]]) -> None:
    """Declare the accounts: their table, or all that are seen in the main events."""
    master = next(iter(found.of_role("accounts")), None)
    if master is not None and (master.time is not None or written_end(found.placed) is None):
        _of_table(found, section, master, filled(found, master))
        return
    if found.main is None:
        given = "no table has one row per account and the day it began, and there are no events to tell accounts from"
        raise DataError(Problem("the tables", given, "an accounts table, or a table of events"))
    section.add("from_events", found.main.name)
    section.comments.append("No table has one row per account with its first day: an account is whoever has an event.")
    if master is not None:
        found.proposal.left_out[master.table.name] = "no column says when an account began, which dated churn needs"


def _of_table(found: Found, section: Section, master: Placed, filled: Mapping[str, Filled]) -> None:
    section.add("table", master.declared)
    if master.account != USUAL_KEY:
        section.add("key", master.account)
    if master.time is not None:
        section.add("started_on", master.time)
    passed: set[str | None] = {master.account, master.time, churn_day(master.table)}
    for key, words, few in (("name", NAMES, False), ("owner", OWNERS, True)):
        column = _called(master, words, passed, few=few)
        if column is not None:
            section.add(key, column)
            passed.add(column)
    before = len(found.proposal.suspicions)
    values = facts_of(master.table, passed, filled, found.taken, found.proposal)
    section.comments += summed_up(found.proposal.suspicions[before:])
    if values:
        position = found.proposal.sections.index(section)
        found.proposal.sections.insert(position + 1, _values(found, "accounts.facts", values))


def _called(master: Placed, words: frozenset[str], passed: set[str | None], *, few: bool) -> str | None:
    """A text column by its words: of people who share the accounts, or of names that differ."""
    for column in master.table.of_kind("text"):
        if column.name in passed or not words_of(column.name) & words or words_of(column.name) & KEYS:
            continue
        if (column.distinct < master.table.rows / 2) == few:
            return column.name
    return None
