"""A large company, and a damaged file: what they cost, and what is said of them.

    uv run python benchmarks/load.py --accounts 1000000 [--json]
    uv run python benchmarks/load.py --damaged 200000 [--share 0.01] [--json]

The first scores a week of N accounts with 12 features in a process of its own, with a model of a small company that is
made the same way: seconds by stage and the peak of memory. The second writes a CSV file of N rows, of which a share is
damaged in every way there is at once, and asks `doctor` about it: seconds, peak, exit code and problems told; and again
for each kind of damage alone. Ends with one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from features import machine

FIRST_DAY = np.datetime64("2022-01-03")
#: The first day without data, a Monday.
AS_OF = date(2024, 1, 1)
DAYS = int((np.datetime64(AS_OF) - FIRST_DAY).astype(int))
TRAINING_ACCOUNTS = 3_000
EVENTS_PER_ACCOUNT = 12
#: Accounts that are made at a time.
RANGE = 100_000

DECLARED = """
[accounts]
table = "accounts.parquet"
started_on = "started_on"
name = "name"
owner = "owner"

[churn]
kind = "dated"
table = "churn.parquet"
time = "churned_on"

[training]
every_days = 56
bags = 1

[events.usage]
table = "events.parquet"
time = "at"
windows = [28, 91]
signals.amount = { measure = "amount", aggregations = ["sum", "mean", "trend", "days_since"] }
signals.logins = { aggregations = ["count", "active_days"] }
"""

DAMAGES: dict[str, bytes] = {
    "no account": b",2023-12-01,3,u1",
    "unknown account": b"nobody,2023-12-01,3,u1",
    "no day": b"a1,,3,u1",
    "wrong day": b"a1,2023-02-30,3,u1",
    "text for a day": b"a1,yesterday,3,u1",
    "future day": b"a1,2031-01-01,3,u1",
    "text for a number": b"a1,2023-12-01,many,u1",
    "decimal comma": b'a1,2023-12-01,"3,5",u1',
    "too large a number": b"a1,2023-12-01,1e400,u1",
    "not a number": b"a1,2023-12-01,NaN,u1",
    "too many cells": b"a1,2023-12-01,3,u1,more,still more",
    "too few cells": b"a1,2023-12-01",
    "an open quote": b'a1,2023-12-01,3,"u1',
    "no UTF-8": b"a1,2023-12-01,3,\xff\xfe",
    "a NUL": b"a1,2023-12-01,3,u\x00",
    "a long text": b"a1,2023-12-01,3," + b"x" * 100_000,
    "a formula": b"a1,2023-12-01,3,=1+1",
    "an empty line": b"",
}


def make(folder: Path, accounts: int) -> None:
    """A company whose accounts fade before they leave, as tables with their declaration; ids are integers."""
    rng = np.random.default_rng(accounts)
    folder.mkdir(parents=True)
    (folder / "churnpredict.toml").write_text(DECLARED, encoding="utf-8")
    starts = rng.integers(0, DAYS // 2, accounts)
    ends = starts + rng.exponential(2.5 * DAYS, accounts).astype(int) + 60
    left = ends < DAYS
    ids = np.arange(accounts)
    names = pa.array([f"Firm {number}" for number in range(accounts)])
    owners = pa.array([f"Owner {number % 50}" for number in range(accounts)])
    columns = {"account_id": ids, "name": names, "owner": owners, "started_on": FIRST_DAY + starts}
    pq.write_table(pa.table(columns), folder / "accounts.parquet")
    pq.write_table(pa.table({"account_id": ids[left], "churned_on": FIRST_DAY + ends[left]}), folder / "churn.parquet")
    schema = pa.schema([("account_id", pa.int64()), ("at", pa.date32()), ("amount", pa.float64())])
    with pq.ParquetWriter(folder / "events.parquet", schema) as writer:
        for first in range(0, accounts, RANGE):
            part = slice(first, first + RANGE)
            writer.write_table(_events(ids[part], starts[part], np.minimum(ends[part], DAYS), rng, schema))


def _events(ids: Any, starts: Any, ends: Any, rng: np.random.Generator, schema: pa.Schema) -> pa.Table:
    account = np.repeat(np.arange(len(ids)), rng.poisson(EVENTS_PER_ACCOUNT, len(ids)))
    day = starts[account] + (rng.random(len(account)) * (ends - starts)[account]).astype(int)
    fading = (ends[account] < DAYS) & (day > ends[account] - 75) & (rng.random(len(account)) < 0.6)
    account, day = account[~fading], day[~fading]
    amount = rng.gamma(2.0, 10.0, len(day)).round(2)
    return pa.table([ids[account], (FIRST_DAY + day).astype("datetime64[D]"), amount], schema=schema)


def large(folder: Path, accounts: int) -> dict[str, Any]:
    """Train small, score large."""
    make(folder / "small", TRAINING_ACCOUNTS)
    config = str(folder / "small/churnpredict.toml")
    trained = _run("-m", "churnpredict", "train", "--config", config, "--as-of", str(AS_OF), "--json")
    if trained.returncode:
        sys.exit(trained.stderr or trained.stdout)
    make(folder / "large", accounts)
    shutil.copytree(folder / "small/models", folder / "large/models", symlinks=True)
    done = _run(__file__, "--week", str(folder / "large"))
    if done.returncode:
        sys.exit(done.stderr)
    return {"accounts": accounts, **json.loads(done.stdout.splitlines()[-1])}


def peak() -> int:
    """The most memory that this process has held so far, in MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def week(folder: Path) -> dict[str, Any]:
    """Run the weekly job in this process and say what it cost."""
    from churnpredict.batch import predict_week  # noqa: PLC0415
    from churnpredict.config import read_project  # noqa: PLC0415
    from churnpredict.stages import Stages  # noqa: PLC0415

    held: dict[str, int] = {}

    begun, cpu = time.perf_counter(), time.process_time()
    project = read_project(folder / "churnpredict.toml")
    published = predict_week(project, AS_OF, stages=Stages(lambda stage: held.setdefault(stage, peak())))
    files = {path.name: round(path.stat().st_size / 2**20, 1) for path in published.folder.iterdir() if path.is_file()}
    return {
        "rows": len(published.risk_list),
        "features": len(project.features()),
        "seconds": {stage: round(seconds, 1) for stage, seconds in published.seconds.items()},
        "total_seconds": round(time.perf_counter() - begun, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mib": peak(),
        "peak_before_mib": held,
        "files_mib": files,
    }


def damaged(folder: Path, rows: int, share: float) -> dict[str, Any]:
    """Ask about a file that is damaged in every way at once, and in each way alone."""
    make(folder / "small", TRAINING_ACCOUNTS)
    config = folder / "small/churnpredict.toml"
    text = config.read_text(encoding="utf-8").replace("events.parquet", "events.csv")
    config.write_text(f'{text}signals.users = {{ measure = "user", aggregations = ["distinct"] }}\n', encoding="utf-8")
    found = {}
    for name, kinds in {"every way at once": list(DAMAGES), **{name: [name] for name in DAMAGES}}.items():
        _write_damaged(folder / "small/events.csv", rows, share, [DAMAGES[kind] for kind in kinds])
        found[name] = _asked(config)
    return {"rows": rows, "share": share, "peak_mib": peak(), "damages": found}


def _asked(config: Path) -> dict[str, Any]:
    """What `doctor` would say."""
    from churnpredict.config import read_project  # noqa: PLC0415
    from churnpredict.dataset import open_dataset  # noqa: PLC0415
    from churnpredict.errors import ChurnPredictError  # noqa: PLC0415
    from churnpredict.lab import check_up  # noqa: PLC0415

    begun, code, problems = time.perf_counter(), 0, list[str]()
    try:
        with open_dataset(read_project(config)) as dataset:
            dataset.check_fresh(AS_OF)
            check_up(dataset, AS_OF)
    except ChurnPredictError as error:
        code, problems = error.exit_code, [problem.given[:160] for problem in error.problems]
    except Exception as error:  # noqa: BLE001  (whatever it is, it is a fault)
        code, problems = 1, [f"{type(error).__name__}: {error}"[:160]]
    return {"exit_code": code, "seconds": round(time.perf_counter() - begun, 1), "problems": problems}


def _write_damaged(path: Path, rows: int, share: float, lines: list[bytes]) -> None:
    rng = random.Random(rows)
    with path.open("wb") as file:
        file.write(b"account_id,at,amount,user\n")
        for number in range(rows):
            if rng.random() < share:
                file.write(rng.choice(lines) + b"\n")
            else:
                day = AS_OF - timedelta(days=1 + rng.randrange(DAYS - 1))
                file.write(f"{rng.randrange(TRAINING_ACCOUNTS)},{day},{number % 90}.5,u{number % 7}\n".encode())


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], check=False, capture_output=True, text=True)


def main() -> None:
    """Load, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--damaged", type=int, metavar="ROWS", help="a damaged file instead")
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--json", action="store_true", help="the JSON object on one line")
    parser.add_argument("--week", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.week is not None:
        print(json.dumps(week(options.week)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.damaged:
            document = damaged(folder, options.damaged, options.share)
        else:
            document = large(folder, options.accounts)
    print(json.dumps(document | {"machine": machine()}, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
