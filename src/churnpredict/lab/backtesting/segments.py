"""Parts of a company that a figure over everybody would hide."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from churnpredict.columns import CUTOFF
from churnpredict.config import TENURE, Project
from churnpredict.config.project import event_feature_names

#: Levels of a category that are looked at on their own, the most frequent ones.
MOST_LEVELS = 6
#: Days that end the classes of tenure.
YOUNG, SETTLED = 180, 730


def segments_of(project: Project, features: pd.DataFrame, details: pd.DataFrame) -> pd.DataFrame:
    """The segment of each row, a column per kind of segment.

    Parameters
    ----------
    project
        The declarations.
    features
        account_id, cutoff and the features.
    details
        Of the same rows in the same order, see `Dataset.details`.

    Returns
    -------
    DataFrame
        Text; None where a row belongs to no segment of the kind.
    """
    columns = {"tenure": _tenure(features), "renewal": _renewal(details)}
    columns |= {"telemetry": _telemetry(project, features)} if _silent_sources(project) else {}
    for feature in project.features():
        name = str(feature.name)
        if feature.kind == "category" and feature.name.aggregation == "value":
            columns[feature.label.lower()] = features[name].astype(object)
    frame = pd.DataFrame(columns, index=features.index, dtype=object)
    return frame.where(frame.notna(), None)


def each_segment(rows: pd.DataFrame, kinds: list[str]) -> Iterator[tuple[str, str, pd.Series]]:
    """Kind, name and mask of each segment; of a category only the most frequent levels."""
    for kind in kinds:
        for level in sorted(rows[kind].value_counts().index[:MOST_LEVELS]):
            yield kind, str(level), rows[kind] == level


def _tenure(features: pd.DataFrame) -> pd.Series:
    days = features[str(TENURE)]
    named = np.select(
        [days < YOUNG, days < SETTLED, days >= SETTLED], ["under 6 months", "6 to 24 months", "over 2 years"], ""
    )
    return pd.Series(named, index=features.index, dtype=object).replace("", None)


def _renewal(details: pd.DataFrame) -> pd.Series:
    days = (details["renewal_on"] - details[CUTOFF]).dt.days.to_numpy(dtype=np.float64)
    named = np.select([np.isnan(days), (days >= 0) & (days < 90)], ["no date", "within 90 days"], "later or past")  # noqa: PLR2004
    if np.isnan(days).all():
        named[:] = ""
    return pd.Series(named, dtype=object).replace("", None)


def _silent_sources(project: Project) -> list[str]:
    """Features of the sources whose absence means that there is no data."""
    sources = [source for source in project.events.values() if source.absent == "missing"]
    return [str(name) for source in sources for name in event_feature_names(source)]


def _telemetry(project: Project, features: pd.DataFrame) -> pd.Series:
    seen = features[_silent_sources(project)].notna().any(axis=1)
    return pd.Series(np.where(seen, "with", "without"), index=features.index, dtype=object)
