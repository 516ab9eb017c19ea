"""What the published lists said of accounts, for those who write down what was done about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from churnpredict.columns import ACCOUNT_ID
from churnpredict.csm.plays import RISK_LIST
from churnpredict.errors import DataError, Problem

#: What an entry of the ledger takes over from the list.
TAKEN = ("tier", "risk_90d", "arr", "play")


@dataclass(frozen=True)
class Lists:
    """The published lists.

    Parameters
    ----------
    weeks
        The folder that holds a folder per cutoff, named as the day.
    """

    weeks: Path

    def cutoffs(self) -> list[date]:
        """Their cutoffs, in order."""
        return sorted(date.fromisoformat(path.parent.name) for path in self.weeks.glob(f"*-*-*/{RISK_LIST}"))

    def said(self, wanted: Mapping[date, Collection[str]]) -> dict[tuple[date, str], dict[str, Any]]:
        """What the latest list said that was published by a day.

        Parameters
        ----------
        wanted
            The accounts that are asked for, by day.

        Returns
        -------
        dict
            By day and account, `TAKEN` where it is known; accounts that were not on that list are missing.

        Raises
        ------
        DataError
            If a list is damaged.
        """
        cutoffs = self.cutoffs()
        by_cutoff: dict[date, dict[date, set[str]]] = {}
        for day, accounts in wanted.items():
            earlier = [cutoff for cutoff in cutoffs if cutoff <= day]
            if earlier:
                by_cutoff.setdefault(earlier[-1], {})[day] = set(accounts)
        found: dict[tuple[date, str], dict[str, Any]] = {}
        for cutoff, days in by_cutoff.items():
            rows = self._rows(cutoff, set().union(*days.values()))
            found |= {(day, name): rows[name] for day, names in days.items() for name in names if name in rows}
        return found

    def strangers(self, accounts: Collection[str]) -> set[str]:
        """Those of some accounts that are on no list; nobody is a stranger where nothing is published yet."""
        unknown = set(accounts) if self.cutoffs() else set()
        for cutoff in reversed(self.cutoffs()):
            if not unknown:
                break
            unknown -= set(self._rows(cutoff, unknown))
        return unknown

    def _rows(self, cutoff: date, accounts: Collection[str]) -> dict[str, dict[str, Any]]:
        path = self.weeks / cutoff.isoformat() / RISK_LIST
        try:
            # A list of before there were plays has none.
            columns = [name for name in (ACCOUNT_ID, *TAKEN) if name in pq.read_schema(path).names]
            frame = pd.read_parquet(path, columns=columns, filters=[(ACCOUNT_ID, "in", sorted(accounts))])
        except (OSError, ValueError, pa.ArrowException) as error:
            todo = "Predict that cutoff again."
            raise DataError(Problem(str(path), "cannot be read", "a stored list", todo)) from error
        rows = frame.set_index(ACCOUNT_ID).to_dict("index")
        return {str(name): {str(k): v for k, v in row.items() if pd.notna(v)} for name, row in rows.items()}
