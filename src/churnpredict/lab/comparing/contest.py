"""Which rows are fair for champion and challenger, and what both and their rivals say of them.

A model that has seen what came of a row looks better on it than it is. So a model is judged on rows later than it
was trained on, and where there are too few of those, its recipe is: fitted again on what was known before the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import CUTOFF
from churnpredict.dataset import Dataset, Hindsight
from churnpredict.lab.learning.baselines import fit_logistic, logistic_risk
from churnpredict.lab.learning.fitting import SETTINGS, features_at, fit, fit_rule, refuse_too_few, settings_for
from churnpredict.lab.learning.splits import OutOfTimeSplit, few_origins, out_of_time_split
from churnpredict.lab.learning.training_rows import KEYS, TrainingRows, rows_of
from churnpredict.scoring import FeatureSpace, RiskModel, Settings, load_bundle, read_document

Floats = npt.NDArray[np.float64]
Basis = Literal["both as they are", "champion as it is", "recipes"]

#: Distinct churners below which rows say too little to judge a model on them.
FEWEST_TO_JUDGE = 30
#: Recipes are fitted again this often at most, so that it is they that are judged, and not the luck of one fit.
MOST_ORIGINS = 3


@dataclass(frozen=True)
class Entrant:
    """A model that is compared, with its recipe.

    Parameters
    ----------
    model
        As the weekly job would read it.
    settings
        How its trees were grown; None where its bundle does not say, which stands for the ladder's.
    """

    model: RiskModel
    settings: Settings | None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The model of a bundle.

        Raises
        ------
        BundleError
            If there is none, or it is damaged.
        """
        model = load_bundle(folder)
        said = (folder / SETTINGS).is_file()
        return cls(model, Settings(**read_document(folder, SETTINGS)) if said else None)


@dataclass(frozen=True)
class FairGround:
    """What is judged on which rows.

    Parameters
    ----------
    basis
        ``both as they are``: on rows later than both were trained on. ``champion as it is``: on rows later than the
        champion was, against the challenger's recipe, fitted at each origin on what was then known. ``recipes``:
        both are fitted again, with as many days between what they know as between champion and challenger.
    test
        Cutoffs of the rows, in order.
    champion_until, challenger_until
        When the two were trained.
    """

    basis: Basis
    test: tuple[date, ...]
    champion_until: date
    challenger_until: date

    @classmethod
    def find(cls, judged: TrainingRows, champion_until: date, challenger_until: date) -> Self:
        """The first basis, of those above, on which enough accounts churned.

        Parameters
        ----------
        judged
            Rows of the final test cutoffs with what came of them.
        champion_until, challenger_until
            When the two were trained.
        """
        cutoffs = judged.features[CUTOFF]
        later: tuple[tuple[Basis, date], ...] = (
            ("both as they are", max(champion_until, challenger_until)),
            ("champion as it is", champion_until),
        )
        for basis, since in later:
            chosen = (cutoffs >= pd.Timestamp(since)).to_numpy()
            if judged.where(chosen).churners >= FEWEST_TO_JUDGE:
                return cls(basis, _days(cutoffs[chosen]), champion_until, challenger_until)
        return cls("recipes", _days(cutoffs), champion_until, challenger_until)

    def champion_knows(self, origin: date) -> date | None:
        """Until when the champion's stand-in may know; None where the champion itself is judged."""
        return origin - self._behind(self.champion_until) if self.basis == "recipes" else None

    def challenger_knows(self, origin: date) -> date | None:
        """The same of the challenger."""
        if self.basis == "champion as it is":
            return min(origin, self.challenger_until)
        return origin - self._behind(self.challenger_until) if self.basis == "recipes" else None

    def sentence(self) -> str:
        """It in words."""
        rows = f"{len(self.test)} cutoffs from {self.test[0]} to {self.test[-1]}"
        if self.basis == "both as they are":
            return f"Judged on {rows}, which neither model knew."
        if self.basis == "champion as it is":
            return f"Judged on {rows}, which the champion did not know; the challenger's recipe was fitted before them."
        days = abs((self.challenger_until - self.champion_until).days)
        apart = f", the older one {days} days behind the other" if days else ""
        return f"Too few churned since the champion was trained: both recipes were fitted before {rows}{apart}."

    def _behind(self, until: date) -> timedelta:
        return max(self.champion_until, self.challenger_until) - until


