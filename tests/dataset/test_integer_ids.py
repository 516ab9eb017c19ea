"""Integer ids of accounts and users, which are written as text only once they are grouped, mean the same as text."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from churnpredict.config import read_project
from churnpredict.dataset import open_dataset

from .company import Company, Row, collected, random_company
from .declared import CUTOFFS, declaration


def numbered() -> Company:
    """A company whose ids are texts of integers, or nothing."""

    def digits(_: str, rows: list[Row]) -> list[Row]:
        return [row | {key: _digits(row[key]) for key in ("account_id", "user") if key in row} for row in rows]

    return random_company(8, 12, 700).with_rows(digits)


def _digits(name: str | None) -> str | None:
    if not name:
        return None
    return {"stranger": "-9", "bare": "998"}.get(name, name[1:])


@pytest.mark.parametrize("churn", ["dated", "silence"])
@pytest.mark.parametrize("known", [True, False], ids=["known_at", "no_known_at"])
def test_integers_give_what_their_texts_give(tmp_path: Path, churn: str, *, known: bool) -> None:
    company = numbered().declared(declaration(churn, parts=["usage", "facts"], known=known))
    as_text = company.features(tmp_path / "text", CUTOFFS)
    config = company.write(tmp_path / "integers")
    events = pq.read_table(config.parent / "usage.parquet")
    for name in ("account_id", "user"):
        place = events.column_names.index(name)
        events = events.set_column(place, name, events[name].cast(pa.int32()))
    pq.write_table(events, config.parent / "usage.parquet")
    as_integers = collected(open_dataset(read_project(config)), CUTOFFS)
    assert len(as_text) > 20
    pd.testing.assert_frame_equal(as_integers, as_text, check_exact=True)
