"""Accounts of one cutoff with their risk and why: what the weekly list and the explanation of one account stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
import pyarrow as pa

from churnpredict.columns import ACCOUNT_ID
from churnpredict.config import Project
from churnpredict.dataset import Dataset
from churnpredict.errors import DataError, Problem
from churnpredict.scoring import (
    BatchScorer,
    RiskModel,
    expected_value,
    flagged,
    hystereses,
    predictions_and_drivers,
    previous_predictions,
    steadied,
    unflagged,
)
from churnpredict.stages import Stages


@dataclass(frozen=True)
class Scored:
    """Accounts of one cutoff with their risk and why.

    Parameters
    ----------
    predictions
        See `RiskModel.predict`.
    drivers
        See `top_drivers`.
    details
        account_name, owner, arr and renewal_on, see `Dataset.details`.
    typical_risk
        Risk of the typical account, 0–1: what the drivers' points add to.
    evidence
        What raises flags, see `Dataset.evidence`.
    """

    predictions: pd.DataFrame
    drivers: pd.DataFrame
    details: pd.DataFrame
    typical_risk: float
    evidence: pd.DataFrame


def score(
    dataset: Dataset,
    model: RiskModel,
    cutoff: date,
    *,
    accounts: list[str] | None = None,
    features: Sequence[pd.DataFrame] | None = None,
    stages: Stages | None = None,
) -> Scored:
    """Score accounts at a cutoff, in bounded batches, where their features are made.

    Parameters
    ----------
    dataset
        The opened sources.
    model
        The scorer.
    cutoff
        Nothing at or after this day is used.
    accounts
        Only these, or all that are alive.
    features
        Features of these accounts at the cutoff, where they are there already.
    stages
        Where time is kept.

    Raises
    ------
    DataError
        If no account is alive at the cutoff.
    """
    stages = stages or Stages()
    scorer = BatchScorer(model, stages)
    if features is None:
        with stages.stage("features"):
            batches = list(dataset.map_features([cutoff], scorer, accounts))
    else:
        batches = [scorer(frame) for frame in features]
    if not sum(batch.num_rows for batch in batches):
        what = "no account" if accounts is None else f"{', '.join(accounts)} not"
        raise DataError(Problem("accounts", f"{what} alive at {cutoff}", "an account that started and has not left"))
    with stages.stage("drivers"):
        predictions, drivers, typical_risk = predictions_and_drivers(pa.Table.from_batches(batches), model.space)
    details = dataset.details([cutoff], accounts)
    with stages.stage("evidence"):
        evidence = dataset.evidence([cutoff], accounts)
    return Scored(predictions, drivers, details, typical_risk, evidence)


def previous_week(project: Project, cutoff: date) -> pd.DataFrame | None:
    """Predictions of the week before, or None."""
    return previous_predictions(project.weeks_folder, cutoff)


def with_shown_tiers(project: Project, model: RiskModel, scored: Scored, previous: pd.DataFrame | None) -> Scored:
    """The same with what the declarations make of it: the tiers to show, and what acting is worth.

    The tiers follow from this week's scores and those of the week before, unless evidence knows better.
    """
    before = None if previous is None else unflagged(previous)
    steady = steadied(scored.predictions, before, hystereses(model.scale, project.tiers))
    shown = flagged(steady, scored.evidence)
    arr = shown[[ACCOUNT_ID]].merge(scored.details, on=ACCOUNT_ID, how="left")["arr"].to_numpy(dtype="float64")
    worth = expected_value(shown["risk_90d"].to_numpy(), arr, project.tiers)
    return replace(scored, predictions=shown.assign(expected_value=worth))
