"""What the model is held against: logistic regression, and the health score with a sigmoid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer

from churnpredict.scoring import FeatureSpace
from churnpredict.scoring.feature_space import Matrix

Floats = npt.NDArray[np.float64]


def fit_logistic(matrix: Matrix, churned: Floats, space: FeatureSpace) -> Pipeline:
    """Regularised logistic regression of churn up to the last horizon on all features.

    Numbers are put on a normal scale by their ranks, which is what makes a linear model a fair rival on counts with
    long tails; missing values are imputed by the median and marked; categories are one-hot.
    """
    numbers = [i for i in range(matrix.shape[1]) if i not in space.categorical and not np.isnan(matrix[:, i]).all()]
    number = make_pipeline(
        QuantileTransformer(n_quantiles=200, output_distribution="normal", random_state=0),
        SimpleImputer(strategy="median", add_indicator=True),
    )
    category = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=-1.0), OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    )
    columns = ColumnTransformer([("numbers", number, numbers), ("categories", category, space.categorical)])
    model = make_pipeline(columns, LogisticRegression(C=0.02, max_iter=2_000))
    known = ~np.isnan(churned)
    fitted: Pipeline = model.fit(matrix[known], churned[known])
    return fitted


def logistic_risk(model: Pipeline, matrix: Matrix) -> Floats:
    """Risk of each row, 0–1."""
    return np.asarray(expit(model.decision_function(matrix)), dtype=np.float64)
