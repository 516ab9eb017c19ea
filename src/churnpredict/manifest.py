"""What a published week says of itself: the digests of its files, whose folders are whose, what the sources held."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from churnpredict.errors import DataError, Problem
from churnpredict.publishing import file_digest
from churnpredict.scoring import PREDICTIONS

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What is written beside the files of a week.

    Parameters
    ----------
    rows
        Accounts on the list.
    sources
        Rows that were visible at the cutoff, by the TOML path of their source; ``accounts`` are those on the list.
    warnings
        What a reader of the list should know of the sources' rows.
    owners
        Owners by their folder; None without such folders.
    """

    rows: int
    sources: dict[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    owners: dict[str, str | None] | None = None

    def write(self, folder: Path, names: Sequence[str]) -> None:
        """Write it into a folder, with the digests of the files of these names."""
        document: dict[str, Any] = {
            "rows": self.rows,
            "sources": self.sources,
            "warnings": list(self.warnings),
            "sha256": {name: file_digest(folder / name) for name in sorted(names)},
        }
        if self.owners is not None:
            document["owners"] = self.owners
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")


def rows_of_week_before(weeks: Path, cutoff: date) -> tuple[date, dict[str, int]] | None:
    """What the sources held for the last week before a cutoff, and that week; None for the first.

    Raises
    ------
    DataError
        If the week is not what its manifest says.
    """
    folders = [path.parent for path in sorted(weeks.glob(f"*/{PREDICTIONS}")) if path.parent.name < cutoff.isoformat()]
    if not folders:
        return None
    week = folders[-1]
    document = _read(week)
    if document.get("sha256", {}).get(PREDICTIONS) != file_digest(week / PREDICTIONS):
        given = f"{PREDICTIONS} is not the file that was published"
        raise DataError(Problem(str(week), given, f"what {MANIFEST} says", f"Predict {week.name} again."))
    sources = document.get("sources", {})
    return date.fromisoformat(week.name), {place: int(rows) for place, rows in sources.items()}


def _read(week: Path) -> dict[str, Any]:
    try:
        document = json.loads((week / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        todo = f"Predict {week.name} again."
        raise DataError(Problem(str(week / MANIFEST), "cannot be read", "the manifest of a week", todo)) from error
    if not isinstance(document, dict):
        raise DataError(Problem(str(week / MANIFEST), "no manifest", "an object", f"Predict {week.name} again."))
    return document
