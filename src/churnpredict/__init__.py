"""Which B2B accounts will leave in 60–90 days, why, and proof that it beats the rule-based health score.

What is named here is the public interface. Each name is loaded when it is first asked for, so that importing the
package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from churnpredict.config import Project, read_project
    from churnpredict.dataset import Dataset, open_dataset
    from churnpredict.demo import run_demo
    from churnpredict.errors import ChurnPredictError
    from churnpredict.explanation import explain_account
    from churnpredict.lab import (
        Backtest,
        Comparison,
        Entrant,
        HazardClassifier,
        Schedule,
        Training,
        TrainingRows,
        compare,
        decide,
        judge,
        judge_challenger,
        labelled_rows,
        promote,
        register,
        replay,
        roll_back,
        shap_explanation,
        train,
    )
    from churnpredict.scored import score
    from churnpredict.scoring import RiskModel, load_bundle

__version__: str
__all__ = [
    "Backtest",
    "ChurnPredictError",
    "Comparison",
    "Dataset",
    "Entrant",
    "HazardClassifier",
    "Project",
    "RiskModel",
    "Schedule",
    "Training",
    "TrainingRows",
    "__version__",
    "compare",
    "decide",
    "explain_account",
    "judge",
    "judge_challenger",
    "labelled_rows",
    "load_bundle",
    "open_dataset",
    "promote",
    "read_project",
    "register",
    "replay",
    "roll_back",
    "run_demo",
    "score",
    "shap_explanation",
    "train",
]

#: Where each name is at home.
_HOMES = {
    "config": ("Project", "read_project"),
    "dataset": ("Dataset", "open_dataset"),
    "demo": ("run_demo",),
    "errors": ("ChurnPredictError",),
    "explanation": ("explain_account",),
    "lab": (
        "Backtest",
        "Comparison",
        "Entrant",
        "HazardClassifier",
        "Schedule",
        "Training",
        "TrainingRows",
        "compare",
        "decide",
        "judge",
        "judge_challenger",
        "labelled_rows",
        "promote",
        "register",
        "replay",
        "roll_back",
        "shap_explanation",
        "train",
    ),
    "scored": ("score",),
    "scoring": ("RiskModel", "load_bundle"),
}

# Type checkers read the imports above; to them, a name that is not there has to be an error.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name == "__version__":
            # It is asked for rarely, and what reads it takes four fifths of importing this package.
            return import_module("importlib.metadata").version(__name__)
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{home}"), name)
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
