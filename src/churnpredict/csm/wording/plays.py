"""Plays in words: since when they are open, and what is more than an owner can work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from churnpredict.csm.wording.amounts import weekday_in_words
from churnpredict.csm.wording.page import TIER_WORDS, WORST_FIRST

BEYOND_CAPACITY = "Beyond capacity this week"
HELD_OUT_WORDS = "Held out: no play this quarter"
#: Sentences about owners that the page has room for.
MOST_LEFT_OUT = 6


def begun_in_words(opened_on: date, due: str) -> str:
    """A play that an earlier list began.

    Examples
    --------
    >>> begun_in_words(date(2025, 2, 24), "by Wed 26 Feb 2025")
    'Open since Mon 24 Feb 2025, due by Wed 26 Feb 2025'
    """
    return f"Open since {weekday_in_words(opened_on)}{f', due {due}' if due else ''}"


def left_out(beyond: Sequence[tuple[str, str, int]]) -> list[str]:
    """What is beyond capacity, a sentence for each owner and tier, worst tier and largest number first.

    Parameters
    ----------
    beyond
        Owner (empty for none), tier and how many accounts.

    Examples
    --------
    >>> left_out([("Ana", "red", 3), ("", "yellow", 1)])
    ['3 more red accounts beyond capacity for Ana', '1 more yellow account without an owner beyond capacity']
    """
    ordered = sorted(beyond, key=lambda each: (WORST_FIRST.index(each[1]), -each[2], each[0]))
    said = [_left(*each) for each in ordered[:MOST_LEFT_OUT]]
    rest = sum(count for _, _, count in ordered[MOST_LEFT_OUT:])
    return [*said, f"{_accounts(rest, '')} beyond capacity"] if rest else said


def _left(owner: str, tier: str, count: int) -> str:
    accounts = _accounts(count, f"{TIER_WORDS[tier].lower()} ")
    return f"{accounts} beyond capacity for {owner}" if owner else f"{accounts} without an owner beyond capacity"


def _accounts(count: int, kind: str) -> str:
    return f"{count:,} more {kind}{'account' if count == 1 else 'accounts'}"
