"""The border: Ibis tables go in, pandas frames with fixed dtypes come out, in bounded batches.

Only here are large expressions executed. Numbers cross as float32: sums of fractions may differ in their last bits
from run to run, as engines add in no fixed order, and float32 is where that stops being visible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Project, SilenceChurn
from churnpredict.dataset.bounded import BoundedFeatures
from churnpredict.dataset.cache import FrameCache
from churnpredict.dataset.contract import check
from churnpredict.dataset.details import contacts, listed
from churnpredict.dataset.engines import fetch_batches, let_go, map_batches
from churnpredict.dataset.evidence import EVIDENCE, evidence
from churnpredict.dataset.freshness import Visible, check_fresh
from churnpredict.dataset.labels import Hindsight, labels
from churnpredict.dataset.lives import lives
from churnpredict.dataset.quarantine import set_aside
from churnpredict.dataset.spine import spine
from churnpredict.dataset.tables import SourceTables, open_tables
from churnpredict.dataset.usability import SourceReport
from churnpredict.dataset.windows import cutoff_grid
from churnpredict.dataset.worked import worked_interventions
from churnpredict.errors import DataError, Problem
from churnpredict.ledger import Intervention

BATCH_ROWS = 50_000
ORDER = (CUTOFF, ACCOUNT_ID)

#: Makes a row of results of each row of features.
FrameFunction = Callable[[pd.DataFrame], pa.RecordBatch]


@dataclass(frozen=True)
class Dataset:
    """The opened and checked sources of a project, as frames.

    Get one from `open_dataset`, best in a ``with`` block. A frame has one row per account and cutoff, sorted by both;
    ``cutoff`` is datetime64[us] at midnight, ``account_id`` is text.
    """

    project: Project
    tables: SourceTables
    reports: list[SourceReport]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the engine. A Spark session stays, for it belongs to who configured it."""
        let_go(self.tables.engine)

    def span(self) -> tuple[date, date]:
        """First and last day on which any events source has a row.

        Raises
        ------
        DataError
            If no source has one.
        """
        days = [(r.first_day, r.last_day) for r in self.reports if r.place.startswith("events.")]
        firsts = [first for first, _ in days if first is not None]
        lasts = [last for _, last in days if last is not None]
        if not firsts:
            raise DataError(Problem("events", "no dated row in any source", "events before the cutoff"))
        return min(firsts), max(lasts)

    def check_fresh(self, cutoff: date) -> Visible:
        """What is visible at a cutoff; refuse one that the sources do not reach, or that lies before them.

        Raises
        ------
        StaleDataError
            If all sources, or one of them, stopped: everybody would look silent. See
            `churnpredict.dataset.freshness.check_fresh`.
        DataError
            If the cutoff lies before the first event.
        """
        first, _ = self.span()
        if cutoff <= first:
            raise DataError(Problem("--as-of", f"{cutoff} is before the first event", f"a day after {first}"))
        return check_fresh(self.tables.events, self.project, cutoff)

    def as_known_at(self, cutoff: date) -> Dataset:
        """The same as if nothing had been written since: without dated rows that nobody could have read before.

        What it says of the cutoff must be what the whole says; otherwise the future leaks.
        """
        return replace(self, tables=self.tables.known_before(cutoff))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know of the sources' rows, each with the TOML path of its source."""
        return tuple(f"{report.place}: {warning}" for report in self.reports for warning in report.warnings)

    def set_aside(self) -> dict[str, pd.DataFrame]:
        """The rows that count for nothing, by the TOML path of their source, see `churnpredict.dataset.quarantine`.

        Returns
        -------
        dict
            Frames of text: reason, then every declared column. Only sources with such rows.
        """
        return {
            report.place: _as_text(set_aside(self.tables, self.project, report.place))
            for report in self.reports
            if report.set_aside
        }

    def training_cutoffs(self, observed_until: date) -> list[date]:
        """Cutoffs of the past whose first interval can be closed, from the first with a full longest window on.

        Where they are whole weeks apart they fall on the weekday of `observed_until`, as the lists do: on a Tuesday
        more has just happened than on a Monday, and what was learnt on the one is a little off on the other.
        """
        first, _ = self.span()
        windows = [f.name.days for f in self.project.features() if f.name.days]
        warm_up = max([28, *windows])
        if isinstance(self.project.churn, SilenceChurn):
            warm_up = max(warm_up, self.project.churn.days)
        closed = Hindsight.at(observed_until, self.project.training.intervals(), self.project.churn).closed_until
        last, every_days = closed - timedelta(days=self.project.training.horizons[0]), self.project.training.every_days
        if every_days % 7 == 0:
            last -= timedelta(days=(last - observed_until).days % 7)
        return cutoff_grid(first + timedelta(days=warm_up), last, every_days)

    def features(self, cutoffs: Sequence[date], accounts: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Features of the accounts alive at each cutoff, in batches of at most `BATCH_ROWS` rows.

        Yields
        ------
        DataFrame
            account_id, cutoff, then a column per feature: float32, or str for categories.
        """
        for table in self._bounded.at(cutoffs, accounts):
            yield from map(self._border, fetch_batches(table.order_by(*ORDER), BATCH_ROWS))

    def features_of(self, rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
        """Features of chosen rows, each account at cutoffs of its own.

        Parameters
        ----------
        rows
            account_id (text) and cutoff (days). Rows of accounts that were no customers at the cutoff, as far as was
            then known, are left out.

        Yields
        ------
        DataFrame
            As `features`.
        """
        keys = pa.table({ACCOUNT_ID: pa.array(rows[ACCOUNT_ID], pa.string()), CUTOFF: _days(rows[CUTOFF])})
        for table in self._bounded.of(keys):
            yield from map(self._border, fetch_batches(table.order_by(*ORDER), BATCH_ROWS))

    def training_features(self, cutoffs: Sequence[date]) -> Iterator[pd.DataFrame]:
        """The same rows as `features`, kept on disk from one training to the next, see `FrameCache`.

        A weekly prediction does not use it: one cutoff is cheap, and nobody asks for it again.

        Yields
        ------
        DataFrame
            As `features`, a cutoff at a time at most.
        """
        cache = FrameCache.of(self.project)
        if cache is None:
            yield from self.features(cutoffs)
            return

        def make(missing: Sequence[date]) -> Iterator[pa.RecordBatch]:
            for frame in self.features(missing):
                yield pa.RecordBatch.from_pandas(frame, preserve_index=False)

        for batch in cache.batches(cutoffs, make, BATCH_ROWS):
            yield batch.to_pandas()

    @property
    def in_workers(self) -> bool:
        """Whether features stay where they are made, in the workers of a cluster, when they are mapped."""
        return bool(self.tables.engine.name == "pyspark")

    def map_features(
        self, cutoffs: Sequence[date], function: FrameFunction, accounts: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """What `function` makes of the features of the accounts alive at each cutoff, `BATCH_ROWS` rows at a time.

        On Spark the features stay where they are made: its workers call the function, and only what it returns
        comes here. On other engines they come here in batches.

        Parameters
        ----------
        cutoffs, accounts
            As for `features`.
        function
            Gets frames as `features` yields them. It gives one row per row with the columns account_id and cutoff,
            and the same columns and types whatever the frame holds; it must be picklable for workers to run it.

        Yields
        ------
        RecordBatch
            What the function returned, sorted by cutoff and account.
        """
        for table in self._bounded.at(cutoffs, accounts):
            yield from map_batches(table, _Mapped(function, self._border), BATCH_ROWS, order=ORDER)

    @property
    def _border(self) -> _Border:
        return _Border(frozenset(str(f.name) for f in self.project.features() if f.kind == "category"))

    @property
    def _bounded(self) -> BoundedFeatures:
        return BoundedFeatures(self.tables, self.project)

    def labels(self, cutoffs: Sequence[date], observed_until: date) -> pd.DataFrame:
        """Labels of the same rows, as they could be known at `observed_until`.

        Returns
        -------
        DataFrame
            account_id, cutoff, and per interval ``churned_<start>_<end>d``: 1.0, 0.0 or NaN where not known.
        """
        hindsight = Hindsight.at(observed_until, self.project.training.intervals(), self.project.churn)
        rows = self._spine(cutoffs)
        acting = self.project.training.intervention_days
        expression = labels(rows, self._lives(), self.tables.interventions, hindsight=hindsight, acting_days=acting)
        frame = _collected(expression.order_by(CUTOFF, ACCOUNT_ID))
        made = [column for column in frame.columns if column not in (ACCOUNT_ID, CUTOFF)]
        return frame.astype(dict.fromkeys(made, "float64"))

    def churns(self, observed_until: date) -> pd.DataFrame:
        """The churns that had happened and were known when the day `observed_until` began.

        Returns
        -------
        DataFrame
            One row per churn, an account may have several: account_id, churned_on (datetime64).
        """
        lives, observed = self._lives(), ibis.date(observed_until)
        known = lives.filter(lives.churned_on < observed, lives.known_on < observed)
        rows = known.select(ACCOUNT_ID, "churned_on").order_by(ACCOUNT_ID, "churned_on")
        frames = [batch.to_pandas() for batch in fetch_batches(rows, BATCH_ROWS)]
        churns: pd.DataFrame = pd.concat([rows.schema().to_pyarrow().empty_table().to_pandas(), *frames])
        return churns.astype({ACCOUNT_ID: "str", "churned_on": "datetime64[us]"}).reset_index(drop=True)

    def worked(self, as_of: date) -> list[Intervention]:
        """Interventions of the declared table with what came of them, as far as it was known when `as_of` began.

        Those of a table without outcomes are not among them: labels know them, and nobody knows what came of them.
        """
        table = self.tables.worked
        return [] if table is None else worked_interventions(table, as_of)

    def details(self, cutoffs: Sequence[date], accounts: Sequence[str] | None = None) -> pd.DataFrame:
        """What the list shows of each account alive at each cutoff beside its risk.

        Returns
        -------
        DataFrame
            account_id, cutoff, account_name, owner, arr (float64, NaN where not declared), renewal_on (datetime64).
        """
        rows = self._spine(cutoffs, accounts)
        frame = _collected(listed(rows, self.tables, self.project).order_by(CUTOFF, ACCOUNT_ID))
        return frame.astype({"arr": "float64", "renewal_on": "datetime64[us]", "owner": "str", "account_name": "str"})

    def contacts(self, cutoff: date) -> pd.DataFrame:
        """What the page of each account alive at the cutoff is declared to show of the people behind it.

        Returns
        -------
        DataFrame
            See `churnpredict.dataset.details.contacts`; days are datetime64.
        """
        expression = contacts(self._spine([cutoff]), self.tables, self.project, cutoff=cutoff)
        frame = _collected(expression.order_by(CUTOFF, ACCOUNT_ID))
        days = [name for name, kind in expression.schema().items() if kind.is_date() and name != CUTOFF]
        return frame.astype(dict.fromkeys(days, "datetime64[us]"))

    def evidence(self, cutoffs: Sequence[date], accounts: Sequence[str] | None = None) -> pd.DataFrame:
        """What raises the flags of the accounts alive at each cutoff, as it was known then.

        Returns
        -------
        DataFrame
            One row per carried piece of evidence, newest first within an account and a detector: account_id, cutoff,
            flag (critical or displacement), detector (its TOML path), label, feature (its name, or ""), day
            (datetime64, missing where a feature raised it), detail (str), value and typical (float64, see
            `churnpredict.dataset.evidence.evidence`), pieces (int64: how many there are, carried or not).
        """
        rows, everybody = self._spines(cutoffs, accounts)
        found = [_no_evidence()]
        since = min(cutoffs, default=date.max)
        read = evidence(rows, self.tables, self.project, everybody=everybody, since=since)
        for order, (declared, expression) in enumerate(read):
            shown = expression.mutate(detail=ibis.literal("")) if self.project.privacy.redact else expression
            made = {"flag": declared.flag, "detector": declared.place, "label": declared.detector.label}
            frame = _collected(shown).assign(**made, feature=declared.detector.feature or "", order=order)
            found.append(frame.astype(EVIDENCE))
        frame = pd.concat(found, ignore_index=True)
        return frame.sort_values([CUTOFF, ACCOUNT_ID, "order", "place"], ignore_index=True)[list(EVIDENCE)]

    def _lives(self) -> ir.Table:
        return lives(self.tables, self.project.churn)

    def _spine(self, cutoffs: Sequence[date], accounts: Sequence[str] | None = None) -> ir.Table:
        return spine(self._lives(), cutoffs, accounts)

    def _spines(self, cutoffs: Sequence[date], accounts: Sequence[str] | None) -> tuple[ir.Table, ir.Table]:
        """The spine of the accounts that are asked for, and of everybody: one table where that is the same."""
        everybody = self._spine(cutoffs)
        chosen = everybody if accounts is None else everybody.filter(everybody.account_id.isin(list(accounts)))
        return chosen, everybody


def open_dataset(project: Project, today: date | None = None) -> Dataset:
    """Open the sources of a project and check them.

    Parameters
    ----------
    project
        The declarations.
    today
        Rows dated after this day are told; without it nobody knows.

    Raises
    ------
    DataError
        With every problem found.
    """
    with ExitStack() as stack:
        dataset = stack.enter_context(Dataset(project, open_tables(project), []))
        checked = replace(dataset, reports=check(dataset.tables, project, today))
        stack.pop_all()
    return checked


def _as_text(expression: ir.Table) -> pd.DataFrame:
    frames = [batch.to_pandas() for batch in fetch_batches(expression, BATCH_ROWS)]
    frame: pd.DataFrame = pd.concat([expression.schema().to_pyarrow().empty_table().to_pandas(), *frames])
    return frame.astype("str")


def _collected(expression: ir.Table) -> pd.DataFrame:
    frames = [_keyed(batch.to_pandas()) for batch in fetch_batches(expression, BATCH_ROWS)]
    if not frames:
        return _keyed(expression.schema().to_pyarrow().empty_table().to_pandas())
    return pd.concat(frames, ignore_index=True)


@dataclass(frozen=True)
class _Border:
    """Makes frames of batches of features."""

    categories: frozenset[str]

    def __call__(self, batch: pa.RecordBatch) -> pd.DataFrame:
        frame = _keyed(batch.to_pandas())
        kinds = {name: "str" if name in self.categories else "float32" for name in frame.columns}
        return frame.astype({name: kind for name, kind in kinds.items() if name not in (ACCOUNT_ID, CUTOFF)})


@dataclass(frozen=True)
class _Mapped:
    """A function of frames as one of batches, to be sent to workers."""

    function: FrameFunction
    border: _Border

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return self.function(self.border(batch))


def _no_evidence() -> pd.DataFrame:
    columns = EVIDENCE | {"order": "int64", "place": "int64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def _days(column: pd.Series) -> pa.Array:
    return pa.array(pd.to_datetime(column).dt.date, pa.date32())


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({ACCOUNT_ID: "str", CUTOFF: "datetime64[us]"})
