"""Little random companies: rows of every kind of source, written as Parquet and opened as a user's own would be.

Rows crowd where intervals end: on a cutoff, the day before it, the first day of a window and the last before it, at
midnight and one second before it. Measures are multiples of a quarter, so that sums are exact in any order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from churnpredict.config import read_project
from churnpredict.dataset import Dataset, open_dataset

from .declared import CUTOFF, CUTOFFS, EDGES, GRACE_DAYS, SCHEMAS, declaration

Row = dict[str, Any]

#: What people write, and what they write by mistake.
TEXTS = [
    *(None, "", " \n\t", "\u00a0"),
    *("Thank you, this works great!", "Login is broken AGAIN, we are furious", "not bad at all", "Invoice 1234"),
    *("🙂 love it 🙂", "شكرا جزيلا", "\u202eterrible", "no but " * 1_500),
]


@dataclass(frozen=True)
class Company:
    """A declaration and the rows of its tables, by the name of their file."""

    toml: str
    tables: dict[str, list[Row]]

    def write(self, folder: Path) -> Path:
        """Write the declaration and a Parquet file per table; the path of the declaration."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables.items():
            pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMAS[name]), folder / f"{name}.parquet")
        path = folder / "churnpredict.toml"
        path.write_text(self.toml, encoding="utf-8")
        return path

    def open(self, folder: Path) -> Dataset:
        """Write it and open it."""
        return open_dataset(read_project(self.write(folder)))

    def declared(self, toml: str) -> Company:
        """The same rows under another declaration."""
        return replace(self, toml=toml)

    def with_rows(self, change: Callable[[str, list[Row]], list[Row]]) -> Company:
        """The same company with the rows of each table as `change` makes them."""
        return replace(self, tables={name: change(name, list(rows)) for name, rows in self.tables.items()})

    def features(self, folder: Path, cutoffs: list[date]) -> pd.DataFrame:
        """Write it, open it, and take all features of some cutoffs."""
        return collected(self.open(folder), cutoffs)

    def of(self, account: str) -> str:
        """All rows of an account, to be read in a failure."""
        lines = [f"{name}: {row}" for name, rows in self.tables.items() for row in rows if row["account_id"] == account]
        return "\n".join(lines)


def collected(dataset: Dataset, cutoffs: list[date], accounts: list[str] | None = None) -> pd.DataFrame:
    """All batches of features in one frame, which has no columns where nobody is on the spine."""
    batches = [pd.DataFrame(columns=["account_id", "cutoff"]), *dataset.features(cutoffs, accounts)]
    return pd.concat(batches[1:] or batches, ignore_index=True)


def searched(examples: int) -> settings:
    """How long hypothesis looks: at the same few examples in every run, or at as many as CHURNPREDICT_SEARCH says.

    A failure names the account and its rows, which is small enough; to shrink it would take minutes.
    """
    wanted = os.environ.get("CHURNPREDICT_SEARCH")
    return settings(
        max_examples=int(wanted or examples),
        derandomize=wanted is None,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )


#: What `random_company` is made from.
SEEDS = st.integers(0, 2**32 - 1)
ACCOUNTS = st.integers(1, 30)
ROWS = st.integers(0, 1500)


