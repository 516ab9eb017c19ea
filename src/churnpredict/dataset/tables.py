"""Declared sources → Ibis tables with the same columns, whatever they were called.

Each dated row carries ``seen``, the day on which it could first have been read. Together with its own day it makes
one comparison, ``seen < cutoff``, decide what is visible, in training and in serving alike.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from churnpredict.config import (
    DatedChurn,
    Events,
    Facts,
    History,
    Interventions,
    Project,
    Table,
    UnrenewedChurn,
    declared_tables,
)
from churnpredict.dataset.detectors import DetectorTables, detector_tables, touch_tables
from churnpredict.dataset.engines import connect, let_go, open_table
from churnpredict.dataset.rows import Rows, raise_problems, with_text_ids
from churnpredict.dataset.worked import worked_table
from churnpredict.errors import DataError, Problem
from churnpredict.ledger import read_ledger, treatments_of


@dataclass(frozen=True)
class SourceTables:
    """The tables of a project, on one engine, lazy. Days are dates in the project's time zone.

    Parameters
    ----------
    engine
        The engine they are on.
    rows
        By TOML path, what each declared table was read from; the contract checks it.
    accounts
        One row per account: account_id, started_on (null where not declared), name, owner, then the facts.
    events
        Per source, one row per event: account_id (text, or the integer it is written from), day, seen, and a column
        per signal, null where the row does not count for it.
    histories
        Per source, one row per state: account_id, valid_from, valid_to (null while open), seen, a column per value.
    facts
        Per source, one row per account: account_id and a column per value.
    churn
        Dated churn (account_id, day, seen) or terms (account_id, starts, ends); None where churn is silence.
    interventions
        One row per intervention, declared or in the ledger: account_id, day, seen, and replaced, the day from whose
        end on the ledger says otherwise, null while it stands; None where there are none.
    evidence
        Per detector of rows, by its TOML path, what may raise its flag.
    touches
        Per declared touch, its rows: account_id, day, seen.
    worked
        What came of the declared interventions, see `churnpredict.dataset.worked`; None where no column says so.
    """

    engine: BaseBackend
    rows: dict[str, Rows]
    accounts: ir.Table
    events: dict[str, ir.Table]
    histories: dict[str, ir.Table]
    facts: dict[str, ir.Table]
    churn: ir.Table | None
    interventions: ir.Table | None
    evidence: dict[str, DetectorTables]
    touches: dict[str, ir.Table]
    worked: ir.Table | None

    def events_between(self, first: dict[str, date], before: date) -> SourceTables:
        """The same without the events before their source's first day, and without those of `before` and after."""
        events = {
            key: table.filter(table.day >= ibis.date(first[key]), table.day < ibis.date(before))
            for key, table in self.events.items()
        }
        return replace(self, events=events)

    def of_accounts(self, kept: Callable[[ir.StringValue], ir.BooleanValue]) -> SourceTables:
        """The same without the rows of accounts whose id, as text, is not `kept`; evidence is left as it is."""

        def of(table: ir.Table) -> ir.Table:
            return table.filter(kept(table.account_id.cast("string")))

        return replace(
            self,
            accounts=of(self.accounts),
            events={key: of(table) for key, table in self.events.items()},
            histories={key: of(table) for key, table in self.histories.items()},
            facts={key: of(table) for key, table in self.facts.items()},
            churn=None if self.churn is None else of(self.churn),
        )

    def known_before(self, cutoff: date) -> SourceTables:
        """The same without any dated row that could not have been read before a cutoff."""
        day = ibis.date(cutoff)

        def before(table: ir.Table | None) -> ir.Table | None:
            return table if table is None or "seen" not in table.columns else table.filter(table.seen < day)

        return replace(
            self,
            events={key: table.filter(table.seen < day) for key, table in self.events.items()},
            histories={key: table.filter(table.seen < day) for key, table in self.histories.items()},
            churn=before(self.churn),
            interventions=before(self.interventions),
        )


def open_tables(project: Project) -> SourceTables:
    """Open every declared table and read its columns as what they were declared to be; nothing is executed.

    Raises
    ------
    DataError
        With all missing tables, missing columns and wrong types at once.
    """
    declared: dict[str, Table] = dict(declared_tables(project))
    with ExitStack() as stack:
        engine = connect(project.connections, declared, project.folder)
        stack.callback(let_go, engine)
        tables = _tables(engine, project, declared)
        stack.pop_all()
    return tables


