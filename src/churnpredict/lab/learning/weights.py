"""Weights of the health score that past churn suggests: a proposal with its out-of-time gain, never applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from churnpredict.columns import ACCOUNT_ID
from churnpredict.config import Category, HealthScore, Project
from churnpredict.dataset import Dataset, Hindsight
from churnpredict.errors import Problem, TrainingError
from churnpredict.lab.learning.fitting import features_at, health_scorer, settings_for
from churnpredict.lab.learning.splits import OutOfTimeSplit, out_of_time_split
from churnpredict.lab.learning.training_rows import TrainingRows, rows_of
from churnpredict.lab.metrics import AccountBootstrap, Interval, auc
from churnpredict.lab.metrics.figures import log_losses
from churnpredict.lab.metrics.intervals import interval_of
from churnpredict.scoring import Borders, FeatureSpace, HealthScorer, RuleModel

Floats = npt.NDArray[np.float64]
#: Tenths of a point are as fine as a weight is worth saying.
TENTHS = 1_000


@dataclass(frozen=True)
class Gain:
    """A figure of the health score out of time, with the weights it has and with those proposed.

    Parameters
    ----------
    declared, proposed
        The figure.
    better
        By how much the proposal is better, positive where it is.
    interval
        95 % interval of `better`, paired, over accounts; None where it has none.
    """

    declared: float
    proposed: float
    better: float
    interval: Interval | None


@dataclass(frozen=True)
class WeightProposal:
    """What past churn suggests.

    Parameters
    ----------
    weights
        Points of a hundred by indicator, 0 or more, summing to 100; from all that is known.
    declared
        The same of the present weights.
    health_score
        The proposal as it could be declared; indicators without weight are left out.
    test
        Cutoffs of the proof.
    log_loss, auc
        The same recipe, fitted before the first of them and judged on them; nats, and 0–1.
    """

    weights: dict[str, float]
    declared: dict[str, float]
    health_score: HealthScore
    test: tuple[date, ...]
    log_loss: Gain
    auc: Gain

    @property
    def proven(self) -> bool:
        """Whether the log-loss gained more than chance would give."""
        return self.log_loss.interval is not None and self.log_loss.interval.low > 0

    def toml(self) -> str:
        """The proposal, to be pasted into churnpredict.toml; variants stay as they are."""
        weights = ", ".join(f"{name} = {weight:g}" for name, weight in self.health_score.weights.items())
        lines = ["[health_score]", f"weights = {{ {weights} }}", "indicators = ["]
        for each in self.health_score.indicators:
            knots = ", ".join(f"[{value:g}, {points:g}]" for value, points in each.knots)
            named = f'feature = "{each.feature}", category = "{each.category}"'
            lines.append(f"    {{ {named}, knots = [{knots}], weight = {each.weight:g} }},")
        return "\n".join([*lines, "]"])


def propose_weights(dataset: Dataset, observed_until: date) -> WeightProposal:
    """Suggest weights for the indicators of the health score.

    Parameters
    ----------
    dataset
        The opened sources.
    observed_until
        Nothing at or after this day is used.

    Raises
    ------
    TrainingError
        If there is no health score, history is too short, or there are too few churners to learn from.
    """
    project = dataset.project
    split, past, test, rows = _rows(dataset, observed_until)
    settings_for(past, project, split.known_until)
    scorer = health_scorer(rows, project)
    if scorer is None:
        problem = Problem("health_score", "there is none, or nobody has its data", "indicators with data")
        raise TrainingError(problem)
    judged = _reweighed(scorer.declared, _fitted(scorer, past))
    risks = [_risk(declared, past, test, project) for declared in (scorer.declared, judged)]
    final = _fitted(scorer, rows)
    return WeightProposal(
        weights=dict(zip(scorer.features, final, strict=True)),
        declared=dict(zip(scorer.features, _hundred(_nominal(scorer)), strict=True)),
        health_score=_reweighed(scorer.declared, final),
        test=split.test,
        log_loss=_gain(test, risks, log_loss=True),
        auc=_gain(test, risks, log_loss=False),
    )


def _rows(dataset: Dataset, observed_until: date) -> tuple[OutOfTimeSplit, TrainingRows, TrainingRows, TrainingRows]:
    """The split; what was known before its test; the test; and all that is known: rows with a complete label."""
    training = dataset.project.training
    cutoffs = dataset.training_cutoffs(observed_until)
    closed = Hindsight.at(observed_until, training.intervals(), dataset.project.churn).closed_until
    split = out_of_time_split(cutoffs, closed, horizons=training.horizons, test_share=training.test_share)
    features = features_at(dataset, cutoffs)
    chosen = (
        (rows_of(features, split.train), split.known_until),
        (rows_of(features, split.test), observed_until),
        (features, observed_until),
    )
    past, test, everything = (TrainingRows.known_at(dataset, frame, known) for frame, known in chosen)
    return split, *(rows.where(~np.isnan(rows.churned())) for rows in (past, test, everything))  # type: ignore[return-value]


def _fitted(scorer: HealthScorer, rows: TrainingRows) -> Floats:
    """Weights by indicator, 0 or more, summing to 100.

    Logistic regression of churn on the points each indicator lacks, with coefficients of 0 or more: a maximum a
    posteriori around the present weights, whose coefficients have a standard deviation of 1. Rows count as their
    share of an account, for neighbouring rows are no new evidence.
    """
    lacking = (100.0 - _filled(scorer, rows)) / 100.0
    churned = rows.churned()
    nominal = _nominal(scorer)
    evidence = rows.churners / max(churned.sum(), 1.0)
    slope = _minimised(lacking @ nominal[:, None], churned, evidence, np.zeros(1))[0]
    fitted = _minimised(lacking, churned, evidence, slope * nominal)
    return _hundred(fitted if fitted.sum() > 0 else nominal)


def _minimised(x: Floats, churned: Floats, evidence: float, around: Floats) -> Floats:
    def loss(values: Floats) -> tuple[float, Floats]:
        margin = values[0] + x @ values[1:]
        residual = expit(margin) - churned
        away = values[1:] - around
        likelihood = np.sum(np.logaddexp(0.0, margin) - churned * margin)
        gradient = evidence * np.concatenate([[residual.sum()], x.T @ residual])
        return float(evidence * likelihood + away @ away / 2), gradient + np.concatenate([[0.0], away])

    base = float(np.clip(churned.mean(), 1e-6, 1 - 1e-6))
    start = np.concatenate([[np.log(base / (1 - base))], around])
    bounds = [(None, None), *[(0.0, None)] * len(around)]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x[1:], dtype=np.float64)


def _filled(scorer: HealthScorer, rows: TrainingRows) -> Floats:
    """Points of each indicator; what is missing stands as the rest of its category, and then of the score."""
    points, scores = scorer.points(rows.features), scorer.score(rows.features)
    for at, indicator in enumerate(scorer.declared.indicators):
        rest = scores[f"health_{indicator.category}"].fillna(scores["health_score"])
        rest = rest.fillna(scores["health_score"].mean())
        points[:, at] = np.where(np.isnan(points[:, at]), rest, points[:, at])
    return points


def _nominal(scorer: HealthScorer) -> Floats:
    """Share of each indicator in the score of an account with all data and no variant, summing to 1."""
    declared = scorer.declared
    inside = {name: sum(e.weight for e in declared.indicators if e.category == name) for name in scorer.categories}
    total = sum(declared.weights[name] for name in scorer.categories)
    shares = [declared.weights[e.category] / total * e.weight / inside[e.category] for e in declared.indicators]
    return np.array(shares, dtype=np.float64)


def _hundred(values: Floats) -> Floats:
    """Values in proportion, in tenths of a point that sum to 100: the largest remainders are rounded up."""
    exact = values / values.sum() * TENTHS
    whole = np.floor(exact)
    up = np.argsort(whole - exact, kind="stable")[: int(TENTHS - whole.sum())]
    whole[up] += 1
    return np.asarray(whole / (TENTHS / 100), dtype=np.float64)


def _reweighed(declared: HealthScore, weights: Floats) -> HealthScore:
    """The same indicators with these points of a hundred; those without any are left out."""
    pairs = [(each, float(weight)) for each, weight in zip(declared.indicators, weights, strict=True) if weight > 0]
    by_category: dict[Category, float] = {}
    for each, weight in pairs:
        by_category[each.category] = round(by_category.get(each.category, 0.0) + weight, 1)
    indicators = [each.model_copy(update={"weight": weight}) for each, weight in pairs]
    return declared.model_copy(update={"weights": by_category, "indicators": indicators})


def _risk(declared: HealthScore, past: TrainingRows, test: TrainingRows, project: Project) -> Floats:
    """Risk of the test rows by a health score that was calibrated on the past."""
    space = FeatureSpace.learn(project.features(), past.features)
    rule = RuleModel.fit(
        HealthScorer(declared),
        space,
        rows=(past.features, past.labels),
        intervals=project.training.intervals(),
        borders=Borders(project.tiers.yellow, project.tiers.red),
    )
    return rule.risks(test.features)[:, -1]


def _gain(test: TrainingRows, risks: list[Floats], *, log_loss: bool) -> Gain:
    churned, accounts = test.churned(), test.features[ACCOUNT_ID].to_numpy(dtype=object)
    once = AccountBootstrap(np.arange(len(churned)), np.ones((1, len(churned)), dtype=np.float32))
    drawn = AccountBootstrap.of(accounts)

    def figure(risk: Floats, bootstrap: AccountBootstrap) -> Floats:
        return bootstrap.ratios(log_losses(churned, risk)) if log_loss else auc(churned, risk, bootstrap)

    declared, proposed = (float(figure(risk, once)[0]) for risk in risks)
    before, after = (figure(risk, drawn) for risk in risks)
    sign = -1 if log_loss else 1
    return Gain(declared, proposed, sign * (proposed - declared), interval_of(sign * (after - before)))
