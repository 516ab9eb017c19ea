"""The 64 features in DuckDB SQL written by hand for this one schema, in the formulation that was found fastest.

Events to days, days to the rings between neighbouring window lengths once per row, rings to windows; distinct users
by the day that is a user's last before the cutoff. Sums are of doubles and conditions are CASE, not FILTER: DuckDB adds
whole numbers as 128-bit integers, which is slower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pandas as pd

WINDOWS = (7, 14, 30, 60, 90, 180, 365)
EDGES = sorted({*WINDOWS, *(2 * w for w in WINDOWS)})


def _when(condition: str, value: str) -> str:
    return f"CASE WHEN {condition} THEN {value} END"


def _windows() -> str:
    parts = []
    for w in WINDOWS:
        inside = f"edge <= {w}"
        before = f"edge > {w} AND edge <= {2 * w}"
        parts += [f"sum({_when(inside, part)}) AS {part}_{w}" for part in ("n", "s", "q", "days", "moment")]
        parts += [f"max({_when(inside, 'hi')}) AS hi_{w}", f"sum({_when(before, 'n')}) AS before_{w}"]
    return ", ".join(parts)


def _finished(w: int) -> str:
    variance = f"greatest(q_{w} - s_{w} * s_{w} / n_{w}, 0) / (n_{w} - 1)"
    slope = f"(moment_{w} + {(w + 1) / 2} * n_{w}) / {w * (w * w - 1) / 12}"
    return f"""coalesce(n_{w}, 0) AS events__count__{w}d,
        coalesce(days_{w}, 0) AS events__active_days__{w}d,
        coalesce(n_{w}, 0) / nullif(before_{w}, 0) AS events__trend__{w}d,
        coalesce({slope}, 0) AS events__slope__{w}d,
        coalesce(s_{w}, 0) AS amount__sum__{w}d, s_{w} / n_{w} AS amount__mean__{w}d, hi_{w} AS amount__max__{w}d,
        {_when(f"n_{w} > 1", f"sqrt({variance})")} AS amount__std__{w}d,
        coalesce(users_{w}, 0) AS users__distinct__{w}d"""


def sql(events: Path, rows: Path) -> str:
    """The whole query."""
    ring = "CASE " + " ".join(f"WHEN ago <= {edge} THEN {edge}" for edge in EDGES) + " END"
    users = ", ".join(f"count({_when(f'ago <= {w}', '1')}) AS users_{w}" for w in WINDOWS)
    return f"""
    WITH rows_ AS (SELECT account_id, cutoff FROM '{rows}'),
    days_ AS (
        SELECT account_id, "at"::DATE AS day, count(*)::DOUBLE AS n, sum(value) AS s, sum(value * value) AS q,
            max(value) AS hi
        FROM '{events}' GROUP BY ALL),
    rings AS (
        SELECT account_id, cutoff, {ring} AS edge, sum(n) AS n, sum(s) AS s, sum(q) AS q, max(hi) AS hi,
            count(*)::DOUBLE AS days, -sum(ago * n) AS moment, min(ago) AS ago
        FROM (
            SELECT account_id, cutoff, cutoff - day AS ago, n, s, q, hi
            FROM rows_ JOIN days_ USING (account_id) WHERE day < cutoff AND day >= cutoff - {EDGES[-1]})
        GROUP BY ALL),
    windows AS (SELECT account_id, cutoff, min({_when("ago <= 365", "ago")}) AS ago, {_windows()} FROM rings
        GROUP BY ALL),
    touched AS (
        SELECT account_id, day, lead(day, 1, DATE '9999-01-01') OVER (PARTITION BY account_id, user_id ORDER BY day)
            AS next_day
        FROM (SELECT DISTINCT account_id, user_id, "at"::DATE AS day FROM '{events}')),
    users AS (
        SELECT account_id, cutoff, {users}
        FROM (
            SELECT account_id, cutoff, cutoff - day AS ago FROM rows_ JOIN touched USING (account_id)
            WHERE day < cutoff AND next_day >= cutoff AND day >= cutoff - {WINDOWS[-1]})
        GROUP BY ALL)
    SELECT account_id, cutoff, ago AS events__days_since, {", ".join(map(_finished, WINDOWS))}
    FROM rows_ LEFT JOIN windows USING (account_id, cutoff) LEFT JOIN users USING (account_id, cutoff)
    """


def prepare(folder: Path, *, own: bool) -> Callable[[], Iterator[pd.DataFrame]]:  # noqa: ARG001  (SQL does not notice)
    """What makes the features."""
    return lambda: _run(folder)


def _run(folder: Path) -> Iterator[pd.DataFrame]:
    """One frame of features."""
    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    found = connection.execute(sql(folder / "events.parquet", folder / "rows.parquet"))
    for batch in found.to_arrow_reader(50_000):
        yield batch.to_pandas()
