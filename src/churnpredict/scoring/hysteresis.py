"""Tiers that do not flicker: entered at the border, left only when clearly past it; a pure function of the past.

State is the tier shown at the cutoff before and the cutoff it has been shown since, which are stored with the
predictions; so a past week run again gives the tiers it gave, and a replay of many weeks is the weekly job repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Tiers
from churnpredict.scoring.tiers import Borders, TierScale, tier_of

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]

#: A tier that was shown longer ago than this holds nobody; a monthly list is still held together by it.
MEMORY_DAYS = 45


@dataclass(frozen=True)
class Hysteresis:
    """When an account gets a better tier than it was shown last.

    Parameters
    ----------
    borders
        Scores below which a tier is entered.
    exits
        Scores from which on it is left, each at least the border.
    dwell_days
        Days that a tier is shown at the least before a better one.
    """

    borders: Borders
    exits: Borders
    dwell_days: int = 0

    def tiers(self, score: Floats, before: Texts, shown_days: Floats) -> Texts:
        """Tier to show for each score.

        Parameters
        ----------
        score
            0–100, higher is healthier; NaN has no tier.
        before
            The tier shown last; None or NaN where there was none.
        shown_days
            Days since it was first shown, NaN where there was none.
        """
        raw = tier_of(score, self.borders)
        # Critical is set by what is known, not by the score; where it is forgotten, the account comes from red.
        was_red = np.isin(before.astype(str), ["red", "critical"])
        was_flagged = was_red | (before == "yellow")
        dwelling = shown_days < self.dwell_days
        red = (score < self.borders.red) | (
            was_red & np.isfinite(self.borders.red) & (dwelling | (score < self.exits.red))
        )
        yellow = (score < self.borders.yellow) | (was_flagged & (dwelling | (score < self.exits.yellow)))
        shown = np.where(red, "red", np.where(yellow, "yellow", "green")).astype(object)
        shown[raw == None] = None  # noqa: E711 - elementwise
        return shown


def hystereses(scale: TierScale, declared: Tiers) -> dict[str, Hysteresis]:
    """How tiers are held, by what the names of a scorer's columns begin with: nothing, or ``health_``."""
    dwell = 7 * declared.dwell_weeks
    rule = Borders(scale.yellow, scale.red)
    return {
        "": Hysteresis(scale.borders, scale.exits(declared.exit_ratio), dwell),
        "health_": Hysteresis(rule, rule.exits(declared.exit_ratio), dwell),
    }


def steadied(predictions: pd.DataFrame, before: pd.DataFrame | None, held: dict[str, Hysteresis]) -> pd.DataFrame:
    """Predictions of one cutoff with the tiers to show.

    Parameters
    ----------
    predictions
        account_id, cutoff, and for each prefix of `held` ``<prefix>score`` and ``<prefix>tier``, the tier that the
        score alone would have.
    before
        What this function returned for the cutoff before, which must be earlier; None if there was none.
    held
        See `hystereses`.

    Returns
    -------
    DataFrame
        Same rows. For each prefix ``<prefix>tier`` is the tier to show, ``raw_<prefix>tier`` what it was in
        `predictions`, and ``<prefix>tier_since`` the cutoff since which it has been shown (datetime64, NaT without
        a tier).
    """
    cutoff = pd.Timestamp(predictions[CUTOFF].iloc[0])
    remembered = _remembered(before, predictions[ACCOUNT_ID], cutoff)
    columns: dict[str, Any] = {}
    for prefix, hysteresis in held.items():
        tier, since = f"{prefix}tier", f"{prefix}tier_since"
        last = remembered[tier].to_numpy(dtype=object)
        days = (cutoff - remembered[since]).dt.days.to_numpy(dtype=np.float64)
        score = predictions[f"{prefix}score"].to_numpy(dtype=np.float64)
        shown = hysteresis.tiers(score, last, days)
        kept = pd.Series(shown == last, index=predictions.index)
        began = remembered[since].set_axis(predictions.index).where(kept, cutoff)
        columns |= {
            tier: shown,
            f"raw_{tier}": predictions[tier],
            since: began.where(predictions[tier].notna()).astype("datetime64[us]"),
        }
    return predictions.assign(**columns)


def replayed(weeks: Iterable[pd.DataFrame], held: dict[str, Hysteresis]) -> Iterator[pd.DataFrame]:
    """What `steadied` gives for predictions of rising cutoffs, each from the one before: the weekly job repeated."""
    before = None
    for predictions in weeks:
        before = steadied(predictions, before, held)
        yield before


def _remembered(before: pd.DataFrame | None, accounts: pd.Series, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Tiers shown at the cutoff before, a row for each account; empty cells where nothing is remembered."""
    columns = ["tier", "health_tier", "tier_since", "health_tier_since"]
    kinds = dict(zip(columns, ["object", "object", "datetime64[us]", "datetime64[us]"], strict=True))
    if before is None or (cutoff - pd.Timestamp(before[CUTOFF].iloc[0])).days > MEMORY_DAYS:
        before = pd.DataFrame(columns=[ACCOUNT_ID, *columns])
    known = before.drop_duplicates(ACCOUNT_ID).set_index(ACCOUNT_ID).reindex(columns=columns)
    return known.reindex(pd.Index(accounts)).reset_index(drop=True).astype(kinds)
