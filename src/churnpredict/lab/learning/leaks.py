"""Too good to be true: what looks as if it knew the future, named before anybody trusts it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score

from churnpredict.errors import Problem
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.scoring import FeatureSpace

Floats = npt.NDArray[np.float64]

#: Above this out-of-time AUC nobody predicts churn months ahead: something leaks.
SUSPICIOUS_AUC = 0.95
#: The same of one feature alone.
SUSPICIOUS_FEATURE_AUC = 0.90
#: Share of the accounts with a value that churned, from which on the feature "exists only for churners".
ONLY_CHURNERS = 0.98
#: Accounts that must have a value before that says anything.
FEWEST_HOLDERS = 10
_TODO = "Look for a column that is filled, or a table that is written, only after the account has left."


def suspected_leaks(
    rows: TrainingRows, space: FeatureSpace, churns: pd.DataFrame, *, auc: float | None
) -> list[Problem]:
    """What is too good to be true.

    Parameters
    ----------
    rows
        Labelled rows.
    space
        The features of their columns.
    churns
        Every churn that is known, see `Dataset.churns`.
    auc
        Out-of-time AUC of the model, if it has one.
    """
    problems = [*_of_the_model(auc)]
    churned = rows.churned()
    known = ~np.isnan(churned)
    matrix = space.encode(rows.features)
    left = np.isin(rows.accounts, churns["account_id"].to_numpy(dtype=object))
    for position, feature in enumerate(space.features):
        values = matrix[:, position].astype(np.float64)
        if feature.kind == "category":
            values = _rates(values, churned)
        problems += _of_a_feature(feature.name, values[known], churned[known])
        problems += _only_for_churners(feature.name, rows.accounts, ~np.isnan(values), left)
    return problems


def _of_the_model(auc: float | None) -> Iterator[Problem]:
    if auc is not None and auc > SUSPICIOUS_AUC:
        given = f"out of time the model has an AUC of {auc:.3f}, too good to be true"
        yield Problem("training", given, "on real accounts .70 to .85", _TODO)


def _of_a_feature(name: str, values: Floats, churned: Floats) -> Iterator[Problem]:
    present = ~np.isnan(values)
    inside = churned[present]
    if not 0 < inside.sum() < len(inside):
        return
    auc = float(roc_auc_score(inside, values[present]))
    if max(auc, 1 - auc) > SUSPICIOUS_FEATURE_AUC:
        given = f"alone it has an AUC of {max(auc, 1 - auc):.3f}, too good to be true"
        yield Problem(name, given, f"at most {SUSPICIOUS_FEATURE_AUC:.2f}", _TODO)


def _only_for_churners(
    name: str, accounts: npt.NDArray[np.object_], present: npt.NDArray[np.bool_], left: npt.NDArray[np.bool_]
) -> Iterator[Problem]:
    frame = pd.DataFrame({"account": accounts, "present": present, "left": left})
    each = frame.groupby("account").max()
    holders, others = each.loc[each["present"], "left"], each.loc[~each["present"], "left"]
    if len(holders) < FEWEST_HOLDERS or not len(others) or holders.mean() < ONLY_CHURNERS:
        return
    # Where nearly everybody leaves in the end, as where silence is churn, holding a value says nothing.
    if others.mean() <= holders.mean() / 2:
        given = f"{holders.sum()} of {len(holders)} accounts with a value left, {others.mean():.0%} of the others"
        yield Problem(name, given, "a value for accounts that stay, too", _TODO)


def _rates(codes: Floats, churned: Floats) -> Floats:
    """Churn rate of each level, in the place of its code."""
    rates = pd.Series(churned).groupby(pd.Series(codes)).mean()
    return np.asarray(pd.Series(codes).map(rates), dtype=np.float64)
