"""The tone of a text, −1 to 1, scored where the text is: texts go into the engine's function and nowhere else.

VADER's lexicon and rules, which come with the package ``vaderSentiment``: English, no download. The compound score is
the sum of the words' valences after its rules, s, brought between −1 and 1 as ``s / √(s² + 15)``, to four decimals.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from churnpredict.errors import ConfigError, not_installed

#: A tone shows in the first lines; the rules' time grows with the square of the words.
LONGEST_TEXT = 1_000
#: Texts remembered: templates and answers repeat.
TEXTS_REMEMBERED = 10_000


def tone(text: ir.StringValue, engine: str, place: str) -> ir.FloatingValue:
    """The tone of a text column, −1 (angry) to 1 (happy); null for a text that is missing or blank.

    Parameters
    ----------
    text
        English. Only its first `LONGEST_TEXT` characters count.
    engine
        Name of the Ibis backend it is on: ``duckdb`` or ``pyspark``. Reading the configuration refuses others.
    place
        TOML path of the declaration, for errors.

    Raises
    ------
    ConfigError
        If the package is not installed.
    """
    if find_spec("vaderSentiment") is None:
        raise ConfigError(not_installed(place, "vaderSentiment", extra="text"))
    scored: ir.FloatingValue = _ON_ENGINE[engine](text)
    return scored


def tones(texts: Iterable[str | None]) -> list[float | None]:
    """The tone of each text.

    Examples
    --------
    >>> tones(["Great, thank you!", None, " "])
    [0.784, None, None]
    """
    return [None if text is None or not text.strip() else _compound(text[:LONGEST_TEXT]) for text in texts]


# The engines call these: DuckDB with Arrow, Spark's workers with pandas. Neither keeps a text longer than a batch.


@ibis.udf.scalar.pyarrow(signature=((str,), float), null_handling="special")  # type: ignore[untyped-decorator]
def _tone_of_arrow(texts: Any) -> pa.Array:
    return pa.array(tones(texts.to_pylist()), pa.float64())


@ibis.udf.scalar.pandas(signature=((str,), float))  # type: ignore[untyped-decorator]
def _tone_of_series(texts: Any) -> list[float | None]:
    # A missing text is pandas' NaN.
    return tones(text if isinstance(text, str) else None for text in texts)


_ON_ENGINE = {"duckdb": _tone_of_arrow, "pyspark": _tone_of_series}


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _compound(text: str) -> float:
    return float(_analyzer().polarity_scores(text)["compound"])


@cache
def _analyzer() -> Any:
    # An extra, and a lexicon of 7,500 words: only those who declare a tone load it.
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415

    return SentimentIntensityAnalyzer()
