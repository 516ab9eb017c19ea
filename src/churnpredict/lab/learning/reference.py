"""What the accounts looked like in training, in a few numbers per feature, and how far others are from that."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.scoring import Feature, FeatureSpace

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
#: Its name in a bundle.
REFERENCE = "reference.json"
RISK = "risk"
#: Bins of a number: tenths of the training rows, fewer where many rows have the same value.
BINS = 10
#: Rare levels of a category that are kept by name. With more, a new one cannot be told from a rare one.
MOST_RARE_LEVELS = 500
#: How often nothing but chance may take the distance past its noise.
CHANCE = 0.001
#: A mean rank this far from the middle is a direction; nearer, the values are spread differently.
DIRECTION = 0.05

Direction = Literal["higher", "lower", "spread differently", "more missing", "fewer missing", "other shares"]


@dataclass(frozen=True)
class Distribution:
    """How the values of a feature were distributed in training.

    Parameters
    ----------
    name, label
        The feature, and its signal in words.
    is_category
        Whether its bins are levels.
    ages
        Whether it grows by itself as customers grow older.
    edges
        Inner borders of the bins of a number, rising; a value on a border is in the bin below it.
    levels
        Bins of a category; what is of no level is in one more bin.
    rare
        Other levels that occurred, None if too many to be kept.
    shares
        Share of the training rows per bin, the last one of the rows without a value.
    typical
        Median, or the most frequent level; None without values.
    farthest
        The largest distance of the rows of one training cutoff from all: how far it goes in the course of a year.
    """

    name: str
    label: str
    is_category: bool
    ages: bool
    edges: tuple[float, ...]
    levels: tuple[str, ...]
    rare: tuple[str, ...] | None
    shares: tuple[float, ...]
    typical: float | str | None
    farthest: float

    def codes(self, values: pd.Series) -> Codes:
        """Number of each value's bin, the last one for a missing value."""
        missing = len(self.shares) - 1
        if self.is_category:
            found = pd.Index(self.levels).get_indexer(pd.Index(values))
            return np.where(values.isna(), missing, np.where(found < 0, missing - 1, found))
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isnan(numbers), missing, np.searchsorted(self.edges, numbers, side="left"))

    def unseen(self, values: pd.Series) -> dict[str, int]:
        """Levels that never occurred in training, with how many accounts have them; most first."""
        if not self.is_category or self.rare is None:
            return {}
        counts = values.value_counts()
        new = counts[~counts.index.isin([*self.levels, *self.rare])]
        return {str(level): int(count) for level, count in new.items()}


@dataclass(frozen=True)
class Drift:
    """How far the accounts of a cutoff are from those of training in one feature.

    Parameters
    ----------
    feature
        How it was in training.
    distance
        Population stability index: Σ (now − then) · ln(now / then) over the bins.
    noise
        What chance alone stays below, 999 times of a thousand, with as many accounts as there are.
    direction
        Which way the values went.
    typical
        Median or most frequent level now; None without values.
    missing
        Share of the accounts without a value, then and now.
    unseen
        See `Distribution.unseen`.
    """

    feature: Distribution
    distance: float
    noise: float
    direction: Direction
    typical: float | str | None
    missing: tuple[float, float]
    unseen: dict[str, int]


@dataclass(frozen=True)
class Reference:
    """What training saw.

    Parameters
    ----------
    accounts
        Distinct accounts in the training rows: rows of one account say little more than one of them.
    cutoffs
        How many training cutoffs there were.
    features
        Each feature of the model.
    risk
        The risk up to the last horizon that accounts got from models that had not seen them.
    """

    accounts: int
    cutoffs: int
    features: tuple[Distribution, ...]
    risk: Distribution

    @classmethod
    def learn(cls, space: FeatureSpace, rows: pd.DataFrame, risk: Floats) -> Self:
        """Sum up the training rows.

        Parameters
        ----------
        space
            The features of the model.
        rows
            account_id, cutoff and the features.
        risk
            Calibrated risk of each row by a model that has not seen its account, 0–1.
        """
        cutoffs = pd.factorize(rows[CUTOFF])[0]
        features = tuple(_learn(feature, rows[feature.name], cutoffs) for feature in space.features)
        of_risk = Feature(f"{RISK}__value", "Risk", "context", "number", None)
        return cls(
            accounts=int(rows[ACCOUNT_ID].nunique()),
            cutoffs=int(cutoffs.max()) + 1,
            features=features,
            risk=_learn(of_risk, pd.Series(risk), cutoffs),
        )

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, to be kept as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Self:
        """The inverse of `as_dict`."""
        features = tuple(_distribution(each) for each in document["features"])
        return cls(document["accounts"], document["cutoffs"], features, _distribution(document["risk"]))

    def drift(self, feature: Distribution, values: pd.Series) -> Drift:
        """How far the values of the accounts at one cutoff, one each, are from those of training.

        The noise is that of two samples of independent accounts (Yurdakul & Naranjo 2020). Mostly the same accounts
        are in both, so it is less in truth: the bound errs towards silence.
        """
        codes = feature.codes(values)
        counts = np.bincount(codes, minlength=len(feature.shares)).astype(np.float64)
        freedom = max(int((np.array(feature.shares) > 0).sum()) - 1, 1)
        spread = 1 / max(len(values), 1) + 1 / max(self.accounts, 1)
        return Drift(
            feature=feature,
            distance=_distance(counts, np.array(feature.shares)),
            noise=float(chi2.isf(CHANCE, freedom)) * spread,
            direction=_direction(feature, counts / max(counts.sum(), 1)),
            typical=_typical(values, is_category=feature.is_category),
            missing=(feature.shares[-1], float(values.isna().mean()) if len(values) else 0.0),
            unseen=feature.unseen(values),
        )


