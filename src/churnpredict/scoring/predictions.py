"""Stored predictions: a file in the folder of each published week, so that a list knows last week's tier."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pandas as pd

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
    earlier = [path for path in sorted(weeks.glob(f"*/{PREDICTIONS}")) if path.parent.name < cutoff.isoformat()]
    if not earlier:
        return None
    try:
        return pd.read_parquet(earlier[-1])
    except (OSError, ValueError) as error:
        todo = "Predict that cutoff again."
        raise DataError(Problem(str(earlier[-1]), "cannot be read", "stored predictions", todo)) from error
