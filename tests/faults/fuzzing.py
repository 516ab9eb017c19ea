"""What is read from outside, spoiled at random: whatever comes in, the answer is a result or a `ChurnPredictError`.

A target draws an input and reads it. `tests/faults/test_fuzz.py` runs each for a moment, `benchmarks/fuzz.py` for as
long as it is told.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from hypothesis import strategies as st

from churnpredict.config import read_project
from churnpredict.csm import Lists, assigned, opened_plays
from churnpredict.dataset import open_dataset
from churnpredict.errors import ChurnPredictError
from churnpredict.lab.learning.tuned import CHOSEN, Tuned
from churnpredict.ledger import Stamp, read_ledger, read_rows, record
from churnpredict.publishing import file_digest
from churnpredict.scoring import load_bundle, named_accounts, past_predictions, previous_predictions
from config.documents import FULL, as_toml

from . import weekly_job

#: The first day without data.
TODAY = date(2024, 7, 1)
STAMP = Stamp(datetime(2024, 7, 1, 9, tzinfo=UTC), "Ada", "UTC")

#: What programs stumble over, as it stands in a file.
NASTY = (
    *(b"", b",", b";", b'"', b'""', b"'", b"\n", b"\r", b"\r\n", b"\t", b"\x00", b"\x1b[31m", b"\xef\xbb\xbf"),
    *(b"\xff\xfe", b"\xc3", "é".encode(), "🙂".encode(), "\u202e".encode(), b"\xed\xa0\x80", b" ", b"\\", b"#"),
    *(b"NaN", b"inf", b"-inf", b"nan", b"null", b"NULL", b"NA", b"None", b"true", b"1e400", b"-1", b"0", b"1e-400"),
    *(b"9" * 40, b"1,5", b"0x10", b"1_000", b"00123", b"2024-13-45", b"0001-01-01", b"9999-12-31", b"99999-01-01"),
    *(b"2024-02-30", b"2024-06-01T24:00:00", b"2024-03-31 02:30:00+99:00", b"infinity", b"-infinity", b"epoch"),
    *(b"=1+1", b"@SUM(A1)", b"<script>", b"'; DROP TABLE accounts; --", b"../../etc/passwd", b"%s%n", b"{}", b"[]"),
    *(b"x" * 5_000, b"a,b,c,d,e,f,g,h", b"account_id", b"[[", b"]]", b"= ", b"{", b"}", b"0", b"-0.0"),
)
PIECES = (
    st.sampled_from(NASTY)
    | st.binary(max_size=8)
    | st.text(max_size=6).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
#: A place in a file, as a share of its length; a span; what is put there.
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["put", "cut", "replace", "line", "cell", "end"]), st.floats(0, 1), st.integers(0, 40), PIECES
    ),
    min_size=1,
    max_size=4,
)


def spoiled(content: bytes, edits: list[tuple[str, float, int, bytes]]) -> bytes:
    """The content with some edits made, one after the other."""
    for kind, share, span, piece in edits:
        at = int(share * len(content))
        match kind:
            case "put":
                content = content[:at] + piece + content[at:]
            case "cut":
                content = content[:at] + content[at + span :]
            case "replace":
                content = content[:at] + piece + content[at + len(piece) :]
            case "line":
                lines = content.splitlines(keepends=True) or [b""]
                number = min(int(share * len(lines)), len(lines) - 1)
                lines[number] = lines[number] * (span % 3) if span % 2 else piece + b"\n"
                content = b"".join(lines)
            case "cell":
                cells = content.split(b",")
                cells[min(int(share * len(cells)), len(cells) - 1)] = piece
                content = b",".join(cells)
            case "end":
                content = content[:at]
    return content


# A company of a few accounts ----------------------------------------------------------------------------------------

DECLARED: dict[str, Any] = {
    "name": "Acme",
    "accounts": {
        "table": "accounts.csv",
        "started_on": "started_on",
        "name": "name",
        "owner": "owner",
        "facts": {"region": "category"},
    },
    "events": {
        "usage": {
            "table": "usage.csv",
            "time": "at",
            "known_at": "loaded_at",
            "windows": [28],
            "signals": {
                "logins": {"measure": "logins", "aggregations": ["sum", "trend", "days_since"]},
                "users": {"measure": "user", "aggregations": ["distinct"], "where": {"kind": ["a", "b"]}},
            },
        }
    },
    "histories": {
        "contract": {
            "table": "contract.csv",
            "valid_to": "valid_to",
            "category": "financial",
            "values": {"mrr": {"kind": "number", "times": 12}, "renewal": "date", "vip": "flag", "plan": "category"},
        }
    },
    "churn": {"kind": "dated", "table": "churn.csv", "time": "left_on"},
    "critical": {"angry": {"events": "usage", "where": {"note": {"words": ["angry"]}}, "expires_days": 60}},
    "risk_list": {"arr": "mrr", "renewal_on": "renewal"},
}


def tables() -> dict[str, bytes]:
    """The files that `DECLARED` declares."""
    names = [f"{number:03}" for number in range(8)]
    usage = [
        f"{name},{TODAY - timedelta(days=3 + 7 * week)},{TODAY - timedelta(days=2 + 7 * week)},{week % 5},"
        f"u{week % 3},{'ab'[week % 2]},{'so angry' if week == 2 else ''}"
        for name in names
        for week in range(18)
    ]
    contract = [f"{name},2023-01-01,,{100 + int(name)}.5,2024-09-0{1 + int(name)},true,pro" for name in names]
    return {
        "accounts.csv": _csv(
            "account_id,started_on,name,owner,region", [f"{name},2023-01-01,Firm {name},Ada,north" for name in names]
        ),
        "usage.csv": _csv("account_id,at,loaded_at,logins,user,kind,note", usage),
        "contract.csv": _csv("account_id,valid_from,valid_to,mrr,renewal,vip,plan", contract),
        "churn.csv": _csv("account_id,left_on", ["001,2024-05-05", "002,2024-06-01"]),
    }


def _csv(header: str, rows: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in (header, *rows)).encode()


def write_company(folder: Path) -> Path:
    """Write the company; the path of its declaration."""
    for name, content in tables().items():
        (folder / name).write_bytes(content)
    path = folder / "churnpredict.toml"
    path.write_text(as_toml(DECLARED), encoding="utf-8")
    return path


def read_all(config: Path) -> None:
    """Everything that is read of the sources to score a week and to label a past one."""
    with open_dataset(read_project(config)) as dataset:
        dataset.check_fresh(TODAY)
        list(dataset.features([TODAY]))
        dataset.labels([TODAY - timedelta(days=120)], TODAY)
        dataset.details([TODAY])
        dataset.evidence([TODAY])


# Targets ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """Something that is read.

    Parameters
    ----------
    draws
        What it may be given.
    prepare
        Makes what is needed once in a folder; gives what reads one input.
    cost
        Roughly, in milliseconds: what is quick gets more examples.
    """

    draws: st.SearchStrategy[Any]
    prepare: Callable[[Path], Callable[[Any], None]]
    cost: int


def _configs(folder: Path) -> Callable[[bytes], None]:
    path = folder / "churnpredict.toml"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        with suppress(ChurnPredictError):
            read_project(path)

    return read


def _declarations(folder: Path) -> Callable[[dict[str, Any]], None]:
    path = write_company(folder)

    def read(document: dict[str, Any]) -> None:
        path.write_text(as_toml(document), encoding="utf-8")
        with suppress(ChurnPredictError):
            read_all(path)

    return read


def _csv_tables(folder: Path) -> Callable[[tuple[str, Any]], None]:
    path = write_company(folder)

    def read(case: tuple[str, Any]) -> None:
        name, edits = case
        whole = tables()[name]
        (folder / name).write_bytes(spoiled(whole, edits))
        try:
            with suppress(ChurnPredictError):
                read_all(path)
        finally:
            (folder / name).write_bytes(whole)

    return read


def _parquet_tables(folder: Path) -> Callable[[tuple[str, str, Any]], None]:
    write_company(folder)
    document = json.loads(json.dumps(DECLARED).replace(".csv", ".parquet"))
    path = folder / "churnpredict.toml"
    path.write_text(as_toml(document), encoding="utf-8")
    read_with = {name: pa.csv.read_csv(pa.py_buffer(content)) for name, content in tables().items()}
    whole = {name.replace(".csv", ".parquet"): table for name, table in read_with.items()}
    for name, table in whole.items():
        pq.write_table(table, folder / name)

    def read(case: tuple[str, str, Any]) -> None:
        name, how, given = case
        file = folder / name.replace(".csv", ".parquet")
        table = whole[file.name]
        if how == "bytes":
            file.write_bytes(spoiled(file.read_bytes(), given))
        else:
            place, column = given
            at = int(place * (table.num_columns - 1))
            values = pa.array([column[1][row % len(column[1])] for row in range(table.num_rows)], column[0])
            pq.write_table(table.set_column(at, table.column_names[at], values), file)
        try:
            with suppress(ChurnPredictError):
                read_all(path)
        finally:
            pq.write_table(table, file)

    return read


def _outcomes(folder: Path) -> Callable[[bytes], None]:
    file = folder / "import.csv"

    def read(content: bytes) -> None:
        file.write_bytes(content)
        ledger = folder / "outcomes.sqlite"
        ledger.unlink(missing_ok=True)
        try:
            given = read_rows(file)
            new = record(ledger, given, STAMP)
        except ChurnPredictError:
            assert not read_ledger(ledger)
            return
        assert read_ledger(ledger) == new
        assert record(ledger, given, STAMP) == []

    return read


def _ledgers(folder: Path) -> Callable[[list[Any]], None]:
    file, ledger = folder / "import.csv", folder / "outcomes.sqlite"
    file.write_bytes(OUTCOMES)
    record(ledger, read_rows(file), STAMP)
    whole = ledger.read_bytes()

    def read(edits: list[Any]) -> None:
        ledger.write_bytes(spoiled(whole, edits))
        for leave in folder.glob("outcomes.sqlite-*"):
            leave.unlink()
        with suppress(ChurnPredictError):
            read_ledger(ledger)
        with suppress(ChurnPredictError):
            record(ledger, read_rows(file), STAMP)

    return read


def _bundles(folder: Path, bundle: Path) -> Callable[[tuple[str, Any]], None]:
    copied = Path(shutil.copytree(bundle, folder / "champion"))
    whole = {path.name: path.read_bytes() for path in copied.iterdir()}
    names = sorted(whole)

    def read(case: tuple[str, Any]) -> None:
        how, given = case
        changed = dict(whole)
        if how == "file":
            share, edits = given
            name = names[min(int(share * len(names)), len(names) - 1)]
            changed[name] = spoiled(whole[name], edits)
        elif how == "manifest":
            changed["manifest.json"] = json.dumps(given).encode()
        else:
            # A document that is whole and signed for, but not what this version writes.
            document = json.loads(whole["model.json"])
            holder, key = _chosen(document, given[0])
            holder[key] = given[1]
            changed["model.json"] = json.dumps(document).encode()
        for name, content in changed.items():
            (copied / name).write_bytes(content)
        if how == "model":
            manifest = json.loads(whole["manifest.json"])
            manifest["sha256"]["model.json"] = file_digest(copied / "model.json")
            (copied / "manifest.json").write_text(json.dumps(manifest))
        with suppress(ChurnPredictError):
            load_bundle(copied)

    return read


def _weeks(folder: Path, week: Path) -> Callable[[tuple[float, Any]], None]:
    weeks = folder / "risk_lists"
    copied = Path(shutil.copytree(week, weeks / "2024-06-24"))
    whole = {path.name: path.read_bytes() for path in copied.glob("*.*")}
    read_back = [name for name in sorted(whole) if name.endswith(".parquet")] + ["manifest.json"]

    def read(case: tuple[float, Any]) -> None:
        share, edits = case
        name = read_back[min(int(share * len(read_back)), len(read_back) - 1)]
        (copied / name).write_bytes(spoiled(whole[name], edits))
        uses: list[Callable[[], Any]] = [
            lambda: previous_predictions(weeks, TODAY),
            lambda: past_predictions(weeks, TODAY, 5),
            lambda: named_accounts(weeks, TODAY, ["red"]),
            lambda: opened_plays(weeks, TODAY, 30),
            lambda: assigned(weeks),
            lambda: Lists(weeks).strangers({"a001", "nobody"}),
        ]
        try:
            for use in uses:
                with suppress(ChurnPredictError):
                    use()
        finally:
            (copied / name).write_bytes(whole[name])

    return read


def _tunings(folder: Path) -> Callable[[bytes], None]:
    def read(content: bytes) -> None:
        (folder / CHOSEN).write_bytes(content)
        with suppress(ChurnPredictError):
            Tuned.read(folder)

    return read


def _chosen(document: Any, share: float) -> tuple[Any, Any]:
    places = list(_places(document))
    return places[min(int(share * len(places)), len(places) - 1)]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys: Any = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


# What is drawn ------------------------------------------------------------------------------------------------------

OUTCOMES = b"""account_id,state,on_day,intervention,play,arr,cost,reason,note,corrects
acme,open,2024-06-01,,red,12000,,,called,
acme,saving,2024-06-03,,,,250.5,,,
acme,saved,2024-06-20,,,,,,"said ""yes"", twice",
beta,wrong,2024-06-02,,,,,sponsor left,,
"""
CHOSEN_BYTES = json.dumps(
    {
        **{name: {"leaves": 4, "rate": 0.03} for name in ("settings", "default")},
        "known_until": "2024-06-01",
        "trials": 3,
        "log_loss": 0.1,
        "default_log_loss": 0.2,
        "gain": 0.1,
        "interval": [0.01, 0.2],
        "rows": 10,
        "churners": 3,
        "proven": True,
    }
).encode()
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["a.csv", "usage.csv", "usage", "dated", "silence", "number", "at", "logins", "mrr", "count", "\x00", "UTC", "note"]
)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
JSONS = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.sampled_from([0, 1, -1, 28, 10**400, float("nan"), float("inf"), 5e-324]),
        st.floats(),
        TEXTS,
        st.dates(date(1, 1, 1)),
        st.datetimes(datetime(1, 1, 1)),  # noqa: DTZ001
        st.times().map(lambda value: time(value.hour, value.minute, value.second)),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
COLUMNS = st.one_of(
    st.tuples(st.just(pa.int64()), st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4)),
    st.tuples(st.just(pa.float64()), st.lists(st.none() | st.floats(), min_size=1, max_size=4)),
    st.tuples(st.just(pa.string()), st.lists(st.none() | st.text(st.characters(codec="utf-8")), min_size=1)),
    st.tuples(st.just(pa.bool_()), st.lists(st.none() | st.booleans(), min_size=1, max_size=4)),
    st.tuples(st.just(pa.date32()), st.lists(st.none() | st.dates(), min_size=1, max_size=4)),
    st.tuples(st.just(pa.timestamp("us")), st.lists(st.none() | st.datetimes(), min_size=1, max_size=4)),
    st.tuples(st.just(pa.timestamp("us", "UTC")), st.lists(st.none() | st.datetimes(), min_size=1, max_size=4)),
    st.tuples(st.just(pa.binary()), st.lists(st.none() | st.binary(max_size=6), min_size=1, max_size=4)),
    st.tuples(st.just(pa.list_(pa.int64())), st.lists(st.just([1, 2]), min_size=1, max_size=1)),
    st.tuples(st.just(pa.null()), st.just([None])),
    st.tuples(st.just(pa.duration("s")), st.lists(st.timedeltas(timedelta(0), timedelta(9)), min_size=1)),
    st.tuples(st.just(pa.decimal128(20, 2)), st.lists(st.none() | st.integers(-(10**9), 10**9), min_size=1)),
)


@st.composite
def _spoiled_document(draw: st.DrawFn, whole: dict[str, Any]) -> dict[str, Any]:
    document = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "remove", "add", "swap"])):
            case "remove":
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[draw(TEXTS)] = draw(VALUES)
            case "swap":
                other, other_key = draw(st.sampled_from(places))
                holder[key] = copy.deepcopy(other[other_key])
            case _:
                holder[key] = draw(VALUES)
    return document


_NAMES = st.sampled_from(sorted(tables()))


def targets(bundle: Path, week: Path) -> dict[str, Target]:
    """Everything that is read from outside.

    Parameters
    ----------
    bundle, week
        A whole bundle and a whole published week, to be copied.
    """
    full = as_toml(FULL).encode()
    shares = st.floats(0, 1)
    return {
        "config": Target(st.builds(spoiled, st.just(full), EDITS) | st.binary(max_size=300), _configs, 3),
        "declarations": Target(_spoiled_document(DECLARED), _declarations, 150),
        "csv": Target(st.tuples(_NAMES, EDITS), _csv_tables, 250),
        "parquet": Target(
            st.tuples(_NAMES, st.just("bytes"), EDITS)
            | st.tuples(_NAMES, st.just("column"), st.tuples(shares, COLUMNS)),
            _parquet_tables,
            200,
        ),
        "outcomes": Target(st.builds(spoiled, st.just(OUTCOMES), EDITS) | st.binary(max_size=200), _outcomes, 15),
        "ledger": Target(EDITS, _ledgers, 5),
        "bundle": Target(
            st.tuples(st.just("file"), st.tuples(shares, EDITS))
            | st.tuples(st.just("manifest"), JSONS)
            | st.tuples(st.just("model"), st.tuples(shares, JSONS)),
            partial(_bundles, bundle=bundle),
            5,
        ),
        "week": Target(st.tuples(shares, EDITS), partial(_weeks, week=week), 60),
        "job": Target(weekly_job.CASES, partial(weekly_job.prepare, company=bundle.parent.parent), 600),
        "tuning": Target(st.builds(spoiled, st.just(CHOSEN_BYTES), EDITS), _tunings, 1),
    }
