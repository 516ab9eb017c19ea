"""Account a, what became of it in days after `CUTOFF`, and the labels that say so."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from pathlib import Path

from churnpredict.dataset import Dataset

from .company import Company, Row
from .declared import CUTOFF

LATER = CUTOFF + timedelta(days=1000)
#: Labels of [0, 60) and [60, 90).
Labels = tuple[float | None, float | None]

DATED = """
    [accounts]
    table = "accounts.parquet"
    started_on = "started_on"
    [churn]
    kind = "dated"
    table = "churn.parquet"
    time = "churned_on"
    known_at = "known_at"
    recorded_within_days = {recorded_within_days}
    [interventions]
    table = "interventions.parquet"
    time = "day"
    known_at = "known_at"
    """
SILENT = """
    [accounts]
    from_events = "usage"
    [events.usage]
    table = "usage.parquet"
    time = "at"
    known_at = "known_at"
    signals = { rows = {} }
    [churn]
    kind = "silence"
    events = "usage"
    days = 30
    """
UNRENEWED = """
    [accounts]
    table = "accounts.parquet"
    [churn]
    kind = "unrenewed"
    table = "terms.parquet"
    starts = "starts"
    ends = "ends"
    grace_days = 30
    """


def after(days: int) -> date:
    """The day `days` days after `CUTOFF`."""
    return CUTOFF + timedelta(days=days)


def labels_of(dataset: Dataset, cutoff: date = CUTOFF, observed_until: date = LATER) -> Labels | None:
    """Labels of account a; None where it is not on the spine."""
    frame = dataset.labels([cutoff], observed_until)
    rows = frame[frame["account_id"] == "a"].to_dict("records")
    if not rows:
        return None
    first, second = (rows[0][name] for name in ("churned_0_60d", "churned_60_90d"))
    return None if math.isnan(first) else first, None if math.isnan(second) else second


def dated(
    folder: Path,
    *churn: Row,
    treated: list[Row] | None = None,
    started_on: date | None = CUTOFF - timedelta(days=400),
    recorded_within_days: int = 0,
) -> Dataset:
    """Account a with rows of churn and interventions, known on their day unless they say otherwise."""

    def rows(column: str, given: list[Row]) -> list[Row]:
        known = [{"known_at": datetime.combine(row[column], datetime.min.time())} | row for row in given]
        return [{"account_id": "a"} | row for row in known]

    tables = {
        "accounts": [{"account_id": "a", "started_on": started_on}],
        "churn": [*rows("churned_on", list(churn)), {"account_id": "other", "churned_on": after(-900)}],
        "interventions": rows("day", treated or []),
    }
    return Company(DATED.format(recorded_within_days=recorded_within_days), tables).open(folder)


def churned(days: int, known: int | None = None) -> Row:
    """A row of churn, `days` after the cutoff, known `known` days after it."""
    return {"churned_on": after(days)} | ({} if known is None else {"known_at": moment(known)})


def treated(days: int, known: int | None = None) -> Row:
    return {"day": after(days)} | ({} if known is None else {"known_at": moment(known)})


def moment(days: int) -> datetime:
    return datetime.combine(after(days), datetime.max.time().replace(microsecond=0))
