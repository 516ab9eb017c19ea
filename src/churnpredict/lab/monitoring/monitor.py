"""Whether what was trained still holds: the sources, the accounts, the risks, and what came of the lists.

Everything is held against its own past: a source against its weeks, the accounts against those of training, the
figures against what the published risks promised. Where there is no past yet, that is said.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pandas as pd

from churnpredict.columns import CUTOFF
from churnpredict.config import Project
from churnpredict.dataset import Dataset, SourceAge, ages, source_weeks, treated_accounts
from churnpredict.errors import DataError, Problem
from churnpredict.lab.learning.reference import REFERENCE, Drift, Reference
from churnpredict.lab.monitoring.cohorts import Realised, realised, tier_shares
from churnpredict.lab.monitoring.findings import (
    LEVELS,
    Finding,
    Level,
    level_of,
    of_features,
    of_interventions,
    of_lists,
    of_risk,
    of_sources,
    of_tiers,
)
from churnpredict.lab.monitoring.source_shifts import WEEKS, Shift, shifts
from churnpredict.scoring import RiskModel, load_bundle, read_document
from churnpredict.stages import Stages

#: Lists that are shown.
LISTS = 26


@dataclass(frozen=True)
class Monitoring:
    """What was found at a cutoff.

    Parameters
    ----------
    as_of
        The cutoff.
    trained_until
        What the champion knew.
    accounts
        Accounts alive.
    findings
        Alarms first.
    sources
        How long each source has been silent.
    shifts
        The last week of each series of the sources.
    drifts
        Each feature against training, the farthest first.
    risk
        The champion's risks now against those in training.
    realised
        What came of the published lists.
    tiers
        See `churnpredict.lab.monitoring.cohorts.tier_shares`.
    treated
        See `churnpredict.dataset.treated_accounts`.
    """

    as_of: date
    trained_until: date
    accounts: int
    findings: tuple[Finding, ...]
    sources: list[SourceAge]
    shifts: list[Shift]
    drifts: list[Drift]
    risk: Drift
    realised: Realised
    tiers: pd.DataFrame
    treated: pd.DataFrame

    def at(self, level: Level) -> list[Finding]:
        """The findings of a level."""
        return [finding for finding in self.findings if finding.level == level]

    @property
    def verdict(self) -> str:
        """The one sentence to take away."""
        alarms = self.at("alarm")
        if not alarms:
            early = " Some of it cannot be known yet." if self.at("early") else ""
            return f"Nothing is unusual enough for an alarm.{early}"
        where = ", ".join(dict.fromkeys(finding.where for finding in alarms))
        return f"{len(alarms)} {'alarm' if len(alarms) == 1 else 'alarms'}, at {where}: look before the list is used."

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, to be kept as JSON."""
        tables = {name: getattr(self, name).assign(cutoff=_days(getattr(self, name))) for name in ("tiers", "treated")}
        return {
            "as_of": str(self.as_of),
            "verdict": self.verdict,
            "trained_until": str(self.trained_until),
            "accounts": self.accounts,
            "counts": {level: len(self.at(level)) for level in LEVELS},
            "findings": [asdict(finding) for finding in self.findings],
            "sources": [asdict(source) | {"stopped": source.stopped} for source in self.sources],
            "shifts": [asdict(shift) for shift in self.shifts],
            "features": [_plain(drift) for drift in self.drifts],
            "risk": _plain(self.risk),
            "realised": asdict(self.realised),
            **{name: table.to_dict("records") for name, table in tables.items()},
        }


def monitor(dataset: Dataset, as_of: date, *, stages: Stages | None = None) -> Monitoring:
    """Look at everything as it was known at `as_of`.

    Parameters
    ----------
    dataset
        The opened sources; champion and lists are those of its project.
    as_of
        Nothing at or after this day is used.
    stages
        Where time is kept.

    Raises
    ------
    BundleError
        If there is no champion, or it keeps no reference.
    DataError
        If nothing was seen before the cutoff, nobody is alive at it, or a stored list is damaged.
    """
    stages, project = stages or Stages(), dataset.project
    with stages.stage("model"):
        champion = project.champion_folder.resolve()
        model, reference = load_bundle(champion), Reference.from_dict(read_document(champion, REFERENCE))
        promised = read_document(champion, "evaluation.json")["model"]
    with stages.stage("sources"):
        sources = ages(dataset, as_of)
        shifted = shifts(source_weeks(dataset, as_of, WEEKS))
    with stages.stage("features"):
        drifts, risk, accounts = _drifts(dataset, model, reference, as_of)
    with stages.stage("lists"):
        came = realised(dataset, as_of)
        tiers = tier_shares(project.weeks_folder, as_of, most=LISTS)
        treated = treated_accounts(dataset, [moment.date() for moment in tiers[CUTOFF]] or [as_of], as_of)
    findings = [
        *of_sources(sources, shifted, as_of),
        *of_features(drifts, accounts, _seasonal(shifted, project)),
        *of_risk(risk),
        *of_lists(came, promised, model.horizons[-1]),
        *of_tiers(tiers),
        *of_interventions(treated),
    ]
    ordered = sorted(findings, key=lambda finding: LEVELS.index(finding.level))
    return Monitoring(
        as_of, model.trained_until, accounts, tuple(ordered), sources, shifted, drifts, risk, came, tiers, treated
    )


def _drifts(dataset: Dataset, model: RiskModel, reference: Reference, as_of: date) -> tuple[list[Drift], Drift, int]:
    frames = list(dataset.features([as_of]))
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    if rows.empty:
        raise DataError(Problem("accounts", f"nobody is alive at {as_of}", "an account that started and has not left"))
    risk = reference.drift(reference.risk, pd.Series(model.risks(rows)[:, -1]))
    drifts = [reference.drift(feature, rows[feature.name]) for feature in reference.features]
    return sorted(drifts, key=lambda each: -each.distance), risk, len(rows)


def _seasonal(shifted: list[Shift], project: Project) -> set[str]:
    """The signals of sources that moved as in the same weeks a year ago."""
    places = {shift.place for shift in shifted if shift.state == "seasonal"}
    return {name for key, source in project.events.items() if f"events.{key}" in places for name in source.signals}


def _plain(drift: Drift) -> dict[str, Any]:
    feature = drift.feature
    then = {"name": feature.name, "label": feature.label, "typical_then": feature.typical}
    now = {key: value for key, value in asdict(drift).items() if key != "feature"}
    return {**then, **now, "farthest": feature.farthest, "level": level_of(drift)}


def _days(frame: pd.DataFrame) -> list[str]:
    return [str(moment.date()) for moment in frame[CUTOFF]]
