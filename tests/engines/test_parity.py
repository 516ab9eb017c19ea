"""The same declaration gives the same rows on DuckDB, on a real PostgreSQL server and in a real Spark session."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pytest

from churnpredict.columns import DERIVED_AGGREGATIONS, EVENT_AGGREGATIONS, HISTORY_AGGREGATIONS, FeatureName
from churnpredict.config import read_project
from churnpredict.dataset import Dataset, open_dataset, source_weeks, treated_accounts
from churnpredict.dataset.engines import fetch_batches
from churnpredict.ledger import Entry, Given, Stamp, record
from dataset.company import Company, collected, random_company
from dataset.declared import CUTOFF, CUTOFFS, PARTS, SCHEMAS, declaration
from dataset.raising import detecting, pieces
from dataset.test_words import TEXTS, answers
from engines import servers

OBSERVED_UNTIL = CUTOFF + timedelta(days=100)
COMPANY = random_company(11, 25, 900)
POSTGRES = "kind = 'postgres'\nurl_env = 'CHURNPREDICT_TEST_URL'"


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    binaries = servers.postgres_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed")
    # Not below pytest's own folder, which none but its user may enter: the server has a user of its own.
    with TemporaryDirectory() as folder, servers.postgres(binaries, Path(folder)) as url:
        _load_into_postgres(url, COMPANY)
        yield url


def _load_into_postgres(url: str, company: Company) -> None:
    import ibis

    engine = ibis.connect(url)
    for name, rows in company.tables.items():
        engine.create_table(name, pa.Table.from_pylist(rows, schema=SCHEMAS[name]))
    engine.disconnect()


def _assert_same_evidence(here: Dataset, there: Dataset) -> None:
    found = pieces(here.evidence(CUTOFFS))
    assert {detector for _, _, detector, *_ in found} == {each.place for each in here.project.detectors()}
    assert pieces(there.evidence(CUTOFFS)) == found
    assert answers(there.tables.engine) == [expected for *_, expected in TEXTS]


def _opened(folder: Path, toml: str) -> Dataset:
    path = folder / "churnpredict.toml"
    path.write_text(toml, encoding="utf-8")
    return open_dataset(read_project(path))


def _everything(dataset: Dataset) -> dict[str, pd.DataFrame]:
    return {
        "features": _exact_features(dataset),
        "labels": dataset.labels(CUTOFFS, OBSERVED_UNTIL),
        "details": dataset.details([CUTOFF]),
        "weeks": source_weeks(dataset, CUTOFF, 12),
        "treated": treated_accounts(dataset, CUTOFFS, OBSERVED_UNTIL),
    }


def _write_ledger(folder: Path) -> None:
    """Write down that the work with every third account began, in the 90 days after the cutoffs."""
    project = read_project(folder / "churnpredict.toml")
    accounts = sorted(row["account_id"] for row in COMPANY.tables["accounts"])[::3]
    days = [CUTOFF + timedelta(days=7 * number % 90) for number in range(len(accounts))]
    entries = [
        Entry(account_id=account, state="saving", on_day=day) for account, day in zip(accounts, days, strict=True)
    ]
    stamp = Stamp(datetime.combine(OBSERVED_UNTIL, time(9), UTC) - timedelta(days=3), "Ada", project.time_zone)
    record(project.ledger_file, [Given("test", entry) for entry in entries], stamp)


def _assert_ledger_censors_alike(here: Path, there: Path) -> None:
    """The ledger of this machine meets the tables of another engine."""
    before = open_dataset(read_project(here / "churnpredict.toml")).labels(CUTOFFS, OBSERVED_UNTIL)
    found = []
    for folder in (here, there):
        _write_ledger(folder)
        with open_dataset(read_project(folder / "churnpredict.toml")) as dataset:
            found.append(dataset.labels(CUTOFFS, OBSERVED_UNTIL))
    pd.testing.assert_frame_equal(*found)
    known = [frame.drop(columns=["account_id", "cutoff"]).notna().sum().sum() for frame in (before, found[0])]
    assert 0 < known[1] < known[0]


def _exact_features(dataset: Dataset) -> pd.DataFrame:
    """All features as the engine made them: at the border they are rounded to float32."""
    (expression,) = dataset._bounded.at(CUTOFFS, None)
    return pa.Table.from_batches(list(fetch_batches(expression, 10_000))).to_pandas()


def _assert_equal(expected: dict[str, pd.DataFrame], found: dict[str, pd.DataFrame]) -> None:
    for what, frame in expected.items():
        keys = [key for key in ("cutoff", "account_id", "place", "signal", "week") if key in frame]
        left, right = (each.sort_values(keys, ignore_index=True) for each in (frame, found[what]))
        assert len(left) > 5, what
        pd.testing.assert_frame_equal(left, right, rtol=1e-9, atol=1e-9, obj=what)


@pytest.mark.postgres
def test_postgresql_gives_what_duckdb_gives(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURNPREDICT_TEST_URL", postgres_url)
    # It scores no text, which reading the configuration says.
    company = COMPANY.declared(declaration(parts=[part for part in PARTS if part != "tone"]))
    with _opened(tmp_path, servers.on_engine(company.toml, POSTGRES, "name = '{name}'")) as there:
        _assert_equal(_everything(company.open(tmp_path / "duckdb")), _everything(there))
    _assert_ledger_censors_alike(tmp_path / "duckdb", tmp_path)
    here = COMPANY.declared(detecting()).open(tmp_path / "duckdb")
    with _opened(tmp_path, servers.on_engine(detecting(), POSTGRES, "name = '{name}'")) as there:
        _assert_same_evidence(here, there)


@servers.SPARK_LEAVES_SOCKETS
@pytest.mark.spark
@pytest.mark.usefixtures("spark_session")
def test_spark_gives_what_duckdb_gives(tmp_path: Path) -> None:
    here = COMPANY.open(tmp_path / "duckdb")
    there = "kind = 'spark'", f"path = '{tmp_path}/duckdb/{{name}}.parquet'"
    _assert_equal(_everything(here), _everything(_opened(tmp_path, servers.on_engine(COMPANY.toml, *there))))
    _assert_ledger_censors_alike(tmp_path / "duckdb", tmp_path)
    here = COMPANY.declared(detecting()).open(tmp_path / "duckdb")
    _assert_same_evidence(here, _opened(tmp_path, servers.on_engine(detecting(), *there)))


def test_the_compared_features_hold_every_aggregation(tmp_path: Path) -> None:
    frame = collected(COMPANY.open(tmp_path), CUTOFFS)
    moving = {FeatureName.parse(name).aggregation for name in frame.columns[2:] if len(frame[name].unique()) > 1}
    assert moving >= {*EVENT_AGGREGATIONS, *HISTORY_AGGREGATIONS, *DERIVED_AGGREGATIONS}
