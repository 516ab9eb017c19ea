"""Whether the sources suffice: what they hold, how many churners there are, and what that allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF, churned_column
from churnpredict.dataset import Dataset, Hindsight, SourceReport
from churnpredict.errors import TrainingError
from churnpredict.lab.ladder import FEWEST_CHURNERS, FEWEST_OF_AN_INTERVAL, rung
from churnpredict.lab.splits import out_of_time_split


@dataclass(frozen=True)
class Checkup:
    """What the doctor found.

    Parameters
    ----------
    sources
        What each source holds.
    cutoffs
        How many training cutoffs there are.
    rows
        Rows whose first label is known.
    churners
        Distinct accounts that churned in them.
    churn_share
        Share of these rows that churned within the first horizon, 0–1.
    verdict
        What can be done with that, in a sentence.
    able
        Whether a model can be trained.
    """

    sources: list[SourceReport]
    cutoffs: int
    rows: int
    churners: int
    churn_share: float
    verdict: str
    able: bool


def check_up(dataset: Dataset, observed_until: date) -> Checkup:
    """Look at the sources as they were known at `observed_until`, and at whether training would go through."""
    training = dataset.project.training
    cutoffs = dataset.training_cutoffs(observed_until)
    if not cutoffs:
        first, _ = dataset.span()
        verdict = f"Too little history: the first event is of {first}."
        return Checkup(dataset.reports, 0, 0, 0, 0.0, verdict, able=False)
    labels = dataset.labels(cutoffs, observed_until)
    first_interval = churned_column(*training.intervals()[0])
    known = labels[labels[first_interval].notna()]
    share = float(known[first_interval].mean()) if len(known) else 0.0
    hindsight = Hindsight.at(observed_until, training.intervals(), dataset.project.churn)
    try:
        split = out_of_time_split(
            cutoffs, hindsight.closed_until, horizons=training.horizons, test_share=training.test_share
        )
    except TrainingError as error:
        verdict = f"Too little history: {error.problems[0].given}."
        return Checkup(dataset.reports, len(cutoffs), len(known), _churners(labels), share, verdict, able=False)
    # The proof comes first: the model of the past has fewer churners to learn from than that of today.
    before = dataset.labels(split.train, split.known_until)
    fewest = min(_churners(before, interval) for interval in training.intervals())
    verdict = _verdict(_churners(before), _churners(labels), fewest)
    able = _churners(before) >= FEWEST_CHURNERS and fewest >= FEWEST_OF_AN_INTERVAL
    return Checkup(dataset.reports, len(cutoffs), len(known), _churners(labels), share, verdict, able=able)


def _churners(labels: pd.DataFrame, interval: tuple[int, int] | None = None) -> int:
    """Distinct accounts that churned, in one interval or in any."""
    made = [column for column in labels.columns if column not in (ACCOUNT_ID, CUTOFF)]
    columns = made if interval is None else [churned_column(*interval)]
    return int(labels.loc[(labels[columns] == 1).any(axis=1), ACCOUNT_ID].nunique())


def _verdict(before_the_test: int, churners: int, fewest: int) -> str:
    if before_the_test < FEWEST_CHURNERS:
        few = f"{churners} churners, {before_the_test} of them before the out-of-time test"
        return f"{few}: too few for a model (at least {FEWEST_CHURNERS}); use the health score."
    if fewest < FEWEST_OF_AN_INTERVAL:
        few = f"{churners} churners, but only {fewest} in one of the intervals ahead before the out-of-time test"
        return f"{few}: too few for a model (at least {FEWEST_OF_AN_INTERVAL}); lower training.every_days."
    return f"{churners} churners: enough for a model. Rung of the ladder: {rung(churners)}."
