"""The evidence of each account as a few lines of the list."""

from __future__ import annotations

import pandas as pd

from churnpredict.columns import ACCOUNT_ID
from churnpredict.csm.wording import Piece, evidence_in_words

LINES = ("evidence_1", "evidence_2", "evidence_3")
_COLUMNS = (ACCOUNT_ID, "flag", "detector", "label", "day", "detail", "value", "typical", "pieces")


def no_evidence() -> pd.DataFrame:
    """Evidence of nobody."""
    return pd.DataFrame({name: pd.Series(dtype="object") for name in _COLUMNS})


def evidence_lines(evidence: pd.DataFrame) -> pd.DataFrame:
    """The lines to show: the newest of each detector before further ones of the same, critical ones first.

    Parameters
    ----------
    evidence
        A row per piece of one cutoff: account_id, flag, detector, label, day, detail, value, typical and pieces (how
        many the account has of its detector).

    Returns
    -------
    DataFrame
        One row per account with evidence: account_id, flags ("critical", "displacement" or both), evidence_1 to
        evidence_3, evidence_count (float64: how many pieces there are in all).
    """
    ordered = evidence.assign(
        repeated=evidence.groupby([ACCOUNT_ID, "detector"], sort=False).cumcount(),
        displacement=evidence["flag"] != "critical",
    ).sort_values(
        [ACCOUNT_ID, "repeated", "displacement", "day", "detector"],
        ascending=[True, True, True, False, True],
        kind="stable",
    )
    place = ordered.groupby(ACCOUNT_ID).cumcount()
    shown, place = ordered[place < len(LINES)], place[place < len(LINES)]
    told = pd.Series(_told(shown), index=shown[ACCOUNT_ID], dtype="str")
    lines = pd.DataFrame({name: told[(place == number).to_numpy()] for number, name in enumerate(LINES)})
    once = ordered.drop_duplicates([ACCOUNT_ID, "detector"]).groupby(ACCOUNT_ID)
    flags = ordered.drop_duplicates([ACCOUNT_ID, "flag"]).groupby(ACCOUNT_ID)["flag"].agg(_together)
    lines = lines.assign(flags=flags, evidence_count=once["pieces"].sum().astype("float64"))
    return lines.rename_axis(ACCOUNT_ID).reset_index()


def detectors_of(evidence: pd.DataFrame) -> dict[str, set[str]]:
    """By account, the detectors whose evidence it has."""
    return {str(account): set(found) for account, found in evidence.groupby(ACCOUNT_ID)["detector"]}


def _together(flags: pd.Series) -> str:
    return ", ".join(sorted(flags))


def _told(shown: pd.DataFrame) -> list[str]:
    columns = (shown[name] for name in ("label", "day", "detail", "value", "typical"))
    return [
        evidence_in_words(Piece(label, None if pd.isna(day) else day.date(), detail, _figure(value), _figure(typical)))
        for label, day, detail, value, typical in zip(*columns, strict=True)
    ]


def _figure(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
