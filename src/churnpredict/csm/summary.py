"""The week in brief: figures for programs, and a short message for people who have not opened the list yet."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from churnpredict.columns import ACCOUNT_ID
from churnpredict.csm.changes import counted_moves
from churnpredict.csm.wording import TIER_WORDS, WORST_FIRST, message_words, money, plain, shortened

#: Accounts that the message names.
NAMED = 5
#: What chat programs take for markup; escaped, a name can mention nobody and link to nothing.
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_FIGURES = ("risk_60d", "risk_90d", "risk_60_90d", "change_in_risk", "score", "health_score", "arr", "arr_at_risk")
_TEXTS = (ACCOUNT_ID, "account_name", "owner", "tier", "previous_tier", "reason_1", "change_in_words", "playbook")
_LEFT_TEXTS = (ACCOUNT_ID, "account_name", "owner", "previous_tier")
_LEFT_FIGURES = ("previous_risk", "arr")


def summarise(
    frame: pd.DataFrame, *, company: str, cutoff: date, currency: str, left: pd.DataFrame | None = None
) -> dict[str, Any]:
    """The week in figures.

    Parameters
    ----------
    frame
        The list, with the columns of `churnpredict.csm.risk_list.COLUMNS`, riskiest first.
    company, cutoff, currency
        Whose week it is, and which.
    left
        Accounts of the list before that are accounts no more: account_id, account_name, owner, arr, previous_tier and
        previous_risk (0–1).

    Returns
    -------
    dict
        Plain values: ``tiers`` with accounts, ``arr`` and ``arr_at_risk`` (sums of what is known, or None); ``moves``
        counts accounts that are new on the list, that escalated or recovered by their tier, and that left since the
        list before, None without one; ``left`` holds the last; ``riskiest`` holds the accounts that are worst off, by
        tier and then by ARR at risk where it is known.
    """
    flagged = frame[frame["tier"] != "green"]
    gone = [] if left is None else [_cells(row, _LEFT_TEXTS, _LEFT_FIGURES) for row in left.to_dict("records")]
    return {
        "company": company,
        "as_of": cutoff.isoformat(),
        "currency": currency,
        "accounts": len(frame),
        "flagged": len(flagged),
        "tiers": {tier: _held(frame[frame["tier"] == tier]) for tier in TIER_WORDS},
        "moves": counted_moves(frame["move"], len(gone)),
        "left": gone,
        "riskiest": [_account(row) for row in _riskiest(flagged).head(NAMED).to_dict("records")],
    }


def message(summary: Mapping[str, Any]) -> str:
    """The week in a few lines of plain text, fit for an e-mail or a chat.

    Parameters
    ----------
    summary
        See `summarise`.
    """
    cutoff = date.fromisoformat(summary["as_of"])
    said = message_words(summary["accounts"], summary["flagged"], summary["moves"], cutoff)
    lines = [f"{shortened(plain(summary['company']), 120)}: {said[0]}", *said[1:]]
    return "\n".join([*lines, *(_line(account, summary["currency"]) for account in summary["riskiest"])]) + "\n"


def chat_payload(text: str) -> str:
    """A message as the JSON that Slack's, Mattermost's and Teams' incoming webhooks take."""
    return json.dumps({"text": text.translate(_MARKUP)}, ensure_ascii=False) + "\n"


def _held(accounts: pd.DataFrame) -> dict[str, Any]:
    sums = {name: accounts[name].sum() if accounts[name].notna().any() else None for name in ("arr", "arr_at_risk")}
    return {"accounts": len(accounts), **{name: None if held is None else float(held) for name, held in sums.items()}}


def _riskiest(flagged: pd.DataFrame) -> pd.DataFrame:
    worst = flagged["tier"].map({tier: number for number, tier in enumerate(WORST_FIRST)})
    ordered = flagged.assign(worst=worst).sort_values(
        ["worst", "arr_at_risk", "risk_90d"], ascending=[True, False, False], na_position="last", kind="stable"
    )
    return ordered.drop(columns="worst")


def _account(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    due = None if pd.isna(row["due_on"]) else row["due_on"].date().isoformat()
    return {**_cells(row, _TEXTS, _FIGURES), "due_on": due, "risk_in_words": row["risk_in_words"]}


def _cells(row: Mapping[Hashable, Any], texts: Sequence[str], figures: Sequence[str]) -> dict[str, Any]:
    written = {name: None if pd.isna(row[name]) else plain(str(row[name])) for name in texts}
    return written | {name: None if pd.isna(row[name]) else float(row[name]) for name in figures}


def _line(account: Mapping[str, Any], currency: str) -> str:
    known = [TIER_WORDS[account["tier"]], None if account["arr"] is None else f"{money(account['arr'], currency)} ARR"]
    about = ", ".join(part for part in [*known, account["owner"] and shortened(account["owner"], 60)] if part)
    reason = f": {shortened(account['reason_1'], 200)}" if account["reason_1"] else ""
    return f"- {shortened(account['account_name'], 80)} ({about}){reason}"
