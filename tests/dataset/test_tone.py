"""The tone of text: angry is below happy, nothing has none, and no text can break or stall it."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnpredict.dataset.tone import LONGEST_TEXT, tones
from churnpredict.errors import ConfigError, DataError

from .company import random_company
from .declared import CUTOFF, declaration
from .opening import features, opened, write
from .rewriting import rewritten

TICKETS = """
    [events.tickets]
    table = "tickets.parquet"
    time = "at"
    windows = [28]
    [events.tickets.signals.tone]
    measure = {measure}
    aggregations = ["mean", "min", "count"]
    """
ANGRY = [
    "This is terrible, nothing works and we are furious!!!",
    "Worst support ever. Still broken, very disappointed.",
    "I hate this useless export, it failed again",
]
HAPPY = [
    "Thank you so much, this is great!",
    "Love the new report, excellent work",
    "Happy with the quick help, the issue is solved 🙂",
]


def tickets(texts: list[str | None], column: pa.DataType | None = None) -> pa.Table:
    """Tickets of account a, an hour apart."""
    first = datetime.combine(CUTOFF, datetime.min.time()) - timedelta(days=20)
    return pa.table(
        {
            "account_id": ["a"] * len(texts),
            "at": [first + timedelta(hours=hour) for hour in range(len(texts))],
            "subject": pa.array(texts, column or pa.string()),
            "body": ["and it is great"] * len(texts),
        }
    )


def tone_of(folder: Path, texts: list[Any], measure: str = '{ tone_of = "subject" }', **kind: Any) -> dict[str, Any]:
    """Features of the tickets of account a."""
    write(folder / "tickets.parquet", tickets(texts, **kind))
    return features(opened(folder, more=TICKETS.format(measure=measure)))["a"]


def test_angry_texts_are_below_zero_and_happy_ones_above(tmp_path: Path) -> None:
    assert all(tone < -0.2 for tone in tones(ANGRY) if tone is not None)
    assert all(tone > 0.2 for tone in tones(HAPPY) if tone is not None)
    angry, happy = (tone_of(tmp_path, texts) for texts in (ANGRY, HAPPY))
    assert angry["tone__mean__28d"] < -0.4
    assert happy["tone__mean__28d"] > 0.4
    assert angry["tone__count__28d"] == happy["tone__count__28d"] == 3


def test_a_text_that_is_missing_or_blank_has_no_tone(tmp_path: Path) -> None:
    found = tone_of(tmp_path, [None, "", " \n\t\u00a0", "awful"])
    assert found["tone__count__28d"] == 1
    assert found["tone__mean__28d"] == pytest.approx(tones(["awful"])[0])


def test_several_columns_are_one_text(tmp_path: Path) -> None:
    found = tone_of(tmp_path, ["bad", None], '{ tone_of = ["subject", "body"] }')
    assert found["tone__count__28d"] == 2
    assert found["tone__min__28d"] == pytest.approx(tones(["bad\nand it is great"])[0])


def test_a_score_that_is_there_goes_straight_in(tmp_path: Path) -> None:
    assert tone_of(tmp_path, [0.25, -0.75], '"subject"', column=pa.float64())["tone__mean__28d"] == -0.25


@settings(deadline=None, derandomize=True, database=None, max_examples=200)
@given(text=st.text(max_size=300) | st.text("no but! 🙂very good bad?\u202e\x00", max_size=300))
def test_every_text_has_a_tone_between_its_ends(text: str) -> None:
    (tone,) = tones([text])
    assert (tone is None) == (not text.strip())
    assert tone is None or -1 <= tone <= 1


@pytest.mark.parametrize(
    "text",
    [
        "bad " * 2_500,
        "no but " * 1_500,
        "🙂" * 10_000,
        "x" * 10_000,
        "!" * 10_000,
        "مرحبا " * 2_000,
        "\u202e\x00" * 5_000,
    ],
    ids=["words", "rules", "emoji", "one word", "signs", "right to left", "control"],
)
def test_a_long_text_takes_no_longer_than_its_beginning(text: str) -> None:
    began = time.process_time()
    (tone,) = tones([text])
    assert time.process_time() - began < 2
    assert tone == tones([text[:LONGEST_TEXT] + "hateful"])[0]


def test_a_tone_is_of_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"tone\.measure: column 'subject' .* is float64; expected text"):
        tone_of(tmp_path, [0.5], column=pa.float64())


@pytest.mark.parametrize("column", ["subjekt", "body"])
def test_a_text_column_that_is_missing_is_named(tmp_path: Path, column: str) -> None:
    with pytest.raises(DataError, match=r"tone\.measure: .* has no column 'subjekt'; expected one of: subject"):
        tone_of(tmp_path, ["x"], f'{{ tone_of = ["subjekt", "{column}"] }}')


def test_without_its_package_a_tone_is_refused_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vaderSentiment", None)
    expected = r"events\.tickets\.signals\.tone\.measure: vaderSentiment is not installed.*churnpredict\[text\]"
    with pytest.raises(ConfigError, match=expected):
        tone_of(tmp_path, ["x"])
    assert features(opened(tmp_path))["a"]["rows__count__28d"] == 1


def test_no_tone_moves_when_the_future_is_rewritten(tmp_path: Path) -> None:
    company = random_company(5, 20, 600).declared(declaration(parts=["tone"]))
    before = company.features(tmp_path / "before", [CUTOFF])
    assert before["subject_tone__mean__28d"].nunique() > 2
    after = rewritten(company, CUTOFF, 5, known=True).features(tmp_path / "after", [CUTOFF])
    pd.testing.assert_frame_equal(before, after, check_exact=True)
