"""What the little companies of `company` declare: their tables, and a churnpredict.toml of every kind of source."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pyarrow as pa

CUTOFF = date(2024, 3, 1)
#: Cutoffs that random rows crowd around; the day after the first, a window later, a horizon later.
CUTOFFS = [CUTOFF + timedelta(days=days) for days in (0, 1, 7, 28, 60, 90)]
#: Days from a cutoff at which an interval of `declaration` ends: windows back, memory, horizons ahead.
EDGES = [
    *(0, -1, -2, -7, -8, -14, -15, -28, -29, -30, -31, -56, -57, -365, -366, -400, -401, -800, -801),
    *(1, 30, 59, 60, 89, 90, 91),
]
CHURN_KINDS = ("dated", "silence", "unrenewed")
GRACE_DAYS = 30

_TEXT, _NUMBER, _DAY, _MOMENT = pa.string(), pa.float64(), pa.date32(), pa.timestamp("us")
SCHEMAS = {
    "accounts": pa.schema(
        [
            ("account_id", _TEXT),
            ("started_on", _DAY),
            ("region", _TEXT),
            ("employees", pa.int64()),
            ("signed_on", _DAY),
            ("reference", pa.bool_()),
        ]
    ),
    "usage": pa.schema(
        [
            ("account_id", _TEXT),
            ("at", _MOMENT),
            ("known_at", _MOMENT),
            ("kind", _TEXT),
            ("user", _TEXT),
            ("amount", _NUMBER),
            ("quantity", pa.int64()),
            ("price", _NUMBER),
            ("subject", _TEXT),
            ("note", _TEXT),
        ]
    ),
    "contract": pa.schema(
        [
            ("account_id", _TEXT),
            ("valid_from", _DAY),
            ("valid_to", _DAY),
            ("known_at", _MOMENT),
            ("seats", _NUMBER),
            ("plan", _TEXT),
            ("renewal", _DAY),
            ("auto", pa.bool_()),
        ]
    ),
    "contact": pa.schema([("account_id", _TEXT), ("valid_from", _MOMENT), ("role", _TEXT), ("effort", pa.int64())]),
    "profile": pa.schema(
        [("account_id", _TEXT), ("kept", pa.bool_()), ("segment", _TEXT), ("founded", _DAY), ("rating", _NUMBER)]
    ),
    "churn": pa.schema([("account_id", _TEXT), ("churned_on", _DAY), ("known_at", _MOMENT), ("reason", _TEXT)]),
    "terms": pa.schema([("account_id", _TEXT), ("starts", _DAY), ("ends", _DAY)]),
    "interventions": pa.schema([("account_id", _TEXT), ("day", _DAY), ("known_at", _MOMENT)]),
}

_CHURN = {
    "dated": """
        [churn]
        kind = "dated"
        table = "churn.parquet"
        time = "churned_on"
        {known_at}
        recorded_within_days = 10
        where = {{ reason = {{ none_of = ["merged"] }} }}
        max_missing_accounts = 1.0
        """,
    "silence": """
        [churn]
        kind = "silence"
        events = "usage"
        days = 30
        """,
    "unrenewed": """
        [churn]
        kind = "unrenewed"
        table = "terms.parquet"
        starts = "starts"
        ends = "ends"
        grace_days = 30
        max_missing_accounts = 1.0
        """,
}

_ACCOUNTS = """
    [accounts]
    table = "accounts.parquet"
    started_on = "started_on"
    """

_FACTS = """
    [accounts.facts]
    region = "category"
    size = { kind = "number", column = "employees", times = 0.5 }
    signed_on = "date"
    reference = "flag"

    [facts.profile]
    table = "profile.parquet"
    where = { kept = true }
    values = { segment = "category", founded = "date", rating = "number" }
    """

_CONTACT = """
    [histories.contact]
    table = "contact.parquet"
    windows = [7]
    values = { role = "category", effort = { kind = "number", times = 12, aggregations = ["relative_change"] } }
    """

_CONTRACT = """
    [histories.contract]
    table = "contract.parquet"
    valid_to = "valid_to"
    {known_at}
    windows = [7, 28]
    [histories.contract.values]
    seats = {{ kind = "number", aggregations = ["value", "change", "relative_change", "days_unchanged"] }}
    plan = {{ kind = "category", order = ["basic", "pro", "top"], aggregations = ["value", "changes", "steps",
        "days_unchanged"] }}
    renewal = "date"
    auto = {{ kind = "flag", aggregations = ["value", "changes", "days_unchanged"] }}
    [risk_list]
    arr = "seats"
    renewal_on = "renewal"
    """

_INTERVENTIONS = """
    [interventions]
    table = "interventions.parquet"
    time = "day"
    {known_at}
    """

#: One file of events under two declarations: without rows an account has no events in one, no data in the other.
_EVENTS = """
    [events.{name}]
    table = "usage.parquet"
    time = "at"
    {known_at}
    absent = "{absent}"
    windows = [7, 28]
    where = {{ kind = {{ none_of = ["test"] }} }}
    max_missing_accounts = 1.0
    [events.{name}.signals.{name}_rows]
    aggregations = ["count", "active_days", "trend", "slope", "days_since", "days_since_first", "longest_silence",
        "versus_past"]
    [events.{name}.signals.{name}_logins]
    where = {{ kind = "login", amount = {{ at_most = 40 }} }}
    windows = [1, 7]
    aggregations = ["active_days", "days_since", "count", "trend", "share", "longest_silence"]
    [events.{name}.signals.{name}_amount]
    measure = "amount"
    aggregations = ["count", "sum", "mean", "min", "max", "std", "active_days", "trend", "slope", "days_since",
        "last", "versus_past"]
    [events.{name}.signals.{name}_revenue]
    measure = ["quantity", "price"]
    times = -0.5
    windows = [28, 400]
    where = {{ amount = {{ above = 0 }} }}
    aggregations = ["sum", "trend", "max", "longest_silence", "days_since_first"]
    [events.{name}.signals.{name}_users]
    measure = "user"
    windows = [7, 30]
    aggregations = ["distinct", "trend", "days_since", "top_key_silence"]
    """

_TONE = """
    [events.support]
    table = "usage.parquet"
    time = "at"
    {known_at}
    windows = [28]
    max_missing_accounts = 1.0
    [events.support.signals.subject_tone]
    measure = {{ tone_of = "subject" }}
    aggregations = ["count", "mean", "min", "max"]
    [events.support.signals.text_tone]
    measure = {{ tone_of = ["subject", "note"] }}
    times = -1
    where = {{ kind = "login" }}
    aggregations = ["min", "days_since"]
    """

#: Of features of usage, contract and facts.
_DERIVED = """
    [ratios]
    amount_per_seat = { of = "usage_amount__sum__28d", per = "seats__value" }
    rows_per_user = { of = "usage_rows__count__7d", per = "usage_users__distinct__7d" }
    [peers]
    rows_in_region = { of = "usage_rows__count__28d", by = "region", fewest = 3 }
    seats_on_plan = { of = "seats__value", by = "plan", fewest = 2 }
    seats_in_region = { of = "seats__value", by = "region" }
    ratio_among_all = { of = "amount_per_seat__ratio__28d" }
    """

PARTS = {
    "facts": _FACTS.replace("{", "{{").replace("}", "}}"),
    "contact": _CONTACT.replace("{", "{{").replace("}", "}}"),
    "contract": _CONTRACT,
    "usage": _EVENTS.replace("{name}", "usage").replace("{absent}", "zero"),
    "telemetry": _EVENTS.replace("{name}", "telemetry").replace("{absent}", "missing"),
    "tone": _TONE,
    "derived": _DERIVED.replace("{", "{{").replace("}", "}}"),
}


def declaration(churn: str = "dated", *, known: bool = True, parts: Iterable[str] = PARTS) -> str:
    """A churnpredict.toml of every kind of source.

    Parameters
    ----------
    churn
        One of `CHURN_KINDS`; silence is of ``usage``.
    known
        Whether the dated sources declare known_at.
    parts
        Of `PARTS`: each costs time.
    """
    pieces = [_ACCOUNTS, *(PARTS[part] for part in parts), _INTERVENTIONS, _CHURN[churn]]
    return "\n".join(pieces).format(known_at='known_at = "known_at"' if known else "")
