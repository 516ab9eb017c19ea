"""Which words a text holds."""

from __future__ import annotations

import ibis
import pyarrow as pa

from churnpredict.dataset.engines import fetch_rows
from churnpredict.dataset.words import holds_words

#: Texts with a word or phrase and whether they hold it; every engine is asked.
TEXTS = [
    ("We compare you with Vantage.", "vantage", True),
    ("VANTAGE", "Vantage", True),
    ("vantage", "VANTAGE", True),
    ("advantage", "vantage", False),
    ("vantages", "vantage", False),
    ("vantage2", "vantage", False),
    ("(vantage)", "vantage", True),
    ("x/vantage\\y", "vantage", True),
    ("“Vantage”—really", "vantage", True),
    ("vantage\nis cheaper", "vantage is", True),
    ("feature   parity", "feature parity", True),
    ("feature-parity", "Feature Parity", True),
    ("feature, parity", "feature-parity", True),
    ("MÜLLER AG", "Müller", True),
    ("müllers", "müller", False),
    ("xüber", "ber", False),
    ("50%_off", "50% off", True),
    ("don't", "don't", True),
    ("", "vantage", False),
    ("'; drop table x; --", "drop", True),
    ("日本 vantage 日本", "vantage", True),
    ("日本vantage", "vantage", False),
]


def answers(engine: ibis.BaseBackend) -> list[bool]:
    """What an engine says of each text."""
    texts = ibis.memtable(pa.table({"place": range(len(TEXTS)), "text": [text for text, _, _ in TEXTS]}))
    columns = {f"word_{place}": holds_words(texts.text, [word]) for place, (_, word, _) in enumerate(TEXTS)}
    engine.create_view("texts", texts.select("place", **columns), overwrite=True)
    rows = fetch_rows(engine.table("texts").order_by("place"))
    return [row[f"word_{place}"] for place, row in enumerate(rows)]


def test_a_text_holds_whole_words_in_any_case() -> None:
    found = answers(ibis.duckdb.connect())
    assert [(*case[:2], answer) for case, answer in zip(TEXTS, found, strict=True)] == TEXTS


def test_several_words_are_alternatives_and_a_missing_text_holds_none() -> None:
    engine = ibis.duckdb.connect()
    assert engine.to_pyarrow(holds_words(ibis.literal("we left Vantage"), ["other", "left"])).as_py() is True
    assert engine.to_pyarrow(holds_words(ibis.null("string"), ["a"])).as_py() is None
