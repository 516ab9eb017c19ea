"""The weekly list: one row per account with its risk, its three reasons and what to do by when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF, FeatureName
from churnpredict.config import Outcomes, Playbook, Workload
from churnpredict.csm.changes import no_change_drivers, no_changes, told_changes
from churnpredict.csm.evidence import LINES, detectors_of, evidence_lines, no_evidence
from churnpredict.csm.plays import no_plays, planned
from churnpredict.csm.wording import TIER_WORDS, Driver, Noun, disagreement, plain, reason, risk_in_words, split_reason
from churnpredict.errors import DataError, Problem

REASONS = ("reason_1", "reason_2", "reason_3")
TEXT: Final = "str"
NUMBER: Final = "float64"
DAY: Final = "datetime64[us]"
#: The columns of the list, in order, with their types; the same however many of their cells are missing.
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        ACCOUNT_ID: TEXT,
        "account_name": TEXT,
        "owner": TEXT,
        CUTOFF: DAY,
        "tier": TEXT,
        "previous_tier": TEXT,
        "score": NUMBER,
        "risk_60d": NUMBER,
        "risk_90d": NUMBER,
        "risk_60_90d": NUMBER,
        "health_score": NUMBER,
        "health_tier": TEXT,
        "arr": NUMBER,
        "arr_at_risk": NUMBER,
        "renewal_on": DAY,
        **dict.fromkeys(REASONS, TEXT),
        "playbook": TEXT,
        "due_on": DAY,
        "risk_in_words": TEXT,
        "raw_tier": TEXT,
        "health_coverage": NUMBER,
        "expected_value": NUMBER,
        "play": TEXT,
        "play_role": TEXT,
        "play_state": TEXT,
        "opened_on": DAY,
        "flags": TEXT,
        **dict.fromkeys(LINES, TEXT),
        "evidence_count": NUMBER,
        "scored_tier": TEXT,
        "note": TEXT,
        "move": TEXT,
        "change_in_risk": NUMBER,
        "change_in_words": TEXT,
    }
)
_PREDICTIONS = (
    ACCOUNT_ID,
    CUTOFF,
    "risk_60d",
    "risk_90d",
    "risk_60_90d",
    "score",
    "tier",
    "health_score",
    "health_tier",
)
#: What older stored predictions do not have.
_MORE = ("raw_tier", "health_coverage", "expected_value")
_DETAILS = (ACCOUNT_ID, "account_name", "owner", "arr", "renewal_on")
_TOLD = ("feature", "label", "kind", "points", "value", "typical")
_DRIVERS = (ACCOUNT_ID, "rank", *_TOLD)


@dataclass(frozen=True)
class ListPolicy:
    """What turns predictions into a list.

    Parameters
    ----------
    typical_risk
        Risk within 90 days of the typical account, 0–1.
    playbooks
        What is done about whom, by name; an account that none is for has nothing to do.
    noun
        What accounts do when they churn.
    workload
        How many new plays an owner can begin in a week, and when nobody works.
    opened
        What the lists before began, see `churnpredict.csm.plays.opened_plays`.
    outcomes
        Who is held out.
    changes, change_drivers
        Why risks changed since the list before, see `churnpredict.scoring.RiskChanges`.
    """

    typical_risk: float
    playbooks: Mapping[str, Playbook] = field(default_factory=dict)
    noun: Noun = "leave"
    workload: Workload = field(default_factory=Workload)
    opened: pd.DataFrame = field(default_factory=no_plays)
    outcomes: Outcomes = field(default_factory=Outcomes)
    changes: pd.DataFrame = field(default_factory=no_changes)
    change_drivers: pd.DataFrame = field(default_factory=no_change_drivers)


def build_risk_list(
    predictions: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    details: pd.DataFrame,
    previous: pd.DataFrame,
    evidence: pd.DataFrame | None = None,
    policy: ListPolicy,
) -> pd.DataFrame:
    """The list of one cutoff.

    Parameters
    ----------
    predictions
        One row per account: account_id, cutoff, risk_60d, risk_90d, risk_60_90d (0–1), score and health_score
        (0–100, higher is healthier), tier and health_tier; and, where there are such, raw_tier (that of this cutoff's
        score alone), scored_tier (what tier was before evidence), health_coverage (0–1) and expected_value (what
        acting is expected to earn, in the currency).
    drivers
        account_id, rank (1 is the strongest) and what `reasons_in_words` needs.
    details
        account_id, account_name, owner, arr, renewal_on; accounts may be absent.
    previous
        account_id, tier, risk_90d and cutoff of the list before; may be empty, and lack the last two.
    evidence
        See `churnpredict.csm.evidence.evidence_lines`; None if there is none.
    policy
        Playbooks and workload, typical risk and noun.

    Returns
    -------
    DataFrame
        One row per account, riskiest first, with `COLUMNS`. Scores are rounded down to 0.1, so that none shows a
        tier it has not reached. Reasons are the strongest drivers that raise the risk, each in its strongest window;
        of green accounts the strongest of either sign. ``arr_at_risk`` is ``risk_90d × arr``. ``move``,
        ``change_in_risk`` and ``change_in_words`` speak of the list before, see `told_changes`.

    Raises
    ------
    DataError
        If a column is missing, an account appears twice, or a risk or tier is not one.
    """
    _check(predictions, drivers, details)
    evidence = no_evidence() if evidence is None else evidence
    scored = predictions["scored_tier"] if "scored_tier" in predictions.columns else predictions["tier"]
    frame = predictions.reindex(columns=[*_PREDICTIONS, *_MORE]).assign(scored_tier=scored)
    changes = told_changes(predictions, previous, parts=policy.changes, drivers=policy.change_drivers)
    told = (changes, _reasons(drivers, predictions), evidence_lines(evidence))
    for more in (_one_each(details, _DETAILS), *told):
        frame = frame.merge(more, on=ACCOUNT_ID, how="left")
    frame = frame.sort_values(["risk_90d", ACCOUNT_ID], ascending=[False, True], ignore_index=True)
    detectors = detectors_of(evidence)
    frame = planned(
        frame,
        detectors,
        policy.opened,
        playbooks=policy.playbooks,
        workload=policy.workload,
        outcomes=policy.outcomes,
    )
    return _completed(frame, policy)


def _completed(frame: pd.DataFrame, policy: ListPolicy) -> pd.DataFrame:
    said = zip(frame["tier"], frame["scored_tier"], frame["risk_90d"], strict=True)
    made = frame.assign(
        account_name=_plain(frame["account_name"].where(frame["account_name"].notna(), frame[ACCOUNT_ID])),
        owner=_plain(frame["owner"]),
        score=rounded_down(frame["score"]),
        health_score=rounded_down(frame["health_score"]),
        arr_at_risk=frame["risk_90d"] * frame["arr"].astype(NUMBER),
        note=pd.Series([disagreement(*each) for each in said], index=frame.index, dtype=TEXT),
        risk_in_words=[risk_in_words(risk, policy.typical_risk, noun=policy.noun) for risk in frame["risk_90d"]],
    )
    return made[list(COLUMNS)].astype(dict(COLUMNS))


def reasons_in_words(drivers: pd.DataFrame) -> list[str]:
    """A sentence for each driver, in the order of the rows.

    Parameters
    ----------
    drivers
        feature, label, kind, points (signed, 0–1 units of risk_90d), value, typical; and, where they are known,
        before and before_on: the value at an earlier cutoff, and that cutoff.

    Raises
    ------
    DataError
        If a feature's aggregation has no words.
    """
    told = drivers.reindex(columns=[*_TOLD, "before", "before_on"])
    names = {name: FeatureName.parse(name) for name in told["feature"].unique()}
    columns = (told[name] for name in told.columns)
    return [
        reason(
            Driver(
                names[feature],
                label,
                kind,
                points,
                value=_scalar(value),
                typical=_scalar(typical),
                before=_scalar(before),
                before_on=None if pd.isna(day) else day.date(),
            )
        )
        for feature, label, kind, points, value, typical, before, day in zip(*columns, strict=True)
    ]


def values_in_words(features: pd.DataFrame) -> list[str]:
    """What was seen of each feature, without its weight, in the order of the rows.

    Parameters
    ----------
    features
        feature, label, kind, value, typical.
    """
    return [split_reason(sentence)[0] for sentence in reasons_in_words(features.assign(points=0.0))]


def rounded_down(scores: pd.Series) -> pd.Series:
    """Scores rounded down to 0.1: a shown 75.0 has reached 75, whatever the binary digits say.

    Examples
    --------
    >>> rounded_down(pd.Series([74.9999999, 64.1, 75.0])).tolist()
    [74.9, 64.1, 75.0]
    """
    values = scores.to_numpy(dtype="float64", na_value=np.nan)
    tenths = np.floor(values * 10)
    # 64.1 × 10 may come out below 641: the next tenth is right if it is not above the score itself.
    tenths += (tenths + 1) / 10 <= values
    return pd.Series(tenths / 10, index=scores.index)


def _check(predictions: pd.DataFrame, drivers: pd.DataFrame, details: pd.DataFrame) -> None:
    given = {"predictions": (predictions, _PREDICTIONS), "drivers": (drivers, _DRIVERS), "details": (details, _DETAILS)}
    problems = [
        Problem(f"{name}.{column}", "there is no such column", f"the columns {', '.join(needed)}")
        for name, (frame, needed) in given.items()
        for column in needed
        if column not in frame.columns
    ]
    if not problems:
        problems = _impossible(predictions)
    if problems:
        raise DataError(*problems)


def _impossible(predictions: pd.DataFrame) -> list[Problem]:
    repeated = predictions[ACCOUNT_ID].duplicated()
    risky = ~predictions["risk_90d"].between(0, 1)
    strange = ~predictions["tier"].isin(list(TIER_WORDS))
    seen = [
        (ACCOUNT_ID, repeated, "one row per account, of one cutoff"),
        ("risk_90d", risky, "a probability, 0–1"),
        ("tier", strange, f"one of: {', '.join(TIER_WORDS)}"),
    ]
    return [
        Problem(f"predictions.{column}", f"{bad.sum()} rows such as {predictions.loc[bad, column].iloc[0]!r}", expected)
        for column, bad, expected in seen
        if bad.any()
    ]


def _one_each(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    return frame[list(columns)].drop_duplicates(ACCOUNT_ID, keep="last")


def _reasons(drivers: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """The strongest drivers of each account in words: account_id, reason_1, reason_2, reason_3."""
    green = drivers[ACCOUNT_ID].isin(predictions.loc[predictions["tier"] == "green", ACCOUNT_ID])
    shown = drivers[(drivers["points"] > 0) | (green & (drivers["points"] < 0))]
    shown = shown.sort_values([ACCOUNT_ID, "rank"], kind="stable")
    # The same thing over another window is no second reason.
    windowless = {name: str(replace(FeatureName.parse(name), days=None)) for name in shown["feature"].unique()}
    shown = shown[~shown.assign(feature=shown["feature"].map(windowless)).duplicated([ACCOUNT_ID, "feature"])]
    place = shown.groupby(ACCOUNT_ID).cumcount()
    shown, place = shown[place < len(REASONS)], place[place < len(REASONS)]
    told = pd.Series(reasons_in_words(shown), index=shown[ACCOUNT_ID], dtype=TEXT)
    return pd.DataFrame({name: told[(place == number).to_numpy()] for number, name in enumerate(REASONS)}).reset_index()


def _scalar(value: object) -> float | str | None:
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float | np.number | np.bool_):
        return None
    return float(value) if np.isfinite(value) else None


def _plain(column: pd.Series) -> pd.Series:
    cleaned = [plain(str(value)) if there else None for value, there in zip(column, column.notna(), strict=True)]
    return pd.Series(cleaned, index=column.index, dtype=TEXT)
