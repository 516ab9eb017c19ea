"""The weekly list as one HTML page: data becomes words here, words meet markup in the template.

The page needs nothing but itself: no network, no fonts, no libraries. Its content security policy allows the one
style sheet and the one script by their hashes. Rows exist twice: the first `STATIC_ROWS` as a plain table, for
readers without JavaScript, and the first `MOST_ROWS` as JSON, from which the script fills copies of the same row a
page at a time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd

from churnpredict.config import Tiers
from churnpredict.csm import wording
from churnpredict.csm.account_page import DETAIL, Background, Details, account_details
from churnpredict.csm.changes import counted_moves
from churnpredict.csm.evidence import LINES
from churnpredict.csm.packing import packed
from churnpredict.csm.plays import BEYOND, COOLING, HELD_OUT
from churnpredict.csm.risk_list import REASONS
from churnpredict.csm.wording import TIER_WORDS, Noun
from churnpredict.pages import asset, content_policy, environment, style_of

PACKAGE = "churnpredict.csm"
STATIC_ROWS = 300
#: Accounts that a page holds, some 50 MB; of 766,714 it was 355 MB. The other files have them all.
MOST_ROWS = 100_000
#: Accounts that left, by name; where more left, the rest is counted.
MOST_GONE = 200
#: Accounts whose pages are packed together: few enough to unpack at once when one of them is opened.
CHUNK = 100
STYLES = ("list.css", "account.css", "print.css")
SCRIPTS = ("data.js", "list.js", "chart.js", "account.js", "routes.js")
#: Characters that markup could be made of, inside a script element.
_ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


@dataclass(frozen=True)
class Figure:
    """One figure of the out-of-time proof, as it is to be read.

    Parameters
    ----------
    label
        What was measured, such as "Leavers named 60–90 days before".
    value
        The figure in words, such as "64%".
    note
        What it compares with, such as "health score: 41%".
    """

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Page:
    """What the page says beside the list.

    Parameters
    ----------
    company
        Whose accounts they are.
    cutoff
        Nothing at or after this day is known to the list.
    typical_risk
        Risk within 90 days of the typical account, 0–1.
    trained_as_of
        The last day the model learnt from; None if there is nothing to say.
    currency
        ISO code of the ARR.
    noun
        What accounts do when they churn.
    tiers
        The borders that the legend explains.
    figures
        Out-of-time figures of the model, if there are any.
    names_red
        Whether the model may call an account red.
    """

    company: str
    cutoff: date
    typical_risk: float
    trained_as_of: date | None = None
    currency: str = "USD"
    noun: Noun = "leave"
    tiers: Tiers = field(default_factory=Tiers)
    figures: tuple[Figure, ...] = ()
    names_red: bool = True


@dataclass(frozen=True)
class _Row:
    """A row in words. The names are the slots of the template; empty means that there is nothing to show."""

    name: str = ""
    id: str = ""
    key: str = ""
    owner: str = ""
    tier: str = ""
    tier_word: str = ""
    change: str = ""
    odds: str = ""
    risk: str = ""
    moved: str = ""
    score: str = ""
    health: str = ""
    arr: str = ""
    at_risk: str = ""
    renewal: str = ""
    seen_1: str = ""
    seen_2: str = ""
    seen_3: str = ""
    weight_1: str = ""
    weight_2: str = ""
    weight_3: str = ""
    evidence_1: str = ""
    evidence_2: str = ""
    evidence_3: str = ""
    evidence_more: str = ""
    note: str = ""
    action: str = ""
    role: str = ""
    due: str = ""


def render_risk_list(frame: pd.DataFrame, page: Page, background: Background | None = None) -> str:
    """One self-contained HTML page of the list and of each account; the same given gives the same text.

    Of a list of more than `MOST_ROWS` accounts it holds the riskiest and says so; what it counts, it counts of all.

    Parameters
    ----------
    frame
        The list, with the columns of `churnpredict.csm.risk_list.COLUMNS`, riskiest first.
    page
        What stands around it.
    background
        What the pages of the accounts show beside the list; None where nothing else is known.
    """
    shown = frame.head(MOST_ROWS)
    accounts = [_given(row) for row in shown.to_dict("records")]
    compared = bool(frame["previous_tier"].notna().any())
    rows = [_row(account, page, key, compared=compared) for account, key in zip(accounts, _keys(accounts), strict=True)]
    background = background or Background()
    details = account_details(shown, background, cutoff=page.cutoff, typical_risk=page.typical_risk)
    moves = counted_moves(frame["move"], len(background.left))
    words = wording.page_words(page.noun)
    style, script = style_of(PACKAGE, *STYLES), _one_script()
    return (
        environment(PACKAGE)
        .get_template("risk_list.html.j2")
        .render(
            page=page,
            # A namespace, because a template would take words.clear for the method of a dict.
            words=SimpleNamespace(**words),
            account=SimpleNamespace(**wording.ACCOUNT_WORDS),
            facts=_facts(page, words),
            known_before=words["known_before"].format(day=wording.weekday_in_words(page.cutoff)),
            lead=_lead(frame, page),
            left_out=wording.left_out(_beyond(frame)),
            moves="" if moves is None else wording.moves_in_words(moves),
            gone=_gone(background.left, page),
            unnamed=wording.more_evidence(len(background.left) - MOST_GONE),
            tiers=_tier_totals(frame, page, words),
            owners=sorted({row.owner for row in rows if row.owner}, key=lambda owner: (owner.casefold(), owner)),
            rows=rows[:STATIC_ROWS],
            blank=_Row(),
            total=len(rows),
            cut_short=_cut_short(words, STATIC_ROWS, len(frame)),
            beyond=_cut_short(words, MOST_ROWS, len(frame)),
            legend=wording.legend(page.noun, page.tiers, typical_risk=page.typical_risk, names_red=page.names_red),
            style=style,
            script=script,
            policy=content_policy(style, script),
            data=_json(_data(rows, shown, words, page, details)),
            details=_json(packed(details.records, CHUNK)),
        )
    )


def _given(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    return {str(key): None if pd.isna(value) else value for key, value in row.items()}


def _keys(accounts: list[dict[str, Any]]) -> list[str]:
    """What each account is called in addresses: its id, told apart where only control characters did."""
    seen: dict[str, int] = {}
    keys = []
    for account in accounts:
        key = wording.plain(account["account_id"])
        seen[key] = seen.get(key, 0) + 1
        keys.append(key if seen[key] == 1 else f"{key}~{seen[key]}")
    return keys


def _one_script() -> str:
    """All scripts in a scope of their own."""
    text = "\n".join(asset(PACKAGE, name) for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{text}}})();\n'


def _row(given: dict[str, Any], page: Page, key: str, *, compared: bool) -> _Row:
    name, identity = _shown(given["account_name"] or given["account_id"]), _shown(given["account_id"])
    reasons = [wording.split_reason(given[key]) if given[key] else ("", "") for key in REASONS]
    health = given["health_score"]
    return _Row(
        name=name,
        id="" if identity == name else identity,
        key=key,
        owner=_shown(given["owner"] or ""),
        tier=given["tier"],
        tier_word=TIER_WORDS[given["tier"]],
        change=wording.change_in_words(given["tier"], given["previous_tier"], given["raw_tier"]) if compared else "",
        odds=wording.about(given["risk_90d"]),
        risk=wording.risk_against_typical(given["risk_90d"], page.typical_risk),
        moved=wording.change_alone(given.get("change_in_words") or ""),
        score=_score(given["score"]),
        health=""
        if health is None
        else wording.health_in_words(_score(health), given["health_tier"], given["health_coverage"]),
        note=given["note"] or "",
        **_play(given, page),
        **_evidence(given),
        **_money(given, page),
        **{f"seen_{place}": _shown(seen, 240) for place, (seen, _) in enumerate(reasons, 1)},
        **{f"weight_{place}": weight for place, (_, weight) in enumerate(reasons, 1)},
    )


def _play(given: dict[str, Any], page: Page) -> dict[str, str]:
    due_on, opened_on = given["due_on"], given["opened_on"]
    due = "" if due_on is None else wording.due_in_words(due_on.date(), cutoff=page.cutoff)
    state = given["play_state"]
    if state == COOLING and opened_on is not None:
        due = wording.begun_in_words(opened_on.date(), due)
    return {
        "action": _shown(given["playbook"] or "", 240),
        "role": _shown(given["play_role"] or ""),
        "due": {BEYOND: wording.BEYOND_CAPACITY, HELD_OUT: wording.HELD_OUT_WORDS}.get(state, due),
    }


def _evidence(given: dict[str, Any]) -> dict[str, str]:
    lines = {name: _shown(given[name] or "", 400) for name in LINES}
    shown = sum(bool(line) for line in lines.values())
    return lines | {"evidence_more": wording.more_evidence(int(given["evidence_count"] or 0) - shown)}


def _beyond(frame: pd.DataFrame) -> list[tuple[str, str, int]]:
    """How many accounts of each owner and tier are beyond the owner's capacity: (owner, tier, accounts)."""
    left = frame.loc[frame["play_state"] == BEYOND, ["owner", "tier"]].fillna("")
    counted = left.value_counts().reset_index(name="accounts")
    columns = (counted[name] for name in ("owner", "tier", "accounts"))
    return [(_shown(owner), tier, int(count)) for owner, tier, count in zip(*columns, strict=True)]


