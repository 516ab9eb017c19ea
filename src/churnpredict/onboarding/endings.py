"""How accounts leave: written down, a term that is not renewed, or silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from churnpredict.dataset import Leaving, Rhythm, Survey
from churnpredict.onboarding.proposal import Ask, Proposal, Question, Section
from churnpredict.onboarding.roles import USUAL_KEY, Placed, churn_day, ended_states
from churnpredict.onboarding.vocabulary import category_of

#: Days without an event that are taken for churn unless somebody says otherwise.
SILENT_DAYS = 90
#: Days by which a declaration lets churn be written down late.
MOST_LATE = 365
#: Share of the terms that may begin later than the days of grace.
FEW_LATE = 0.01


@dataclass(frozen=True)
class WrittenEnd:
    """Where it is written down that accounts left.

    Parameters
    ----------
    placed, day
        The table, and its column of days.
    where
        What a column must be for a row to be an end.
    """

    placed: Placed
    day: str
    where: dict[str, list[str]] = field(default_factory=dict)


def written_end(placed: Sequence[Placed]) -> WrittenEnd | None:
    """What dates a churn: a table of ends, a day of some accounts, a state that begins; None where nothing does."""
    for each in placed:
        if each.role == "churn" and each.time is not None:
            return WrittenEnd(each, each.time)
    for each in placed:
        one_row = each.role in ("accounts", "facts") or (each.role == "history" and each.one_row_each)
        if one_row and (day := churn_day(each.table)):
            return WrittenEnd(each, day)
    for each in placed:
        if each.role in ("events", "history") and each.time is not None and (where := ended_states(each)):
            return WrittenEnd(each, each.time, where)
    return None


def main_source(sources: Sequence[Placed], rhythms: Mapping[str, Rhythm]) -> Placed | None:
    """The events that tell best whether an account is there: of the product, of most accounts, with most rows."""

    def told(each: Placed) -> tuple[bool, float, int]:
        fullest = max(rhythm.accounts for rhythm in rhythms.values())
        of_product = category_of(each.table.name) == "product"
        return (of_product, round(rhythms[each.table.name].accounts / fullest, 1), each.table.rows)

    return max(sources, key=told, default=None)


@dataclass(frozen=True)
class Ending:
    """How accounts leave.

    Parameters
    ----------
    section
        The declaration.
    silent_days
        Days of silence that are churn, or 0.
    late_days
        Days after which a churn is known at the latest.
    told
        Where it is told who left, or when each account was last there.
    """

    section: Section
    told: Leaving
    silent_days: int = 0
    late_days: int = 0

    def leaving(self, as_of: date) -> Leaving:
        """Who had left when the tables end."""
        if self.section.entries[0].value == "dated":
            return self.told
        return replace(self.told, before=as_of - timedelta(days=self.silent_days + self.late_days))


def ending_of(placed: Sequence[Placed], main: Placed | None, survey: Survey, proposal: Proposal, ask: Ask) -> Ending:
    """What churn is, by the strongest sign there is of it: a date, a term that ends, or silence.

    Parameters
    ----------
    placed
        The tables in their roles.
    main
        The main source of events, for silence; None where there are no events.
    survey
        The tables, for how late terms are renewed and churn is written down.
    proposal, ask
        Where the questions go.
    """
    term = next((each for each in placed if each.role == "history" and each.until is not None), None)
    if end := written_end(placed):
        return _dated(end, survey)
    if term is not None:
        return _unrenewed(term, survey, proposal, ask)
    if main is None:
        msg = "there is a source of events, or an end of accounts that is written down"
        raise ValueError(msg)
    return _silent(main, proposal, ask)


def _dated(end: WrittenEnd, survey: Survey) -> Ending:
    placed, day = end.placed, end.day
    told = Leaving(placed.table.name, placed.account, day, where=end.where)
    section = Section("churn")
    section.add("kind", "dated")
    _add_table(section, placed)
    section.add("time", day)
    if end.where:
        section.add("where", end.where, "an account is taken to have left when it becomes one of these")
    if placed.role == "churn" and placed.known_at is not None:
        section.add("known_at", placed.known_at)
        days = min(survey.most_days_between(placed.table.name, day, placed.known_at), MOST_LATE)
        section.add("recorded_within_days", days, "the longest so far")
        return Ending(section, told, late_days=days)
    late = "churn is taken to be written down on its day; give the days it may come late"
    section.add("recorded_within_days", 0, late)
    return Ending(section, told)


def _unrenewed(term: Placed, survey: Survey, proposal: Proposal, ask: Ask) -> Ending:
    shares = survey.late_renewals(term.table.name, term.account, str(term.time), str(term.until))
    guess = next((days for days, share in shares.items() if share < FEW_LATE), max(shares))
    text = "Days after a term's end in which a renewal may still be written down"
    why = f"{shares[guess]:.1%} of the terms begin more than {guess} days after the one before"
    question = Question("churn.grace_days", text, str(guess), why=why)
    days = int(proposal.settle(ask, question))
    section = Section("churn")
    section.comments.append("Churn is a term that ends without another, dated on its end.")
    section.unsure.append("every row counts as a term; where add-ons have rows of their own, choose with where")
    section.add("kind", "unrenewed")
    _add_table(section, term)
    section.add("starts", term.time)
    section.add("ends", term.until)
    section.add("grace_days", days, why)
    told = Leaving(term.table.name, term.account, str(term.until))
    return Ending(section, told, late_days=days)


def _silent(main: Placed, proposal: Proposal, ask: Ask) -> Ending:
    text = f"Churn is written down nowhere. Days without a row in {main.table.name} after which an account has left"
    question = Question("churn.days", text, str(SILENT_DAYS), why="no column says when an account left")
    days = int(proposal.settle(ask, question))
    section = Section("churn")
    section.comments.append("Churn is written down nowhere: an account lapses when it is silent. Many may come back.")
    section.add("kind", "silence")
    section.add("events", main.name)
    section.add("days", days, question.why)
    told = Leaving(main.table.name, main.account, str(main.time))
    return Ending(section, told, silent_days=days)


def _add_table(section: Section, placed: Placed) -> None:
    section.add("table", placed.declared)
    if placed.account != USUAL_KEY:
        section.add("account", placed.account)
