"""Claims about training and its proof."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest

from churnpredict.errors import TrainingError
from churnpredict.lab import Figures, Training, check_up, figure_rows, figures, save_training, train
from churnpredict.lab.learning import proof as proof_module
from churnpredict.lab.learning.ladder import FEWEST_CHURNERS
from churnpredict.lab.learning.proof import warnings_of
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.lab.tracking.model_card import model_card
from churnpredict.scoring import RiskModel, load_bundle, read_document

from .company import DAYS, START, TODAY, TOML, Trained, company

GOOD = Figures(
    auc=0.8,
    pr_auc=0.2,
    log_loss=0.15,
    brier=0.04,
    lift_at_10=3.0,
    ece=0.01,
    slope=1.0,
    intercept=0.0,
    base_rate=0.05,
    n=900,
    churners=40,
)


def warnings(**changed: float | None) -> list[str]:
    """What is said of a model with these figures beside a health score that is worse."""
    rule = replace(GOOD, log_loss=9.0)
    return list(warnings_of({"model": replace(GOOD, **changed), "health_score": rule}))  # type: ignore[arg-type]


# What is judged --------------------------------------------------------------------------------------------------


def test_all_contenders_are_judged_on_the_same_later_rows(trained: Trained) -> None:
    training = trained.training
    assert list(training.evaluation) == ["model", "health_score", "logistic"]
    assert len({(said.n, said.churners, said.base_rate) for said in training.evaluation.values()}) == 1
    assert max(training.split.train) + timedelta(days=60) <= min(training.split.test)


def test_unseen_accounts_are_judged_by_models_of_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learnt: list[set[str]] = []
    judged: list[set[str]] = []
    fit = proof_module.fit

    def remembering(rows: TrainingRows, *rest: Any) -> RiskModel:
        learnt.append(set(rows.accounts))
        return fit(rows, *rest)

    risks = RiskModel.risks

    def asked(model: RiskModel, frame: pd.DataFrame) -> Any:
        judged.append(set(frame["account_id"]))
        return risks(model, frame)

    monkeypatch.setattr(proof_module, "fit", remembering)
    monkeypatch.setattr(RiskModel, "risks", asked)
    toml = TOML.replace("bags = 1", "bags = 1\njudge_unseen_accounts = true")
    training = train(replace(company(), toml=toml).open(tmp_path), TODAY)
    seen, unseen = training.evaluation["model"], training.evaluation["model_unseen"]
    assert (seen.n, seen.churners) == (unseen.n, unseen.churners)
    by_fold = [accounts for accounts in judged if accounts < set.union(*judged)]
    assert len(by_fold) == len(learnt) - 1 == 5
    assert all(not accounts & others for accounts, others in zip(by_fold, learnt[1:], strict=True))
    assert set.union(*by_fold) == set.union(*judged)
    assert all("unseen" not in warning for warning in training.warnings)


def test_the_figures_are_of_complete_rows_of_the_test_cutoffs(trained: Trained) -> None:
    dataset, split = trained.dataset, trained.training.split
    features = pd.concat(list(dataset.features(split.test)), ignore_index=True)
    churned = TrainingRows.known_at(dataset, features, TODAY).churned()
    assert not np.isnan(churned).any()
    keys = {"accounts": features["account_id"], "cutoffs": features["cutoff"]}
    expected = figures(churned, np.full(len(churned), 0.5), **keys)
    said = trained.training.evaluation["model"]
    assert (said.n, said.churners, said.base_rate) == (expected.n, expected.churners, expected.base_rate)


def test_the_model_beats_the_base_rate_where_there_is_a_signal(trained: Trained) -> None:
    said = trained.training.evaluation["model"]
    assert said.auc is not None
    assert said.auc > 0.65
    assert not any("base rate" in warning for warning in trained.training.warnings)


def test_the_final_model_is_fitted_on_later_rows_than_the_judged_one(trained: Trained) -> None:
    training = trained.training
    assert training.model.trained_until == TODAY
    features = pd.concat(list(trained.dataset.features(training.split.train)), ignore_index=True)
    judged = TrainingRows.known_at(trained.dataset, features, training.split.known_until).labelled()
    assert training.rows > len(judged.labels)
    assert training.churners > judged.churners >= FEWEST_CHURNERS


def test_the_judged_model_knows_nothing_of_the_time_it_is_judged_on(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Seen(Exception):  # noqa: N818
        """What the first model is fitted on."""

    def see(rows: TrainingRows, _project: object, trained_until: date, _settings: object) -> NoReturn:
        raise Seen(rows, trained_until)

    monkeypatch.setattr(proof_module, "fit", see)
    with pytest.raises(Seen) as seen:
        train(trained.dataset, TODAY)
    rows, trained_until = seen.value.args
    assert trained_until == trained.training.split.known_until
    for column, (_, end) in enumerate(trained.project.training.intervals()):
        known = ~np.isnan(rows.labels[:, column])
        ends = rows.features.loc[known, "cutoff"] + pd.Timedelta(days=end)
        assert known.any()
        assert ends.max() <= pd.Timestamp(trained_until)


def test_who_left_after_the_first_test_cutoff_is_not_known_before_it(trained: Trained, tmp_path: Path) -> None:
    split = trained.training.split
    other = company()
    churn = other.tables["churn"]
    before = churn["churned_on"] < pd.Timestamp(split.known_until)
    assert 0 < before.sum() < len(churn)
    rewritten = replace(other, tables=other.tables | {"churn": churn[before]}).open(tmp_path)
    labels = []
    for dataset in (trained.dataset, rewritten):
        features = pd.concat(list(dataset.features(split.train)), ignore_index=True)
        labels.append(TrainingRows.known_at(dataset, features, split.known_until).labels)
    assert np.array_equal(labels[0], labels[1], equal_nan=True)
    assert (labels[0] == 1).any()


# What is warned of -----------------------------------------------------------------------------------------------


def test_a_feature_that_knows_the_future_is_named_and_refused_unless_it_is_accepted(tmp_path: Path) -> None:
    leaking = company()
    accounts = leaking.tables["accounts"].merge(leaking.tables["churn"], how="left", on="account_id")
    toml = TOML + '\n[accounts.facts]\nchurned_on = "date"\n'
    leaking = replace(leaking, tables=leaking.tables | {"accounts": accounts}, toml=toml)
    dataset = leaking.open(tmp_path)
    with pytest.raises(TrainingError) as refused:
        train(dataset, TODAY)
    places = [problem.where for problem in refused.value.problems]
    assert set(places) == {"training", "churned_on__days_until"}
    assert "out of time the model has an AUC of " in str(refused.value)
    assert "churned_on__days_until: alone it has an AUC of " in str(refused.value)
    assert "accounts with a value left, 0% of the others" in str(refused.value)
    assert refused.value.problems[-1].todo.endswith("training.accept_suspected_leak = true.")
    said = train(dataset, TODAY, accept_suspected_leak=True).warnings
    assert [warning.startswith("Suspected leak: ") for warning in said[: len(places)]] == [True] * len(places)


def test_good_figures_are_not_warned_of() -> None:
    assert warnings() == []


@pytest.mark.parametrize(("skill", "said"), [(-0.1, "Do not act on its list"), (0.0, "Do not act"), (1e-6, "Weak")])
def test_a_model_hardly_better_than_the_base_rate_is_warned_of(skill: float, said: str) -> None:
    bar = -(0.05 * np.log(0.05) + 0.95 * np.log(0.95))
    (warning,) = warnings(log_loss=bar * (1 - skill))
    assert said in warning


def test_a_rival_that_is_better_is_named() -> None:
    evaluation = {"model": GOOD, "health_score": replace(GOOD, log_loss=0.14), "logistic": GOOD}
    assert list(warnings_of(evaluation)) == [
        "Out of time, health_score has the lower log-loss (0.1400 against 0.1500)."
    ]


# What is refused -------------------------------------------------------------------------------------------------


def test_too_few_churners_are_refused_with_their_number(tmp_path: Path) -> None:
    dataset = company(accounts=60).open(tmp_path)
    with pytest.raises(TrainingError, match=r"(\d+) distinct accounts are known to have churned.*at least 50") as error:
        train(dataset, TODAY)
    assert error.value.exit_code == 5
    found = check_up(dataset, TODAY)
    assert not found.able
    assert "too few for a model" in found.verdict


@pytest.mark.case(36, "exit 5")
def test_an_interval_in_which_nobody_left_is_refused(tmp_path: Path) -> None:
    """Contracts end within 50 days of a quarterly cutoff: [60, 90) has nothing to learn from."""
    quarterly = replace(company(), toml=TOML.replace("bags = 1", "bags = 1\nevery_days = 90"))
    cutoffs = pd.Series(pd.to_datetime(quarterly.open(tmp_path).training_cutoffs(TODAY)))
    churn = quarterly.tables["churn"].reset_index(drop=True)
    chosen = cutoffs.iloc[churn.index % len(cutoffs)].reset_index(drop=True)
    together = churn.assign(churned_on=chosen + pd.to_timedelta(churn.index % 50, unit="D"))
    dataset = replace(quarterly, tables=quarterly.tables | {"churn": together}).open(tmp_path)
    with pytest.raises(TrainingError, match=r"0 distinct accounts .* left within \[60, 90\) days .*at least 5"):
        train(dataset, TODAY)
    found = check_up(dataset, TODAY)
    assert not found.able
    assert "only 0 in one of the intervals" in found.verdict


def test_cutoffs_at_which_nobody_counts_are_refused(tmp_path: Path) -> None:
    later = company()
    accounts = later.tables["accounts"].assign(started_on=TODAY - timedelta(days=1))
    dataset = replace(later, tables=later.tables | {"accounts": accounts}).open(tmp_path)
    with pytest.raises(TrainingError, match="no account counts at any of the"):
        train(dataset, TODAY)


def test_a_short_history_is_refused(trained: Trained) -> None:
    early = START + timedelta(days=200)
    with pytest.raises(TrainingError, match="cutoffs with complete labels"):
        train(trained.dataset, early)


def test_the_check_up_counts_what_training_uses(trained: Trained) -> None:
    found = check_up(trained.dataset, TODAY)
    assert found.able
    assert found.churners == trained.training.churners
    assert found.rows == trained.training.rows
    assert f"{found.churners} churners" in found.verdict
    assert {source.place for source in found.sources} >= {"accounts", "events.usage", "churn"}
    assert DAYS > found.cutoffs > len(trained.training.split.train)


def test_the_check_up_does_not_promise_what_training_refuses(tmp_path: Path) -> None:
    dataset = company(accounts=110).open(tmp_path)
    with pytest.raises(TrainingError):
        train(dataset, TODAY)
    assert not check_up(dataset, TODAY).able


def test_without_history_the_check_up_says_since_when_there_is_any(trained: Trained) -> None:
    found = check_up(trained.dataset, START + timedelta(days=30))
    assert not found.able
    assert found.verdict == "Too little history: the first event is of 2022-01-03."


# What is kept ----------------------------------------------------------------------------------------------------


def test_the_proof_is_kept_beside_the_model(trained: Trained) -> None:
    folder = trained.project.champion_folder
    evaluation = {name: said.as_dict() for name, said in trained.training.evaluation.items()}
    assert read_document(folder, "evaluation.json") == json.loads(json.dumps(evaluation))
    assert load_bundle(folder).scale == trained.training.model.scale


def test_the_card_says_what_was_learnt_how_it_was_judged_and_what_to_mind(trained: Trained) -> None:
    training: Training = replace(trained.training, warnings=("Mind the gap.",))
    card = model_card(training)
    said = training.evaluation["model"]
    assert f"{training.rows:,} rows, {training.churners:,} distinct churners" in card
    assert f"fitted on what was known before {training.split.known_until}" in card
    assert f"| churnpredict | {said.auc:.3f} |" in card
    assert card.endswith("\n**Careful.** Mind the gap.\n")
    headed = card.splitlines().index("|  | AUC | PR-AUC | log-loss | Brier | lift at 10 % | ECE | slope |")
    assert card.splitlines()[headed - 1] == "", "a table begins after an empty line"


def test_a_figure_that_there_is_not_is_a_dash(trained: Trained) -> None:
    training = replace(trained.training, evaluation={"model": replace(GOOD, auc=None)})
    assert figure_rows(training) == [["churnpredict", "–", "0.200", "0.1500", "0.0400", "3.00", "0.0100", "1.00"]]


def test_saving_again_replaces_the_model_and_its_proof(trained: Trained, tmp_path: Path) -> None:
    folder = tmp_path / "champion"
    save_training(trained.training, folder)
    save_training(replace(trained.training, evaluation={"model": GOOD}), folder)
    assert json.loads((folder / "evaluation.json").read_text()) == {"model": GOOD.as_dict()}
    load_bundle(folder)