def _tables(engine: BaseBackend, project: Project, declared: dict[str, Table]) -> SourceTables:
    rows = _open_all(engine, project, declared)
    for key, source in project.events.items():
        rows[f"events.{key}"] = rows[f"events.{key}"].without_repeats(source)
    events = {key: _events(rows[f"events.{key}"], source) for key, source in project.events.items()}
    read = list(rows.values())
    tables = SourceTables(
        engine=engine,
        rows=rows,
        accounts=_accounts(project, rows, events),
        events=events,
        histories={key: _history(rows[f"histories.{key}"], source) for key, source in project.histories.items()},
        facts={key: _facts(rows[f"facts.{key}"], source) for key, source in project.facts.items()},
        churn=_churn(project, rows),
        interventions=_interventions(project, rows),
        evidence=detector_tables(project, rows, read),
        touches=touch_tables(project, rows, read),
        worked=None if project.interventions is None else worked_table(rows["interventions"], project.interventions),
    )
    raise_problems(read)
    return tables


def _open_all(engine: BaseBackend, project: Project, declared: dict[str, Table]) -> dict[str, Rows]:
    rows: dict[str, Rows] = {}
    problems: list[Problem] = []
    for place, table in declared.items():
        try:
            raw = open_table(engine, place, table, project.folder)
        except DataError as error:
            problems += error.problems
        else:
            rows[place] = Rows(place, table, raw, project.time_zone)
    if problems:
        raise DataError(*problems)
    return rows


def _accounts(project: Project, rows: dict[str, Rows], events: dict[str, ir.Table]) -> ir.Table:
    declared = project.accounts
    if declared.table is None:
        heard = events[str(declared.from_events)]
        first = with_text_ids(heard.group_by("account_id").agg(started_on=heard.seen.min()))
        return first.mutate(name=first.account_id, owner=ibis.null("string"))
    source = rows["accounts"]
    key = source.text(declared.key, "key").nullif("")
    table = source.raw.select(
        account_id=key,
        started_on=source.day(declared.started_on, "started_on") if declared.started_on else ibis.null("date"),
        name=source.text(declared.name, "name") if declared.name else key,
        owner=source.text(declared.owner, "owner") if declared.owner else ibis.null("string"),
        **{name: source.value(name, fact, "facts") for name, fact in declared.facts.items()},
    )
    return table.filter(table.account_id.notnull())


def _events(rows: Rows, source: Events) -> ir.Table:
    day, seen = rows.clocks(source)
    signals = {name: rows.signal(name, signal) for name, signal in source.signals.items()}
    return rows.of_account_keys(source, {"day": day, "seen": seen} | signals)


def _history(rows: Rows, source: History) -> ir.Table:
    valid_from = rows.day(source.valid_from, "valid_from")
    columns = {
        "valid_from": valid_from,
        "valid_to": ibis.null("date") if source.valid_to is None else rows.day(source.valid_to, "valid_to"),
        "seen": valid_from if source.known_at is None else rows.day(source.known_at, "known_at"),
    }
    values = {name: rows.value(name, value, "values") for name, value in source.values.items()}
    table = rows.of_accounts(source, columns | values)
    return table.filter(table.valid_from.notnull(), table.seen.notnull())


def _facts(rows: Rows, source: Facts) -> ir.Table:
    return rows.of_accounts(source, {name: rows.value(name, value, "values") for name, value in source.values.items()})


def _churn(project: Project, rows: dict[str, Rows]) -> ir.Table | None:
    churn = project.churn
    if isinstance(churn, UnrenewedChurn):
        terms = rows["churn"]
        return terms.of_accounts(
            churn, {"starts": terms.day(churn.starts, "starts"), "ends": terms.day(churn.ends, "ends")}
        )
    return _dated(rows["churn"], churn) if isinstance(churn, DatedChurn) else None


def _interventions(project: Project, rows: dict[str, Rows]) -> ir.Table | None:
    """What the declared table and the ledger say of when the work with a customer began."""
    told = []
    if project.interventions is not None:
        told.append(_dated(rows["interventions"], project.interventions).mutate(replaced=ibis.null("date")))
    treatments = treatments_of(read_ledger(project.ledger_file), project.time_zone)
    if treatments:
        kinds = {"account_id": pa.string(), "day": pa.date32(), "seen": pa.date32(), "replaced": pa.date32()}
        columns = {name: pa.array([getattr(t, name) for t in treatments], kind) for name, kind in kinds.items()}
        told.append(ibis.memtable(pa.table(columns)))
    return ibis.union(*told) if told else None


def _dated(rows: Rows, source: DatedChurn | Interventions) -> ir.Table:
    day, seen = rows.clocks(source)
    table = rows.of_accounts(source, {"day": day, "seen": seen})
    return table.filter(table.day.notnull())
