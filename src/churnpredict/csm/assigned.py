"""Who got a play and who was held out, as the published lists said."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.csm.plays import DUE, HELD_OUT, RISK_LIST
from churnpredict.errors import DataError, Problem

_READ = {ACCOUNT_ID: "str", CUTOFF: "datetime64[us]", "tier": "str", "play_state": "str"}


def assigned(weeks: Path) -> pd.DataFrame:
    """The first play of each account since lists hold accounts out: begun, or withheld at random.

    One row per account, so that rows are independent, and later lists do not mix the groups. Critical accounts are
    never held out and are in neither group.

    Parameters
    ----------
    weeks
        The folder that holds a folder per cutoff, named as the day.

    Returns
    -------
    DataFrame
        account_id, cutoff, tier and held_out (bool); empty where nobody was held out.

    Raises
    ------
    DataError
        If a list is damaged.
    """
    frames = [_read(path) for path in sorted(weeks.glob(f"*-*-*/{RISK_LIST}"))]
    nobody = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _READ.items()})
    rows = pd.concat([nobody, *frames], ignore_index=True)
    rows = rows.assign(held_out=rows.pop("play_state") == HELD_OUT)
    since = rows.loc[rows["held_out"], CUTOFF].min()
    drawn: pd.DataFrame = rows[rows[CUTOFF] >= since].drop_duplicates(ACCOUNT_ID, ignore_index=True)
    return drawn


def _read(path: Path) -> pd.DataFrame:
    try:
        # Filters on what an old list lacks are errors: it is read in full.
        frame = pd.read_parquet(path).reindex(columns=list(_READ))
    except (OSError, ValueError, pa.ArrowException) as error:
        todo = "Predict that cutoff again."
        raise DataError(Problem(str(path), "cannot be read", "a stored list", todo)) from error
    drawn = frame["play_state"].isin([DUE, HELD_OUT]) & (frame["tier"] != "critical")
    return frame[drawn].astype(_READ)
