"""The plain twin of churnpredict.dataset: loops over rows, one account and one cutoff at a time, obvious and slow.

It shares the declarations with the product and nothing else: no tables, no rings, no day aggregates. Every
definition here is written down from the docstrings, so that two readings of them meet in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pandas as pd

from churnpredict.config import (
    DatedChurn,
    Events,
    History,
    HistoryValue,
    Project,
    SilenceChurn,
    UnrenewedChurn,
)

from .plain import (
    Event,
    Row,
    State,
    Value,
    Visible,
    aggregate,
    beginning,
    changes,
    clocks,
    contribution,
    day_of,
    days_unchanged,
    declared_value,
    holds,
    in_force,
    moved,
    ratio,
    reach,
    span,
    versus_peers,
)


class Twin:
    """What a project knows of the rows of its tables.

    Parameters
    ----------
    project
        The declarations.
    tables
        Rows by the stem of the file they are in.
    """

    def __init__(self, project: Project, tables: dict[str, list[Row]]) -> None:
        self.project = project
        self.tables = tables

    # Who is there -------------------------------------------------------------------------------------------------

    def spine(self, cutoff: date) -> dict[str, date]:
        """First day of the present life of each account that is a customer at the cutoff as far as was then known."""
        starts = {account: self._started_on(account, cutoff) for account in self._everybody()}
        return {account: start for account, start in starts.items() if start is not None}

    def _everybody(self) -> list[str]:
        rows = [row for table in self.tables.values() for row in table]
        return sorted({row["account_id"] for row in rows if row["account_id"]})

    def _started_on(self, account: str, cutoff: date) -> date | None:
        churn = self.project.churn
        if isinstance(churn, DatedChurn):
            start = self._account(account).get("started_on")
            gone = any(day < cutoff and seen < cutoff for day, seen in self._churn_rows(account))
            return None if start is None or start >= cutoff or gone else start
        if isinstance(churn, SilenceChurn):
            heard = [day for day in self._heard_on(account) if day < cutoff]
            if not heard or heard[-1] + timedelta(days=churn.days) < cutoff:
                return None
            return beginning(heard, churn.days)
        covered = [(starts, ends) for starts, ends in self._terms(account) if starts < cutoff]
        if not covered or max(ends for _, ends in covered) + span(churn.grace_days) < cutoff:
            return None
        return self._covered_since(covered, churn.grace_days)

    @staticmethod
    def _covered_since(terms: list[tuple[date, date]], grace: int) -> date:
        since, until = terms[0]
        for starts, ends in terms[1:]:
            if starts > until + span(grace):
                since = starts
            until = max(until, ends)
        return since

    def _account(self, account: str) -> Row:
        return next((row for row in self.tables["accounts"] if row["account_id"] == account), {})

    def _churn_rows(self, account: str) -> Iterator[tuple[date, date]]:
        churn = self.project.churn
        assert isinstance(churn, DatedChurn)
        for row in self._rows(churn.table.path, account):
            day, seen = clocks(row, churn.time, churn.known_at)
            if day is not None and seen is not None and holds(churn.where, row):
                yield day, seen

    def _heard_on(self, account: str) -> list[date]:
        churn = self.project.churn
        assert isinstance(churn, SilenceChurn)
        return sorted({event.seen for event in self._events(self.project.events[churn.events], account)})

    def _terms(self, account: str) -> list[tuple[date, date]]:
        churn = self.project.churn
        assert isinstance(churn, UnrenewedChurn)
        rows = [row for row in self._rows(churn.table.path, account) if row[churn.starts] is not None]
        forever = date(9000, 1, 1)
        return sorted((row[churn.starts], row[churn.ends] or forever) for row in rows)

    # What came of them --------------------------------------------------------------------------------------------

    def labels(self, cutoff: date, observed_until: date) -> dict[str, dict[str, float | None]]:
        """Labels of the spine's accounts, by column, as they could be known when `observed_until` began."""
        return {
            account: {
                f"churned_{start}_{end}d": self._label(account, cutoff, observed_until, start, end)
                for start, end in self.project.training.intervals()
            }
            for account in self.spine(cutoff)
        }

    def _label(self, account: str, cutoff: date, observed: date, start: int, end: int) -> float | None:
        first, beyond = cutoff + span(start), cutoff + span(end)
        if beyond + span(self._delay()) > observed:
            return None
        churned = self._churned_on(account, cutoff, observed)
        if churned is not None and churned < first:
            return None
        acting = span(max(self.project.training.intervention_days - 1, 0))
        treated = [day for day in self._interventions(account, observed) if day >= cutoff - acting]
        if treated and min(treated) < beyond and not (churned is not None and churned <= min(treated)):
            return None
        return 1.0 if churned is not None and churned < beyond else 0.0

    def _delay(self) -> int:
        churn = self.project.churn
        if isinstance(churn, DatedChurn):
            return churn.recorded_within_days
        return churn.grace_days if isinstance(churn, UnrenewedChurn) else 0

    def _churned_on(self, account: str, cutoff: date, observed: date) -> date | None:
        """The day on which the life that was led at the cutoff ended, if that was known when `observed` began."""
        churn = self.project.churn
        if isinstance(churn, DatedChurn):
            # What was written down first speaks, also where it was set right later.
            written = sorted((seen, day) for day, seen in self._churn_rows(account) if seen < observed)
            return written[0][1] if written else None
        if isinstance(churn, SilenceChurn):
            heard = [day for day in self._heard_on(account) if day < observed]
            last = max(day for day in heard if day < cutoff)
            for day in heard:
                if last < day <= last + span(churn.days):
                    last = day
            silent = last + span(churn.days)
            return silent if silent < observed else None
        terms = [(starts, ends) for starts, ends in self._terms(account) if starts < observed]
        until = max(ends for starts, ends in terms if starts < cutoff)
        for starts, ends in terms:
            if cutoff <= starts <= until + span(churn.grace_days):
                until = max(until, ends)
        return until if until + span(churn.grace_days) < observed else None

    def _interventions(self, account: str, observed: date) -> list[date]:
        declared = self.project.interventions
        if declared is None:
            return []
        rows = [clocks(row, declared.time, declared.known_at) for row in self._rows(declared.table.path, account)]
        return [day for day, seen in rows if day is not None and seen is not None and seen < observed]

    # What was known of them ---------------------------------------------------------------------------------------

    def features(self, cutoff: date) -> dict[str, dict[str, Value]]:
        """Every declared feature of the spine's accounts, by name."""
        found: dict[str, dict[str, Value]] = {}
        for account, started_on in self.spine(cutoff).items():
            values: dict[str, Value] = {"tenure__days_since": float((cutoff - started_on).days)}
            for source in self.project.events.values():
                values |= self._event_features(source, account, cutoff)
            for history in self.project.histories.values():
                values |= self._history_features(history, account, cutoff)
            values |= self._fact_features(self._account(account), self.project.accounts.facts, cutoff)
            for facts in self.project.facts.values():
                rows = [row for row in self._rows(facts.table.path, account) if holds(facts.where, row)]
                values |= self._fact_features(rows[0] if rows else {}, facts.values, cutoff)
            found[account] = values
        self._derive(found)
        return found

    def _derive(self, found: dict[str, dict[str, Any]]) -> None:
        for name, declared in self.project.ratios.items():
            for values in found.values():
                values[str(declared.feature_name(name))] = ratio(values[declared.of], values[declared.per])
        for name, peers in self.project.peers.items():
            by = f"{peers.by}__value"
            for values in found.values():
                similar = [v[peers.of] for v in found.values() if peers.by is None or v[by] == values[by]]
                nowhere = peers.by is not None and values[by] is None
                against = None if nowhere else versus_peers(values[peers.of], similar, peers.fewest)
                values[str(peers.feature_name(name))] = against

    def _rows(self, path: str | None, account: str) -> list[Row]:
        stem = str(path).removesuffix(".parquet")
        return [row for row in self.tables[stem] if row["account_id"] == account]

    def _events(self, source: Events, account: str) -> list[Event]:
        events = []
        for row in self._rows(source.table.path, account):
            day, seen = clocks(row, source.time, source.known_at)
            if day is not None and seen is not None and holds(source.where, row):
                values = {name: contribution(signal, row) for name, signal in source.signals.items()}
                events.append(Event(day, seen, values))
        return events

    def _event_features(self, source: Events, account: str, cutoff: date) -> dict[str, Value]:
        visible = [event for event in self._events(source, account) if event.day < cutoff and event.seen < cutoff]
        silent = not any(event.day >= cutoff - span(reach(source)) for event in visible)
        values: dict[str, Value] = {}
        for name, signal in source.signals.items():
            happened = [(event.day, event.values[name]) for event in visible if event.values[name] is not None]
            for feature in signal.feature_names(name, source.windows):
                unknown = silent and source.absent == "missing"
                summed = signal.measure is not None and not signal.keyed
                counted = Visible(happened, [event.day for event in visible], summed)
                value = aggregate(feature.aggregation, counted, cutoff, feature.days)
                values[str(feature)] = None if unknown else value
        return values

    def _history_features(self, source: History, account: str, cutoff: date) -> dict[str, Value]:
        known = [state for state in self._states(source, account) if state.seen < cutoff]
        now = in_force(known, cutoff)
        values: dict[str, Value] = {}
        for name, declared in source.values.items():
            for feature in declared.feature_names(name, source.windows):
                then = in_force(known, cutoff - span(feature.days or 0)).get(name)
                match feature.aggregation:
                    case "days_until":
                        value = None if now.get(name) is None else float((now[name] - cutoff).days)
                    case "changes":
                        value = changes(known, name, cutoff, feature.days or 0)
                    case "days_unchanged":
                        value = days_unchanged(known, name, cutoff)
                    case "value":
                        value = now.get(name)
                    case _:
                        value = moved(feature.aggregation, now.get(name), then, declared.order)
                values[str(feature)] = value
        return values

    def _states(self, source: History, account: str) -> list[State]:
        states = []
        for row in self._rows(source.table.path, account):
            valid_from = day_of(row[source.valid_from])
            valid_to = day_of(row[source.valid_to]) if source.valid_to else None
            seen = day_of(row[source.known_at]) if source.known_at else valid_from
            if valid_from is not None and seen is not None and holds(source.where, row):
                values = {
                    name: declared_value(value, row[value.column or name]) for name, value in source.values.items()
                }
                states.append(State(valid_from, valid_to, seen, values))
        return states

    @staticmethod
    def _fact_features(row: Row, declared: dict[str, HistoryValue], cutoff: date) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for name, value in declared.items():
            found = declared_value(value, row.get(value.column or name))
            if value.kind == "date":
                values[f"{name}__days_until"] = None if found is None else float((found - cutoff).days)
            else:
                values[f"{name}__value"] = found
        return values


def differences(frame: pd.DataFrame, expected: dict[str, dict[str, Value]], *, tolerance: float = 1e-5) -> list[str]:
    """What a frame of one cutoff says otherwise than the twin, in words; empty where they agree.

    Parameters
    ----------
    frame
        account_id, cutoff and columns of values.
    expected
        Values by account and column.
    tolerance
        Of numbers, relative and absolute.
    """
    rows = {row["account_id"]: row for row in frame.to_dict("records")}
    found = [f"{account}: on one spine only" for account in sorted(rows.keys() ^ expected.keys())]
    for account in sorted(rows.keys() & expected.keys()):
        for name, value in expected[account].items():
            given = rows[account].get(name, "no column")
            if not _same(given, value, tolerance):
                found.append(f"{account} {name}: {given!r}, by the twin {value!r}")
    return found


def _same(given: Any, value: Value, tolerance: float) -> bool:
    if value is None:
        return bool(pd.isna(given))
    if isinstance(value, str) or isinstance(given, str):
        return bool(given == value)
    return math.isclose(given, value, rel_tol=tolerance, abs_tol=tolerance)
