"""Flags: what is known of an account overrides what is likely."""

from __future__ import annotations

import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Flag

KEYS = [ACCOUNT_ID, CUTOFF]


def flagged(predictions: pd.DataFrame, evidence: pd.DataFrame) -> pd.DataFrame:
    """Predictions with the flags that evidence raises.

    Parameters
    ----------
    predictions
        account_id, cutoff and tier, of any cutoffs.
    evidence
        account_id, cutoff and flag: a row per piece, see `churnpredict.dataset.Dataset.evidence`.

    Returns
    -------
    DataFrame
        Same rows: ``tier`` is critical where evidence says so, ``scored_tier`` what it was before, ``critical`` and
        ``displaced`` (bool) the flags.

    Examples
    --------
    >>> day = pd.Timestamp("2025-03-03")
    >>> predictions = pd.DataFrame({"account_id": ["a", "b"], "cutoff": day, "tier": "green"})
    >>> evidence = pd.DataFrame({"account_id": ["b"], "cutoff": day, "flag": "critical"})
    >>> flagged(predictions, evidence)["tier"].tolist()
    ['green', 'critical']
    """
    critical = _raised(predictions, evidence, "critical")
    return predictions.assign(
        tier=predictions["tier"].mask(critical, "critical"),
        scored_tier=predictions["tier"],
        critical=critical,
        displaced=_raised(predictions, evidence, "displacement"),
    )


def unflagged(predictions: pd.DataFrame) -> pd.DataFrame:
    """The same predictions with the tiers that the score alone gave, which the tiers of the next week follow from."""
    if "scored_tier" not in predictions.columns:
        return predictions
    return predictions.assign(tier=predictions["scored_tier"])


def _raised(predictions: pd.DataFrame, evidence: pd.DataFrame, flag: Flag) -> pd.Series:
    whose = pd.MultiIndex.from_frame(evidence.loc[evidence["flag"] == flag, KEYS])
    return pd.Series(pd.MultiIndex.from_frame(predictions[KEYS]).isin(whose), index=predictions.index)
