"""What may make an account critical, whatever a model says. Proposed as comments: a team decides what is."""

from __future__ import annotations

from collections.abc import Iterator

from churnpredict.dataset import ColumnProfile
from churnpredict.onboarding.finding import Found
from churnpredict.onboarding.proposal import Section
from churnpredict.onboarding.roles import Placed
from churnpredict.onboarding.vocabulary import DISSATISFIED, RAISED, name_of, words_of

#: Days that a row raises the flag for, and the answer up to which who answers is a detractor.
EXPIRES_DAYS = 30
DETRACTOR = 6
_SAID = """\
What is known to be serious makes an account critical, whatever the model sees (churnpredict help playbooks).
Take what your team would drop everything for: remove the marks."""


def critical_sections(found: Found) -> list[Section]:
    """Flags, kinds of rows and answers that speak of an escalation, a notice or a complaint; each as a comment."""
    sections: list[Section] = []
    taken: set[str] = set()
    for placed in found.of_role("events"):
        for name, where in _of_source(placed):
            section = Section(f"critical.{name_of(name, taken)}", out=True)
            taken.add(section.path.removeprefix("critical."))
            section.add("events", placed.name)
            section.add("where", where)
            section.add("expires_days", EXPIRES_DAYS)
            sections.append(section)
    if sections:
        sections[0].comments += _SAID.split("\n")
    return sections


def _of_source(placed: Placed) -> Iterator[tuple[str, dict[str, object]]]:
    for column in placed.table.columns:
        words = words_of(column.name)
        if column.kind == "flag" and words & (RAISED | DISSATISFIED):
            yield f"{column.name}_{placed.name}", {column.name: True}
        elif column.kind == "text" and (values := _serious(column)):
            yield f"{values[0]}_{placed.name}", {column.name: values}
        elif column.kind in ("whole", "number") and "nps" in words:
            yield f"detractor_{placed.name}", {column.name: {"at_most": DETRACTOR}}


def _serious(column: ColumnProfile) -> list[str]:
    return [value for value, _ in column.levels if words_of(value) & (RAISED | DISSATISFIED)]
