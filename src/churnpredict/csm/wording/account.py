"""What the page of one account says beside its reasons: headings, categories, what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from churnpredict.columns import LONGEST_MEMORY
from churnpredict.csm.wording.amounts import day_in_words, days_in_words, number, plain, shortened, window_in_words

#: What the risk and the health score are rolled up to; the rule has the first four.
CATEGORY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "product": "Product",
        "support": "Support",
        "financial": "Financial",
        "executive": "Executive",
        "context": "Context",
    }
)
#: The fixed words of an account's page. Braces are filled by the page.
ACCOUNT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "back": "All accounts",
        "around": "Accounts around this one",
        "account_before": "Previous account",
        "account_after": "Next account",
        "not_listed": "There is no account {id} on this list.",
        "why": "What makes the risk",
        "why_said": "Points of risk add up: typical account, reasons and everything else make this account.",
        "reason": "Reason",
        "points": "Points",
        "typical_account": "Typical account",
        "acted_on": "What can be acted on",
        "context_of": "Context: timing, size and terms",
        "others": "Everything else, with rounding",
        "this_account": "This account",
        "no_reasons": "No reasons were given with this list.",
        "over_time": "Risk over time",
        "chart": "Risk in 90 days: {first_risk} on {first_day}, {last_risk} on {last_day}, over {lists} lists.",
        "chart_one": "Risk in 90 days: {last_risk} on {last_day}, the first list with this account.",
        "chart_known": "Evidence: {count}.",
        "chart_done": "Done: {count}.",
        "as_table": "The same as a table",
        "list_of": "List of",
        "health": "Health score",
        "risk": "Risk",
        "tier": "Tier",
        "marks": "Marks in the chart",
        "renewal": "Renewal",
        "ahead": "in 90 days",
        "categories": "By category",
        "categories_said": "The health score by its rules, 0–100, beside what each category adds to the risk.",
        "category": "Category",
        "category_health": "Health",
        "no_data": "no data",
        "not_scored": "not scored",
        "moved": "What changed since the list before",
        "cause": "Cause",
        "gaps": "What is not known",
        "no_gaps": "Nothing is missing among what was looked at first.",
        "done": "What was done",
        "contacts": "Contacts and last touch",
        "tenths": "{value}%",
    }
)
#: Marks of the chart.
MARK_WORDS: Mapping[str, str] = MappingProxyType({"renewal": "Renewal", "known": "Evidence", "acted": "Something done"})
_GAPS: Mapping[str, str] = MappingProxyType(
    {
        "arr": "ARR is not known, so the account stands last where accounts are sorted by ARR at risk.",
        "renewal_on": "There is no renewal date.",
        "owner": "Nobody owns this account.",
    }
)


def gaps_in_words(missing: Sequence[str], silent: Sequence[str], *, scored: bool, first: bool) -> list[str]:
    """What is not known of an account beside its reasons.

    Parameters
    ----------
    missing
        Of ``arr``, ``renewal_on`` and ``owner``, those without a value.
    silent
        Categories of the health score without data.
    scored
        Whether the account has a health score at all.
    first
        Whether earlier lists do not know the account.

    Examples
    --------
    >>> gaps_in_words(["owner"], ["support"], scored=True, first=False)
    ['Support has no data, so the other categories of the health score count for more.', 'Nobody owns this account.']
    """
    without = [CATEGORY_WORDS[name] if at == 0 else CATEGORY_WORDS[name].lower() for at, name in enumerate(silent)]
    said = []
    if not scored:
        said.append("There is no health score.")
    elif without:
        have = "has" if len(without) == 1 else "have"
        said.append(f"{_listed(without)} {have} no data, so the other categories of the health score count for more.")
    said += [_GAPS[name] for name in missing]
    return [*said, "Earlier lists do not have this account."] if first else said


def silent_sources_in_words(silent: Sequence[tuple[str, int]], late: Sequence[tuple[str, date]]) -> list[str]:
    """Which sources say nothing of an account, and which are late for all of them.

    Parameters
    ----------
    silent
        Sources without a row of the account, in words, and the days looked back.
    late
        Sources that were not loaded lately, in words, and the last day on which rows of each were.

    Examples
    --------
    >>> silent_sources_in_words([("Usage", 84)], [("Tickets", date(2025, 2, 24))])
    ['Usage: no data of this account in the last 12 weeks.', 'Tickets: nothing newer than 24 Feb 2025 was loaded.']
    """
    return [
        *(f"{label}: no data of this account in the last {window_in_words(days)}." for label, days in silent),
        *(f"{label}: nothing newer than {day_in_words(day)} was loaded." for label, day in late),
    ]


def contact_in_words(value: float | str | date | None, kind: str) -> str:
    """A value of an account as it stands.

    Examples
    --------
    >>> contact_in_words("Ana Ruiz", "category"), contact_in_words(0.0, "flag"), contact_in_words(None, "number")
    ('Ana Ruiz', 'no', 'not known')
    """
    if value is None:
        return "not known"
    if isinstance(value, date):
        return day_in_words(value)
    if isinstance(value, str):
        return _short(value, 120) or "blank"
    return ("yes" if value else "no") if kind == "flag" else number(value)


def touch_label(label: str, by: str | None) -> str:
    """What a last touch is called, with who began it where that is known.

    Examples
    --------
    >>> touch_label("Call", "us"), touch_label("Ticket", "customer"), touch_label("Meeting", None)
    ('Last call, by us', 'Last ticket, by the customer', 'Last meeting')
    """
    told = f"Last {label[:1].lower()}{label[1:]}" if label[1:2].islower() else f"Last {label}"
    return told if by is None else f"{told}, by {'us' if by == 'us' else 'the customer'}"


def touch_in_words(day: date | None, cutoff: date) -> str:
    """When a touch was.

    Examples
    --------
    >>> touch_in_words(date(2025, 2, 20), date(2025, 3, 3)), touch_in_words(None, date(2025, 3, 3))
    ('20 Feb 2025, 11 days ago', 'none in the last 12 months')
    """
    if day is None:
        return f"none in the last {window_in_words(LONGEST_MEMORY)}"
    return f"{day_in_words(day)}, {days_in_words((cutoff - day).days)} ago"


def done_in_words(state: str, play: str | None, reason: str | None, note: str | None) -> str:
    """One step of an intervention.

    Examples
    --------
    >>> done_in_words("saved", "red", "price", "Agreed on a new plan")
    'Saved, play red, reason: price. Agreed on a new plan'
    """
    told = [
        state.capitalize(),
        f"play {_short(play, 60)}" if play else "",
        f"reason: {_short(reason, 80)}" if reason else "",
    ]
    said = ", ".join(part for part in told if part)
    return f"{said}. {_short(note, 400)}" if note else said


def _short(text: str, length: int) -> str:
    return shortened(plain(text).strip(), length)


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
