"""A saved model: a folder of readable files with checksums. No pickle; nothing is parsed before it is verified."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from churnpredict.config import HealthScore
from churnpredict.errors import BundleError, Problem
from churnpredict.publishing import file_digest, published
from churnpredict.scoring.calibration import Sigmoid
from churnpredict.scoring.feature_space import Feature, FeatureSpace
from churnpredict.scoring.hazards import HazardModel
from churnpredict.scoring.health import HealthScorer
from churnpredict.scoring.risk_model import RiskModel
from churnpredict.scoring.rule_model import RuleModel
from churnpredict.scoring.tiers import Borders, TierScale

FORMAT = 2
MANIFEST = "manifest.json"
MODEL = "model.json"
#: What the names of the boosters' files begin with.
BOOSTER = "hazard_"


def save_bundle(model: RiskModel, folder: Path, documents: dict[str, str]) -> None:
    """Save a model so that the folder is there in full or as it was before.

    Parameters
    ----------
    model
        What to save.
    folder
        Where it will be found.
    documents
        Further files by name: the model card, the evaluation, the configuration it was trained with.
    """
    _publish({**model_to_texts(model), **documents}, folder)


def copy_bundle(source: Path, folder: Path) -> None:
    """Save what another bundle holds, so that the folder is there in full or as it was before.

    Raises
    ------
    BundleError
        If the other is none, is damaged, or does not load.
    """
    texts = _verified(source.resolve())
    model_from_texts(texts)
    _publish(texts, folder)


def _publish(texts: dict[str, str], folder: Path) -> None:
    with published(folder) as staging:
        for name, text in texts.items():
            (staging / name).write_text(text, encoding="utf-8")
        files = {path.name: file_digest(path) for path in sorted(staging.iterdir())}
        (staging / MANIFEST).write_text(_to_json({"format": FORMAT, "sha256": files}), encoding="utf-8")


def load_bundle(folder: Path) -> RiskModel:
    """Load a model after checking every file against the manifest.

    Raises
    ------
    BundleError
        If there is none, a file is missing, added or changed, or it was written by a newer version.
    """
    # Resolved once: a promotion while we read must not mix the files of two models.
    folder = folder.resolve()
    if not folder.is_dir():
        raise BundleError(Problem(str(folder), "no model here", "a bundle", "Run `churnpredict train` first."))
    return model_from_texts(_verified(folder))


def model_digest(model: RiskModel | Path) -> str:
    """What tells a model, or that of a bundle, from every other: a digest of what makes it, not of its documents."""
    if isinstance(model, RiskModel):
        files = {name: sha256(text.encode()).hexdigest() for name, text in model_to_texts(model).items()}
    else:
        files = _manifest(model.resolve())
    made = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()) if _makes_the_model(name))
    return sha256(made.encode()).hexdigest()[:16]


def _makes_the_model(name: str) -> bool:
    return name == MODEL or name.startswith(BOOSTER)


def model_to_texts(model: RiskModel) -> dict[str, str]:
    """The files of a bundle that make the model, by name."""
    boosters = {f"{name}.txt": text for name, text in model.hazards.texts().items()}
    return {MODEL: _to_json(_model_document(model)), **boosters}


def model_from_texts(texts: dict[str, str]) -> RiskModel:
    """The inverse of `model_to_texts`. Texts must be verified: LightGBM aborts on damaged ones."""
    boosters = {name.removesuffix(".txt"): text for name, text in texts.items() if name.startswith(BOOSTER)}
    try:
        return _model(json.loads(texts[MODEL]), boosters)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # The digests are right, so somebody wrote it so.
        given = f"not what this version writes: {type(error).__name__} {error}"[:300]
        raise BundleError(Problem(MODEL, given, "a model of this version", "Train again.")) from error


def read_document(folder: Path, name: str) -> dict[str, Any]:
    """A JSON document of a bundle, verified."""
    folder = folder.resolve()
    files = _verified(folder)
    if name not in files:
        todo = "Train again: an older version did not write it."
        raise BundleError(Problem(str(folder), f"there is no {name}", f"one of: {', '.join(sorted(files))}", todo))
    document: dict[str, Any] = json.loads(files[name])
    return document


def _verified(folder: Path) -> dict[str, str]:
    """Texts of all files of the manifest, each read once and equal to its checksum."""
    manifest = _manifest(folder)
    read = {name: _read(folder, name) for name in manifest}
    damaged = [name for name, content in read.items() if content is None or _digest(content) != manifest[name]]
    try:
        added = sorted({path.name for path in folder.iterdir()} - {*manifest, MANIFEST})
    except OSError as error:
        raise BundleError(Problem(str(folder), f"{error.strerror}", "a bundle")) from error
    if damaged or added:
        given = "; ".join(
            f"{word}: {', '.join(names)}" for word, names in (("damaged", damaged), ("unknown", added)) if names
        )
        todo = "Restore the folder from a backup, or train again."
        raise BundleError(Problem(str(folder), given, "the files of its manifest", todo))
    try:
        return {name: content.decode() for name, content in read.items() if content is not None}
    except UnicodeDecodeError as error:
        raise BundleError(Problem(str(folder), f"{error}", "files of text")) from error


def _read(folder: Path, name: str) -> bytes | None:
    """A file of the folder itself; None where there is none, and where the name leads elsewhere."""
    try:
        return (folder / name).read_bytes() if Path(name).name == name else None
    except (OSError, ValueError):
        return None


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _manifest(folder: Path) -> dict[str, str]:
    try:
        document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        found, files = document["format"], document["sha256"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BundleError(Problem(str(folder / MANIFEST), "cannot be read", "the manifest of a bundle")) from error
    if found != FORMAT or not isinstance(files, dict) or MODEL not in files:
        given = f"format {found}"
        todo = "Load it with the version that wrote it, or train again."
        raise BundleError(Problem(str(folder), given, f"format {FORMAT}", todo))
    return files


def _model_document(model: RiskModel) -> dict[str, Any]:
    return {
        "trained_until": model.trained_until.isoformat(),
        "intervals": model.hazards.intervals,
        "bags": len(model.hazards.boosters[0]),
        "sigmoids": [asdict(sigmoid) for sigmoid in model.sigmoids],
        "scale": asdict(model.scale),
        "rule": None if model.rule is None else _rule_document(model.rule),
        "features": [asdict(feature) for feature in model.space.features],
    }


def _model(document: dict[str, Any], boosters: dict[str, str]) -> RiskModel:
    intervals = [(start, end) for start, end in document["intervals"]]
    features = tuple(Feature(**{**feature, "levels": tuple(feature["levels"])}) for feature in document["features"])
    scale = TierScale(**document["scale"])
    rule = None if document["rule"] is None else _rule(document["rule"], FeatureSpace(features), intervals, scale)
    return RiskModel(
        space=FeatureSpace(features),
        hazards=HazardModel.from_texts(intervals, document["bags"], boosters),
        sigmoids=_sigmoids(document, intervals),
        scale=scale,
        rule=rule,
        trained_until=date.fromisoformat(document["trained_until"]),
    )


def _sigmoids(document: dict[str, Any], intervals: Sequence[object]) -> tuple[Sigmoid, ...]:
    """The calibration, one rising curve per interval: a falling one would turn the ranking round."""
    sigmoids = tuple(Sigmoid(**values) for values in document["sigmoids"])
    if len(sigmoids) != len(intervals) or not all(sigmoid.slope > 0 for sigmoid in sigmoids):
        msg = "the calibration must rise, with a curve for every interval"
        raise ValueError(msg)
    return sigmoids


def _rule_document(rule: RuleModel) -> dict[str, Any]:
    return {
        "declared": rule.scorer.declared.model_dump(),
        "sigmoids": [asdict(sigmoid) for sigmoid in rule.sigmoids],
        "typical_taken": rule.typical_taken,
    }


def _rule(
    document: dict[str, Any], space: FeatureSpace, intervals: list[tuple[int, int]], scale: TierScale
) -> RuleModel:
    scorer = HealthScorer(HealthScore.model_validate(document["declared"]))
    return RuleModel(
        scorer=scorer,
        space=space.only(scorer.features),
        intervals=intervals,
        sigmoids=_sigmoids(document, intervals),
        typical_taken=tuple(document["typical_taken"]),
        borders=Borders(scale.yellow, scale.red),
    )


def _to_json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
