"""The weekly job: score one cutoff with the champion and publish its risk list, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

import pandas as pd

from churnpredict.changes import Since, since_previous
from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Project, SilenceChurn
from churnpredict.csm import (
    MOST_WEEKS,
    Background,
    Contacts,
    Figure,
    ListPolicy,
    Noun,
    OwnerFiles,
    Page,
    build_risk_list,
    chat_payload,
    message,
    opened_plays,
    owner_files,
    render_risk_list,
    summarise,
    text_to_csv,
    to_csv,
    to_parquet,
    to_xlsx,
)
from churnpredict.dataset import Dataset, check_kept, open_dataset, refuse_warnings
from churnpredict.ledger import interventions_of, joined, read_ledger
from churnpredict.manifest import Manifest, rows_of_week_before
from churnpredict.publishing import locked, published
from churnpredict.scored import Scored, previous_week, score, with_shown_tiers
from churnpredict.scoring import (
    BUNDLE,
    PREDICTIONS,
    RiskModel,
    change_drivers_to_parquet,
    load_bundle,
    model_digest,
    past_predictions,
    predictions_to_parquet,
    read_document,
    with_values_before,
)
from churnpredict.stages import Stages

EVALUATION = "evaluation.json"
#: Every carried piece of evidence of a week, where the list has a few lines.
EVIDENCE = "evidence.parquet"
#: Why the risk of each account changed since the week before: the parts, and what moved.
CHANGES, CHANGE_DRIVERS = "changes.parquet", "change_drivers.parquet"
#: Values of features kept in memory from one cutoff to the next: 400 MB.
MOST_KEPT = 100_000_000
#: Folder of the rows that were set aside, a file per source.
QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Week:
    """A published week.

    Parameters
    ----------
    cutoff
        Its cutoff.
    folder
        Where its files are.
    risk_list
        The list, one row per account, riskiest first.
    seconds
        Time by stage.
    warnings
        What a reader of the list should know of the sources' rows, each with its TOML path.
    """

    cutoff: date
    folder: Path
    risk_list: pd.DataFrame
    seconds: dict[str, float]
    warnings: tuple[str, ...] = ()


def predict_week(
    project: Project, cutoff: date, *, stages: Stages | None = None, today: date | None = None, strict: bool = False
) -> Week:
    """Score all accounts alive at the cutoff and publish the week's files.

    Running a week again gives the same files; a run that fails leaves the week as it was.

    Parameters
    ----------
    project
        The declarations; its ``data`` folder receives ``risk_lists/<cutoff>/``.
    cutoff
        Nothing at or after this day is used.
    stages
        Where time is kept.
    today
        Rows dated after this day are told among the warnings; without it nobody knows.
    strict
        Refuse sources with any warning.

    Raises
    ------
    BundleError, DataError, StaleDataError, EngineError, LockedError, OutputError
    """
    return predict_weeks(project, [cutoff], stages=stages, today=today, strict=strict)[0]


def predict_weeks(
    project: Project,
    cutoffs: Sequence[date],
    *,
    stages: Stages | None = None,
    today: date | None = None,
    strict: bool = False,
) -> list[Week]:
    """The same for several cutoffs, each published as if the ones after it were yet to come.

    Parameters
    ----------
    project, stages, today, strict
        See `predict_week`.
    cutoffs
        In rising order, at least one. Sources are opened once, and features made in one pass and kept in memory.

    Raises
    ------
    BundleError, DataError, StaleDataError, EngineError, LockedError, OutputError
    """
    stages = stages or Stages()
    with stages.stage("model"):
        champion = _champion(project)
    with locked(project.data_folder):
        with stages.stage("sources"):
            dataset = open_dataset(project, today)
        with dataset:
            if strict:
                refuse_warnings(dataset.reports)
            features = _FeaturesByCutoff.made(dataset, cutoffs, stages)
            return [_published_week(_Job(dataset, champion, cutoff, stages), features) for cutoff in cutoffs]


@dataclass(frozen=True)
class _Champion:
    """The model of the job, its digest, and its proof."""

    model: RiskModel
    digest: str
    evaluation: dict[str, Any]


def _champion(project: Project) -> _Champion:
    # Resolved once: a promotion while we read must not mix two models.
    folder = project.champion_folder.resolve()
    return _Champion(load_bundle(folder), model_digest(folder), read_document(folder, EVALUATION))


@dataclass(frozen=True)
class _Job:
    """One cutoff to be scored and published."""

    dataset: Dataset
    champion: _Champion
    cutoff: date
    stages: Stages


@dataclass(frozen=True)
class _FeaturesByCutoff:
    """Features of all accounts, as they are known today, of cutoffs that are compared with each other.

    Those of a second cutoff cost little where they are made together with those of the first.
    """

    frames: dict[date, list[pd.DataFrame]]

    @classmethod
    def made(cls, dataset: Dataset, cutoffs: Sequence[date], stages: Stages) -> Self:
        """Of the cutoffs and of the list before them; of none where nothing is compared or workers make them.

        Nor of more than memory should keep, going by the list before: then each cutoff's are made when it comes.
        """
        project, previous = dataset.project, previous_week(dataset.project, cutoffs[0])
        before, accounts = [], 0
        if previous is not None and not previous.empty:
            before, accounts = [previous[CUTOFF].iloc[0].date()], len(previous)
        together = [*before, *cutoffs]
        fits = accounts * len(project.features()) * len(together) <= MOST_KEPT
        frames: dict[date, list[pd.DataFrame]] = {}
        if len(together) > 1 and fits and project.risk_list.changes and not dataset.in_workers:
            with stages.stage("features"):
                for frame in dataset.features(together):
                    for moment in frame[CUTOFF].unique():
                        rows = frame[frame[CUTOFF] == moment].reset_index(drop=True)
                        frames.setdefault(moment.date(), []).append(rows)
        return cls(frames)

    def at(self, cutoff: date) -> list[pd.DataFrame] | None:
        """Those of a cutoff; None where they were not made."""
        return self.frames.get(cutoff)


def _published_week(job: _Job, features: _FeaturesByCutoff) -> Week:
    """Score and publish one week."""
    project, cutoff, stages, model = job.dataset.project, job.cutoff, job.stages, job.champion.model
    visible = job.dataset.check_fresh(cutoff)
    previous = previous_week(project, cutoff)
    scored = score(job.dataset, model, cutoff, features=features.at(cutoff), stages=stages)
    held = {"accounts": len(scored.predictions), **visible.rows}
    _refuse_shrunken(project, cutoff, held)
    with stages.stage("changes"):
        scored = with_shown_tiers(project, model, scored, previous)
        scored = replace(scored, predictions=scored.predictions.assign(**{BUNDLE: job.champion.digest}))
        since = since_previous(job.dataset, model, scored.predictions, previous, features=features.frames)
        scored = replace(scored, drivers=with_values_before(scored.drivers, since.changes))
    with stages.stage("contacts"):
        contacts = Contacts.declared(project, job.dataset.contacts(cutoff), visible.late)
    aside = {f"{QUARANTINE}/{place}.csv": text_to_csv(rows) for place, rows in job.dataset.set_aside().items()}
    with stages.stage("list"):
        risk_list = _without_owners(project, _risk_list(project, scored, previous, since))
        page = replace(_page(project, model, cutoff, scored), figures=_proof(job.champion.evaluation))
        background = replace(_background(job, scored, since), contacts=contacts)
    with stages.stage("files"):
        files = {
            **_list_files(project, risk_list, page, background),
            **_stored(scored, since),
            **({} if project.privacy.redact else aside),
        }
        owners = owner_files(risk_list, page, background) if project.risk_list.per_owner else None
        folder = project.weeks_folder / cutoff.isoformat()
        warnings = (*visible.warnings, *job.dataset.warnings)
        _publish(folder, files, owners, Manifest(len(risk_list), held, warnings))
    return Week(cutoff, folder, risk_list, stages.seconds, warnings)


def _refuse_shrunken(project: Project, cutoff: date, held: dict[str, int]) -> None:
    recorded = rows_of_week_before(project.weeks_folder, cutoff)
    if recorded is not None:
        week, before = recorded
        check_kept(before, held, project, week)


def _risk_list(project: Project, scored: Scored, previous: pd.DataFrame | None, since: Since) -> pd.DataFrame:
    cutoff = scored.predictions[CUTOFF].iloc[0].date()
    policy = ListPolicy(
        scored.typical_risk,
        project.playbooks,
        noun_of(project),
        project.workload,
        opened_plays(project.weeks_folder, cutoff, project.longest_cool_down),
        project.outcomes,
        changes=since.changes.parts,
        change_drivers=since.changes.drivers,
    )
    return build_risk_list(
        scored.predictions,
        scored.drivers,
        details=scored.details,
        previous=pd.DataFrame(columns=[ACCOUNT_ID, "tier"]) if previous is None else previous,
        evidence=scored.evidence,
        policy=policy,
    )


def _without_owners(project: Project, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as it may be written: owners decide who can work how much, but their names need not stand there."""
    if not project.privacy.redact or "owner" not in frame:
        return frame
    return frame.assign(owner=pd.Series(None, index=frame.index, dtype="str"))


