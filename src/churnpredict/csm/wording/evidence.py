"""Evidence in words: what happened, when, and the little that may be shown of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from churnpredict.csm.wording.amounts import day_in_words, days_in_words, number, percent, plain, shortened


@dataclass(frozen=True)
class Piece:
    """One piece of evidence.

    Parameters
    ----------
    label
        What its detector looks for.
    day
        When it happened, since when it holds, or when a person was last seen; None where a figure speaks.
    detail
        What was declared to be shown of it; may be empty.
    value, typical
        Days of silence and the usual gap, or the figure alone; None for a row.
    """

    label: str
    day: date | None
    detail: str = ""
    value: float | None = None
    typical: float | None = None


def evidence_in_words(piece: Piece) -> str:
    """One line of evidence.

    Examples
    --------
    >>> evidence_in_words(Piece("Escalated ticket", date(2025, 2, 28), "high · Export fails"))
    'Escalated ticket, 28 Feb 2025: high · Export fails'
    >>> evidence_in_words(Piece("Users gone silent", date(2025, 2, 3), "", 28.0, 1.5))
    'Users gone silent: last seen 3 Feb 2025, 28 days ago, usually every 1.5 days'
    >>> evidence_in_words(Piece("Payments come late", None, "", 34.0))
    'Payments come late: 34'
    """
    label, detail = shortened(plain(piece.label).strip(), 80), shortened(plain(piece.detail).strip(), 240)
    if piece.day is None:
        return label if piece.value is None else f"{label}: {number(piece.value)}"
    if piece.value is None:
        return f"{label}, {day_in_words(piece.day)}{f': {detail}' if detail else ''}"
    usual = "" if piece.typical is None else f", usually every {_gap(piece.typical)}"
    seen = f"last seen {day_in_words(piece.day)}, {days_in_words(piece.value)} ago{usual}"
    return f"{label}: {f'{detail}, ' if detail else ''}{seen}"


def disagreement(tier: str, scored_tier: str, risk: float) -> str | None:
    """What to say where evidence calls an account critical and the score sees nothing; None elsewhere.

    Examples
    --------
    >>> disagreement("critical", "green", 0.021)
    'The model sees a low risk: 2.1%'
    """
    return f"The model sees a low risk: {percent(risk)}" if (tier, scored_tier) == ("critical", "green") else None


def more_evidence(pieces: int) -> str:
    """How many pieces are not shown: ``and 4 more``; empty where all are."""
    return f"and {pieces:,} more" if pieces > 0 else ""


def _gap(days: float) -> str:
    return "day" if round(days, 1) == 1 else days_in_words(round(days, 1))
