"""Claims about replayed lists and their backtest."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from churnpredict.errors import TrainingError, UsageError
from churnpredict.lab import Backtest, Replay, Schedule, headline, judge, render_backtest, replay
from churnpredict.lab.learning.fitting import features_at, fit, settings_for
from churnpredict.lab.learning.splits import rolling_splits
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.lab.reporting import plots
from churnpredict.scored import score

from .company import TODAY, Trained, company

#: Five lists, four weeks apart, two origins.
SCHEDULE = Schedule(weeks=40, every_weeks=4, retrain_weeks=20)


@pytest.fixture(scope="module")
def replayed(trained: Trained) -> Replay:
    return replay(trained.dataset, TODAY, SCHEDULE)


@pytest.fixture(scope="module")
def found(replayed: Replay) -> Backtest:
    return judge(replayed, capacity=0.1)


def test_every_list_is_of_what_an_earlier_model_would_have_said(trained: Trained, replayed: Replay) -> None:
    dataset = trained.dataset
    assert [origin.day for origin in replayed.origins] == [date(2023, 4, 24), date(2023, 9, 11)]
    for origin in replayed.origins:
        rows = TrainingRows.known_at(
            dataset, features_at(dataset, dataset.training_cutoffs(origin.day)), origin.day
        ).labelled()
        model = fit(rows, dataset.project, origin.day, settings_for(rows, dataset.project, origin.day))
        cutoff = origin.day + timedelta(weeks=4)
        weekly = score(dataset, model, cutoff).predictions.set_index("account_id").sort_index()
        listed = replayed.rows[replayed.rows["cutoff"] == pd.Timestamp(cutoff)].set_index("account_id").sort_index()
        assert (origin.rows, origin.churners) == (len(rows.labels), rows.churners)
        assert np.allclose(listed["risk"], weekly["risk_90d"], rtol=0, atol=1e-9)
        assert listed["raw_tier"].tolist() == weekly["tier"].tolist()


def test_no_origin_knows_what_follows_it(trained: Trained, tmp_path: Any) -> None:
    """Rewriting everything after the last origin changes no list before it."""
    rewritten = company()
    cut = pd.Timestamp(date(2023, 9, 11))
    tables = dict(rewritten.tables)
    tables["usage"] = tables["usage"][tables["usage"]["loaded_at"] < cut]
    tables["tickets"] = tables["tickets"][tables["tickets"]["day"] < cut]
    tables["churn"] = tables["churn"][tables["churn"]["churned_on"] < cut]
    dataset = replace(rewritten, tables=tables).open(tmp_path)
    short = replace(SCHEDULE, weeks=20)
    earlier = replay(dataset, date(2023, 9, 11) - timedelta(weeks=4), short).rows
    whole = replay(trained.dataset, date(2023, 9, 11) - timedelta(weeks=4), short).rows
    assert len(earlier) > 100
    pd.testing.assert_frame_equal(earlier.drop(columns="churned"), whole.drop(columns="churned"))


def test_where_there_is_too_little_to_learn_from_there_is_no_list_but_its_reason(trained: Trained) -> None:
    early = replay(trained.dataset, TODAY - timedelta(weeks=30), SCHEDULE)
    first, last = early.origins
    assert first.refused is not None
    assert first.rung is None
    assert last.refused is None
    assert early.rows["cutoff"].min() == pd.Timestamp(last.day)
    with pytest.raises(TrainingError):
        replay(trained.dataset, TODAY - timedelta(weeks=70), SCHEDULE)


def test_outcomes_are_known_only_where_their_days_have_passed(replayed: Replay) -> None:
    last = replayed.rows.loc[replayed.rows["churned"].notna(), "cutoff"].max()
    assert last + pd.Timedelta(days=90) <= pd.Timestamp(TODAY) < last + pd.Timedelta(days=90 + 28)
    assert len(replayed.judged) < len(replayed.rows)


def test_the_backtest_speaks_of_both_at_the_same_capacity(found: Backtest) -> None:
    assert [watch.name for watch in found.watches] == ["model", "health_score", "model_tiers", "health_tiers"]
    shares = [watch.alerts.flagged_share for watch in found.watches[:2] if watch.alerts is not None]
    assert shares[0] == shares[1] == pytest.approx(0.1, abs=0.01)
    assert found.evaluation["model"].auc > found.evaluation["health_score"].auc - 0.1  # type: ignore[operator]
    assert found.duel is not None
    assert sum(vars(found.duel.churners).values()) == found.evaluation["model"].churners
    assert [bucket.start for bucket in found.buckets] == [0, 30, 60]
    assert sum(bucket.rows for bucket in found.buckets) == round(
        found.evaluation["model"].base_rate * found.evaluation["model"].n
    )
    assert {part.kind for part in found.segments} == {"tenure", "renewal", "plan"}
    assert all(0 <= share <= 1 for values in found.revenue.values() for share in values)


def test_lists_whose_outcome_is_not_known_yet_are_not_judged(replayed: Replay) -> None:
    recent = replayed.rows[replayed.rows["churned"].isna()]
    with pytest.raises(UsageError, match=r"the outcome of no list from .* is known yet.*--weeks"):
        judge(replace(replayed, rows=recent), capacity=0.1)


def test_the_document_is_plain_json(found: Backtest) -> None:
    text = json.dumps(found.as_dict(), default=str)
    assert json.loads(text)["lists"] == 10
    assert found.as_dict()["origins"][0]["rung"]["name"] == "strongly regularised"


def test_the_page_needs_nothing_but_itself_and_escapes_what_it_is_given(found: Backtest) -> None:
    pytest.importorskip("matplotlib")
    page = render_backtest(found, "Acme <script>")
    assert headline(found) in page.replace("&#39;", "'")
    assert "Acme &lt;script&gt;" in page
    assert "<script" not in page
    assert "://" not in re.sub(r'src="data:image/svg\+xml;base64,[^"]*"', "", page)
    assert page.count("<figure>") == 5
    assert page == render_backtest(found, "Acme <script>")


def test_without_matplotlib_the_page_says_what_to_install(found: Backtest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"matplotlib is not installed; expected the extra lab"):
        render_backtest(found, "Acme")


def test_a_company_without_health_score_or_arr_has_a_backtest_too(found: Backtest, replayed: Replay) -> None:
    bare = replayed.rows.assign(health_score=np.nan, health_tier=None, rule_risk=np.nan, arr=np.nan)
    alone = judge(replace(replayed, rows=bare), capacity=0.1)
    assert (alone.duel, alone.revenue, alone.worth) == (None, {}, {})
    assert list(alone.evaluation) == ["model"]
    assert alone.evaluation["model"] == found.evaluation["model"]
    assert "health score" not in headline(alone)


# Splits ----------------------------------------------------------------------------------------------------------


def test_rolling_origins_each_learn_from_what_had_ended_by_then(trained: Trained) -> None:
    weekly = Schedule().cutoffs(TODAY)
    splits = rolling_splits(weekly, trained.dataset.training_cutoffs, every_days=91)
    assert len(splits) == 4
    assert [cutoff for split in splits for cutoff in split.test] == weekly
    for split in splits:
        assert split.train
        assert max(split.train) + timedelta(days=60) <= split.known_until
        features = features_at(trained.dataset, split.train)
        rows = TrainingRows.known_at(trained.dataset, features, split.known_until)
        for column, (_, end) in enumerate(trained.project.training.intervals()):
            known = ~np.isnan(rows.labels[:, column])
            ends = rows.features.loc[known, "cutoff"] + pd.Timedelta(days=end)
            assert ends.max() <= pd.Timestamp(min(split.test)), "a label window reaches into the test"


def test_a_training_cutoff_that_is_not_before_its_origin_is_refused() -> None:
    with pytest.raises(ValueError, match="is not before the origin"):
        rolling_splits([TODAY], lambda origin: [origin], every_days=7)


def test_a_random_split_of_rows_would_have_lied(trained: Trained) -> None:
    """Rows of one account share its churn: who learns from some of them knows the others, whatever the features say.

    Features here are noise that stays with the account, so nothing can be predicted of an account not seen before.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, KFold, cross_val_predict

    random = np.random.default_rng(0)
    features = features_at(trained.dataset, trained.dataset.training_cutoffs(TODAY))
    rows = TrainingRows.known_at(trained.dataset, features, TODAY)
    rows = rows.where(~np.isnan(rows.churned()))
    names, codes = np.unique(rows.accounts, return_inverse=True)
    noise = random.normal(size=(len(names), 3))[codes]
    day = (rows.features["cutoff"] - rows.features["cutoff"].min()).dt.days.to_numpy()
    matrix = np.column_stack([noise, day])
    churned = rows.churned()
    forest = RandomForestClassifier(60, min_samples_leaf=2, random_state=0)

    def said(folds: Any) -> float:
        answers = cross_val_predict(forest, matrix, churned, cv=folds, method="predict_proba")
        return float(roc_auc_score(churned, answers[:, 1]))

    at_random, by_account = (
        said(KFold(5, shuffle=True, random_state=0)),
        said(list(GroupKFold(5).split(matrix, groups=codes))),
    )
    assert at_random > 0.75
    assert by_account < 0.62
    assert at_random - by_account > 0.15