def random_company(seed: int, accounts: int, rows: int, *, known: bool = True) -> Company:
    """A company of some accounts with `rows` rows of events and about as many others."""
    names = [f"a{number}" for number in range(accounts)]

    def of_kind(name: str, made: Callable[[Random, list[str]], Row], count: int) -> list[Row]:
        # Each table draws for itself, so that a change to one leaves the others as they were.
        random = Random(f"{seed} {name}")
        return [made(random, names) for _ in range(count)]

    tables = {
        "accounts": [_account(Random(f"{seed} {name}"), name) for name in names],
        "usage": of_kind("usage", _event, rows),
        "contract": list(_corrected(of_kind("contract", _contract, rows // 3), Random(seed), known=known)),
        "contact": list(_once_a_day(of_kind("contact", _contact, rows // 4))),
        "profile": [_profile(Random(f"{seed} {name}"), name) for name in names[::2]],
        "churn": of_kind("churn", _churned, accounts // 2),
        "terms": [term for name in names for term in _terms(Random(f"{seed} {name}"), name)],
        "interventions": of_kind("interventions", _intervention, accounts),
    }
    for name in ("accounts", "contract", "contact", "profile", "churn", "terms"):
        # Tables without a row are refused; an account without anything is a case of its own.
        tables[name].append(dict.fromkeys(SCHEMAS[name].names) | {"account_id": "bare"})
    return Company(declaration(known=known), tables)


def some_day(random: Random) -> date:
    """A day near the end of an interval of some cutoff, or any."""
    if random.random() < 0.6:
        return random.choice(CUTOFFS) + timedelta(days=random.choice(EDGES))
    return CUTOFF + timedelta(days=random.randint(-450, 200))


def some_moment(random: Random, day: date) -> datetime:
    """A time on a day: its first, its last second, or any."""
    second = random.choice([0, 0, 86_399, random.randrange(86_400)])
    return datetime.combine(day, time()) + timedelta(seconds=second)


def some_known_at(random: Random, day: date) -> datetime | None:
    """When a row of `day` could be read: at once, late, on an edge, by a clock that is behind, or nobody knows."""
    delay = random.choice([0, 0, 0, 0, 1, 2, 10, 40, -1, -5])
    known = some_day(random) if random.random() < 0.2 else day + timedelta(days=delay)
    return None if random.random() < 0.05 else some_moment(random, known)


def some_quarter(random: Random) -> float | None:
    """A measure: quarters, now and then none or not a number."""
    return random.choice([None, float("nan"), float("inf"), 0.0, *(random.randint(-200, 200) / 4 for _ in range(12))])


def _account(random: Random, name: str) -> Row:
    started = random.choice([None, some_day(random), *[CUTOFF - timedelta(days=random.randint(1, 900))] * 5])
    return {
        "account_id": name,
        "started_on": started,
        "region": random.choice([None, "", "north", "south", "NA"]),
        "employees": random.choice([None, 0, 7, 250]),
        "signed_on": random.choice([None, some_day(random)]),
        "reference": random.choice([None, True, False]),
    }


def _event(random: Random, names: list[str]) -> Row:
    # The last of several accounts stays without events; a stranger is in no table of accounts.
    day = some_day(random)
    return {
        "account_id": random.choice([*names[: max(1, len(names) - 1)] * 4, "stranger", None, ""]),
        "at": None if random.random() < 0.02 else some_moment(random, day),
        "known_at": some_known_at(random, day),
        "kind": random.choice(["login", "login", "login", "export", "test", None]),
        "user": random.choice(["u1", "u2", "u3", None]),
        "amount": some_quarter(random),
        "quantity": random.choice([None, 1, 2, 3]),
        "price": some_quarter(random),
        "subject": random.choice(TEXTS),
        "note": random.choice(TEXTS),
    }


def _contract(random: Random, names: list[str]) -> Row:
    day = some_day(random)
    ends = random.choice([None, None, some_day(random), day + timedelta(days=random.choice([0, 1, 7, 28, 90]))])
    return {
        "account_id": random.choice(names),
        "valid_from": None if random.random() < 0.02 else day,
        "valid_to": None if ends is None or ends < day else ends,
        "known_at": some_known_at(random, day),
        "seats": some_quarter(random),
        "plan": random.choice(["basic", "pro", "", None]),
        "renewal": random.choice([None, some_day(random)]),
        "auto": random.choice([None, True, False]),
    }


def _corrected(rows: list[Row], random: Random, *, known: bool) -> Iterator[Row]:
    """The rows, some of them followed by a correction: the same first day, known later, other values.

    No two rows of an account begin on one day and are known since one day: which of them speaks is not declared.
    """
    taken = set()
    for row in rows:
        correction = _contract(random, [row["account_id"]]) | {"valid_from": row["valid_from"], "valid_to": None}
        if row["known_at"] is not None:
            correction["known_at"] = row["known_at"] + timedelta(days=random.choice([1, 7, 30]))
        for each in [row, correction] if random.random() < 0.4 else [row]:
            seen = each["known_at"] and each["known_at"].date()
            key = (each["account_id"], each["valid_from"], seen if known else None)
            if key not in taken:
                taken.add(key)
                yield each


def _contact(random: Random, names: list[str]) -> Row:
    return {
        "account_id": random.choice(names),
        "valid_from": some_moment(random, some_day(random)),
        "role": random.choice(["buyer", "user", None]),
        "effort": random.choice([None, 1, 2, 5]),
    }


def _once_a_day(rows: list[Row]) -> Iterator[Row]:
    seen: set[tuple[str, date]] = set()
    for row in rows:
        key = row["account_id"], row["valid_from"].date()
        if key not in seen:
            seen.add(key)
            yield row


def _profile(random: Random, name: str) -> Row:
    return {
        "account_id": name,
        "kept": random.choice([True, True, True, False, None]),
        "segment": random.choice(["large", "small", None]),
        "founded": random.choice([None, some_day(random)]),
        "rating": some_quarter(random),
    }


def _churned(random: Random, names: list[str]) -> Row:
    day = random.choice([None, *[some_day(random)] * 9])
    return {
        "account_id": random.choice(names),
        "churned_on": day,
        "known_at": some_known_at(random, day or CUTOFF),
        "reason": random.choice(["price", "price", "merged"]),
    }


def _terms(random: Random, name: str) -> Iterator[Row]:
    # Each after the one before: within it, at once, on the last day of grace, the day after, or much later.
    starts = CUTOFF - timedelta(days=random.randint(100, 700))
    for _ in range(random.randint(0, 6)):
        ends = some_day(random) if random.random() < 0.3 else starts + timedelta(days=random.choice([1, 30, 90, 365]))
        ends = max(starts, ends)
        yield {
            "account_id": name,
            "starts": None if random.random() < 0.05 else starts,
            "ends": None if random.random() < 0.1 else ends,
        }
        starts = ends + timedelta(days=random.choice([-5, 0, GRACE_DAYS - 1, GRACE_DAYS, GRACE_DAYS + 1, 100]))


def _intervention(random: Random, names: list[str]) -> Row:
    day = random.choice([None, *[some_day(random)] * 9])
    return {"account_id": random.choice(names), "day": day, "known_at": some_known_at(random, day or CUTOFF)}
