"""From a survey to a proposal: whose rows, what each table is, what is looked at, and what nobody should trust yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from churnpredict.config import Connection, HealthScore, Training
from churnpredict.dataset import Filled, Survey
from churnpredict.errors import DataError, Problem, UsageError
from churnpredict.onboarding.endings import ending_of, main_source, written_end
from churnpredict.onboarding.evidence import critical_sections
from churnpredict.onboarding.finding import Found
from churnpredict.onboarding.keys import SAME, SURE, Candidate, account_columns, candidates
from churnpredict.onboarding.proposal import Ask, Proposal, Question, Section
from churnpredict.onboarding.roles import Placed, place
from churnpredict.onboarding.schedule import Schedule, schedule_for
from churnpredict.onboarding.sources import add_accounts, add_events, add_facts, add_history


def propose(
    name: str, survey: Survey, connections: dict[str, Connection], today: date, ask: Ask, *, key: str | None = None
) -> Proposal:
    """Guess a configuration.

    Parameters
    ----------
    name
        What the company is called.
    survey
        The tables.
    connections
        What they are on, by name; empty for files.
    today
        Days after it are planned ones.
    ask
        Answers what the tables do not settle.
    key
        The column that says whose a row is, where that is known.

    Raises
    ------
    UsageError
        If no table has the column `key`.
    DataError
        If nothing says whose the rows are, or nothing has a date.
    """
    found = _found(survey, today, ask, key)
    _head(found, name, connections)
    accounts = Section("accounts")
    found.proposal.sections.append(accounts)
    for each in found.of_role("events"):
        add_events(found, each, _filled(found, each))
    for each in found.of_role("history"):
        add_history(found, each, _filled(found, each))
    for each in found.of_role("facts"):
        add_facts(found, each, _filled(found, each))
    add_accounts(found, accounts, _filled)
    _add_rest(found)
    return found.proposal


def _found(survey: Survey, today: date, ask: Ask, known: str | None) -> Found:
    proposal = Proposal(left_out=dict(survey.unread))
    key = _known(known, survey) or _account_column(survey, proposal, ask)
    accounts = account_columns(survey.profiles, key, survey.contained)
    placed, without = place(survey.profiles, accounts)
    proposal.left_out |= without
    placed = [_settled(each, proposal, ask) for each in placed]
    proposal.roles = {each.table.name: each.role for each in placed}
    rhythms = {
        each.table.name: survey.rhythm(each.table.name, each.account, each.time)
        for each in placed
        if each.role in ("events", "history") and each.time is not None
    }
    if not rhythms:
        raise _nothing_dated(proposal)
    main = main_source([each for each in placed if each.role == "events"], rhythms)
    ending = ending_of(placed, main, survey, proposal, ask)
    proposal.as_of = _last_cutoff(placed, main, today)
    first = min(each.span[0] for each in placed if each.table.name in rhythms and each.span)
    days = (proposal.as_of - first).days
    schedule = schedule_for(days, silent_days=ending.silent_days, late_days=ending.late_days)
    return Found(survey, placed, main, rhythms, ending, schedule, days, today, proposal)


def _nothing_dated(proposal: Proposal) -> DataError:
    reasons = [Problem(name, why) for name, why in proposal.left_out.items()]
    todo = "Dates are days such as 2025-03-03, in a column of their own."
    return DataError(Problem("the tables", "none of them has dated rows of accounts", "one at least", todo), *reasons)


def _known(key: str | None, survey: Survey) -> str | None:
    """The column that somebody named, if somebody did."""
    columns = sorted({column.name for table in survey.profiles.values() for column in table.columns})
    if key is not None and key not in columns:
        raise UsageError(Problem("--key", f"no table has a column {key!r}", f"one of: {', '.join(columns)}"))
    return key


def _account_column(survey: Survey, proposal: Proposal, ask: Ask) -> str:
    found = candidates(survey.profiles)
    if not found:
        given = "no column looks like the id of an account"
        todo = "If one is, name it with --key."
        raise DataError(Problem("the tables", given, "a column such as account_id or customer_id in each", todo))
    rivals = [each for each in found[1:] if each.score >= SURE and not _same(survey, each, found[0])]
    if found[0].score >= SURE and not rivals:
        return found[0].name
    options = tuple(each.name for each in found[:6])
    why = f"it is in {', '.join(found[0].tables)}; its name does not settle it"
    return proposal.settle(ask, Question("accounts.key", "Which column says whose a row is", options[0], options, why))


def _same(survey: Survey, one: Candidate, other: Candidate) -> bool:
    """Whether two columns hold the same accounts by other names, table by table."""
    return all(survey.contained((table, one.name), (other.tables[0], other.name)) >= SAME for table in one.tables)


def _settled(placed: Placed, proposal: Proposal, ask: Ask) -> Placed:
    """The same table, asked about what may be its second clock."""
    if placed.asked is None:
        return placed
    why = f"it never lies before {placed.time}, and is always there"
    text = f"Is {placed.asked} of {placed.table.name} when a row could first be read"
    question = Question(f"events.{placed.name}.known_at", text, "yes", ("yes", "no"), why)
    return placed if proposal.settle(ask, question) == "yes" else replace(placed, known_at=None, asked=None)


def _filled(found: Found, placed: Placed) -> dict[str, Filled]:
    """For whom the columns of a table are filled, and with what: those that had left when the tables end, or others."""
    as_of = found.proposal.as_of or found.today
    return found.survey.filled(placed.table.name, placed.account, found.ending.leaving(as_of))


def _last_cutoff(placed: list[Placed], main: Placed | None, today: date) -> date:
    """The last Monday that the main events and the terms reach, and that has begun."""
    reached = [today] if main is None or main.span is None else [main.span[1]]
    if written_end(placed) is None:
        # Terms that have not been written down yet would look like churn.
        reached += [each.span[1] for each in placed if each.role == "history" and each.until and each.span]
    first_without = min(min(reached) + timedelta(days=1), today)
    return first_without - timedelta(days=first_without.weekday())


def _head(found: Found, company: str, connections: dict[str, Connection]) -> None:
    head = Section("")
    head.add("name", company)
    head.add("time_zone", "UTC", "the zone whose midnights begin the days, such as Europe/Berlin")
    found.proposal.sections.append(head)
    for name, connection in connections.items():
        section = Section(f"connections.{name}")
        for key, value in connection.model_dump(exclude_none=True).items():
            section.add(key, value)
        found.proposal.sections.append(section)


def _add_rest(found: Found) -> None:
    sections = found.proposal.sections
    sections += [*critical_sections(found), found.ending.section]
    for each in found.of_role("interventions")[:1]:
        section = Section("interventions", unsure=["labels after one of these rows are not learnt from"])
        for key, value in (("table", each.declared), ("account", each.account), ("time", each.time)):
            section.add(key, value)
        sections.append(section)
    sections += [*_training(found.schedule), _health_score(found)]
    if found.listed:
        section = Section("risk_list")
        for key, name in found.listed.items():
            section.add(key, name)
        if "arr" in found.listed:
            section.add("currency", "USD", "amounts are shown in it")
        sections.append(section)


def _training(schedule: Schedule) -> list[Section]:
    if schedule.every_days == Training().every_days and not schedule.missing_days:
        return []
    section = Section("training")
    if schedule.missing_days:
        section.unsure.append(f"about {schedule.missing_days} days of history are missing before a model can be tested")
    section.add("every_days", schedule.every_days, "the history is short: more cutoffs, closer together")
    return [section]


def _health_score(found: Found) -> Section:
    """The usual weights of the categories that have data."""
    usual = HealthScore().weights
    used = {entry.value for section in found.proposal.sections for entry in section.entries if entry.key == "category"}
    section = Section("health_score")
    section.comments += [
        "The rule the model has to beat. Declare indicators if you have a score of your own (churnpredict help tiers);",
        "without them training makes some of the signals above, and `churnpredict weights` weighs them.",
    ]
    section.add("weights", {name: weight for name, weight in usual.items() if name in used})
    return section
