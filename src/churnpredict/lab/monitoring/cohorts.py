"""What came of the predictions that were published, once enough time has passed to know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score

from churnpredict.columns import ACCOUNT_ID, CUTOFF, churned_column, risk_column
from churnpredict.dataset import Dataset, Hindsight
from churnpredict.lab.metrics import AccountBootstrap, Interval, auc
from churnpredict.lab.metrics.intervals import interval_of, quotients
from churnpredict.scoring import BUNDLE, ORDER, published_predictions

Floats = npt.NDArray[np.float64]
#: Churners that must be expected or seen before a figure is worth reading.
FEWEST_CHURNERS = 10
#: Days of mature lists that are judged together as the latest.
LATEST_DAYS = 182
#: Rows that an interval of the AUC is drawn from.
MOST_RANKED_ROWS = 200_000


@dataclass(frozen=True)
class Cohort:
    """Published predictions of one horizon over some lists, and what came of them.

    Parameters
    ----------
    name
        The month of the lists, or what else holds them together.
    horizon
        Days ahead.
    lists
        How many.
    rows, accounts
        Predictions whose outcome is known, and distinct accounts among them.
    unknown
        Share of the predictions whose outcome will not be known: an intervention came in between.
    churners
        Distinct accounts that churned.
    expected, observed
        Sum of the risks, and rows that churned.
    ratio
        Observed per expected with its 95 % interval over accounts; None where it is too early to know.
    auc
        Area under the ROC curve with its interval, likewise.
    """

    name: str
    horizon: int
    lists: int
    rows: int
    accounts: int
    unknown: float
    churners: int
    expected: float
    observed: float
    ratio: tuple[float, Interval] | None
    auc: tuple[float, Interval] | None


@dataclass(frozen=True)
class Realised:
    """What came of the published lists.

    Parameters
    ----------
    cohorts
        By month and horizon, the oldest first.
    latest
        By horizon, the mature lists of the last half year together; horizons without one are absent.
    first_known_on
        The day on which the outcome of the oldest list is first known, if that is still to come; None otherwise.
    """

    cohorts: list[Cohort]
    latest: list[Cohort]
    first_known_on: date | None


def realised(dataset: Dataset, as_of: date) -> Realised:
    """Hold the published predictions against what happened, as far as it was known at `as_of`.

    Parameters
    ----------
    dataset
        The opened sources; the lists are those of its project.
    as_of
        Nothing at or after this day is used.

    Raises
    ------
    DataError
        If a stored list is damaged.
    """
    project = dataset.project
    intervals, horizons = project.training.intervals(), project.training.horizons
    # The last two are always 60 and 90; shorter ones may be declared since, and old lists have no risk for them.
    judged = list(enumerate(horizons))[-2:]
    columns = [risk_column(0, horizon) for _, horizon in judged]
    published = published_predictions(project.weeks_folder, as_of, [ACCOUNT_ID, CUTOFF, *columns])
    hindsight = Hindsight.at(as_of, intervals, project.churn)
    lists = sorted(moment.date() for moment in published[CUTOFF].unique())
    not_yet = as_of - hindsight.closed_until
    nearest = timedelta(days=judged[0][1])
    mature = [cutoff for cutoff in lists if cutoff + nearest <= hindsight.closed_until]
    if not mature:
        first = lists[0] + nearest + not_yet if lists else None
        return Realised([], [], first)
    known = published[published[CUTOFF] <= pd.Timestamp(mature[-1])]
    known = known.merge(dataset.labels(mature, as_of), on=[ACCOUNT_ID, CUTOFF], how="inner", validate="one_to_one")
    cohorts, latest = [], []
    for position, horizon in judged:
        closed = pd.Timestamp(hindsight.closed_until - timedelta(days=horizon))
        rows = known[known[CUTOFF] <= closed]
        rows = rows.assign(risk=rows[risk_column(0, horizon)], churned=_churned(rows, intervals[: position + 1]))
        months = rows[CUTOFF].dt.strftime("%Y-%m")
        cohorts += [_cohort(str(month), horizon, rows[months == month]) for month in sorted(months.unique())]
        recent = rows[rows[CUTOFF] > rows[CUTOFF].max() - pd.Timedelta(days=LATEST_DAYS)]
        latest += [_cohort("latest", horizon, recent)] if len(recent) else []
    return Realised(cohorts, latest, None)


def _churned(rows: pd.DataFrame, intervals: Sequence[tuple[int, int]]) -> Floats:
    """1 churned before the last of the intervals ended, 0 not, NaN not known."""
    labels = rows[[churned_column(start, end) for start, end in intervals]].to_numpy(dtype=np.float64)
    churned, stayed = (labels == 1).any(axis=1), (labels == 0).all(axis=1)
    return np.where(churned | stayed, churned.astype(np.float64), np.nan)


def _cohort(name: str, horizon: int, rows: pd.DataFrame) -> Cohort:
    known = rows[rows["churned"].notna()]
    churned, risk = known["churned"].to_numpy(), known["risk"].to_numpy()
    accounts = known[ACCOUNT_ID].to_numpy(dtype=str)
    churners = len(np.unique(accounts[churned == 1]))
    ratio = ranking = None
    if max(churners, _expected_churners(known)) >= FEWEST_CHURNERS:
        bootstrap = AccountBootstrap.of(accounts)
        interval = interval_of(quotients(bootstrap.sums(churned), bootstrap.sums(risk)))
        ratio = None if interval is None else (float(churned.sum() / risk.sum()), interval)
        if churners >= FEWEST_CHURNERS and 0 < churned.mean() < 1:
            ranking = _auc(churned, risk, accounts)
    return Cohort(
        name=name,
        horizon=horizon,
        lists=int(rows[CUTOFF].nunique()),
        rows=len(known),
        accounts=len(np.unique(accounts)),
        unknown=float(rows["churned"].isna().mean()),
        churners=churners,
        expected=float(risk.sum()),
        observed=float(churned.sum()),
        ratio=ratio,
        auc=ranking,
    )


def _expected_churners(known: pd.DataFrame) -> float:
    """Churners that the risks make one expect: an account is counted once, however many lists it is on."""
    return float(known.groupby(ACCOUNT_ID)["risk"].mean().sum()) if len(known) else 0.0


def _auc(churned: Floats, risk: Floats, accounts: npt.NDArray[np.str_]) -> tuple[float, Interval] | None:
    codes = np.unique(accounts, return_inverse=True)[1]
    many = int(codes.max()) + 1
    # Replicates × rows is what this takes; of a large company, some accounts say as much as all.
    drawn = np.random.default_rng(0).permutation(many) < MOST_RANKED_ROWS * many / len(codes)
    inside = drawn[codes]
    interval = interval_of(auc(churned[inside], risk[inside], AccountBootstrap.of(codes[inside])))
    return None if interval is None else (float(roc_auc_score(churned, risk)), interval)


def tier_shares(weeks: Path, as_of: date, *, most: int) -> pd.DataFrame:
    """Share of the accounts in each tier, by published list, that of `as_of` among them.

    Returns
    -------
    DataFrame
        One row per list, oldest first: cutoff, accounts, bundle, then a column per tier (0–1).
    """
    stored = published_predictions(weeks, as_of + timedelta(days=1), [CUTOFF, "tier", BUNDLE], most=most)
    lists = []
    for cutoff, rows in stored.groupby(CUTOFF):
        shares = rows["tier"].value_counts(normalize=True)
        tiers: dict[str, float] = {tier: float(shares.get(tier, 0.0)) for tier in ORDER}
        lists.append({CUTOFF: cutoff, "accounts": len(rows), BUNDLE: rows[BUNDLE].iloc[0], **tiers})
    return pd.DataFrame(lists, columns=[CUTOFF, "accounts", BUNDLE, *ORDER])
