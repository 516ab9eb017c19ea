"""Stored predictions: one Parquet part per cutoff, so that a list knows last week's tier."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pandas as pd

from churnpredict.errors import DataError, Problem
from churnpredict.publishing import write_whole


def store_predictions(predictions: pd.DataFrame, folder: Path, cutoff: date) -> Path:
    """Store the predictions of a cutoff in place of those that were there; the same rows give the same bytes."""
    buffer = io.BytesIO()
    predictions.to_parquet(buffer, index=False, compression="zstd")
    path = _part(folder, cutoff)
    write_whole(path, buffer.getvalue())
    return path


def previous_predictions(folder: Path, cutoff: date) -> pd.DataFrame | None:
    """Predictions of the latest stored cutoff before `cutoff`, or None.

    Raises
    ------
    DataError
        If the part is damaged.
    """
    earlier = [path for path in sorted(folder.glob("*.parquet")) if path.stem < cutoff.isoformat()]
    if not earlier:
        return None
    try:
        return pd.read_parquet(earlier[-1])
    except (OSError, ValueError) as error:
        todo = "Remove it, or predict that cutoff again."
        raise DataError(Problem(str(earlier[-1]), "cannot be read", "stored predictions", todo)) from error


def _part(folder: Path, cutoff: date) -> Path:
    return folder / f"{cutoff.isoformat()}.parquet"
