"""Whether the sources suffice: what they hold, how many churners there are, and what that allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from churnpredict.columns import ACCOUNT_ID, churned_column
from churnpredict.dataset import Dataset, Hindsight, SourceReport
from churnpredict.lab.training import FEWEST_CHURNERS

#: From here on the figures of a model are steady enough to be taken at their word.
ENOUGH_CHURNERS = 200


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
    """Look at the sources as they were known at `observed_until`."""
    training = dataset.project.training
    hindsight = Hindsight.at(observed_until, training.intervals(), dataset.project.churn)
    cutoffs = dataset.training_cutoffs(observed_until)
    labels = dataset.labels(cutoffs, observed_until) if cutoffs else None
    if labels is None:
        first, _ = dataset.span()
        verdict = f"Too little history: the first event is of {first}."
        return Checkup(dataset.reports, 0, 0, 0, 0.0, verdict, able=False)
    columns = [churned_column(start, end) for start, end in training.intervals()]
    known = labels[labels[columns[0]].notna()]
    churners = int(labels.loc[(labels[columns] == 1).any(axis=1), ACCOUNT_ID].nunique())
    complete = sum(cutoff + timedelta(days=training.horizons[-1]) <= hindsight.closed_until for cutoff in cutoffs)
    able = churners >= FEWEST_CHURNERS and complete > 1
    share = float(known[columns[0]].mean()) if len(known) else 0.0
    return Checkup(dataset.reports, len(cutoffs), len(known), churners, share, _verdict(churners), able)


def _verdict(churners: int) -> str:
    if churners < FEWEST_CHURNERS:
        return f"{churners} churners: too few for a model (at least {FEWEST_CHURNERS}); use the health score."
    if churners < ENOUGH_CHURNERS:
        return f"{churners} churners: enough for small trees; read the out-of-time figures with care."
    return f"{churners} churners: enough for a model."
