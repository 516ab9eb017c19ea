"""The weekly job on drawn tables: what columns may hold, and what becomes of a week whatever they hold."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from hypothesis import strategies as st

from churnpredict.batch import predict_week
from churnpredict.config import read_project
from churnpredict.errors import ChurnPredictError
from churnpredict.scoring import previous_predictions
from lab.company import TODAY

TABLES = ("accounts", "churn", "contracts", "tickets", "usage")
ACCOUNTS = 12
#: Nothing before this day is looked at by any feature of the company.
SINCE = TODAY - timedelta(days=120)
#: What is nearly nothing, nearly the same, or nearly something else.
ODD_TEXTS = ["", " ", "a003", "A003", "a003 ", "\u200b", "\ufeff", "a\u200b003", "é", "e\u0301", "\x00", "\u202e", "-0"]
ODD_DAYS = [date(1, 1, 1), date(1970, 1, 1), date(9999, 12, 31), TODAY, TODAY - timedelta(days=1), date(2024, 2, 29)]
ODD_NUMBERS = [2**63 - 1, -(2**63), 2**53 + 1, 0, -1]
ODD_FLOATS = [float("nan"), float("inf"), float("-inf"), 1.7e308, -1.7e308, 5e-324, -0.0, 2.0**53, 0.1]
_MOMENTS = [datetime.combine(day, datetime.min.time()) for day in ODD_DAYS]

#: Arrow's types, and what a column of one may be filled with.
COLUMNS: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.string(): st.sampled_from(ODD_TEXTS) | st.text(st.characters(codec="utf-8"), max_size=8),
    pa.large_string(): st.sampled_from(ODD_TEXTS),
    pa.int64(): st.sampled_from(ODD_NUMBERS) | st.integers(-(2**63), 2**63 - 1),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.int8(): st.integers(-128, 127),
    pa.float64(): st.sampled_from(ODD_FLOATS) | st.floats(),
    pa.float32(): st.floats(width=32),
    pa.bool_(): st.booleans(),
    pa.date32(): st.sampled_from(ODD_DAYS) | st.dates(),
    pa.timestamp("us"): st.sampled_from(_MOMENTS) | st.datetimes(),
    pa.timestamp("ns"): st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001
    pa.timestamp("us", "Asia/Tokyo"): st.sampled_from(_MOMENTS) | st.datetimes(),
    pa.timestamp("s"): st.sampled_from(_MOMENTS),
    pa.time64("us"): st.times(),
    pa.duration("us"): st.timedeltas(timedelta(0), timedelta(9)),
    pa.decimal128(38, 10): st.decimals(-(10**20), 10**20, places=10),
    pa.decimal256(60, 2): st.decimals(-(10**20), 10**20, places=2),
    pa.binary(): st.binary(max_size=6),
    pa.list_(pa.int64()): st.just([1, 2]),
    pa.struct([("x", pa.int64())]): st.just({"x": 1}),
    pa.null(): st.none(),
}
_FILLED = st.sampled_from(list(COLUMNS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.lists(st.none() | COLUMNS[kind], min_size=1, max_size=6))
)
_SHARE = st.floats(0, 1)
#: Encodings that files come in; what they cannot write is left out.
ENCODINGS = ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "shift_jis", "mixed"]
CHANGES = st.one_of(
    st.tuples(st.just("column"), st.tuples(_SHARE, _FILLED)),
    st.tuples(st.just("some"), st.tuples(_SHARE, st.lists(st.integers(0, 50), min_size=1, max_size=3), st.randoms())),
    st.tuples(st.just("empty"), st.none()),
    st.tuples(st.just("nulls"), _SHARE),
    st.tuples(st.just("repeated"), st.integers(2, 4)),
    st.tuples(st.just("without"), _SHARE),
    st.tuples(st.just("ids"), st.lists(st.sampled_from(ODD_TEXTS), min_size=1, max_size=4)),
    st.tuples(st.just("csv"), st.tuples(st.sampled_from(ENCODINGS), st.sampled_from([",", ";", "\t", "|"]))),
)
CASES = st.lists(st.tuples(st.sampled_from(TABLES), CHANGES), min_size=1, max_size=3)


def small_tables(company: Path) -> dict[str, pa.Table]:
    """The tables of a few accounts of a company, some of which left, as they were of late."""
    names = pd.read_parquet(company / "accounts.parquet")["account_id"].head(ACCOUNTS)
    found = {}
    for name in TABLES:
        table = pd.read_parquet(company / f"{name}.parquet")
        table = table[table["account_id"].isin(names)]
        if "day" in table:
            table = table[table["day"] >= pd.Timestamp(SINCE)]
        found[name] = pa.Table.from_pandas(table, preserve_index=False)
    return found


def changed(table: pa.Table, how: str, given: Any) -> pa.Table:
    """A table with one change."""
    rows = table.num_rows
    whole: dict[str, Callable[[], pa.Table]] = {
        "empty": lambda: table.slice(0, 0),
        "repeated": lambda: pa.concat_tables([table] * given),
        "without": lambda: table.remove_column(int(given * (table.num_columns - 1))),
    }
    if how in whole:
        return whole[how]() if table.num_columns else table
    share = given if how == "nulls" else 0.0 if how == "ids" else given[0]
    at = int(share * (table.num_columns - 1))
    kind, values = table.schema.types[at], table.column(at).to_pylist()
    match how:
        case "column":
            kind, filled = given[1]
            values = [filled[row % len(filled)] for row in range(rows)]
        case "some":
            _, places, random = given
            for place in places:
                if place < rows:
                    values[place] = None if random.random() < 0.5 else values[random.randrange(rows)]
        case "nulls":
            values = [None] * rows
        case "ids":
            kind, values = pa.string(), [*given, *map(str, values[len(given) :])][:rows]
    return table.set_column(at, table.column_names[at], pa.array(values, kind))


def encoded(table: pa.Table, encoding: str, delimiter: str) -> bytes:
    """The table as the bytes of a CSV file; ``mixed`` is one encoding to its middle, and another from there on."""
    text = table.to_pandas().to_csv(index=False, sep=delimiter)
    if encoding != "mixed":
        return text.encode(encoding, "ignore")
    middle = len(text) // 2
    return f"{text[:middle]}é".encode("latin-1", "ignore") + f"ü{text[middle:]}".encode("utf-8", "ignore")


def prepare(folder: Path, company: Path) -> Callable[[list[Any]], None]:
    """What publishes a week of drawn tables in a folder, with the company's champion, and looks at what came of it."""
    tables = small_tables(company)
    shutil.copytree(company / "models", folder / "models", symlinks=True)
    declared = (company / "churnpredict.toml").read_text(encoding="utf-8")
    config = folder / "churnpredict.toml"

    def read(case: list[Any]) -> None:
        drawn, toml, texts = dict(tables), declared, dict[str, tuple[str, str]]()
        for name, (how, given) in case:
            if how == "csv":
                texts[name] = given
            else:
                drawn[name] = changed(drawn[name], how, given)
        for name, table in drawn.items():
            if name in texts:
                with suppress(pa.ArrowException, ValueError, OverflowError):  # pandas cannot write all that Arrow holds
                    (folder / f"{name}.csv").write_bytes(encoded(table, *texts[name]))
                    declared_as = f'{{ path = "{name}.csv", delimiter = {json.dumps(texts[name][1])} }}'
                    toml = toml.replace(f'"{name}.parquet"', declared_as)
            pq.write_table(table, folder / f"{name}.parquet")
        config.write_text(toml, encoding="utf-8")
        shutil.rmtree(folder / "data", ignore_errors=True)
        _published_or_refused(config)

    return read


def _published_or_refused(config: Path) -> None:
    project = read_project(config)
    try:
        week = predict_week(project, TODAY, today=TODAY)
    except ChurnPredictError:
        assert not project.weeks_folder.exists() or not list(project.weeks_folder.glob("2*"))
        return
    assert week.risk_list["account_id"].is_unique
    assert week.risk_list["risk_90d"].between(0, 1).all()
    assert (week.risk_list["risk_60d"] <= week.risk_list["risk_90d"]).all()
    assert pq.read_table(week.folder / "risk_list.parquet").num_rows == len(week.risk_list)
    stored = previous_predictions(project.weeks_folder, TODAY + timedelta(days=7))
    assert stored is not None
    assert len(stored) == len(week.risk_list)
