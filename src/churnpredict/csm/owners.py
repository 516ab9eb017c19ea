"""Lists by owner: each owner's accounts in files of their own, in folders that any name can be made into."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

import pandas as pd

from churnpredict.csm.account_page import Background
from churnpredict.csm.files import to_csv, to_xlsx
from churnpredict.csm.rendering import Page, render_risk_list

#: The folder of accounts without an owner.
NO_OWNER = "no-owner"
FOLDER = "owners"
_LONGEST = 60
_DIGITS = 12
#: Names that some file systems keep for devices.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}


@dataclass(frozen=True)
class OwnerFiles:
    """The lists of a week by owner.

    Parameters
    ----------
    folders
        Folder by owner; None for accounts without one.
    files
        Contents by path inside the week.
    """

    folders: dict[str | None, str]
    files: dict[str, bytes]


def owner_files(frame: pd.DataFrame, page: Page, background: Background | None = None) -> OwnerFiles:
    """The list of each owner as CSV, workbook and page.

    Parameters
    ----------
    frame
        The list of all accounts.
    page
        What stands around it.
    background
        See `churnpredict.csm.rendering.render_risk_list`; of all accounts.
    """
    owners = frame["owner"].where(frame["owner"].fillna("").str.strip() != "", None)
    folders = owner_folders(owners.dropna().unique())
    files: dict[str, bytes] = {}
    whose: list[str | None] = [*folders, *([None] if owners.isna().any() else [])]
    for owner in whose:
        own = frame[owners.isna() if owner is None else owners == owner].reset_index(drop=True)
        path = f"{FOLDER}/{NO_OWNER if owner is None else folders[owner]}/risk_list"
        files |= {
            f"{path}.csv": to_csv(own),
            f"{path}.xlsx": to_xlsx(own),
            f"{path}.html": render_risk_list(own, page, _of_owner(background, owner)).encode(),
        }
    return OwnerFiles({owner: NO_OWNER if owner is None else folders[owner] for owner in whose}, files)


def _of_owner(background: Background | None, owner: str | None) -> Background | None:
    """The same with only those of an owner among the accounts that left."""
    if background is None:
        return None
    whose = background.left["owner"].where(background.left["owner"].fillna("").str.strip() != "", None)
    return replace(background, left=background.left[whose.isna() if owner is None else whose == owner])


def owner_folders(owners: Iterable[str]) -> dict[str, str]:
    """A folder name for each owner: ``a``–``z``, digits and dashes, and no two alike.

    A name that says nothing, means something to a file system, or would be that of another owner too gets digits of
    its own digest.

    Examples
    --------
    >>> owner_folders(["Ada Lindqvist", "Tomás Pereira"])
    {'Ada Lindqvist': 'ada-lindqvist', 'Tomás Pereira': 'tomas-pereira'}
    """
    names = sorted(set(owners))
    plain = {name: _plain(name) for name in names}
    shared = Counter(plain.values())
    return {name: _told_apart(name, slug) if _unfit(slug, shared) else slug for name, slug in plain.items()}


def _plain(name: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only)[:_LONGEST].strip("-")


def _unfit(slug: str, shared: Counter[str]) -> bool:
    # One that ends as a digest would could be made to be that of another.
    ends_as_digest = re.search(rf"-[0-9a-f]{{{_DIGITS}}}$", slug)
    return not slug or slug == NO_OWNER or slug in _DEVICES or shared[slug] > 1 or ends_as_digest is not None


def _told_apart(name: str, slug: str) -> str:
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{slug or 'owner'}-{digest}"
