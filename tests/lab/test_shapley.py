"""Claims about our explanations as those of shap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from churnpredict.lab import shap_explanation

from .company import TODAY, Trained

pytest.importorskip("shap")


@pytest.fixture(scope="module")
def frame(trained: Trained) -> pd.DataFrame:
    return next(trained.dataset.features([TODAY]))


def test_points_of_a_row_and_the_typical_risk_add_up_to_its_risk(trained: Trained, frame: pd.DataFrame) -> None:
    model = trained.training.model
    explained = shap_explanation(model, frame)
    assert explained.shape == (len(frame), len(model.space.features))
    assert explained.base_values + explained.values.sum(axis=1) == pytest.approx(model.risks(frame)[:, -1], abs=1e-9)


def test_drawings_colour_by_numbers_and_name_what_stands_in_the_frame(trained: Trained, frame: pd.DataFrame) -> None:
    unknown = frame.assign(logins__trend__28d=np.float32("nan"))
    explained = shap_explanation(trained.training.model, unknown)
    assert explained.data.dtype == np.float64
    assert not np.isnan(explained.data).all(axis=0).any()
    plan = explained.feature_names.index("plan__value")
    assert explained[3].display_data[plan] == frame["plan__value"].iloc[3]
    assert explained[3].data[plan] in (0.0, 1.0)
