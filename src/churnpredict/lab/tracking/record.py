"""What is kept of a training beside its bundle: parameters, figures, what it was made of, drawings. Plain values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any

from churnpredict.config import Project, declared_tables
from churnpredict.dataset import SourceReport
from churnpredict.lab.backtesting.page import NAMES
from churnpredict.lab.judging.curves import SHARES
from churnpredict.lab.learning.training import Training
from churnpredict.lab.metrics import Figures
from churnpredict.lab.reporting import plots
from churnpredict.lab.reporting.shapley import beeswarm, shap_explanation, waterfall
from churnpredict.lab.tracking.model_card import model_card
from churnpredict.publishing import file_digest

_USER = re.compile(r"(?<=://)[^/@\s'\"]+@")
_SECRET = re.compile(r"(?i)\b(pass(?:word|wd)?|pwd|token|secret|api[_-]?key)(\s*[=:]\s*)['\"]?[^\s'\"&;,]+['\"]?")


@dataclass(frozen=True)
class Record:
    """A training as a run of experiments keeps it.

    Parameters
    ----------
    parameters
        What was chosen, by name.
    metrics
        Figures by ``contender/figure``; the ends of an interval have the same name with ``_low`` and ``_high``.
    fingerprint
        What the model was made of: sources, cutoffs, rows, churners, digests of configuration and code.
    files
        Documents and drawings by name.
    """

    parameters: dict[str, str]
    metrics: dict[str, float]
    fingerprint: dict[str, Any]
    files: dict[str, bytes]

    @property
    def digest(self) -> str:
        """What tells the ingredients of this training from others."""
        return sha256(json.dumps(self.fingerprint, sort_keys=True).encode()).hexdigest()[:16]


def record_of(training: Training, project: Project, reports: Sequence[SourceReport]) -> Record:
    """What is worth keeping of a training.

    Parameters
    ----------
    training
        The training.
    project
        The declarations it was made with. Where a backtest of the same day is there, its figures and its page are
        kept, too.
    reports
        What the sources held.
    """
    backtest = project.data_folder / "backtests" / training.model.trained_until.isoformat()
    metrics = {name: value for name, value in _metrics(training) if isfinite(value)}
    files = {"model_card.md": model_card(training).encode(), **dict(_drawings(training))}
    if (backtest / "backtest.json").is_file():
        document = json.loads((backtest / "backtest.json").read_text(encoding="utf-8"))
        metrics |= {f"backtest/{name}": value for name, value in _figures_of_backtest(document)}
        files |= {name: (backtest / name).read_bytes() for name in ("backtest.html", "backtest.json")}
    fingerprint = _fingerprint(training, project, reports)
    files["fingerprint.json"] = (json.dumps(fingerprint, indent=1) + "\n").encode()
    files["configuration.json"] = masked(project.model_dump_json(indent=1)).encode()
    return Record(_parameters(training, project), metrics, fingerprint, files)


def masked(text: str) -> str:
    """The text without what a URL or a setting in it keeps secret.

    Examples
    --------
    >>> masked("https://ada:s3cret@host/x?token=abc&n=1")
    'https://***@host/x?token=***&n=1'
    """
    return _SECRET.sub(r"\1\2***", _USER.sub("***@", text))


def _parameters(training: Training, project: Project) -> dict[str, str]:
    model, declared = training.model, project.training
    chosen = {
        **asdict(training.settings),
        "features": len(model.space.features),
        "horizons": declared.horizons,
        "every_days": declared.every_days,
        "test_share": declared.test_share,
        "intervention_days": declared.intervention_days,
        "trained_until": model.trained_until,
        "tiers.policy": training.tiers.policy,
        "tiers.risk_yellow": model.scale.risk_yellow,
        "tiers.risk_red": model.scale.risk_red,
        "ladder": training.rung.name,
    }
    return {name: masked(str(value)) for name, value in chosen.items()}


def _metrics(training: Training) -> Iterator[tuple[str, float]]:
    yield "rows", float(training.rows)
    yield "churners", float(training.churners)
    for contender, figures in training.evaluation.items():
        for name, value in _values(figures):
            yield f"{contender}/{name}", value
    duel = training.duel
    if duel is not None:
        yield "duel/difference", duel.difference
        if duel.difference_interval is not None:
            yield "duel/difference_low", duel.difference_interval.low
            yield "duel/difference_high", duel.difference_interval.high
        yield from ((f"duel/caught_by_{name}", value) for name, value in asdict(duel.churners).items())
    for tier, rate in training.tiers.proof.realised["model"].items():
        yield f"tiers/{tier}_churned", rate.rate


def _values(figures: Figures) -> Iterator[tuple[str, float]]:
    for name, value in figures.as_dict().items():
        if isinstance(value, int | float):
            yield name, float(value)
    for name, interval in figures.intervals.items():
        yield f"{name}_low", interval.low
        yield f"{name}_high", interval.high


def _figures_of_backtest(document: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for contender, figures in document["evaluation"].items():
        for name, value in figures.items():
            if isinstance(value, int | float):
                yield f"{contender}_{name}", float(value)
        for name, (low, high) in figures["intervals"].items():
            yield from ((f"{contender}_{name}_low", low), (f"{contender}_{name}_high", high))
    for watch in document["watches"]:
        for name, value in watch["lead"].items():
            if isinstance(value, int | float):
                yield f"{watch['name']}_{name}", float(value)


def _fingerprint(training: Training, project: Project, reports: Sequence[SourceReport]) -> dict[str, Any]:
    files = {place: project.folder / table.path for place, table in declared_tables(project) if table.path}
    split, package = training.split, Path(__file__).parents[2]
    code = "".join(file_digest(path) for path in sorted(package.rglob("*.py")))
    return {
        "sources": {
            report.place: {
                "table": masked(str(report.table)),
                "rows": report.rows,
                "first_day": report.first_day and report.first_day.isoformat(),
                "last_day": report.last_day and report.last_day.isoformat(),
                "sha256": file_digest(path) if (path := files.get(report.place)) and path.is_file() else None,
            }
            for report in reports
        },
        "cutoffs": {
            "trained_until": training.model.trained_until.isoformat(),
            "proof_known_until": split.known_until.isoformat(),
            "proof_train": [cutoff.isoformat() for cutoff in split.train],
            "proof_test": [cutoff.isoformat() for cutoff in split.test],
        },
        "rows": training.rows,
        "churners": training.churners,
        "configuration": sha256(project.model_dump_json().encode()).hexdigest()[:16],
        "version": version("churnpredict"),
        "code": sha256(code.encode()).hexdigest()[:16],
    }


def _drawings(training: Training) -> Iterator[tuple[str, bytes]]:
    if find_spec("matplotlib") is None:
        return
    curves = training.curves
    yield "reliability.svg", plots.svg_of(plots.reliability_plot(curves.reliability))
    if curves.lifts["model"]:
        yield "lift.svg", plots.svg_of(plots.curves_plot(SHARES, curves.lifts, NAMES, plots.LIFT))
    yield "lead.svg", plots.svg_of(plots.leads_plot(curves.leads, NAMES))
    if find_spec("shap") is not None:
        explained = shap_explanation(training.model, training.latest)
        yield "beeswarm.png", beeswarm(explained)
        yield "waterfall.png", waterfall(explained)
