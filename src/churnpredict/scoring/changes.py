"""Why a risk is not what it was: its change since an earlier cutoff, in parts that add up to it.

With ``f`` the model of today, ``x`` the features of today, ``y`` those of the earlier cutoff as they are known today,
and ``p`` the risk that was stored then: ``f(x) − p = [f(x) − f(y)] + [f(y) − p]``. The first bracket is what moved in
the account, the second what we say differently of the same day: another model, or rows that came late.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnpredict.columns import ACCOUNT_ID, CUTOFF, FeatureName
from churnpredict.scoring.drivers import values_of
from churnpredict.scoring.feature_space import FeatureSpace, Matrix
from churnpredict.scoring.risk_model import EXPLAINED_ROWS, RiskModel

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: A change of less is told in total only, unless the tier moved.
SMALLEST_TOLD = 0.01
#: Drivers of a part that moved the risk by less are not looked for: they would round to nothing.
SMALLEST_NAMED = 0.005
#: What the change is split into: the account's data moved, time passed, rows came late, the model changed.
PARTS = ("by_data", "by_time", "by_late_data", "by_model")
#: The bundle that made a stored prediction, see `churnpredict.scoring.bundle.model_digest`.
BUNDLE = "bundle"
_CHANGES = {
    ACCOUNT_ID: "str",
    CUTOFF: "datetime64[us]",
    "previous_cutoff": "datetime64[us]",
    "risk_before": "float64",
    "risk_change": "float64",
    **dict.fromkeys(PARTS, "float64"),
}
_DRIVERS = {
    ACCOUNT_ID: "str",
    CUTOFF: "datetime64[us]",
    "rank": "int64",
    "part": "str",
    "feature": "str",
    "label": "str",
    "category": "str",
    "kind": "str",
    "points": "float64",
    "before": "object",
    "value": "object",
}


@dataclass(frozen=True)
class RiskChanges:
    """How risks changed since the cutoff before, and because of what.

    Parameters
    ----------
    parts
        One row per account of both cutoffs: account_id, cutoff, previous_cutoff, risk_before (0–1), risk_change
        (signed probability), and `PARTS`, which add up to risk_change; all four NaN where the change was not split.
    drivers
        One row per account and signal that moved its risk, strongest first: account_id, cutoff, rank (from 1), part
        (by_data or by_time), feature (of the signal's features the one that moved the risk most), label, category,
        kind, points (signed probability; those of a part add up to it), before and value (float, str or None). Of
        accounts whose by_data and by_time are both below `SMALLEST_NAMED` there are none.
    """

    parts: pd.DataFrame
    drivers: pd.DataFrame

    @classmethod
    def none(cls) -> RiskChanges:
        """Of a first week, which has nothing to compare with."""
        return cls(_typed({}, _CHANGES), _typed({}, _DRIVERS))


def risk_changes(predictions: pd.DataFrame, previous: pd.DataFrame) -> pd.DataFrame:
    """The changes in total, to be split by `split_changes`.

    Parameters
    ----------
    predictions, previous
        account_id, cutoff and risk_90d, of one cutoff each; `previous` is the earlier one.

    Returns
    -------
    DataFrame
        See `RiskChanges`, in the order of `predictions`.
    """
    before = previous[[ACCOUNT_ID, CUTOFF, "risk_90d"]]
    before = before.rename(columns={CUTOFF: "previous_cutoff", "risk_90d": "risk_before"})
    both = predictions[[ACCOUNT_ID, CUTOFF, "risk_90d"]].merge(before, on=ACCOUNT_ID, how="inner")
    return _typed({**both, "risk_change": both["risk_90d"] - both["risk_before"]}, _CHANGES)


def with_values_before(drivers: pd.DataFrame, changes: RiskChanges) -> pd.DataFrame:
    """Drivers with what the same features were at the cutoff before, where a change was split.

    Parameters
    ----------
    drivers
        See `churnpredict.scoring.top_drivers`.
    changes
        Of the same cutoff.

    Returns
    -------
    DataFrame
        The same rows with before (float, str or None) and before_on (datetime64, missing where before is).
    """
    known = changes.drivers[[ACCOUNT_ID, "feature", "before"]].drop_duplicates([ACCOUNT_ID, "feature"])
    joined = drivers.merge(known, on=[ACCOUNT_ID, "feature"], how="left")
    days = changes.parts["previous_cutoff"]
    day = days.iloc[0] if len(days) else pd.NaT
    return joined.assign(
        before_on=pd.Series(day, index=joined.index, dtype="datetime64[us]").where(joined["before"].notna())
    )


def moved_accounts(changes: pd.DataFrame, predictions: pd.DataFrame, previous: pd.DataFrame) -> list[str]:
    """Accounts whose change is worth a reason: at least `SMALLEST_TOLD`, or another tier than before."""
    tiers = [frame.set_index(ACCOUNT_ID)["tier"].reindex(changes[ACCOUNT_ID]) for frame in (predictions, previous)]
    moved = (changes["risk_change"].abs() >= SMALLEST_TOLD).to_numpy() | (tiers[0] != tiers[1]).to_numpy()
    accounts: list[str] = changes.loc[moved, ACCOUNT_ID].tolist()
    return accounts


def split_changes(
    changes: pd.DataFrame, model: RiskModel, before: pd.DataFrame, now: pd.DataFrame, *, same_model: bool
) -> RiskChanges:
    """Split the changes of the accounts whose features are given.

    Parameters
    ----------
    changes
        See `risk_changes`.
    model
        The model of today.
    before, now
        account_id and the features of the earlier cutoff, as they are known today, and of this one. Accounts that are
        missing in either keep their total alone.
    same_model
        Whether `model` made the stored risks too.

    Notes
    -----
    The features that moved are set from what they were to what they are one after another, once in their order with
    clocks first and once the other way round; a feature's part is the mean of its two steps. Steps telescope, so they
    add up to ``f(x) − f(y)`` exactly, and what did not move gets nothing: differences of the points of two
    explanations add up too, but give points to features that stand still.
    """
    told = changes[changes[ACCOUNT_ID].isin(before[ACCOUNT_ID]) & changes[ACCOUNT_ID].isin(now[ACCOUNT_ID])]
    if told.empty:
        return RiskChanges(changes, RiskChanges.none().drivers)
    frames = [frame.set_index(ACCOUNT_ID).loc[told[ACCOUNT_ID]] for frame in (before, now)]
    then, today = (model.space.encode(frame) for frame in frames)
    elapsed = np.asarray((told[CUTOFF] - told["previous_cutoff"]).dt.days, dtype=np.int64)
    clocks = _clocks(model.space, then, today, elapsed)
    of_then, by_time = _by_time(model, then, today, clocks)
    late = of_then - told["risk_before"].to_numpy()
    by_data = told["risk_change"].to_numpy() - late - by_time
    named = np.maximum(np.abs(by_data), np.abs(by_time)) >= SMALLEST_NAMED
    steps = np.zeros(then.shape)
    steps[named] = _steps(model, then[named], today[named], clocks[named])
    parts = {
        "by_data": by_data,
        "by_time": by_time,
        "by_late_data": late if same_model else np.zeros(len(told)),
        "by_model": np.zeros(len(told)) if same_model else late,
    }
    split = changes.copy()
    split.loc[told.index, list(PARTS)] = np.column_stack([parts[name] for name in PARTS])
    return RiskChanges(split, _drivers(told, model.space, frames, steps, clocks))


def change_drivers_to_parquet(drivers: pd.DataFrame) -> bytes:
    """Drivers of changes as Parquet, where a column is of one type: ``before_text`` and ``value_text`` hold texts."""
    columns: dict[str, pd.Series] = {}
    for name, values in drivers.items():
        texts = pd.Series([isinstance(value, str) for value in values], index=values.index, dtype="bool")
        if name in ("before", "value"):
            columns[str(name)] = values.mask(texts).astype("float64")
            columns[f"{name}_text"] = values.where(texts).astype("str")
        else:
            columns[str(name)] = values
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def _clocks(space: FeatureSpace, before: Matrix, now: Matrix, elapsed: npt.NDArray[np.int64]) -> Flags:
    """Which features of which rows moved by the passing of time alone: a day a day, towards or away from a date.

    A renewal that came closer is time; one that was put off by a year is data.
    """
    pace = np.array([feature.pace for feature in space.features])
    moved: Flags = (pace != 0) & (now - before == pace * elapsed[:, None])
    return moved


def _by_time(model: RiskModel, before: Matrix, now: Matrix, clocks: Flags) -> tuple[Floats, Floats]:
    """Risk of each row before, and what its clocks add: the mean of their step as the first and as the last."""
    aged, fresh = np.where(clocks, now, before), np.where(clocks, before, now)
    risks = [model.encoded_risks(matrix)[:, -1] for matrix in (before, aged, fresh, now)]
    return risks[0], ((risks[1] - risks[0]) + (risks[3] - risks[2])) / 2


def _steps(model: RiskModel, before: Matrix, now: Matrix, clocks: Flags) -> Floats:
    """What each feature's move adds to each row's risk, rows × features."""
    steps = np.zeros(before.shape)
    at_once = max(EXPLAINED_ROWS // (2 * before.shape[1] + 2), 1)
    for start in range(0, len(before), at_once):
        rows = range(start, min(start + at_once, len(before)))
        orders = [_order(before[row], now[row], clocks[row]) for row in rows]
        paths = [_path(before[row], now[row], order) for row, order in zip(rows, orders, strict=True)]
        risks = model.encoded_risks(np.concatenate(paths))[:, -1]
        ends = np.cumsum([len(path) for path in paths])[:-1]
        for row, order, along in zip(rows, orders, np.split(risks, ends), strict=True):
            there, back = np.diff(along.reshape(2, -1))
            steps[row, order] = (there + back[::-1]) / 2
    return steps


def _order(before: Matrix, now: Matrix, clocks: Flags) -> npt.NDArray[np.intp]:
    moved = np.flatnonzero((before != now) & ~(np.isnan(before) & np.isnan(now)))
    return np.concatenate([moved[clocks[moved]], moved[~clocks[moved]]])


def _path(before: Matrix, now: Matrix, order: npt.NDArray[np.intp]) -> Matrix:
    """Rows from `before` to `now`, a feature more in each: in the order given, then in the reverse one."""
    done = np.tri(len(order) + 1, len(order), -1, dtype=bool)
    taken = np.concatenate([done, done[:, ::-1]])
    path = np.tile(before, (len(taken), 1))
    path[:, order] = np.where(taken, now[order], before[order])
    return path


def _drivers(
    told: pd.DataFrame, space: FeatureSpace, frames: Sequence[pd.DataFrame], steps: Floats, clocks: Flags
) -> pd.DataFrame:
    """One row per account and signal, see `RiskChanges`."""
    rows, positions = np.nonzero(steps)
    signals = np.array([FeatureName.parse(name).signal for name in space.names], dtype=object)
    moves = pd.DataFrame({"row": rows, "position": positions, "step": steps[rows, positions]})
    moves["part"] = np.where(clocks[rows, positions], "by_time", "by_data")
    moves["signal"] = signals[positions]
    whose = ["row", "part", "signal"]
    moves["points"] = moves.groupby(whose)["step"].transform("sum")
    # Of a signal's features the one that speaks for it must have moved the risk the way the signal did.
    moves["speaks"] = moves["step"] * np.sign(moves["points"])
    moves["size"] = moves["points"].abs()
    moves = moves.sort_values(["row", "size", "speaks", "position"], ascending=[True, False, False, True])
    moves = moves.drop_duplicates(whose, ignore_index=True)
    row, position = moves["row"].to_numpy(), moves["position"].to_numpy()
    features = [space.features[place] for place in position]
    before, value = (values_of(frame, space)[row, position] for frame in frames)
    return _typed(
        {
            ACCOUNT_ID: told[ACCOUNT_ID].to_numpy()[row],
            CUTOFF: told[CUTOFF].to_numpy()[row],
            "rank": moves.groupby("row").cumcount() + 1,
            "feature": [feature.name for feature in features],
            **{key: [getattr(feature, key) for feature in features] for key in ("label", "category", "kind")},
            **{key: moves[key] for key in ("part", "points")},
            "before": before,
            "value": value,
        },
        _DRIVERS,
    )


def _typed(columns: dict[str, object], kinds: dict[str, str]) -> pd.DataFrame:
    """A frame of these columns in this order; missing ones are empty cells."""
    return pd.DataFrame(columns).reindex(columns=list(kinds)).astype(kinds)
