"""What changed since the week before: asks the sources for the earlier cutoff again, and has the changes split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.csm import LEFT
from churnpredict.dataset import Dataset
from churnpredict.scoring import BUNDLE, RiskChanges, RiskModel, moved_accounts, risk_changes, split_changes

#: Where features are not there already: accounts that are asked for by name; of more, all accounts are asked for and
#: the others passed over. Where accounts are compared with their peers, everybody's features are made anyway, and
#: those of some would be made twice.
MOST_NAMED = 10_000


@dataclass(frozen=True)
class Since:
    """What happened since the week before.

    Parameters
    ----------
    changes
        Why the risks of accounts changed.
    left
        Accounts that are accounts no more, by their risk of then: account_id, account_name, owner, arr, previous_tier
        and previous_risk (0–1).
    """

    changes: RiskChanges
    left: pd.DataFrame


def since_previous(
    dataset: Dataset,
    model: RiskModel,
    predictions: pd.DataFrame,
    previous: pd.DataFrame | None,
    *,
    features: Mapping[date, Sequence[pd.DataFrame]] | None = None,
) -> Since:
    """What happened since the week before.

    Parameters
    ----------
    dataset
        The opened sources.
    model
        What made `predictions`.
    predictions
        With the tiers that are shown and the digest of the bundle that made them.
    previous
        The stored predictions of the week before; None if there is none. Without a digest, they count as those of
        another model.
    features
        Features of all accounts by cutoff, as they are known today; asked for where there are none.
    """
    if previous is None:
        return Since(RiskChanges.none(), pd.DataFrame(columns=list(LEFT)))
    wanted = dataset.project.risk_list.changes
    changes = _changes(dataset, model, (predictions, previous), features or {}) if wanted else RiskChanges.none()
    return Since(changes, _left(dataset, predictions, previous))


def _changes(
    dataset: Dataset,
    model: RiskModel,
    weeks: tuple[pd.DataFrame, pd.DataFrame],
    there: Mapping[date, Sequence[pd.DataFrame]],
) -> RiskChanges:
    predictions, previous = weeks
    changes = risk_changes(predictions, previous)
    accounts = moved_accounts(changes, predictions, previous)
    if not accounts:
        return RiskChanges(changes, RiskChanges.none().drivers)
    then, now = changes["previous_cutoff"].iloc[0], changes[CUTOFF].iloc[0]
    asked = accounts if len(accounts) <= MOST_NAMED and not dataset.project.peers else None
    days = [then.date(), now.date()]
    cutoffs = [day for day in days if day not in there]
    frames = chain(*(there.get(day, ()) for day in days), dataset.features(cutoffs, asked) if cutoffs else ())
    features = pd.concat([frame[frame[ACCOUNT_ID].isin(accounts)] for frame in frames], ignore_index=True)
    same_model = BUNDLE in previous.columns and previous[BUNDLE].iloc[0] == predictions[BUNDLE].iloc[0]
    before, after = (features[features[CUTOFF] == cutoff] for cutoff in (then, now))
    return split_changes(changes, model, before, after, same_model=same_model)


def _left(dataset: Dataset, predictions: pd.DataFrame, previous: pd.DataFrame) -> pd.DataFrame:
    left = previous[~previous[ACCOUNT_ID].isin(predictions[ACCOUNT_ID])]
    if left.empty:
        return pd.DataFrame(columns=list(LEFT))
    details = dataset.details([left[CUTOFF].iloc[0].date()], left[ACCOUNT_ID].tolist())
    told = left.rename(columns={"tier": "previous_tier", "risk_90d": "previous_risk"})
    told = told.merge(details.drop(columns=CUTOFF), on=ACCOUNT_ID, how="left")
    return told.sort_values(["previous_risk", ACCOUNT_ID], ascending=[False, True], ignore_index=True)[list(LEFT)]
