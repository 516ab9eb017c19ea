"""Claims about evidence on the list: which lines, in which words, and that none of them can act."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from churnpredict.csm import ListPolicy, build_risk_list, to_csv
from churnpredict.csm.evidence import evidence_lines, no_evidence
from churnpredict.csm.rendering import render_risk_list

from .invented import CUTOFF, PLAYBOOKS, TYPICAL_RISK, Invented, around, invented
from .test_files import HOSTILE

LINES = ["evidence_1", "evidence_2", "evidence_3"]


def piece(account: str, detector: str = "critical.escalation", days_ago: int | None = 3, **more: Any) -> dict[str, Any]:
    day = pd.NaT if days_ago is None else CUTOFF - pd.Timedelta(days=days_ago)
    row = {
        "account_id": account,
        "flag": detector.split(".", maxsplit=1)[0],
        "detector": detector,
        "label": "Escalated ticket",
    }
    return row | {"day": day, "detail": "", "value": None, "typical": None, "pieces": 1} | more


def frame(*pieces: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(pieces)).astype({"value": "float64", "typical": "float64", "day": "datetime64[us]"})


def listed(company: Invented, evidence: pd.DataFrame, scored_tier: str = "green") -> pd.DataFrame:
    """The list of a company whose accounts of critical evidence had another tier by their score."""
    critical = company.predictions["account_id"].isin(evidence.loc[evidence["flag"] == "critical", "account_id"])
    calm = company.predictions["tier"].replace("critical", "red").mask(critical, scored_tier)
    return build_risk_list(
        company.predictions.assign(tier=calm.mask(critical, "critical"), scored_tier=calm),
        company.drivers,
        details=company.details,
        previous=company.previous,
        evidence=evidence,
        policy=ListPolicy(TYPICAL_RISK, PLAYBOOKS),
    ).set_index("account_id", drop=False)


def lines(*pieces: dict[str, Any]) -> list[Any]:
    row = evidence_lines(frame(*pieces)).iloc[0]
    return [row[name] for name in LINES if pd.notna(row[name])]


def test_the_newest_of_each_detector_comes_before_more_of_the_same() -> None:
    found = lines(
        *(piece("a", "displacement.talk", days, label="Talk", pieces=4) for days in (1, 2, 9)),
        piece("a", "displacement.redlines", 5, label="Redlines"),
        piece("a", "critical.escalation", 20),
    )
    assert found == ["Escalated ticket, 11 Feb 2025", "Talk, 2 Mar 2025", "Redlines, 26 Feb 2025"]


def test_flags_and_all_pieces_are_counted_also_those_not_shown() -> None:
    pieces = [piece("a", "displacement.talk", days, pieces=9) for days in (1, 2)] + [piece("a", pieces=2)]
    row = evidence_lines(frame(*pieces)).iloc[0]
    assert (row["flags"], row["evidence_count"]) == ("critical, displacement", 11)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"detail": "high · Export"}, "Escalated ticket, 28 Feb 2025: high · Export"),
        ({"value": 21.0, "typical": 1.0}, "Escalated ticket: last seen 28 Feb 2025, 21 days ago, usually every day"),
        ({"days_ago": None, "value": 0.4}, "Escalated ticket: 0.4"),
    ],
)
def test_a_piece_is_told_in_words(more: dict[str, Any], expected: str) -> None:
    assert lines(piece("a", **more)) == [expected]


def test_an_account_has_its_evidence_and_others_have_none() -> None:
    company = invented(20)
    account = company.predictions["account_id"][3]
    found = listed(company, frame(piece(account)))
    assert found.loc[account, ["tier", "flags", "play"]].tolist() == ["critical", "critical", "critical"]
    others = found.drop(index=account)
    assert others[[*LINES, "flags", "evidence_count", "note"]].isna().all(axis=None)


def test_the_win_back_play_follows_displacement() -> None:
    company = invented(20)
    account = company.predictions["account_id"][3]
    assert listed(company, frame(piece(account, "displacement.talk"))).loc[account, "play"] == "win_back"


@pytest.mark.parametrize(("scored", "said"), [("green", True), ("yellow", False), ("red", False)])
def test_a_note_is_made_where_the_model_sees_nothing_of_what_is_critical(scored: str, *, said: bool) -> None:
    company = invented(20)
    account = company.predictions["account_id"][3]
    row = listed(company, frame(piece(account)), scored).loc[account]
    assert row["scored_tier"] == scored
    assert (row["note"] is not None and str(row["note"]).startswith("The model sees a low risk: ")) is said


def test_without_evidence_the_list_is_as_before() -> None:
    company = invented(20)
    pd.testing.assert_frame_equal(listed(company, no_evidence()), listed(company, no_evidence().copy()))
    assert company.listed()["flags"].isna().all()


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:20])
def test_no_text_of_evidence_can_act_on_the_page_or_in_a_spreadsheet(text: str) -> None:
    company = invented(3)
    account = company.predictions["account_id"][0]
    found = listed(company, frame(piece(account, detail=text, label=text)))
    html = render_risk_list(found, around())
    assert "<script>alert" not in html
    assert "\u202e" not in html
    row = next(line for line in to_csv(found).decode().splitlines() if account in line)
    assert all(not cell.lstrip('"').startswith(("=", "+", "@", "\t")) for cell in row.split('","'))
