"""Features of any number of rows, a bounded number of them at once.

Features but those of peers come from nothing but their own account. So an embedded engine, which shares this machine's
memory, sets events aside in files by ranges of accounts, makes the features of one range after another, and sets those
aside, too; then they are read back cutoff by cutoff, compared among peers where that is declared, and handed on in
their order. Each event is read once, however many ranges there are. Servers and clusters have their own ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends import BaseBackend

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Project
from churnpredict.dataset.engines import fetch_rows, read_stored, store
from churnpredict.dataset.events import reach
from churnpredict.dataset.features import compared_features, features, ingredients_of_peers, own_features
from churnpredict.dataset.lives import lives, source_of_lives
from churnpredict.dataset.rows import with_text_ids
from churnpredict.dataset.spine import spine, spine_of
from churnpredict.dataset.tables import SourceTables

#: Values made at once, rows by features: with what leads to them, about two gigabytes.
PART_CELLS = 40_000_000
#: Ranges are made smaller than they could be: once events are set aside, another range costs next to nothing.
RANGES_PER_PART = 2

#: From tables, the spine that is asked for, and everybody's at the same cutoffs: one table where they are the same.
Spines = Callable[[SourceTables], tuple[ir.Table, ir.Table]]


@dataclass(frozen=True)
class BoundedFeatures:
    """Makes lazy tables of features, each of a bounded number of rows, in the order of cutoff and account."""

    tables: SourceTables
    project: Project

    def at(self, cutoffs: Sequence[date], accounts: Sequence[str] | None) -> Iterator[ir.Table]:
        """Of the accounts alive at each cutoff: of all, or of these."""

        def spines(tables: SourceTables) -> tuple[ir.Table, ir.Table]:
            everybody = spine(lives(tables, self.project.churn), cutoffs)
            chosen = everybody if accounts is None else everybody.filter(everybody.account_id.isin(list(accounts)))
            return chosen, everybody

        yield from self._made(spines, sorted(set(cutoffs)), None if accounts is None else len(accounts))

    def of(self, keys: pa.Table) -> Iterator[ir.Table]:
        """Of chosen rows, account_id (text) and cutoff (date), as far as their account was then alive."""
        cutoffs: list[date] = sorted(pc.unique(keys[CUTOFF]).to_pylist())

        def spines(tables: SourceTables) -> tuple[ir.Table, ir.Table]:
            alive = lives(tables, self.project.churn)
            chosen = spine_of(alive, ibis.memtable(keys))
            return chosen, spine(alive, cutoffs) if self.project.peers else chosen

        yield from self._made(spines, cutoffs, ceil(len(keys) / max(len(cutoffs), 1)))

    def _made(self, spines: Spines, cutoffs: Sequence[date], accounts: int | None) -> Iterator[ir.Table]:
        if not cutoffs:
            return
        rows = 0
        if self.tables.engine.name == "duckdb":
            rows = self._accounts_at_most() if accounts is None else accounts
        cells = rows * len(self.project.features())
        parts = cells * len(cutoffs) / PART_CELLS
        if parts <= 1:
            chosen, everybody = spines(self.tables)
            yield features(chosen, self._in_reach(cutoffs), self.project, everybody=everybody)
            return
        with TemporaryDirectory(prefix="churnpredict-") as folder:
            aside = _SetAside(Path(folder), self.project, self._ranges(ceil(parts * RANGES_PER_PART)))
            aside.write(self.tables, self._in_reach(cutoffs).events, spines)
            yield from aside.read(self.tables.engine, cutoffs, cells)

    def _in_reach(self, cutoffs: Sequence[date]) -> SourceTables:
        """Without the events that no feature at these cutoffs looks at: the week costs a week, not the history."""
        first = {key: min(cutoffs) - timedelta(days=reach(source)) for key, source in self.project.events.items()}
        return self.tables.events_between(first, max(cutoffs))

    def _accounts_at_most(self) -> int:
        source = source_of_lives(self.tables, self.project.churn)
        return int(fetch_rows(source.aggregate(accounts=source.account_id.nunique()))[0]["accounts"])

    def _ranges(self, number: int) -> list[_Range]:
        """As many ranges of account ids, each with about as many accounts."""
        source = source_of_lives(self.tables, self.project.churn)
        ids = with_text_ids(source.select(ACCOUNT_ID).distinct())
        place = ibis.ntile(number).over(ibis.window(order_by=ids.account_id))
        firsts = ids.mutate(place=place).group_by("place").agg(first=ids.account_id.min()).order_by("place")
        starts: list[str | None] = [row["first"] for row in fetch_rows(firsts)]
        return [_Range(*ends) for ends in pairwise([None, *starts[1:], None])]


@dataclass(frozen=True)
class _Range:
    """Accounts whose id, as text, is `first` or after it, and before `end`; None is no bound."""

    first: str | None
    end: str | None

    def holds(self, account: ir.StringValue) -> ir.BooleanValue:
        after = ibis.literal(True) if self.first is None else account >= self.first
        return after if self.end is None else after & (account < self.end)


@dataclass(frozen=True)
class _SetAside:
    """Features of all rows but those of peers, in a file per range of accounts."""

    folder: Path
    project: Project
    ranges: Sequence[_Range]

    def write(self, tables: SourceTables, events: dict[str, ir.Table], spines: Spines) -> None:
        """Make the features of one range after another, of all `tables` and of the `events` that are in reach."""
        for key, table in events.items():
            store(self._numbered(table), self.folder / key, partition_by="range_")
        for number, accounts in enumerate(self.ranges):
            part = tables.of_accounts(accounts.holds)
            chosen, everybody = spines(part)
            part = replace(part, events={key: self._events(key, table, number) for key, table in events.items()})
            rows = own_features(chosen, part, self.project)
            store(rows.order_by(CUTOFF, ACCOUNT_ID), self.folder / f"rows-{number:06}.parquet")
            if self.project.peers and everybody is not chosen:
                compared = ingredients_of_peers(everybody, part, self.project)
                store(compared.order_by(CUTOFF), self.folder / f"compared-{number:06}.parquet")

    def _numbered(self, events: ir.Table) -> ir.Table:
        account = events.account_id.cast("string")
        ends = [(account < accounts.end, number) for number, accounts in enumerate(self.ranges[:-1])]
        return events.mutate(range_=ibis.cases(*ends, else_=len(ends)))

    def _events(self, key: str, events: ir.Table, number: int) -> ir.Table:
        files = sorted((self.folder / key / f"range_={number}").glob("*.parquet"))
        return read_stored(events.get_backend(), files).cast(events.schema()) if files else events.limit(0)

    def read(self, engine: BaseBackend, cutoffs: Sequence[date], cells: int) -> Iterator[ir.Table]:
        """As many cutoffs at once as is a part, `cells` being the values of one; of too large a one, its ranges."""
        at_once = max(PART_CELLS // cells, 1)
        ranges: Sequence[_Range] = [_Range(None, None)] if cells <= PART_CELLS else self.ranges
        files = sorted(self.folder.glob("rows-*.parquet"))
        rows = read_stored(engine, files)
        everybody = read_stored(engine, sorted(self.folder.glob("compared-*.parquet")) or files)
        for start in range(0, len(cutoffs), at_once):
            some = list(cutoffs[start : start + at_once])
            here, similar = rows.filter(rows.cutoff.isin(some)), everybody.filter(everybody.cutoff.isin(some))
            for accounts in ranges:
                yield compared_features(here.filter(accounts.holds(here.account_id)), similar, self.project)
