# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["autogluon.tabular[lightgbm,catboost]==1.6.3"]
# ///
"""AutoGluon without torch (LightGBM, CatBoost, forests, ensembles of them), validated on a later time.

    uv run --script autogluon_contender.py FOLDER SECONDS

FOLDER holds earlier.parquet, later.parquet (both with ``churned``) and test.parquet; risk.parquet is added.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from autogluon.tabular import TabularPredictor

ABSENT = ["NN_TORCH", "FASTAI", "XGB"]


def main() -> None:
    folder, seconds = Path(sys.argv[1]), int(sys.argv[2])
    earlier, later, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("earlier", "later", "test"))
    predictor = TabularPredictor(
        label="churned", problem_type="binary", eval_metric="log_loss", path=str(folder / "models"), verbosity=0
    )
    predictor.fit(
        earlier.astype({"churned": int}),
        tuning_data=later.astype({"churned": int}),
        time_limit=seconds,
        excluded_model_types=ABSENT,
        refit_full=True,
        set_best_to_refit_full=True,
        num_cpus=2,
    )
    risk = predictor.predict_proba(test)[1]
    pd.DataFrame({"risk": risk}).to_parquet(folder / "risk.parquet")


if __name__ == "__main__":
    main()
