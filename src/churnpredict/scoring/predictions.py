"""Stored predictions: a file in the folder of each published week, so that a list knows last week's tier."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.errors import DataError, Problem

#: Its name in the folder of a week. It is published with the list, in the same step.
PREDICTIONS = "predictions.parquet"


def predictions_to_parquet(predictions: pd.DataFrame) -> bytes:
    """Predictions of one cutoff as Parquet; the same rows give the same bytes."""
    buffer = io.BytesIO()
    predictions.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def previous_predictions(weeks: Path, cutoff: date) -> pd.DataFrame | None:
    """Predictions of the latest published week before `cutoff`, or None.

    Parameters
    ----------
    weeks
        The folder that holds a folder per cutoff, named as the day.
    cutoff
        Weeks of this cutoff and later ones are not looked at, so that a past week run again gives what it gave.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    earlier = _weeks_before(weeks, cutoff)
    return _read(earlier[-1]) if earlier else None


def named_accounts(weeks: Path, before: date, tiers: Sequence[str]) -> pd.DataFrame:
    """The accounts that published weeks gave one of some tiers.

    Parameters
    ----------
    weeks
        The folder that holds a folder per cutoff, named as the day.
    before
        Weeks of this cutoff and later ones are not looked at.
    tiers
        Which.

    Returns
    -------
    DataFrame
        account_id and cutoff, one row per account and week, in the order of the weeks.

    Raises
    ------
    DataError
        If a file is damaged.
    """
    frames = [_read(path, [ACCOUNT_ID, CUTOFF], [("tier", "in", list(tiers))]) for path in _weeks_before(weeks, before)]
    nobody = pd.DataFrame({ACCOUNT_ID: pd.Series(dtype="str"), CUTOFF: pd.Series(dtype="datetime64[us]")})
    return pd.concat([nobody, *frames], ignore_index=True)


def past_predictions(weeks: Path, cutoff: date, most: int) -> pd.DataFrame:
    """What the lists before `cutoff` said of each account.

    Parameters
    ----------
    weeks
        The folder that holds a folder per cutoff.
    cutoff
        Weeks of this cutoff and later ones are not looked at.
    most
        How many weeks, the latest ones.

    Returns
    -------
    DataFrame
        One row per account and cutoff: account_id, cutoff, risk_90d, tier; no rows without earlier weeks.

    Raises
    ------
    DataError
        If a file is damaged.
    """
    return published_predictions(weeks, cutoff, [ACCOUNT_ID, CUTOFF, "risk_90d", "tier"], most=most)


def published_predictions(weeks: Path, before: date, columns: list[str], *, most: int | None = None) -> pd.DataFrame:
    """Some columns of the predictions of the weeks before a day.

    Parameters
    ----------
    weeks
        The folder that holds a folder per cutoff.
    before
        Weeks of this cutoff and later ones are not looked at.
    columns
        Which; see `churnpredict.scoring.RiskModel.predict`.
    most
        How many weeks, the latest ones; all of them by default.

    Returns
    -------
    DataFrame
        One row per account and cutoff, in the order of the weeks; no rows without earlier weeks.

    Raises
    ------
    DataError
        If a file is damaged.
    """
    paths = _weeks_before(weeks, before)
    read = [_read(path, columns) for path in (paths if most is None else paths[-most:])]
    return pd.concat(read, ignore_index=True) if read else pd.DataFrame(columns=columns)


def _weeks_before(weeks: Path, cutoff: date) -> list[Path]:
    return [path for path in sorted(weeks.glob(f"*/{PREDICTIONS}")) if path.parent.name < cutoff.isoformat()]


def _read(path: Path, columns: list[str] | None = None, filters: Any = None) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, columns=columns, filters=filters)
    except (OSError, ValueError) as error:
        todo = "Predict that cutoff again."
        raise DataError(Problem(str(path), "cannot be read", "stored predictions", todo)) from error
