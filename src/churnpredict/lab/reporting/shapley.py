"""Our explanations as those of shap, whose drawings data scientists know. Only this module imports shap."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from churnpredict.errors import UsageError, not_installed
from churnpredict.lab.reporting.plots import current_figure
from churnpredict.scoring import RiskModel

if TYPE_CHECKING:
    import shap

#: Features that a drawing names; the others stand together.
SHOWN = 12


def require_shap() -> None:
    """Say what to install.

    Raises
    ------
    UsageError
        If shap is not installed.
    """
    if find_spec("shap") is None:
        raise UsageError(not_installed("explanation", "shap", extra="lab"))


def shap_explanation(model: RiskModel, frame: pd.DataFrame) -> shap.Explanation:
    """Why each row has its risk up to the last horizon, as shap says it.

    Parameters
    ----------
    model
        The model.
    frame
        account_id, cutoff and the features.

    Returns
    -------
    shap.Explanation
        Rows × features. Values are points of probability (0.06 is six points of risk): ``base_values`` (the risk of
        the typical account) plus a row's values is its risk. ``display_data`` are the features as they stand in the
        frame, ``data`` the same as numbers: of categories the places of their levels, NaN where nothing is known.

    Raises
    ------
    UsageError
        If shap, which is part of the extra ``lab``, is not installed.
    """
    require_shap()
    import shap  # noqa: PLC0415

    explanation, numbers = model.explain(frame), model.space.encode(frame).astype(np.float64)
    return shap.Explanation(
        values=explanation.points(),
        base_values=np.full(len(frame), explanation.base_risk),
        # shap colours points by their place between quantiles, and warns of a column without any value.
        data=np.where(np.isnan(numbers).all(axis=0), 0.0, numbers),
        display_data=frame[model.space.names].astype(object).to_numpy(),
        feature_names=model.space.names,
    )


def beeswarm(explained: shap.Explanation) -> bytes:
    """What moves the risk of the rows, feature by feature, a point per row, as PNG."""
    import shap  # noqa: PLC0415

    with current_figure() as drawn:
        shap.plots.beeswarm(explained, max_display=SHOWN, show=False)
    return drawn[0]


def waterfall(explained: shap.Explanation) -> bytes:
    """From the risk of the typical account to that of the riskiest row, driver by driver, as PNG."""
    import shap  # noqa: PLC0415

    riskiest = int(np.argmax(explained.values.sum(axis=1)))
    with current_figure() as drawn:
        shap.plots.waterfall(explained[riskiest], max_display=SHOWN, show=False)
    return drawn[0]
