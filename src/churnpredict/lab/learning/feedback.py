"""What came back from earlier lists: whether their effect on the labels is known, and where people disagreed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Self

import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Project
from churnpredict.dataset import Dataset, Hindsight
from churnpredict.lab.learning.training_rows import KEYS, TrainingRows
from churnpredict.ledger import interventions_of, read_ledger, treatments_of
from churnpredict.scoring import named_accounts

#: Above this share of rows, lists that were acted on without a log make the model see less risk than there is.
MOST_UNLOGGED = 0.05


@dataclass(frozen=True)
class Overrides:
    """How often people wrote that the list was wrong, and what came of those accounts.

    Parameters
    ----------
    churned, stayed
        Those whose account did, and did not, churn within the last horizon after that day.
    open
        Those of which that is not known yet.
    """

    churned: int = 0
    stayed: int = 0
    open: int = 0

    @property
    def all(self) -> int:
        """How many there are."""
        return self.churned + self.stayed + self.open

    def sentence(self) -> str | None:
        """It in words; None where there are none.

        Examples
        --------
        >>> Overrides(churned=1, stayed=3).sentence()
        'People called the list wrong 4 times: 1 of these accounts churned, 3 stayed. No label was changed by it.'
        """
        if not self.all:
            return None
        later = f", of {self.open} it is not known yet" if self.open else ""
        return (
            f"People called the list wrong {self.all} times: {self.churned} of these accounts churned, "
            f"{self.stayed} stayed{later}. No label was changed by it."
        )


@dataclass(frozen=True)
class Feedback:
    """What came back from earlier lists.

    Parameters
    ----------
    logged
        Whether interventions are written down, in a declared table or in the ledger.
    named
        Share of the training rows whose account a published list named red or critical within the last horizon.
    overrides
        Where people disagreed with the list.
    """

    logged: bool
    named: float
    overrides: Overrides

    @classmethod
    def known_at(cls, dataset: Dataset, rows: TrainingRows, observed_until: date) -> Self:
        """What is known of it at `observed_until`.

        Parameters
        ----------
        dataset
            The opened sources.
        rows
            The rows that are learnt from.
        observed_until
            Nothing at or after this day is used.
        """
        project = dataset.project
        entries = [
            entry for entry in read_ledger(project.ledger_file) if entry.known_before(observed_until, project.time_zone)
        ]
        logged = project.interventions is not None or bool(treatments_of(entries, project.time_zone))
        wrong = [(i.account_id, i.ended_on) for i in interventions_of(entries) if i.state == "wrong"]
        frame = pd.DataFrame(wrong, columns=[ACCOUNT_ID, "day"]).astype({ACCOUNT_ID: "str", "day": "datetime64[us]"})
        return cls(logged, _named(project, rows.features[KEYS], observed_until), _told(dataset, frame, observed_until))

    def warnings(self) -> list[str]:
        """What a careful reader should know before trusting the model."""
        if self.logged or self.named <= MOST_UNLOGGED:
            return []
        return [
            f"{self.named:.0%} of the training rows were named red or critical by a published list, and what was done "
            "about them is not written down. Where it worked, the model sees less risk than there is. Record it with "
            "`churnpredict outcomes`, or declare [interventions]."
        ]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def _named(project: Project, rows: pd.DataFrame, observed_until: date) -> float:
    """Share of rows whose account a list of ``[cutoff, cutoff + last horizon)`` named red or critical."""
    named = named_accounts(project.weeks_folder, observed_until, ("red", "critical"))
    if rows.empty or named.empty:
        return 0.0
    ahead = pd.merge_asof(
        rows.sort_values(CUTOFF),
        named.assign(named_on=named[CUTOFF]).sort_values(CUTOFF),
        on=CUTOFF,
        by=ACCOUNT_ID,
        direction="forward",
        tolerance=pd.Timedelta(days=project.training.horizons[-1] - 1),
    )
    return float(ahead["named_on"].notna().mean())


def _told(dataset: Dataset, wrong: pd.DataFrame, observed_until: date) -> Overrides:
    training = dataset.project.training
    hindsight = Hindsight.at(observed_until, training.intervals(), dataset.project.churn)
    span = timedelta(days=training.horizons[-1])
    if wrong.empty:
        return Overrides()
    pairs = wrong.reset_index().merge(dataset.churns(observed_until), on=ACCOUNT_ID)
    within = (pairs["churned_on"] >= pairs["day"]) & (pairs["churned_on"] < pairs["day"] + span)
    churned = wrong.index.isin(pairs.loc[within, "index"])
    closed = (wrong["day"] <= pd.Timestamp(hindsight.closed_until - span)).to_numpy()
    return Overrides(int((closed & churned).sum()), int((closed & ~churned).sum()), int((~closed).sum()))
