"""A churnpredict.toml that uses everything, and writing any document of TOML values as TOML."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Any

#: Every section, as a document that is right in itself.
FULL: dict[str, Any] = {
    "name": "Acme",
    "time_zone": "Europe/Berlin",
    "connections": {"lake": {"kind": "duckdb", "path": "lake.duckdb"}, "house": {"kind": "postgres", "url_env": "URL"}},
    "accounts": {
        "table": "accounts.parquet",
        "key": "account_id",
        "started_on": "started_on",
        "owner": "owner",
        "facts": {"region": "category", "signed_on": {"kind": "date", "label": "Signed"}},
    },
    "events": {
        "usage": {
            "table": {"path": "usage.csv", "delimiter": ";", "decimal": ",", "date_format": "%d.%m.%Y"},
            "account": "customer",
            "where": {"kind": ["a", "b"], "test": False, "size": {"at_least": 1, "below": 10.5}},
            "max_missing_accounts": 0.05,
            "time": "at",
            "known_at": "loaded_at",
            "category": "product",
            "windows": [7, 28],
            "absent": "missing",
            "signals": {
                "logins": {"label": "Logins", "aggregations": ["count", "trend"], "windows": [14]},
                "revenue": {"measure": ["quantity", "price"], "times": -1.0, "category": "financial"},
                "users": {"measure": "user", "aggregations": ["distinct"]},
            },
        },
        "tickets": {"table": {"connection": "lake", "name": "tickets"}, "time": "opened", "signals": {"tickets": {}}},
    },
    "histories": {
        "contract": {
            "table": "contract.parquet",
            "valid_from": "begins",
            "valid_to": "ends",
            "windows": [28],
            "values": {"plan": "category", "mrr": {"kind": "number", "times": 12}, "renewal": "date"},
        }
    },
    "facts": {"profile": {"table": "profile.parquet", "values": {"vip": "flag"}}},
    "ratios": {"logins_per_user": {"of": "logins__count__14d", "per": "users__distinct__7d", "label": "Logins each"}},
    "peers": {"logins_in_region": {"of": "logins_per_user__ratio__14d", "by": "region", "fewest": 10}},
    "churn": {
        "kind": "dated",
        "table": "churn.parquet",
        "time": "left_on",
        "recorded_within_days": 10,
        "where": {"reason": {"none_of": ["merged"]}},
    },
    "interventions": {"table": "calls.parquet", "time": "day"},
    "training": {"horizons": [60, 90], "every_days": 14, "test_share": 0.25, "bags": 3, "seed": 1},
    "health_score": {
        "weights": {"product": 40, "financial": 20},
        "indicators": [
            {"feature": "logins__count__14d", "category": "product", "knots": [[0, 0], [10, 100]]},
            {"feature": "revenue__sum__7d", "category": "financial", "knots": [[0, 0.5], [1, 100]], "weight": 2},
        ],
    },
    "tiers": {"yellow": 75, "red": 60, "policy": "capacity", "flagged_share": 0.2, "red_share": 0.05},
    "critical": {
        "escalation": {
            "label": "Escalated",
            "events": "usage",
            "where": {"note": {"words": ["escalate"]}},
            "expires_days": 30,
            "until": {"events": "tickets", "where": {"solved": True}},
            "at_least": 2,
            "show": ["note"],
        },
        "cheap": {"history": "contract", "where": {"mrr": {"below": 5}}},
    },
    "displacement": {
        "quiet": {
            "events": "usage",
            "silence": {"of": "user", "engaged_days": 5, "memory_days": 90, "least_days": 14, "times": 3},
            "expires_days": 60,
        },
        "fewer": {"feature": "logins__trend__14d", "value": {"below": 0.5}},
        "talk": {"signal": "tickets", "expires_days": 60},
    },
    "playbooks": {
        "red": {"action": "Call", "due": "48 hours"},
        "rescue": {"action": "Call twice", "role": "Sales", "due": "at once", "evidence": ["critical.cheap"]},
    },
    "workload": {
        "per_owner": 5,
        "owners": {"Ann": 2},
        "cool_down_days": 14,
        "working_days": ["Mon", "Tue"],
        "holidays": [date(2025, 12, 25)],
    },
    "risk_list": {"arr": "mrr", "renewal_on": "renewal", "currency": "EUR"},
    "freshness": {"max_age_days": 14},
    "paths": {"data": "out", "models": "models"},
}


def as_toml(document: dict[str, Any]) -> str:
    """The document with one line per top-level key."""
    return "\n".join(f"{_text(key)} = {_value(value)}" for key, value in document.items())


def _value(value: Any) -> str:  # noqa: PLR0911  (one case each)
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case int():
            return str(value)
        case float():
            return repr(value)
        case datetime() | date() | time():
            return value.isoformat()
        case dict():
            return "{ " + ", ".join(f"{_text(key)} = {_value(each)}" for key, each in value.items()) + " }"
        case list():
            return "[" + ", ".join(_value(each) for each in value) + "]"
    raise TypeError(value)


def _text(text: str) -> str:
    # TOML's basic strings are JSON's, but for the delete character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