def _background(job: _Job, scored: Scored, since: Since) -> Background:
    """What the pages of the accounts show beside the list."""
    project, cutoff = job.dataset.project, job.cutoff
    written = read_ledger(project.ledger_file)
    known = [each for each in written if each.known_before(cutoff, project.time_zone)]
    interventions = joined(interventions_of(known), job.dataset.worked(cutoff))
    steps = [step for intervention in interventions for step in intervention.steps]
    columns = (ACCOUNT_ID, "on_day", "state", "play", "reason", "note")
    done = pd.DataFrame([[getattr(step, name) for name in columns] for step in steps], columns=list(columns))
    if project.privacy.redact:
        done = done.assign(reason=None, note=None)
    return Background(
        scored.predictions,
        scored.drivers,
        scored.evidence,
        past=past_predictions(project.weeks_folder, cutoff, MOST_WEEKS),
        done=done.assign(on_day=pd.to_datetime(done["on_day"])),
        changes=since.changes.parts,
        change_drivers=since.changes.drivers,
        left=_without_owners(project, since.left),
    )


def _list_files(project: Project, risk_list: pd.DataFrame, page: Page, background: Background) -> dict[str, bytes]:
    """The list for programs, for people, and in brief."""
    summary = summarise(
        risk_list, company=project.name, cutoff=page.cutoff, currency=page.currency, left=background.left
    )
    text = message(summary)
    return {
        "risk_list.parquet": to_parquet(risk_list),
        "risk_list.csv": to_csv(risk_list),
        "risk_list.xlsx": to_xlsx(risk_list),
        "risk_list.html": render_risk_list(risk_list, page, background).encode(),
        "summary.json": (json.dumps(summary, ensure_ascii=False, indent=1) + "\n").encode(),
        "message.txt": text.encode(),
        "message.json": chat_payload(text).encode(),
    }


