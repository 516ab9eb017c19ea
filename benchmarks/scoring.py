"""The weekly job on a company of N accounts with 300 features: seconds by stage, and the peak of memory.

    uv run python benchmarks/scoring.py --accounts N [--json]

A model is trained on a company of 2,000 accounts that is made the same way: 3 bags of trees of 7 leaves. Then a process
of its own runs the weekly job for N accounts: features, risk, drivers, the list with its reasons, and its files. Ends
with one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
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
TRAINING_ACCOUNTS = 2_000
EVENTS_PER_ACCOUNT = 150
KINDS = ("login", "report", "export", "share", "invite", "ticket", "meeting", "payment")
WINDOWS = (7, 14, 28, 56, 91, 182)
MEASURED = '["sum", "mean", "min", "max", "std", "trend", "slope", "days_since"]'

_SOURCES = f"""
[accounts]
table = "accounts.parquet"
started_on = "started_on"
name = "name"

[churn]
kind = "dated"
table = "churn.parquet"
time = "churned_on"

[training]
every_days = 91

[events.usage]
table = "events.parquet"
time = "at"
windows = {list(WINDOWS)}
signals.amount = {{ measure = "amount", aggregations = {MEASURED} }}
signals.minutes = {{ measure = "minutes", aggregations = {MEASURED} }}
signals.users = {{ measure = "user_id", aggregations = ["distinct"] }}
"""

_HISTORY = """
[histories.contract]
table = "contract.parquet"
category = "financial"
windows = [28, 91]
values.seats = "number"
values.discount = { kind = "number", aggregations = ["value"] }
values.arr = { kind = "number", aggregations = ["value"] }
values.renewal = { kind = "date", aggregations = ["days_until"] }
values.plan = { kind = "category", aggregations = ["value"] }

[risk_list]
arr = "arr"
renewal_on = "renewal"
"""


def declaration() -> str:
    """A churnpredict.toml of 300 features."""
    counted = '["count", "active_days", "trend", "slope", "days_since"]'
    signals = "\n".join(
        f'signals.{kind}s = {{ where = {{ kind = "{kind}" }}, aggregations = {counted} }}' for kind in KINDS
    )
    return _SOURCES + signals + "\n" + _HISTORY


def make(folder: Path, accounts: int) -> None:
    """A company whose accounts fade before they leave, as tables with their declaration."""
    random = np.random.default_rng(accounts)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "churnpredict.toml").write_text(declaration(), encoding="utf-8")
    ids = np.char.add("account-", np.arange(accounts).astype(str))
    starts = random.integers(0, DAYS // 2, accounts)
    ends = starts + random.exponential(2.5 * DAYS, accounts).astype(int) + 60
    left = ends < DAYS
    _write(folder, "accounts", account_id=ids, name=ids, started_on=FIRST_DAY + starts)
    _write(folder, "churn", account_id=ids[left], churned_on=FIRST_DAY + ends[left])
    plans = np.array(["basic", "team", "enterprise"])
    _write(
        folder,
        "contract",
        account_id=np.tile(ids, 2),
        valid_from=FIRST_DAY + np.concatenate([starts, starts + random.integers(30, 400, accounts)]),
        seats=random.integers(3, 300, 2 * accounts),
        discount=random.integers(0, 30, 2 * accounts),
        arr=random.lognormal(9.0, 1.0, 2 * accounts).round(),
        renewal=FIRST_DAY + np.tile(starts, 2) + 365 * random.integers(1, 5, 2 * accounts),
        plan=plans[random.integers(0, 3, 2 * accounts)],
    )
    _write_events(folder, ids, (starts, np.minimum(ends, DAYS)), random)


def _write_events(folder: Path, ids: Any, lives: tuple[Any, Any], random: np.random.Generator) -> None:
    starts, ends = lives
    many = random.poisson(EVENTS_PER_ACCOUNT * random.lognormal(-0.3, 0.8, len(ids)))
    account = np.repeat(np.arange(len(ids)), many)
    day = starts[account] + (random.random(len(account)) * (ends - starts)[account]).astype(int)
    # Most of what would have happened in the last two months of an account that leaves does not.
    fading = (ends[account] < DAYS) & (day > ends[account] - 75) & (random.random(len(account)) < 0.5)
    account, day = account[~fading], day[~fading]
    moment = (FIRST_DAY + day).astype("datetime64[us]") + random.integers(0, 86_400_000_000, len(day))
    order = np.argsort(moment)
    rows = len(order)
    _write(
        folder,
        "events",
        account_id=ids[account[order]],
        at=moment[order],
        kind=np.array(KINDS)[random.integers(0, len(KINDS), rows)],
        user_id=random.integers(0, 25, rows),
        amount=random.gamma(2.0, 10.0, rows).round(2),
        minutes=random.gamma(1.5, 20.0, rows).round(1),
    )


def _write(folder: Path, table: str, **columns: Any) -> None:
    pq.write_table(pa.table({key: pa.array(values) for key, values in columns.items()}), folder / f"{table}.parquet")


def train(folder: Path, accounts: int) -> Path:
    """Train on a small company; the folder of its models."""
    make(folder, accounts)
    config = str(folder / "churnpredict.toml")
    arguments = [sys.executable, "-m", "churnpredict", "train", "--config", config, "--as-of", str(AS_OF), "--json"]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"training: {done.stderr or done.stdout}")
    return folder / "models"


def week(folder: Path) -> dict[str, Any]:
    """Run the weekly job in this process and say what it cost."""
    # Here, so that the process that only starts others stays small.
    from churnpredict.batch import predict_week  # noqa: PLC0415
    from churnpredict.config import read_project  # noqa: PLC0415

    project = read_project(folder / "churnpredict.toml")
    begun, cpu = time.perf_counter(), time.process_time()
    published = predict_week(project, AS_OF)
    return {
        "rows": len(published.risk_list),
        "features": len(list(project.features())),
        "seconds": {stage: round(seconds, 1) for stage, seconds in published.seconds.items()},
        "total_seconds": round(time.perf_counter() - begun, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Train small, score large, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--training-accounts", type=int, default=TRAINING_ACCOUNTS)
    parser.add_argument("--json", action="store_true", help="the JSON object on one line")
    parser.add_argument("--week", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.week is not None:
        print(json.dumps(week(options.week)))
        return
    shape = machine()
    with tempfile.TemporaryDirectory() as name:
        models = train(Path(name) / "small", options.training_accounts)
        folder = Path(name) / "large"
        make(folder, options.accounts)
        shutil.copytree(models, folder / "models")
        arguments = [sys.executable, __file__, "--week", str(folder)]
        done = subprocess.run(arguments, check=False, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        document = {"accounts": options.accounts} | json.loads(done.stdout.splitlines()[-1]) | {"machine": shape}
    print(json.dumps(document, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
