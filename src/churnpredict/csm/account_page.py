"""What the page of each account holds: all its reasons, its past, its health by category, and what is not known of it.

Figures are tenths of a percentage point, rounded so that what a reader adds up comes out: the typical risk, the
drivers and everything else make the risk; the categories make the same difference. What rounding leaves goes to
everything else.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF, FeatureName, points_column
from churnpredict.config import HEALTH_CATEGORIES, TENURE
from churnpredict.csm import wording
from churnpredict.csm.changes import change_causes, no_change_drivers, no_changes
from churnpredict.csm.contacts import Contacts
from churnpredict.csm.evidence import no_evidence
from churnpredict.csm.risk_list import values_in_words

#: Earlier lists that an account's page shows, and lines that it has room for.
MOST_WEEKS = 26
MOST_LINES = 20
CATEGORIES = tuple(wording.CATEGORY_WORDS)
#: What a detail record holds, in order.
DETAIL = (
    *("risk", "drivers", "others", "categories", "health", "risks", "tiers", "known", "gaps", "done", "moved"),
    "contacts",
)
_CONTEXT = "context"
_DRIVERS = (ACCOUNT_ID, "rank", "feature", "label", "category", "kind", "points", "value", "typical")
_PAST = (ACCOUNT_ID, CUTOFF, "risk_90d", "tier")
#: Accounts that are accounts no more, as the list before knew them.
LEFT = (ACCOUNT_ID, "account_name", "owner", "arr", "previous_tier", "previous_risk")
_DONE = (ACCOUNT_ID, "on_day", "state", "play", "reason", "note")


def _empty(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


@dataclass(frozen=True)
class Background:
    """What the pages of the accounts are made of, beside the list; what is not there is left out.

    Parameters
    ----------
    predictions
        account_id, and where they are known ``points_<category>`` and ``health_<category>``.
    drivers
        All drivers that are kept, see `churnpredict.scoring.top_drivers`.
    evidence
        Every carried piece, see `churnpredict.csm.evidence.evidence_lines`.
    past
        What earlier lists said: account_id, cutoff, risk_90d (0–1) and tier.
    done
        Steps of interventions: account_id, on_day, state, play, reason, note.
    changes, change_drivers
        Why risks changed since the list before, see `churnpredict.scoring.RiskChanges`.
    left
        Accounts of the list before that are accounts no more: account_id, account_name, owner, arr, previous_tier and
        previous_risk (0–1).
    contacts
        Who stands behind each account.
    """

    predictions: pd.DataFrame = field(default_factory=lambda: _empty([ACCOUNT_ID]))
    drivers: pd.DataFrame = field(default_factory=lambda: _empty(_DRIVERS))
    evidence: pd.DataFrame = field(default_factory=no_evidence)
    past: pd.DataFrame = field(default_factory=lambda: _empty(_PAST))
    done: pd.DataFrame = field(default_factory=lambda: _empty(_DONE))
    changes: pd.DataFrame = field(default_factory=no_changes)
    change_drivers: pd.DataFrame = field(default_factory=no_change_drivers)
    left: pd.DataFrame = field(default_factory=lambda: _empty(LEFT))
    contacts: Contacts = field(default_factory=Contacts)


@dataclass(frozen=True)
class Details:
    """The pages of the accounts of a list, as data.

    Parameters
    ----------
    base
        The typical risk, in tenths of a percentage point.
    weeks
        Cutoffs of the lists, oldest first, this one last.
    records
        One per account in the order of the list, with the values of `DETAIL`: ``risk`` and ``others`` in tenths;
        ``drivers`` as (sentence, tenths, 1 for context); ``categories`` in tenths and ``health`` 0–100, in the order
        of `CATEGORIES`, None without data; ``risks`` in tenths and ``tiers`` per week, None where there is none;
        ``known`` as (1 for critical, day, sentence) and ``done`` as (day, sentence), days counted from the cutoff;
        ``gaps``, sentences; ``moved`` as (sentence, tenths), what changed the risk since the list before;
        ``contacts`` as (label, words).
    """

    base: int
    weeks: list[date]
    records: list[list[Any]]


def account_details(frame: pd.DataFrame, background: Background, *, cutoff: date, typical_risk: float) -> Details:
    """The pages of the accounts of a list.

    Parameters
    ----------
    frame
        The list.
    background
        Frames that may hold more accounts than the list.
    cutoff, typical_risk
        Those of the list; the risk 0–1.
    """
    accounts = frame[ACCOUNT_ID].tolist()
    base = tenths(typical_risk)
    risks = [tenths(risk) for risk in frame["risk_90d"]]
    weeks, past = _past(background.past, accounts, cutoff)
    drivers, silent = _drivers(background.drivers, accounts)
    known, done = _known(background.evidence, accounts, cutoff), _done(background.done, accounts, cutoff)
    moved, contacts = _moved(background, accounts), background.contacts.told(accounts, cutoff)
    quiet = background.contacts.gaps(accounts)
    more = background.predictions.drop_duplicates(ACCOUNT_ID).set_index(ACCOUNT_ID).reindex(accounts)
    categories, health = _categories(more, risks, base), _health(more)
    # A category of which nobody has data is none of the rule.
    asked = [name for at, name in enumerate(HEALTH_CATEGORIES) if any(row[at] is not None for row in health)]
    rows = frame[["arr", "renewal_on", "owner", "tier"]].to_dict("records")
    records = []
    for place, (account, risk, row) in enumerate(zip(accounts, risks, rows, strict=True)):
        told = drivers.get(account, [])
        before_risks, before_tiers = past.get(account, ([None] * (len(weeks) - 1), [None] * (len(weeks) - 1)))
        first = len(weeks) > 1 and account not in past
        scored = bool(pd.notna(frame["health_score"].iloc[place]))
        records.append(
            [
                risk,
                told,
                risk - base - sum(points for _, points, _ in told),
                categories[place],
                health[place],
                [*before_risks, risk],
                [*before_tiers, row["tier"]],
                known.get(account, []),
                [
                    *silent.get(account, []),
                    *_gaps(row, _silent(health[place], asked), scored=scored, first=first),
                    *quiet[account],
                ],
                done.get(account, []),
                moved.get(account, []),
                contacts.get(account, []),
            ]
        )
    return Details(base, weeks, records)


def tenths(share: float) -> int:
    """A signed probability in tenths of a percentage point, halves away from zero.

    Examples
    --------
    >>> tenths(0.0625), tenths(-0.0004), tenths(-0.0305)
    (63, 0, -31)
    """
    size = math.floor(abs(share) * 1000 + 0.5)
    return size if share > 0 else -size


def apportioned(shares: Sequence[float], total: int) -> list[int | None]:
    """Signed probabilities in tenths of a point that add up to `total`, each as near to its own as that allows.

    Examples
    --------
    >>> apportioned([0.0104, 0.0104, 0.0104], 31), apportioned([0.02, float("nan")], 20)
    ([11, 10, 10], [20, None])
    """
    known = [place for place, share in enumerate(shares) if not math.isnan(share)]
    whole = {place: math.floor(shares[place] * 1000) for place in known}
    left = total - sum(whole.values())
    nearest = sorted(known, key=lambda place: whole[place] - shares[place] * 1000)
    for step in range(abs(left) if known else 0):
        whole[nearest[step % len(nearest)]] += 1 if left > 0 else -1
    return [whole.get(place) for place in range(len(shares))]


def _of(frame: pd.DataFrame, accounts: Sequence[str]) -> pd.DataFrame:
    return frame[frame[ACCOUNT_ID].isin(accounts)]


def _drivers(
    drivers: pd.DataFrame, accounts: Sequence[str]
) -> tuple[dict[str, list[tuple[str, int, int]]], dict[str, list[str]]]:
    """By account, its drivers in words with their points, and what is said of those without data."""
    # What raises the risk goes before what lowers it, each from the strongest on.
    kept = _of(drivers, accounts)
    kept = kept.assign(lowers=kept["points"] < 0).sort_values([ACCOUNT_ID, "lowers", "rank"], kind="stable")
    told: dict[str, list[tuple[str, int, int]]] = {}
    silent: dict[str, list[str]] = {}
    named = set(zip(kept["feature"], kept["category"], strict=True))
    context = {name: is_context(name, category) for name, category in named}
    columns = (kept[name] for name in (ACCOUNT_ID, "feature", "points"))
    missing = kept["value"].isna()
    for seen, absent, account, feature, points in zip(values_in_words(kept), missing, *columns, strict=True):
        told.setdefault(account, []).append((seen, tenths(points), int(context[feature])))
        if absent:
            silent.setdefault(account, []).append(f"{seen}.")
    return told, silent


def is_context(feature: str, category: str) -> bool:
    """Whether nobody can act on a feature: timing, size and terms explain, but are no lever.

    Examples
    --------
    >>> is_context("renewal_on__days_until", "financial"), is_context("logins__count__28d", "product")
    (True, False)
    """
    name = FeatureName.parse(feature)
    return category == _CONTEXT or name == TENURE or name.aggregation == "days_until"


def _categories(more: pd.DataFrame, risks: Sequence[int], base: int) -> list[list[int | None]]:
    points = more.reindex(columns=[points_column(name) for name in CATEGORIES]).to_numpy(dtype="float64")
    return [apportioned(row, risk - base) for row, risk in zip(points.tolist(), risks, strict=True)]


def _health(more: pd.DataFrame) -> list[list[float | None]]:
    points = more.reindex(columns=[f"health_{name}" for name in HEALTH_CATEGORIES]).to_numpy(dtype="float64")
    # Rounded down, as the score is: none may show a tier that it has not reached.
    return [[None if math.isnan(value) else math.floor(value) for value in row] for row in points.tolist()]


def _past(
    past: pd.DataFrame, accounts: Sequence[str], cutoff: date
) -> tuple[list[date], dict[str, tuple[list[int | None], list[str | None]]]]:
    """The lists there were, and by account what its risk (in tenths) and tier were on each before this one."""
    days = pd.to_datetime(past[CUTOFF]).dt.date
    weeks = sorted(day for day in set(days) if day < cutoff)[-MOST_WEEKS:]
    place = {day: number for number, day in enumerate(weeks)}
    kept = _of(past.assign(week=days.map(place)), accounts).dropna(subset=["week"])
    told: dict[str, tuple[list[int | None], list[str | None]]] = {}
    columns = (kept[name] for name in (ACCOUNT_ID, "week", "risk_90d", "tier"))
    for account, week, risk, tier in zip(*columns, strict=True):
        risks, tiers = told.setdefault(account, ([None] * len(weeks), [None] * len(weeks)))
        risks[int(week)], tiers[int(week)] = tenths(risk), tier
    return [*weeks, cutoff], told


def _known(
    evidence: pd.DataFrame, accounts: Sequence[str], cutoff: date
) -> dict[str, list[tuple[int, int | None, str]]]:
    kept = _of(evidence, accounts)
    told: dict[str, list[tuple[int, int | None, str]]] = {}
    columns = (kept[name] for name in (ACCOUNT_ID, "flag", "label", "day", "detail", "value", "typical"))
    for account, flag, label, day, detail, *figures in zip(*columns, strict=True):
        on = None if pd.isna(day) else day.date()
        value, typical = (None if pd.isna(figure) else float(figure) for figure in figures)
        piece = wording.evidence_in_words(wording.Piece(label, on, detail, value, typical))
        told.setdefault(account, []).append(
            (int(flag == "critical"), None if on is None else (on - cutoff).days, piece)
        )
    # Critical ones first, the newest before older ones.
    return {account: sorted(pieces, key=_order)[:MOST_LINES] for account, pieces in told.items()}


def _order(piece: tuple[int, int | None, str]) -> tuple[int, float]:
    critical, day, _ = piece
    return -critical, math.inf if day is None else -day


def _done(done: pd.DataFrame, accounts: Sequence[str], cutoff: date) -> dict[str, list[tuple[int, str]]]:
    kept = _of(done, accounts).sort_values("on_day", ascending=False, kind="stable")
    told: dict[str, list[tuple[int, str]]] = {}
    columns = (kept[name] for name in _DONE)
    for account, day, state, *texts in zip(*columns, strict=True):
        said = wording.done_in_words(state, *(None if pd.isna(text) else str(text) for text in texts))
        told.setdefault(account, []).append(((day.date() - cutoff).days, f"{wording.day_in_words(day.date())}: {said}"))
    return {account: steps[:MOST_LINES] for account, steps in told.items()}


def _moved(background: Background, accounts: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    """By account, what changed its risk since the list before, in words and tenths that add up to the change."""
    parts = _of(background.changes, accounts)
    causes = change_causes(parts, _of(background.change_drivers, accounts))
    changes = dict(zip(parts[ACCOUNT_ID], parts.get("risk_change", []), strict=False))
    told = {}
    for account, of_account in causes.items():
        points = apportioned([share for _, share in of_account], tenths(changes[account]))
        told[account] = [(said, point) for (said, _), point in zip(of_account, points, strict=True) if point]
    return told


def _silent(health: Sequence[float | None], asked: Sequence[str]) -> list[str]:
    return [name for name, value in zip(HEALTH_CATEGORIES, health, strict=True) if name in asked and value is None]


def _gaps(row: Mapping[Hashable, Any], without: Sequence[str], *, scored: bool, first: bool) -> list[str]:
    missing = [name for name in ("arr", "renewal_on", "owner") if pd.isna(row[name])]
    return wording.gaps_in_words(missing, without, scored=scored, first=first)
