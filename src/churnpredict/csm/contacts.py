"""Who stands behind an account, when each side was last in touch, and which sources say nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from churnpredict.columns import ACCOUNT_ID, heard_column, touch_column, value_column
from churnpredict.config import Project, in_words
from churnpredict.csm.wording import contact_in_words, silent_sources_in_words, touch_in_words, touch_label


def no_contacts() -> pd.DataFrame:
    """What `Contacts.frame` is where nothing is known of anybody."""
    return pd.DataFrame(columns=[ACCOUNT_ID])


@dataclass(frozen=True)
class Contacts:
    """What the page of each account shows of the people behind it.

    Parameters
    ----------
    frame
        One row per account: account_id and the columns named below.
    values
        Label and kind of each value that is shown as it stands, by column.
    touches
        Label of each kind of touch, by the column with the day of the last one.
    sources
        Label of each source that may have no data of an account, and the days looked back, by column: whether there
        was any.
    late
        Sources that were not loaded lately, in words, and the last day on which rows of each were.
    """

    frame: pd.DataFrame = field(default_factory=no_contacts)
    values: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    touches: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    late: Sequence[tuple[str, date]] = ()

    @classmethod
    def declared(cls, project: Project, frame: pd.DataFrame, late: Mapping[str, date]) -> Contacts:
        """Those of a project, with its labels.

        Parameters
        ----------
        project
            The declarations.
        frame
            See `churnpredict.dataset.Dataset.contacts`.
        late
            See `churnpredict.dataset.Dataset.check_fresh`.
        """
        values, page = project.values(), project.account_page
        # Texts of a contact are people's names; what redacts names redacts them.
        shown = [name for name in page.values if not (project.privacy.redact and values[name].kind == "category")]
        return cls(
            frame,
            {value_column(name): (values[name].label or in_words(name), values[name].kind) for name in shown},
            {touch_column(name): touch_label(t.label or in_words(name), t.by) for name, t in page.touches.items()},
            {
                heard_column(key): (in_words(key), max(source.windows))
                for key, source in project.events.items()
                if source.absent == "missing"
            },
            [(in_words(key), day) for key, day in late.items()],
        )

    def told(self, accounts: Sequence[str], cutoff: date) -> dict[str, list[tuple[str, str]]]:
        """By account, what is shown as (label, words): values in declared order, then touches, the newest first."""
        rows = self.frame[self.frame[ACCOUNT_ID].isin(accounts)]
        found: dict[str, list[tuple[str, str]]] = {}
        for row in rows.to_dict("records"):
            said = [
                (label, contact_in_words(_known(row[column]), kind)) for column, (label, kind) in self.values.items()
            ]
            days = [(label, _known(row[column])) for column, label in self.touches.items()]
            days.sort(key=lambda touch: touch[1] or date.min, reverse=True)
            found[row[ACCOUNT_ID]] = said + [(label, touch_in_words(day, cutoff)) for label, day in days]
        return found

    def gaps(self, accounts: Sequence[str]) -> dict[str, list[str]]:
        """By account, what is not known of it because a source is silent or late."""
        silent: dict[str, list[tuple[str, int]]] = {account: [] for account in accounts}
        for column, source in self.sources.items():
            for account in self.frame.loc[~self.frame[column].astype("bool"), ACCOUNT_ID]:
                if account in silent:
                    silent[account].append(source)
        return {account: silent_sources_in_words(sources, self.late) for account, sources in silent.items()}


def _known(value: Any) -> Any:
    """A cell as a plain value, a moment as its day; None where nothing is known."""
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value
