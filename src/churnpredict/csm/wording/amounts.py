"""Numbers, odds, money, days and foreign text, as a reader wants them."""

# ruff: noqa: PLR2004 - where a reader wants fewer digits or larger units is best read where it is decided

from __future__ import annotations

import math
import unicodedata
from bisect import bisect
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from types import MappingProxyType

#: A number that moved by no more than this share of itself hardly moved.
SMALL_MOVE = 0.05
_CURRENCY_SIGNS: Mapping[str, str] = MappingProxyType({"USD": "$", "EUR": "€", "GBP": "£"})
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Shares a reader can picture; a risk is told as the nearest of them.
_ODDS = (
    *((tenths, 10) for tenths in (9, 8, 7, 6)),
    *((1, of) for of in range(2, 21)),
    *((1, of) for of in (25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000)),
)
#: Where one of them ends and the next begins, falling: the geometric mean of the two, with its sign turned.
_BETWEEN = [-math.sqrt(a * c / (b * d)) for (a, b), (c, d) in pairwise(_ODDS)]
#: Unicode categories of control characters and of halves of characters.
_ACTING = {"Cc", "Cs"}
#: Characters that turn the reading direction of what follows them; the marks U+200E and U+200F do not.
_BIDI_CONTROLS = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def number(value: float) -> str:
    """A number with as many digits as a reader needs.

    Examples
    --------
    >>> number(1234.4), number(31.44), number(0.417), number(-3.0), number(1e-9)
    ('1,234', '31.4', '0.42', '−3', 'almost 0')
    """
    size = abs(value)
    if size >= 999_999.5:
        digits = f"{size / 1e6:,.2f}".rstrip("0").rstrip(".") + " million"
    elif size >= 100 or size == math.floor(size):
        digits = f"{size:,.0f}"
    elif size >= 1:
        digits = f"{size:.1f}".removesuffix(".0")
    elif size >= 0.01:
        digits = f"{size:.2g}"
    else:
        return "almost 0"
    return f"−{digits}" if value < 0 else digits


def hardly_moved(before: float, now: float) -> bool:
    """Whether a number moved by so little that nobody would call it a fall or a rise.

    Examples
    --------
    >>> hardly_moved(14.0, 13.9), hardly_moved(31.0, 14.0), hardly_moved(0.0, 0.1)
    (True, False, False)
    """
    return abs(now - before) <= SMALL_MOVE * max(abs(before), abs(now))


def money(amount: float, currency: str) -> str:
    """An amount to three digits or so, with its currency.

    Examples
    --------
    >>> money(1_240_000, "USD"), money(84_600, "EUR"), money(950, "CHF")
    ('$1.24M', '€85k', 'CHF 950')
    """
    size = abs(amount)
    if size >= 999_500:
        unit, letter = (1e9, "B") if size >= 999_500_000 else (1e6, "M")
        digits = f"{size / unit:,.2f}".rstrip("0").rstrip(".") + letter
    else:
        digits = f"{size / 1e3:,.0f}k" if size >= 9_950 else f"{size:,.0f}"
    sign = "−" if amount < 0 and digits != "0" else ""
    return f"{sign}{_CURRENCY_SIGNS.get(currency, plain(currency) + ' ')}{digits}"


def percent(share: float) -> str:
    """A probability as a percentage that never rounds to certainty.

    Examples
    --------
    >>> percent(0.247), percent(0.0713), percent(0.0004), percent(0.9999)
    ('25%', '7.1%', '<0.1%', '>99%')
    """
    if share > 0.99:
        return ">99%"
    if share < 0.001:
        return "<0.1%"
    return f"{share:.1%}" if share < 0.0995 else f"{share:.0%}"


def odds(risk: float) -> str:
    """A probability as a share a reader can picture.

    Examples
    --------
    >>> odds(0.07), odds(0.62), odds(0.0)
    ('1 in 14', '6 in 10', 'fewer than 1 in 1,000')
    """
    if risk > 0.95:
        return "more than 9 in 10"
    if risk < 0.00075:
        return "fewer than 1 in 1,000"
    part, whole = _ODDS[bisect(_BETWEEN, -risk)]
    return f"{part} in {whole:,}"


def about(risk: float) -> str:
    """A probability as a share to begin a sentence with.

    Examples
    --------
    >>> about(0.26), about(0.97), about(0.0001)
    ('About 1 in 4', 'More than 9 in 10', 'Fewer than 1 in 1,000')
    """
    said = odds(risk)
    return said[0].upper() + said[1:] if said[0].isalpha() else f"About {said}"


def day_in_words(day: date) -> str:
    """A date, the same in every locale: ``3 Mar 2025``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def weekday_in_words(day: date) -> str:
    """A date with its weekday: ``Mon 3 Mar 2025``."""
    return f"{_WEEKDAYS[day.weekday()]} {day_in_words(day)}"


def window_in_words(days: int | None) -> str:
    """The length of a window, to follow "in the last": 28 is ``4 weeks``.

    Examples
    --------
    >>> [window_in_words(days) for days in (1, 7, 28, 30, 84, 365)]
    ['day', '7 days', '4 weeks', '30 days', '12 weeks', '12 months']
    """
    if days is None:
        return "period"
    if days == 1:
        return "day"
    if days == 365:
        return "12 months"
    return f"{days // 7} weeks" if days % 7 == 0 and days > 7 else f"{days} days"


def days_in_words(value: float) -> str:
    """A number of days: ``1 day``, ``12 days``."""
    return f"{number(value)} {'day' if value == 1 else 'days'}"


def days_ahead(value: float) -> str:
    """Days from the cutoff to a date, which may lie behind it: ``in 12 days``, ``1 day ago``."""
    if value < 0:
        return f"{days_in_words(-value)} ago"
    return f"in {days_in_words(value)}" if value else "on the day of this list"


def plain(text: str) -> str:
    r"""Text from outside without what could act: control characters, and those that turn the reading direction.

    Examples
    --------
    >>> plain("Ac\u202eme\r\nLtd\x00")
    'Acme Ltd'
    """
    if text.isprintable():
        # Nearly every text, and then none of its characters is a control, a mark of direction or a space but " ".
        return text
    spaced = "".join(" " if char.isspace() else char for char in text.replace("\r\n", " "))
    return "".join(char for char in spaced if unicodedata.category(char) not in _ACTING and char not in _BIDI_CONTROLS)


def shortened(text: str, length: int) -> str:
    """Text of at most `length` characters, its cut marked with an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