def _gone(left: pd.DataFrame, page: Page) -> list[tuple[str, str]]:
    """The accounts that left since the list before, the riskiest of them first: (name, what the list knew)."""
    told = []
    for row in left.head(MOST_GONE).to_dict("records"):
        known = _given(row)
        arr = "" if known["arr"] is None else wording.money(known["arr"], page.currency)
        was = wording.left_in_words(known["previous_tier"], known["previous_risk"], arr, _shown(known["owner"] or ""))
        told.append((_shown(known["account_name"] or known["account_id"]), was))
    return told


def _money(given: dict[str, Any], page: Page) -> dict[str, str]:
    known = {key: wording.money(given[key], page.currency) for key in ("arr", "arr_at_risk") if given[key] is not None}
    renewal = given["renewal_on"]
    return {
        "arr": known.get("arr", ""),
        "at_risk": known.get("arr_at_risk", ""),
        "renewal": wording.renewal_in_words(renewal.date(), cutoff=page.cutoff) if renewal is not None else "",
    }


def _shown(text: str, length: int = 120) -> str:
    return wording.shortened(wording.plain(text).strip(), length)


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.1f}"


def _facts(page: Page, words: dict[str, str]) -> list[Figure]:
    typical = Figure(words["typical_risk"], wording.odds(page.typical_risk), wording.percent(page.typical_risk))
    trained = (
        [] if page.trained_as_of is None else [Figure(words["trained_as_of"], wording.day_in_words(page.trained_as_of))]
    )
    return [typical, *page.figures, *trained]


