"""What is watched from week to week beside the features: how much each source holds, how old it is, who is treated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnpredict.config import Events
from churnpredict.dataset.engines import fetch_rows
from churnpredict.dataset.frames import Dataset
from churnpredict.dataset.freshness import SourceAge, source_ages
from churnpredict.dataset.labels import under_intervention
from churnpredict.dataset.lives import lives
from churnpredict.dataset.spine import spine
from churnpredict.dataset.windows import days_before

WEEK = 7
_COLUMNS = {"place": "str", "signal": "str", "week": "int64", "rows": "float64", "accounts": "float64"}
_COLUMNS |= {"mean": "float64", "sd": "float64"}


def ages(dataset: Dataset, cutoff: date) -> list[SourceAge]:
    """How long each source of events has been silent at a cutoff, and how long it may be.

    Raises
    ------
    DataError
        If nothing was seen before the cutoff.
    """
    return source_ages(dataset.tables.events, dataset.project, cutoff)


def source_weeks(dataset: Dataset, cutoff: date, weeks: int) -> pd.DataFrame:
    """What the sources held in each of the weeks before a cutoff, as far as it could be read when the week ended.

    A row that came late counts for no week: not for this one, where it is not there yet, and not for those of the
    past, or this week would always look small beside them.

    Parameters
    ----------
    dataset
        The opened sources.
    cutoff
        Week 0 is ``[cutoff − 7, cutoff)``, week 1 the one before.
    weeks
        How many, the present one among them.

    Returns
    -------
    DataFrame
        One row per source, signal and week, weeks before the source's first day left out: place (TOML path of the
        source), signal ("" for all rows of the source), week, rows (that count for the signal), accounts (distinct),
        mean and sd of what is measured (NaN where nothing is). States of a history belong to the week in which they
        could first be read.
    """
    first_days = {report.place: report.first_day for report in dataset.reports}
    found = []
    for place, table, measured in _watched(dataset):
        begins = first_days[place]
        known = 0 if begins is None else min(weeks, (cutoff - begins).days // WEEK)
        in_weeks = _weeks if place.startswith("events.") else _weeks_of_states
        held = in_weeks(table, list(measured), cutoff, weeks)
        found += list(_rows(place, measured, fetch_rows(held), known))
    return pd.DataFrame(found, columns=list(_COLUMNS)).astype(_COLUMNS)


def treated_accounts(dataset: Dataset, cutoffs: Sequence[date], observed_until: date) -> pd.DataFrame:
    """How many accounts were under an intervention at each cutoff, as known on the day `observed_until` began.

    Returns
    -------
    DataFrame
        One row per cutoff: cutoff (datetime64), accounts, treated; no rows where no interventions are written down.
    """
    treated, acting = dataset.tables.interventions, dataset.project.training.intervention_days
    rows: list[dict[str, Any]] = []
    if treated is not None and cutoffs:
        alive = spine(lives(dataset.tables, dataset.project.churn), cutoffs)
        found = under_intervention(alive, treated, observed_until=observed_until, acting_days=acting)
        rows = fetch_rows(found.order_by("cutoff"))
    frame = pd.DataFrame(rows, columns=["cutoff", "accounts", "treated"])
    return frame.astype({"cutoff": "datetime64[us]", "accounts": "int64", "treated": "int64"})


def _watched(dataset: Dataset) -> Iterator[tuple[str, ir.Table, dict[str, bool]]]:
    """Place, table and signals of each dated source; of each signal, whether it is a number to be averaged."""
    for key, source in dataset.project.events.items():
        yield f"events.{key}", dataset.tables.events[key], _measured(source)
    for key, history in dataset.project.histories.items():
        numbers = {name: value.kind == "number" for name, value in history.values.items()}
        yield f"histories.{key}", dataset.tables.histories[key], numbers


def _measured(source: Events) -> dict[str, bool]:
    return {name: signal.measure is not None and not signal.keyed for name, signal in source.signals.items()}


def _weeks(events: ir.Table, signals: Iterable[str], cutoff: date, weeks: int) -> ir.Table:
    end = ibis.date(cutoff)
    recent = events.filter(events.seen < end, events.day >= ibis.date(cutoff - timedelta(days=WEEK * weeks)))
    recent = recent.mutate(week_=(days_before(end, recent.day) - 1) // WEEK)
    in_time = recent.filter(days_before(end, recent.seen) > WEEK * recent.week_)
    return _aggregated(in_time, signals)


def _weeks_of_states(states: ir.Table, signals: Iterable[str], cutoff: date, weeks: int) -> ir.Table:
    end = ibis.date(cutoff)
    recent = states.filter(states.seen < end, states.seen >= ibis.date(cutoff - timedelta(days=WEEK * weeks)))
    return _aggregated(recent.mutate(week_=(days_before(end, recent.seen) - 1) // WEEK), signals)


def _aggregated(rows: ir.Table, signals: Iterable[str]) -> ir.Table:
    made: dict[str, ir.Value] = {"rows": rows.count(), "accounts": rows.account_id.nunique()}
    for name in signals:
        column = rows[name]
        made[f"{name}__rows"] = column.count()
        if column.type().is_numeric():
            made |= {f"{name}__mean": column.cast("float64").mean(), f"{name}__sd": column.cast("float64").std()}
    return rows.group_by("week_").agg(**made)


def _rows(
    place: str, measured: dict[str, bool], held: list[dict[str, Any]], weeks: int
) -> Iterator[tuple[object, ...]]:
    by_week = {row["week_"]: row for row in held}
    for week in range(weeks):
        row = by_week.get(week, {})
        accounts = row.get("accounts", 0)
        yield place, "", week, row.get("rows", 0), accounts, None, None
        for name, averaged in measured.items():
            mean, sd = (row.get(f"{name}__{figure}") if averaged else None for figure in ("mean", "sd"))
            yield place, name, week, row.get(f"{name}__rows", 0), accounts, mean, sd
