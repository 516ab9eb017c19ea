"""Whole words in a text, the same on every engine: by characters, not by what an engine takes for a word."""

from __future__ import annotations

import string
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

#: What parts words: ASCII punctuation and white space, and what word processors make of them. Not \v and \f: Spark
#: reads their escapes as the letters v and f.
_PARTING = (
    string.punctuation + "\t\n\r" + "\u00a0\u00a1\u00ab\u00bb\u00bf\u2013\u2014\u2018\u2019\u201c\u201d\u201e\u2026"
)


def holds_words(text: ir.StringValue, words: Sequence[str]) -> ir.BooleanValue:
    """Whether a text holds one of some words or phrases as whole words, in any case; null where the text is.

    Letters are lowered one for one: A to Z, and those of other alphabets that the words themselves use.
    """
    table = letters(words)
    spread = text.translate("".join(map(chr, table)), "".join(table.values())).re_replace(" +", " ")
    padded = ibis.literal(" ") + spread + " "
    found = [padded.contains(told(word, table)) for word in words]
    return ibis.or_(*found)


def letters(words: Sequence[str]) -> dict[int, str]:
    """What each character of a text becomes before words are looked for; a table for `str.translate`."""
    foreign = sorted({char for word in words for char in word.lower() if not char.isascii()})
    raised = {char.upper(): char for char in (*string.ascii_lowercase, *foreign) if len(char.upper()) == 1}
    return {ord(upper): lower for upper, lower in raised.items() if upper != lower} | dict.fromkeys(
        map(ord, _PARTING), " "
    )


def told(word: str, table: dict[int, str]) -> str:
    """A word or phrase as it stands in a text that went through `table`, a space on either side.

    Examples
    --------
    >>> told("Feature-Parity", letters(["Feature-Parity"]))
    ' feature parity '
    """
    return f" {' '.join(word.translate(table).split())} "
