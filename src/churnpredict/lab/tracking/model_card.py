"""What a trained model says of itself: its evaluation as a document, and a card that a person can read."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from churnpredict.lab.learning.fitting import SETTINGS
from churnpredict.lab.learning.reference import REFERENCE
from churnpredict.lab.learning.training import Training
from churnpredict.scoring import save_bundle

#: Columns of the table of figures: key, heading, format.
COLUMNS = (
    ("auc", "AUC", ".3f"),
    ("pr_auc", "PR-AUC", ".3f"),
    ("log_loss", "log-loss", ".4f"),
    ("brier", "Brier", ".4f"),
    ("lift_at_10", "lift at 10 %", ".2f"),
    ("ece", "ECE", ".4f"),
    ("slope", "slope", ".2f"),
)
CONTENDERS = {
    "model": "churnpredict",
    "health_score": "health score",
    "logistic": "logistic regression",
    "model_unseen": "churnpredict, unseen accounts",
}


def save_training(training: Training, folder: Path) -> None:
    """Save a model with its proof, in full or not at all.

    Parameters
    ----------
    training
        What `train` returned.
    folder
        Where the bundle will be found, such as ``models/champion``.
    """
    evaluation = {name: figures.as_dict() for name, figures in training.evaluation.items()}
    documents = {
        "evaluation.json": json.dumps(evaluation, indent=1) + "\n",
        "tiers.json": json.dumps(training.tiers.as_dict(), indent=1) + "\n",
        "duel.json": json.dumps(None if training.duel is None else training.duel.as_dict(), indent=1) + "\n",
        SETTINGS: json.dumps(asdict(training.settings), indent=1) + "\n",
        REFERENCE: json.dumps(training.reference.as_dict(), ensure_ascii=False) + "\n",
        "model_card.md": model_card(training),
    }
    save_bundle(training.model, folder, documents)


def figure_rows(training: Training) -> list[list[str]]:
    """The table of figures, ready to print: a row per contender, the first cell its name."""
    rows = []
    for name, figures in training.evaluation.items():
        values = figures.as_dict()
        cells = [(values[key], pattern) for key, _, pattern in COLUMNS]
        rows.append([CONTENDERS[name], *("–" if value is None else format(value, pattern) for value, pattern in cells)])
    return rows


def model_card(training: Training) -> str:
    """Markdown: what was learnt from what, how it was judged, and what to be careful about."""
    split, model = training.split, training.model
    figures = training.evaluation["model"]
    heading = ["", *(title for _, title, _ in COLUMNS)]
    table = [heading, ["---"] * len(heading), *figure_rows(training)]
    last = model.horizons[-1]
    lines = [
        "# Model card",
        "",
        f"- Trained on what was known before {model.trained_until}: {training.rows:,} rows, "
        f"{training.churners:,} distinct churners.",
        f"- Judged out of time: fitted on what was known before {split.known_until}, tested on {len(split.test)} "
        f"cutoffs from {split.test[0]} to {split.test[-1]}: {figures.n:,} rows, {figures.churners:,} distinct "
        f"churners, base rate {figures.base_rate:.1%} in {last} days.",
        f"- Rung of the ladder: {training.rung}.",
        *(f"- {sentence}" for sentence in training.tiers.sentences()),
        *([f"- {told}"] if (told := training.feedback.overrides.sentence()) else []),
        f"- Trees of {training.settings.leaves} leaves, {training.settings.trees} per booster, "
        f"{training.settings.bags} boosters per interval, seed {training.settings.seed}.",
        "",
        *(f"| {' | '.join(cells)} |" for cells in table),
        "",
        *([] if training.duel is None else [" ".join(training.duel.sentences()), ""]),
        *(f"**Careful.** {warning}\n" for warning in training.warnings),
    ]
    return "\n".join(lines).rstrip() + "\n"