def _distribution(document: dict[str, Any]) -> Distribution:
    tuples = {name: tuple(document[name]) for name in ("edges", "levels", "shares")}
    rare = None if document["rare"] is None else tuple(document["rare"])
    return Distribution(**{**document, **tuples, "rare": rare})


def _learn(feature: Feature, values: pd.Series, cutoffs: Codes) -> Distribution:
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    rare: tuple[str, ...] | None = ()
    if feature.kind == "category":
        levels = feature.levels
        others = sorted({str(level) for level in values.dropna().unique()} - set(levels))
        rare = None if len(others) > MOST_RARE_LEVELS else tuple(others)
        bins = len(levels) + 1
    else:
        known = _finite(values)
        tenths = np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf") if len(known) else known
        # Nothing lies above the largest value: a border there would make a bin that is never filled.
        edges = tuple(float(edge) for edge in np.unique(tenths) if edge < known.max())
        bins = len(edges) + 1
    found = Distribution(
        name=feature.name,
        label=feature.label,
        is_category=feature.kind == "category",
        ages=feature.pace > 0,
        edges=edges,
        levels=levels,
        rare=rare,
        shares=(0.0,) * (bins + 1),
        typical=_typical(values, is_category=feature.kind == "category"),
        farthest=0.0,
    )
    counts = _counts_by_cutoff(found.codes(values), cutoffs, bins + 1)
    shares = counts.sum(axis=0) / max(counts.sum(), 1)
    return Distribution(**{**vars(found), "shares": tuple(shares.tolist()), "farthest": _farthest(counts, shares)})


def _counts_by_cutoff(codes: Codes, cutoffs: Codes, bins: int) -> Floats:
    many = int(cutoffs.max(initial=-1)) + 1
    counts = np.bincount(cutoffs * bins + codes, minlength=many * bins)
    return counts.reshape(many, bins).astype(np.float64)


def _farthest(counts: Floats, shares: Floats) -> float:
    rows = counts.sum(axis=1)
    # The few accounts of a company's first months are far from all others by chance.
    large = counts[rows >= np.median(rows) / 2]
    return max((_distance(each, shares) for each in large), default=0.0)


def _distance(counts: Floats, shares: Floats) -> float:
    """Population stability index of counts against shares; half a row more in each bin, so that none is empty."""
    used = (shares > 0) | (counts > 0)
    rows, many = counts.sum(), int(used.sum())
    now = (counts[used] + 0.5) / (rows + 0.5 * many)
    then = (shares[used] * rows + 0.5) / (rows + 0.5 * many)
    return float(np.sum((now - then) * np.log(now / then)))


def _direction(feature: Distribution, now: Floats) -> Direction:
    then = np.array(feature.shares)
    gone = now[-1] - then[-1]
    if abs(gone) > np.abs(now[:-1] - then[:-1]).max(initial=0.0):
        return "more missing" if gone > 0 else "fewer missing"
    if feature.is_category:
        return "other shares"
    # Mean rank of today's values among those of training: a half if neither is larger.
    then, now = (shares[:-1] / max(shares[:-1].sum(), 1e-12) for shares in (then, now))
    rank = float(np.sum(now * (np.cumsum(then) - then / 2)))
    if abs(rank - 0.5) < DIRECTION:
        return "spread differently"
    return "higher" if rank > 0.5 else "lower"  # noqa: PLR2004


def _typical(values: pd.Series, *, is_category: bool) -> float | str | None:
    if is_category:
        return str(values.mode().iloc[0]) if values.notna().any() else None
    known = _finite(values)
    return float(np.median(known)) if len(known) else None


def _finite(values: pd.Series) -> Floats:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(numbers[np.isfinite(numbers)])