def contest(
    dataset: Dataset, champion: Entrant, challenger: Entrant, observed_until: date
) -> tuple[FairGround, pd.DataFrame]:
    """Let champion, challenger, health score and logistic regression speak of the same rows.

    Health score and logistic regression are fitted at each origin on what was then known.

    Parameters
    ----------
    dataset
        The opened sources.
    champion, challenger
        The two.
    observed_until
        Nothing at or after this day is known of what came of the rows.

    Returns
    -------
    tuple of (FairGround, DataFrame)
        A row per account and cutoff with a known outcome: account_id, cutoff, churned (1 or 0), arr (NaN where not
        known), and the risk up to the last horizon by ``champion``, ``challenger``, ``health_score`` (absent where
        there is none) and ``logistic``.

    Raises
    ------
    TrainingError
        If history is too short for a test, or a stand-in would have too little to learn from.
    BundleError
        If a model reads features that are not declared any more.
    """
    cutoffs, test = _cutoffs(dataset, observed_until)
    features = features_at(dataset, cutoffs)
    for entrant in (champion, challenger):
        entrant.model.space.encode(features.head(1))
    judged = TrainingRows.known_at(dataset, rows_of(features, test), observed_until)
    judged = judged.where(~np.isnan(judged.churned()))
    ground = FairGround.find(judged, champion.model.trained_until, challenger.model.trained_until)
    past = _Past(dataset, features)
    first_horizon = dataset.project.training.horizons[0]
    parts = []
    for origin in few_origins(cutoffs, ground.test, first_horizon=first_horizon, most=MOST_ORIGINS):
        later = judged.where(judged.features[CUTOFF].isin(pd.DatetimeIndex(list(origin.test))).to_numpy())
        day = origin.known_until
        said = {
            "champion": past.risk(champion, ground.champion_knows(day), later),
            "challenger": past.risk(challenger, ground.challenger_knows(day), later),
            **past.risks_of_rivals(origin, later),
        }
        parts.append(later.features[KEYS].assign(churned=later.churned(), **said))
    rows = pd.concat(parts, ignore_index=True)
    details = dataset.details(ground.test)[[*KEYS, "arr"]]
    joined = rows.merge(details, on=KEYS, how="left", validate="one_to_one")
    return ground, joined.drop(columns=["health_score"] if joined["health_score"].isna().any() else [])


@dataclass(frozen=True)
class _Past:
    """Features of all cutoffs, and what can be learnt from them on some day."""

    dataset: Dataset
    features: pd.DataFrame

    def rows(self, known_until: date) -> TrainingRows:
        """What is learnt from by who knows until then."""
        first_horizon = self.dataset.project.training.horizons[0]
        last = pd.Timestamp(known_until - timedelta(days=first_horizon))
        features = self.features[self.features[CUTOFF] <= last].reset_index(drop=True)
        return TrainingRows.known_at(self.dataset, features, known_until).labelled()

    def risk(self, entrant: Entrant, known_until: date | None, later: TrainingRows) -> Floats:
        """Risk up to the last horizon by an entrant, or by its stand-in of a day."""
        return self._model(entrant, known_until).risks(later.features)[:, -1]

    def _model(self, entrant: Entrant, known_until: date | None) -> RiskModel:
        if known_until is None:
            return entrant.model
        project, rows = self.dataset.project, self.rows(known_until)
        refuse_too_few(rows, project, known_until)
        settings = entrant.settings or settings_for(rows, project, known_until)
        return fit(rows, project, known_until, settings, entrant.model.space.names)

    def risks_of_rivals(self, origin: OutOfTimeSplit, later: TrainingRows) -> dict[str, Floats]:
        """Risk by the health score, NaN where there is none, and by logistic regression."""
        project, rows = self.dataset.project, self.rows(origin.known_until)
        space = FeatureSpace.learn(project.features(), rows.features)
        rule = fit_rule(rows, project, space)
        nothing = np.full(len(later.labels), np.nan)
        logistic = fit_logistic(space.encode(rows.features), rows.churned(), space)
        return {
            "health_score": nothing if rule is None else rule.risks(later.features)[:, -1],
            "logistic": logistic_risk(logistic, space.encode(later.features)),
        }


def _cutoffs(dataset: Dataset, observed_until: date) -> tuple[list[date], tuple[date, ...]]:
    """Cutoffs that can be learnt from, and those of the final test."""
    training = dataset.project.training
    cutoffs = dataset.training_cutoffs(observed_until)
    closed = Hindsight.at(observed_until, training.intervals(), dataset.project.churn).closed_until
    split = out_of_time_split(cutoffs, closed, horizons=training.horizons, test_share=training.test_share)
    return cutoffs, split.test


def _days(cutoffs: pd.Series) -> tuple[date, ...]:
    return tuple(moment.date() for moment in sorted(cutoffs.unique()))