def _cut_short(words: dict[str, str], shown: int, total: int) -> str:
    return words["cut_short"].format(shown=f"{shown:,}", total=f"{total:,}") if shown < total else ""


def _lead(frame: pd.DataFrame, page: Page) -> list[str]:
    flagged = frame[frame["tier"] != "green"]
    said = [wording.lead(len(flagged), len(frame))]
    unknown = int(frame["arr"].isna().sum())
    if len(flagged) and unknown < len(frame):
        said.append(wording.lead_money(_arr(flagged), _arr(frame), currency=page.currency, unknown=unknown))
    return said


def _arr(frame: pd.DataFrame) -> float:
    return math.fsum(frame["arr"].dropna())


def _tier_totals(frame: pd.DataFrame, page: Page, words: dict[str, str]) -> list[dict[str, str]]:
    totals = []
    for tier, name in TIER_WORDS.items():
        inside = frame[frame["tier"] == tier]
        held = f"{wording.money(_arr(inside), page.currency)} ARR" if inside["arr"].notna().any() else words["no_money"]
        totals.append(
            {
                "tier": tier,
                "name": name,
                "count": f"{len(inside):,}",
                "accounts": words["account_one" if len(inside) == 1 else "accounts"],
                "arr": held if len(inside) else "",
            }
        )
    return totals


def _data(rows: list[_Row], frame: pd.DataFrame, words: dict[str, str], page: Page, details: Details) -> dict[str, Any]:
    """What the script reads at once: rows as arrays, their fields named once, each with its place by money."""
    money = frame["expected_value"] if frame["expected_value"].notna().any() else frame["arr_at_risk"]
    places = money.rank(method="first", ascending=False, na_option="bottom").astype(int)
    ahead = (frame["renewal_on"] - pd.Timestamp(page.cutoff)).dt.days
    renews = [None if pd.isna(days) else int(days) for days in ahead]
    extras = zip(places.tolist(), renews, [None if pd.isna(move) else move for move in frame["move"]], strict=True)
    return {
        "fields": [*(slot.name for slot in fields(_Row)), "by_money", "renews_in", "move"],
        "rows": [[*vars(row).values(), *more] for row, more in zip(rows, extras, strict=True)],
        "chunk": CHUNK,
        "detail": DETAIL,
        "base": details.base,
        "weeks": [[(week - page.cutoff).days, wording.day_in_words(week)] for week in details.weeks],
        "words": {
            **{key: words[key] for key in ("count", "range")},
            **wording.ACCOUNT_WORDS,
            "company": page.company,
            "tier_of": dict(TIER_WORDS),
            "mark_of": dict(wording.MARK_WORDS),
            "categories_of": list(wording.CATEGORY_WORDS.values()),
            "green_from": page.tiers.yellow,
            "yellow_from": page.tiers.red,
        },
    }


def _json(data: object) -> str:
    """Data as a text that is safe inside a script element."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)