def _stored(scored: Scored, since: Since) -> dict[str, bytes]:
    """What the list was made of."""
    return {
        PREDICTIONS: predictions_to_parquet(scored.predictions),
        EVIDENCE: predictions_to_parquet(scored.evidence),
        CHANGES: predictions_to_parquet(since.changes.parts),
        CHANGE_DRIVERS: change_drivers_to_parquet(since.changes.drivers),
    }


def noun_of(project: Project) -> Noun:
    """What accounts do when they churn: silence is a lapse, for many come back."""
    return "lapse" if isinstance(project.churn, SilenceChurn) else "leave"


def _page(project: Project, model: RiskModel, cutoff: date, scored: Scored) -> Page:
    return Page(
        company=project.name,
        cutoff=cutoff,
        typical_risk=scored.typical_risk,
        trained_as_of=model.trained_until,
        currency=project.risk_list.currency,
        noun=noun_of(project),
        tiers=project.tiers,
        names_red=model.scale.names_red,
    )


def _proof(evaluation: dict[str, Any]) -> tuple[Figure, ...]:
    """The out-of-time figure that a CSM can use: how much churn the riskiest tenth held."""
    lifts = {name: figures["lift_at_10"] for name, figures in evaluation.items()}
    if not lifts.get("model"):
        return ()
    rule = f"health score: {lifts['health_score']:.1f}×" if lifts.get("health_score") else ""
    return (Figure("Churn among the riskiest tenth", f"{lifts['model']:.1f}× the average", rule),)


def _publish(folder: Path, files: dict[str, bytes], owners: OwnerFiles | None, manifest: Manifest) -> None:
    everything = files if owners is None else {**files, **owners.files}
    whose = None if owners is None else {folder: owner for owner, folder in owners.folders.items()}
    with published(folder) as staging:
        for name, content in everything.items():
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            (staging / name).write_bytes(content)
        replace(manifest, owners=whose).write(staging, list(everything))
