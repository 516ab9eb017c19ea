"""Writing down what was done about listed accounts and what came of it, and reading it as a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from churnpredict.config import Project
from churnpredict.csm import Lists, OutcomeReport, assigned, report_outcomes
from churnpredict.errors import DataError, Problem
from churnpredict.ledger import Given, Intervention, Recorded, Stamp, interventions_of, joined, read_ledger, record

if TYPE_CHECKING:
    from churnpredict.lab import HoldoutEffect


def write_down(project: Project, given: Sequence[Given], stamp: Stamp, *, unlisted: bool = False) -> list[Recorded]:
    """Write entries into the project's ledger, all or none.

    The first step of an intervention takes over what the list said that stood on its day: tier, risk, play and ARR,
    where it does not say so itself.

    Parameters
    ----------
    project
        The declarations; the ledger is in its ``data`` folder.
    given
        What to write.
    stamp
        Who writes, and when.
    unlisted
        Also about accounts that are on no published list.

    Returns
    -------
    list of Recorded
        What is new; what was there already is not written again.

    Raises
    ------
    DataError
        With everything that cannot be written, or if the ledger is damaged.
    LockedError, OutputError
    """
    lists = Lists(project.weeks_folder)
    if not unlisted:
        _refuse_strangers(lists, given)
    wanted: dict[date, set[str]] = {}
    for each in given:
        wanted.setdefault(each.entry.on_day, set()).add(each.entry.account_id)
    said = lists.said(wanted)
    listed = [replace(g, listed=said.get((g.entry.on_day, g.entry.account_id), {})) for g in given]
    return record(project.ledger_file, listed, stamp)


def report(project: Project, as_of: date) -> OutcomeReport:
    """What came of interventions, as far as it was written down before a day.

    Parameters
    ----------
    project
        The declarations.
    as_of
        Nothing that came about or was written down at or after this day is in it.

    Where accounts are held out, the sources are opened, too, to see who churned; and where the table of interventions
    says what came of them, to read that.

    Raises
    ------
    DataError
        If the ledger or a list is damaged, or a source is not what was declared.
    """
    entries = read_ledger(project.ledger_file)
    known = [each for each in entries if each.known_before(as_of, project.time_zone)]
    crm = project.interventions is not None and project.interventions.outcome is not None
    found = report_outcomes(
        joined(interventions_of(known), _worked(project, as_of) if crm else ()),
        as_of,
        currency=project.risk_list.currency,
        value_multiple=project.tiers.value_multiple,
    )
    effect = _effect(project, as_of)
    return found if effect is None else replace(found, notes=(effect.sentence(),), holdout=effect.as_dict())


def _worked(project: Project, as_of: date) -> list[Intervention]:
    """What the CRM's table knows."""
    from churnpredict.dataset import open_dataset  # noqa: PLC0415 - writing an entry down needs no tables

    with open_dataset(project) as dataset:
        return dataset.worked(as_of)


def _effect(project: Project, as_of: date) -> HoldoutEffect | None:
    """What the accounts that were held out show; None where there are none, or it is too early."""
    groups = assigned(project.weeks_folder)
    if groups.empty:
        return None
    # Only now: writing an entry down needs neither tables nor a model.
    from churnpredict.dataset import Hindsight, open_dataset  # noqa: PLC0415
    from churnpredict.lab import effect_of_plays  # noqa: PLC0415

    with open_dataset(project) as dataset:
        # What happened after the last event is not known, however late it is.
        observed = min(as_of, dataset.span()[1] + timedelta(days=1))
        churns = dataset.churns(observed)
    closed = Hindsight.at(observed, project.training.intervals(), project.churn).closed_until
    return effect_of_plays(groups, churns, closed)


def _refuse_strangers(lists: Lists, given: Sequence[Given]) -> None:
    strangers = lists.strangers({each.entry.account_id for each in given})
    if strangers:
        todo = "Mend it, or write it down all the same with --unlisted."
        raise DataError(
            *(
                Problem(each.where, f"{each.entry.account_id!r} is on no published list", "an account of a list", todo)
                for each in given
                if each.entry.account_id in strangers
            )
        )
