"""Whether the sources suffice: what they hold, whether they leak, how many churners there are, what that allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF, churned_column
from churnpredict.dataset import Dataset, Hindsight, SourceReport
from churnpredict.errors import TrainingError
from churnpredict.lab.costs import costs
from churnpredict.lab.learning.ladder import FEWEST_CHURNERS, FEWEST_OF_AN_INTERVAL, rung
from churnpredict.lab.learning.splits import out_of_time_split

#: Accounts whose features are made twice to see whether the future moves them.
MOST_PROVEN = 200


@dataclass(frozen=True)
class LeakageProof:
    """Features of a past cutoff, made of all rows and of those that could be read at the time.

    Parameters
    ----------
    cutoff
        The cutoff.
    accounts
        How many accounts were looked at.
    features
        How many features each has.
    moved
        What is not the same: features, or ``the accounts that count``. Nothing where nothing leaks.
    """

    cutoff: date
    accounts: int
    features: int
    moved: tuple[str, ...]

    def sentence(self) -> str:
        """The proof in words."""
        looked = f"{self.features} features of {self.accounts:,} accounts at {self.cutoff}"
        if self.moved:
            return f"LEAK: of {looked}, these move when later rows are taken away: {', '.join(self.moved)}"
        return f"No leak: {looked} are the same when all later rows are taken away."


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
    costs
        What the sources lack, and what that costs where it was measured.
    leakage
        The proof that features of the past do not know the future; None without a cutoff to look at.
    """

    sources: list[SourceReport]
    cutoffs: int
    rows: int
    churners: int
    churn_share: float
    verdict: str
    able: bool
    costs: tuple[str, ...] = ()
    leakage: LeakageProof | None = None


def check_up(dataset: Dataset, observed_until: date) -> Checkup:
    """Look at the sources as they were known at `observed_until`, and at whether training would go through."""
    found = _sufficient(dataset, observed_until)
    cutoffs = dataset.training_cutoffs(observed_until)
    leakage = prove_no_leak(dataset, cutoffs[-1]) if cutoffs else None
    return replace(found, costs=tuple(costs(dataset.project, dataset.reports)), leakage=leakage)


def prove_no_leak(dataset: Dataset, cutoff: date) -> LeakageProof:
    """Make the features of some accounts of a past cutoff twice, the second time without any later row."""
    labels = dataset.labels([cutoff], cutoff)
    everybody = labels[ACCOUNT_ID].tolist()
    accounts = everybody[:: max(len(everybody) // MOST_PROVEN, 1)][:MOST_PROVEN]
    whole, then = (_features(each, cutoff, accounts) for each in (dataset, dataset.as_known_at(cutoff)))
    columns = [column for column in whole.columns if column not in (ACCOUNT_ID, CUTOFF)]
    if not whole[ACCOUNT_ID].equals(then[ACCOUNT_ID]):
        return LeakageProof(cutoff, len(accounts), len(columns), ("the accounts that count",))
    moved = tuple(column for column in columns if not _same(whole[column], then[column]))
    return LeakageProof(cutoff, len(accounts), len(columns), moved)


def _features(dataset: Dataset, cutoff: date, accounts: Sequence[str]) -> pd.DataFrame:
    frames = list(dataset.features([cutoff], accounts))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({ACCOUNT_ID: [], CUTOFF: []})


def _same(one: pd.Series, other: pd.Series) -> bool:
    if one.dtype == np.float32:
        # Engines add in no fixed order: the last bits may differ.
        return bool(np.allclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True))
    return bool(one.equals(other))


def _sufficient(dataset: Dataset, observed_until: date) -> Checkup:
    """What there is to learn from, and whether that is enough."""
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
