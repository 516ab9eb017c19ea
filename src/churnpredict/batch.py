"""The weekly job: score one cutoff with the champion and publish its risk list, all or nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from churnpredict.changes import Since, since_previous
from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Project, SilenceChurn
from churnpredict.csm import (
    MOST_WEEKS,
    Background,
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
from churnpredict.errors import DataError, Problem
from churnpredict.ledger import interventions_of, read_ledger
from churnpredict.manifest import Manifest, rows_of_week_before
from churnpredict.publishing import locked, published
from churnpredict.scoring import (
    BUNDLE,
    PREDICTIONS,
    BatchScorer,
    RiskModel,
    change_drivers_to_parquet,
    expected_value,
    flagged,
    hystereses,
    load_bundle,
    model_digest,
    past_predictions,
    predictions_and_drivers,
    predictions_to_parquet,
    previous_predictions,
    read_document,
    steadied,
    unflagged,
    with_values_before,
)
from churnpredict.stages import Stages

EVALUATION = "evaluation.json"
#: Every carried piece of evidence of a week, where the list has a few lines.
EVIDENCE = "evidence.parquet"
#: Why the risk of each account changed since the week before: the parts, and what moved.
CHANGES, CHANGE_DRIVERS = "changes.parquet", "change_drivers.parquet"
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


@dataclass(frozen=True)
class Scored:
    """Accounts of one cutoff with their risk and why.

    Parameters
    ----------
    predictions
        See `RiskModel.predict`.
    drivers
        See `top_drivers`.
    details
        account_name, owner, arr and renewal_on, see `Dataset.details`.
    typical_risk
        Risk of the typical account, 0–1: what the drivers' points add to.
    evidence
        What raises flags, see `Dataset.evidence`.
    """

    predictions: pd.DataFrame
    drivers: pd.DataFrame
    details: pd.DataFrame
    typical_risk: float
    evidence: pd.DataFrame


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
    stages = stages or Stages()
    with stages.stage("model"):
        # Resolved once: a promotion while we read must not mix two models.
        champion = project.champion_folder.resolve()
        model = load_bundle(champion)
        evaluation = read_document(champion, EVALUATION)
    with locked(project.data_folder):
        with stages.stage("sources"):
            dataset = open_dataset(project, today)
        with dataset:
            if strict:
                refuse_warnings(dataset.reports)
            visible = dataset.check_fresh(cutoff)
            previous = previous_week(project, cutoff)
            kept: list[pd.DataFrame] | None = None if previous is None or not project.risk_list.changes else []
            scored = score(dataset, model, cutoff, stages=stages, kept=kept)
            held = {"accounts": len(scored.predictions), **visible.rows}
            _refuse_shrunken(project, cutoff, held)
            with stages.stage("changes"):
                scored = with_shown_tiers(project, model, scored, previous)
                made_by = scored.predictions.assign(**{BUNDLE: model_digest(champion)})
                scored = replace(scored, predictions=made_by)
                since = since_previous(dataset, model, scored.predictions, previous, today=kept or [])
                scored = replace(scored, drivers=with_values_before(scored.drivers, since.changes))
            aside = {f"{QUARANTINE}/{place}.csv": text_to_csv(rows) for place, rows in dataset.set_aside().items()}
        with stages.stage("list"):
            risk_list = _without_owners(project, _risk_list(project, scored, previous, since))
            page = replace(_page(project, model, cutoff, scored), figures=_proof(evaluation))
            background = _background(project, cutoff, scored, since)
        with stages.stage("files"):
            files = {
                **_list_files(project, risk_list, page, background, _without_owners(project, since.left)),
                **_stored(scored, since),
                **({} if project.privacy.redact else aside),
            }
            owners = owner_files(risk_list, page, background) if project.risk_list.per_owner else None
            folder = project.weeks_folder / cutoff.isoformat()
            warnings = (*visible.warnings, *dataset.warnings)
            _publish(folder, files, owners, Manifest(len(risk_list), held, warnings))
    return Week(cutoff, folder, risk_list, stages.seconds, warnings)


def _refuse_shrunken(project: Project, cutoff: date, held: dict[str, int]) -> None:
    recorded = rows_of_week_before(project.weeks_folder, cutoff)
    if recorded is not None:
        week, before = recorded
        check_kept(before, held, project, week)


def score(
    dataset: Dataset,
    model: RiskModel,
    cutoff: date,
    *,
    accounts: list[str] | None = None,
    stages: Stages | None = None,
    kept: list[pd.DataFrame] | None = None,
) -> Scored:
    """Score accounts at a cutoff, in bounded batches, where their features are made.

    Parameters
    ----------
    dataset
        The opened sources.
    model
        The scorer.
    cutoff
        Nothing at or after this day is used.
    accounts
        Only these, or all that are alive.
    stages
        Where time is kept.
    kept
        Where the features are put, if anywhere, unless they are in the engine's workers.

    Raises
    ------
    DataError
        If no account is alive at the cutoff.
    """
    stages = stages or Stages()
    scorer = BatchScorer(model, stages, kept)
    with stages.stage("features"):
        batches = list(dataset.map_features([cutoff], scorer, accounts))
    if not sum(batch.num_rows for batch in batches):
        what = "no account" if accounts is None else f"{', '.join(accounts)} not"
        raise DataError(Problem("accounts", f"{what} alive at {cutoff}", "an account that started and has not left"))
    with stages.stage("drivers"):
        predictions, drivers, typical_risk = predictions_and_drivers(pa.Table.from_batches(batches), model.space)
    details = dataset.details([cutoff], accounts)
    with stages.stage("evidence"):
        evidence = dataset.evidence([cutoff], accounts)
    return Scored(predictions, drivers, details, typical_risk, evidence)


def previous_week(project: Project, cutoff: date) -> pd.DataFrame | None:
    """Predictions of the week before, or None."""
    return previous_predictions(project.weeks_folder, cutoff)


def with_shown_tiers(project: Project, model: RiskModel, scored: Scored, previous: pd.DataFrame | None) -> Scored:
    """The same with what the declarations make of it: the tiers to show, and what acting is worth.

    The tiers follow from this week's scores and those of the week before, unless evidence knows better.
    """
    before = None if previous is None else unflagged(previous)
    steady = steadied(scored.predictions, before, hystereses(model.scale, project.tiers))
    shown = flagged(steady, scored.evidence)
    arr = shown[[ACCOUNT_ID]].merge(scored.details, on=ACCOUNT_ID, how="left")["arr"].to_numpy(dtype="float64")
    worth = expected_value(shown["risk_90d"].to_numpy(), arr, project.tiers)
    return replace(scored, predictions=shown.assign(expected_value=worth))


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


def _background(project: Project, cutoff: date, scored: Scored, since: Since) -> Background:
    """What the pages of the accounts show beside the list."""
    written = read_ledger(project.ledger_file)
    known = [each for each in written if each.known_before(cutoff, project.time_zone)]
    steps = [step for intervention in interventions_of(known) for step in intervention.steps]
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
    )


def _list_files(
    project: Project, risk_list: pd.DataFrame, page: Page, background: Background, left: pd.DataFrame
) -> dict[str, bytes]:
    """The list for programs, for people, and in brief."""
    summary = summarise(
        risk_list, company=project.name, cutoff=page.cutoff, currency=project.risk_list.currency, left=left
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
