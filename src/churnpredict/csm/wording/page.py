"""What the list and its page say beside the reasons: risk, tiers, dates, controls and the legend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal

from churnpredict.config import Tiers
from churnpredict.csm.wording.amounts import (
    about,
    day_in_words,
    days_ahead,
    money,
    number,
    odds,
    percent,
    weekday_in_words,
)

#: What accounts do when they churn: leave by decision, or lapse by silence.
Noun = Literal["leave", "lapse"]

#: Tiers in words, worst first.
TIER_WORDS: Mapping[str, str] = MappingProxyType(
    {"critical": "Critical", "red": "Red", "yellow": "Yellow", "green": "Green"}
)
WORST_FIRST = tuple(TIER_WORDS)
_FORMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"leave": ("leaves", "leaving"), "lapse": ("lapses", "lapsing")}
)
_PAGE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "known_before": "What was known before {day}",
        "trained_as_of": "Model trained as of",
        "typical_risk": "Typical account",
        "filters": "Filter the list",
        "tiers": "Tiers",
        "search": "Search",
        "search_hint": "Account, owner, reason or evidence",
        "owner": "Owner",
        "every_owner": "Everyone",
        "no_owner": "No owner",
        "renewal": "Renewal",
        "any_renewal": "Any time",
        "renewal_within": "In the next {days} days",
        "renewal_overdue": "Overdue",
        "sort": "Sort by",
        "by_risk": "Risk",
        "by_money": "Risk × ARR",
        "by_tier": "Tier, worst first",
        "clear": "Clear filters",
        "count": "{shown} of {total} accounts",
        "accounts": "accounts",
        "account_one": "account",
        "column_account": "Account",
        "column_tier": "Tier",
        "column_risk": "Risk in 90 days",
        "column_money": "ARR and renewal",
        "column_why": "Why, in points of risk",
        "column_todo": "What to do",
        "model_score": "Score",
        "health_score": "Health",
        "no_health": "not known",
        "no_money": "ARR not known",
        "no_renewal": "No renewal date",
        "no_reason": "Nothing stands out",
        "no_action": "Nothing to do",
        "left_out": "Beyond capacity",
        "known": "What is known",
        "at_risk": "at risk",
        "empty": "No account matches.",
        "previous": "Previous",
        "next": "Next",
        "pages": "Pages of the list",
        "range": "{first}–{last} of {total}",
        "without_script": "Searching, filtering and sorting need JavaScript, which is off. The list is sorted by risk.",
        "cut_short": "This page shows the first {shown} of {total} accounts; the CSV file has them all.",
        "legend": "How to read this list",
        "move": "Since the list before",
        "any_move": "Any change",
        "move_escalated": "Escalated",
        "move_recovered": "Recovered",
        "move_new": "New",
        "gone": "Who left",
    }
)

#: What the legend says where red did not stand the test.
NO_RED = (
    "This model calls no account red: those that it would have called red churned less than twice as often as the "
    "average, so they are yellow. "
)
#: Heads of the list's columns, where people rather than programs read them.
COLUMN_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "account_id": "Account ID",
        "account_name": "Account",
        "owner": "Owner",
        "cutoff": "Known before",
        "tier": "Tier",
        "previous_tier": "Tier before",
        "score": "Score",
        "risk_60d": "Risk in 60 days",
        "risk_90d": "Risk in 90 days",
        "risk_60_90d": "Risk in days 60–90",
        "health_score": "Health score",
        "health_tier": "Health tier",
        "arr": "ARR",
        "arr_at_risk": "ARR at risk",
        "renewal_on": "Renewal",
        "reason_1": "First reason",
        "reason_2": "Second reason",
        "reason_3": "Third reason",
        "playbook": "What to do",
        "due_on": "Due",
        "risk_in_words": "Risk in words",
        "raw_tier": "Tier by this score alone",
        "health_coverage": "Health data",
        "expected_value": "Expected value of acting",
        "play": "Play",
        "play_role": "Who",
        "play_state": "State of the play",
        "opened_on": "Play begun",
        "flags": "Flags",
        "evidence_1": "Evidence",
        "evidence_2": "More evidence",
        "evidence_3": "Further evidence",
        "evidence_count": "Pieces of evidence",
        "scored_tier": "Tier by the score",
        "note": "Note",
        "move": "Since the list before",
        "change_in_risk": "Change in risk",
        "change_in_words": "What changed",
    }
)


def risk_in_words(risk: float, typical_risk: float, *, noun: Noun = "leave") -> str:
    """A probability within 90 days, beside that of the typical account.

    Examples
    --------
    >>> risk_in_words(0.26, 0.07)
    'About 1 in 4 leave in the next 90 days; typical is 1 in 14'
    """
    return f"{about(risk)} {noun} in the next 90 days; typical is {odds(typical_risk)}"


def risk_against_typical(risk: float, typical_risk: float) -> str:
    """The number behind the odds: ``26%, 3.7× typical``."""
    return f"{percent(risk)}, {number(round(risk / typical_risk, 1))}× typical" if typical_risk > 0 else percent(risk)


def due_in_words(due_on: date, *, cutoff: date) -> str:
    """When a playbook is due.

    Examples
    --------
    >>> due_in_words(date(2025, 3, 14), cutoff=date(2025, 3, 3))
    'by Fri 14 Mar 2025'
    >>> due_in_words(date(2025, 3, 3), cutoff=date(2025, 3, 3))
    'on Mon 3 Mar 2025'
    """
    return f"{'on' if due_on <= cutoff else 'by'} {weekday_in_words(due_on)}"


def renewal_in_words(renewal_on: date, *, cutoff: date) -> str:
    """When a renewal is, and how far off that is from the cutoff.

    Examples
    --------
    >>> renewal_in_words(date(2025, 3, 14), cutoff=date(2025, 3, 3))
    'Renews 14 Mar 2025, in 11 days'
    >>> renewal_in_words(date(2025, 3, 2), cutoff=date(2025, 3, 3))
    'Renewal was 2 Mar 2025, 1 day ago'
    """
    verb = "Renewal was" if renewal_on < cutoff else "Renews"
    return f"{verb} {day_in_words(renewal_on)}, {days_ahead((renewal_on - cutoff).days)}"


def change_in_words(tier: str, previous: str | None, raw: str | None = None) -> str:
    """How the tier moved since the list before, or why it did not.

    Parameters
    ----------
    tier, previous
        The tier now and on the list before, None where there was none.
    raw
        The tier that this score alone would have; None where that is not known.

    Examples
    --------
    >>> change_in_words("yellow", "yellow", "green")
    'Still yellow: its score is green, but not clearly past the border'
    >>> change_in_words("red", "yellow"), change_in_words("green", "green"), change_in_words("red", None)
    ('Worse, was yellow', 'As before', 'New on the list')
    """
    if previous is None:
        return "New on the list"
    if raw is not None and tier != "critical" and WORST_FIRST.index(raw) > WORST_FIRST.index(tier):
        return (
            f"Still {TIER_WORDS[tier].lower()}: its score is {TIER_WORDS[raw].lower()}, but not clearly past the border"
        )
    if tier == previous:
        return "As before"
    better = WORST_FIRST.index(tier) > WORST_FIRST.index(previous)
    return f"{'Better' if better else 'Worse'}, was {TIER_WORDS[previous].lower()}"


def health_in_words(score: str, tier: str | None, coverage: float | None = None) -> str:
    """The rule-based score beside the model's, and on how much of its weight it stands if not on all.

    Examples
    --------
    >>> health_in_words("71.2", "yellow", 0.8), health_in_words("71.2", "yellow", 1.0)
    ('71.2, yellow (80% of its data)', '71.2, yellow')
    """
    told = f"{score}, {TIER_WORDS[tier].lower()}" if tier else score
    return told if coverage is None or coverage >= 1 else f"{told} ({percent(coverage)} of its data)"


def lead(flagged: int, accounts: int) -> str:
    """The one sentence to take away: how many accounts want attention.

    Examples
    --------
    >>> lead(14, 60), lead(1, 60), lead(0, 0)
    ('14 of 60 accounts need attention.', '1 of 60 accounts needs attention.', 'There are no accounts on this list.')
    """
    if not accounts:
        return "There are no accounts on this list."
    if not flagged:
        return "No account needs attention this time."
    return f"{flagged:,} of {accounts:,} accounts {'needs' if flagged == 1 else 'need'} attention."


def lead_money(flagged: float, everything: float, *, currency: str, unknown: int = 0) -> str:
    """The revenue behind `lead`, and for how many accounts it is not known."""
    missing = f" (not known for {unknown:,} {'account' if unknown == 1 else 'accounts'})" if unknown else ""
    return f"They hold {money(flagged, currency)} of {money(everything, currency)} ARR{missing}."


def message_words(accounts: int, flagged: int, moves: Mapping[str, int] | None, cutoff: date) -> list[str]:
    """The opening of the weekly message.

    Examples
    --------
    >>> message_words(60, 14, {"new": 1, "escalated": 3, "recovered": 0, "left": 2}, date(2025, 3, 3))[1]
    'Since the list before: 3 escalated, 0 recovered, 1 new, 2 left.'
    """
    said = [f"{lead(flagged, accounts).removesuffix('.')} as of {weekday_in_words(cutoff)}."]
    return said if moves is None else [*said, moves_in_words(moves)]


def moves_in_words(moves: Mapping[str, int]) -> str:
    """How many accounts moved since the list before.

    Examples
    --------
    >>> moves_in_words({"escalated": 3, "recovered": 0, "new": 1, "left": 2})
    'Since the list before: 3 escalated, 0 recovered, 1 new, 2 left.'
    """
    counted = ", ".join(f"{moves[kind]:,} {kind}" for kind in ("escalated", "recovered", "new", "left"))
    return f"Since the list before: {counted}."


def left_in_words(tier: str, risk: float | None, arr: str, owner: str) -> str:
    """What the list before knew of an account that is one no more.

    Examples
    --------
    >>> left_in_words("red", 0.26, "$85k", "Ada Lindqvist"), left_in_words("green", None, "", "")
    ('was red, about 1 in 4; $85k ARR; Ada Lindqvist', 'was green')
    """
    then = "" if risk is None else f", {about(risk)[0].lower()}{about(risk)[1:]}"
    told = [f"was {TIER_WORDS[tier].lower()}{then}", f"{arr} ARR" if arr else "", owner]
    return "; ".join(part for part in told if part)


def page_words(noun: Noun) -> dict[str, str]:
    """The fixed words of the page: headings, controls and messages. Braces are filled by the page."""
    _, churning = _FORMS[noun]
    return {
        "title": f"Accounts at risk of {churning}",
        "caption": f"Accounts by their risk of {churning} in the next 90 days, highest first",
        **_PAGE_WORDS,
    }


def legend(noun: Noun, tiers: Tiers, *, typical_risk: float, names_red: bool = True) -> list[tuple[str, str]]:
    """Terms and what they mean, for somebody who sees the list for the first time.

    Parameters
    ----------
    noun, tiers, typical_risk
        What accounts do, the declared borders, and the risk of the typical account, 0–1.
    names_red
        Whether the model may call an account red.
    """
    churns, _ = _FORMS[noun]
    yellow, red = number(tiers.yellow), number(tiers.red)
    return [
        (
            "Risk",
            f"The chance that an account {churns} in the next 90 days. “About 1 in 4” means: of four accounts that "
            f"look like this one, one {churns} and three stay. It is a reason to call, not a verdict. For the typical "
            f"account it is {odds(typical_risk)}.",
        ),
        (
            "Points",
            "What each reason adds to the risk, in percentage points. +6 points takes a risk of 10% to 16%; a minus "
            "lowers it. In brackets stands what is typical of your accounts.",
        ),
        (
            "Score",
            "0 to 100, higher is healthier. It is the risk, put on the scale of your health score, which follows "
            "fixed rules and stands below it for comparison.",
        ),
        (
            "Tiers",
            f"Green begins at {yellow}, yellow at {red}; below that is red. "
            f"{'' if names_red else NO_RED}"
            f"An account gets better only when its risk is below {percent(tiers.exit_ratio)} of the risk at the "
            "border, so it may keep its tier for a while. Critical is not a number: it is set by something known, such "
            "as notice of non-renewal, and overrides the score.",
        ),
        (
            "What is known",
            "Dated evidence above the reasons: what made an account critical, or says that a competitor is pushing "
            "in. It is no guess of the model, and it expires.",
        ),
        (
            "ARR at risk",
            "Annual recurring revenue times the risk: what would be lost on average if nothing were done.",
        ),
    ]
