"""The proof: a model of the past beside its rivals, judged on a later time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.dataset import Dataset
from churnpredict.lab.judging.curves import Curves, curves_of
from churnpredict.lab.judging.duel import Duel, duel
from churnpredict.lab.judging.tier_proof import TierProof, realised_by_tier
from churnpredict.lab.learning.baselines import fit_logistic, logistic_risk
from churnpredict.lab.learning.fitting import fit, settings_for
from churnpredict.lab.learning.splits import OutOfTimeSplit, account_folds
from churnpredict.lab.learning.training_rows import TrainingRows, rows_of
from churnpredict.lab.metrics import Figures, base_log_loss, figures
from churnpredict.scoring import RiskModel, Scorer

Floats = npt.NDArray[np.float64]

#: Share of the base rate's log-loss that a model should take away before its probabilities are worth much.
WEAK_SKILL = 0.05


@dataclass(frozen=True)
class Proof:
    """A model of the past, and what came of what it said.

    Parameters
    ----------
    model
        Fitted on what was known at the first test cutoff.
    evaluation
        Figures by contender: model, health_score (where one is declared), logistic, all fitted on the same past; and
        model_unseen, where asked for: each account judged by a model that never saw it.
    tiers
        Realised churn per tier.
    duel
        Model against health score at the same capacity; None without a health score, or without churners.
    curves
        What is drawn of the test rows.
    """

    model: RiskModel
    evaluation: dict[str, Figures]
    tiers: TierProof
    duel: Duel | None
    curves: Curves


def prove(dataset: Dataset, features: pd.DataFrame, split: OutOfTimeSplit, observed_until: date) -> Proof:
    """Fit all contenders on what was known at the first test cutoff, and judge them on the test cutoffs.

    Parameters
    ----------
    dataset
        Where the features come from.
    features
        Features at all cutoffs of the split.
    split
        What is learnt from, and what is judged on.
    observed_until
        Nothing at or after this day is known of what came of the test.
    """
    project = dataset.project
    past = TrainingRows.known_at(dataset, rows_of(features, split.train), split.known_until).labelled()
    model = fit(past, project, split.known_until, settings_for(past, project, split.known_until))
    test = TrainingRows.known_at(dataset, rows_of(features, split.test), observed_until)
    test = test.where(~np.isnan(test.churned()))
    risks = {"model": model.risks(test.features)[:, -1]}
    if model.rule is not None:
        risks["health_score"] = model.rule.risks(test.features)[:, -1]
    logistic = fit_logistic(model.space.encode(past.features), past.churned(), model.space)
    risks["logistic"] = logistic_risk(logistic, model.space.encode(test.features))
    if project.training.judge_unseen_accounts:
        risks["model_unseen"] = _risk_of_unseen(dataset, past, test, split.known_until)
    judged = _judged(dataset, model, test, risks["model"])
    keys = {"accounts": test.features[ACCOUNT_ID], "cutoffs": test.features[CUTOFF]}
    return Proof(
        model=model,
        evaluation={name: figures(test.churned(), risk, **keys) for name, risk in risks.items()},
        tiers=_prove_tiers(model, test, seed=project.training.seed),
        duel=duel(judged),
        curves=curves_of(judged, dataset.churns(observed_until)),
    )


def _risk_of_unseen(dataset: Dataset, past: TrainingRows, test: TrainingRows, known_until: date) -> Floats:
    """Risk of the test rows, each from a model of the past of other accounts."""
    project = dataset.project
    folds = account_folds(np.concatenate([past.accounts, test.accounts]), seed=project.training.seed)
    of_past, of_test = folds[: len(past.labels)], folds[len(past.labels) :]
    risk = np.empty(len(test.labels))
    for fold in np.unique(of_test):
        others = past.where(of_past != fold)
        model = fit(others, project, known_until, settings_for(others, project, known_until))
        risk[of_test == fold] = model.risks(test.features[of_test == fold])[:, -1]
    return risk


def _judged(dataset: Dataset, model: RiskModel, test: TrainingRows, risk: Floats) -> pd.DataFrame:
    """The test rows with what was said of them and what came of it."""
    rows = model.predict(test.features).assign(risk=risk, churned=test.churned())
    cutoffs = [moment.date() for moment in test.features[CUTOFF].unique()]
    details = dataset.details(cutoffs)[[ACCOUNT_ID, CUTOFF, "arr"]]
    return rows.merge(details, on=[ACCOUNT_ID, CUTOFF], how="left", validate="one_to_one")


def _prove_tiers(model: RiskModel, test: TrainingRows, *, seed: int) -> TierProof:
    scorers: dict[str, Scorer] = {"model": model}
    if model.rule is not None:
        scorers["health_score"] = model.rule
    realised = {
        name: realised_by_tier(
            scorer.predict(test.features)["tier"].to_numpy(dtype=object), test.churned(), test.accounts, seed=seed
        )
        for name, scorer in scorers.items()
    }
    return TierProof(float(test.churned().mean()), realised)


def warnings_of(evaluation: dict[str, Figures]) -> Iterator[str]:
    """What a careful reader should know of these figures."""
    model = evaluation["model"]
    skill = 1 - model.log_loss / base_log_loss(model.base_rate)
    if skill <= 0:
        yield "Out of time, the model is no better than giving every account the base rate. Do not act on its list."
    elif skill < WEAK_SKILL:
        yield (
            f"Weak signal: out of time, log-loss is only {skill:.1%} below that of giving every account the base rate. "
            "Use the list to order work, not to promise who will leave."
        )
    for name, rival in evaluation.items():
        if name != "model_unseen" and rival.log_loss < model.log_loss:
            yield f"Out of time, {name} has the lower log-loss ({rival.log_loss:.4f} against {model.log_loss:.4f})."
