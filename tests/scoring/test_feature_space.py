"""Claims about how a model reads columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from churnpredict.columns import FeatureName
from churnpredict.config import DeclaredFeature
from churnpredict.errors import BundleError
from churnpredict.scoring import FeatureSpace
from churnpredict.scoring.feature_space import FEWEST_ROWS_OF_A_LEVEL, MOST_LEVELS

from .invented import DECLARED, Invented

PLAN = DeclaredFeature(FeatureName("plan", "value"), "Plan", "financial", "category")
SEATS = DeclaredFeature(FeatureName("seats", "value"), "Seats", "financial")


def plans(**counts: int) -> pd.DataFrame:
    """A frame with as many rows of each plan, and one without."""
    levels = [level for level, count in counts.items() for _ in range(count)]
    return pd.DataFrame({"plan__value": pd.Series([*levels, None], dtype="str")})


def test_levels_are_codes_in_the_order_of_their_names() -> None:
    frame = plans(zeta=50, alpha=40)
    space = FeatureSpace.learn([PLAN], frame)
    assert space.features[0].levels == ("alpha", "zeta")
    assert space.features[0].typical == "zeta"
    assert space.encode(frame)[[0, 50], 0].tolist() == [1.0, 0.0]
    assert space.categorical == [0]


@pytest.mark.case(49, "read by the bundle's own list")
def test_an_unknown_a_rare_and_a_missing_level_are_missing() -> None:
    space = FeatureSpace.learn([PLAN], plans(common=FEWEST_ROWS_OF_A_LEVEL, rare=FEWEST_ROWS_OF_A_LEVEL - 1))
    codes = space.encode(pd.DataFrame({"plan__value": pd.Series(["common", "rare", "new", None], dtype="str")}))
    assert codes[0, 0] == 0
    assert np.isnan(codes[1:, 0]).all()


def test_only_the_most_frequent_levels_are_kept() -> None:
    counts = {f"level{number:03}": FEWEST_ROWS_OF_A_LEVEL + number for number in range(MOST_LEVELS + 5)}
    levels = FeatureSpace.learn([PLAN], plans(**counts)).features[0].levels
    assert len(levels) == MOST_LEVELS
    assert "level000" not in levels
    assert f"level{MOST_LEVELS + 4:03}" in levels


def test_the_order_of_the_columns_does_not_matter(rows: Invented) -> None:
    space = FeatureSpace.learn(DECLARED, rows.frame)
    turned = rows.frame[rows.frame.columns[::-1]].assign(unasked=1.0)
    assert np.array_equal(space.encode(turned), space.encode(rows.frame), equal_nan=True)


def test_a_missing_column_is_refused_by_name(rows: Invented) -> None:
    space = FeatureSpace.learn(DECLARED, rows.frame)
    with pytest.raises(BundleError, match=r"logins__sum__28d, plan__value are not declared any more. Train again"):
        space.encode(rows.frame.drop(columns=["logins__sum__28d", "plan__value"]))


@pytest.mark.case(46, "exit 7, the features")
def test_a_renamed_column_is_refused_and_not_taken_by_its_place(rows: Invented) -> None:
    space = FeatureSpace.learn(DECLARED, rows.frame)
    with pytest.raises(BundleError, match="tickets__count__84d"):
        space.encode(rows.frame.rename(columns={"tickets__count__84d": "tickets__count__28d"}))


def test_the_typical_value_is_the_median_and_missing_without_data() -> None:
    seats = pd.DataFrame({"seats__value": [1.0, 5.0, 100.0, np.nan], "plan__value": [None] * 4})
    known, empty = FeatureSpace.learn([SEATS, PLAN], seats).features
    assert known.typical == 5
    assert (empty.typical, empty.levels) == (None, ())
    nothing = FeatureSpace.learn([SEATS], pd.DataFrame({"seats__value": [np.nan, np.nan]}).astype("float32"))
    assert nothing.features[0].typical is None


def test_a_column_that_is_missing_throughout_is_read_as_missing(rows: Invented) -> None:
    space = FeatureSpace.learn(DECLARED, rows.frame)
    for name in space.names:
        missing = rows.frame.iloc[:5].assign(**{name: None})
        assert np.isnan(space.encode(missing)[:, space.names.index(name)]).all(), name
