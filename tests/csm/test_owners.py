"""Claims about lists by owner: every name makes a folder, no two the same one, and no account is lost."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnpredict.csm.owners import NO_OWNER, owner_files, owner_folders

from .invented import around, invented

HOSTILE = [
    "../../etc/passwd",
    "..",
    "/",
    "C:\\Windows",
    "con",
    "NUL",
    "com1",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "a\x00b",
    "\u202egnp.exe",
    "李雷",
    "🙂",
    "x" * 10_000,
    "No owner",
    "no-owner",
    "Ada",
    "ADA",
    "ada ",
    "Ädä",
]
SAFE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def fit(folders: dict[str, str]) -> None:
    assert len(set(folders.values())) == len(folders)
    for folder in folders.values():
        assert SAFE.fullmatch(folder)
        assert len(folder) <= 80
        assert folder not in {NO_OWNER, "con", "nul", "com1"}


@pytest.mark.case(68, "letters, digits and dashes alone")
def test_hostile_names_make_harmless_folders() -> None:
    fit(owner_folders(HOSTILE))


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(st.sets(st.text(max_size=12), max_size=8))
def test_any_names_make_folders_of_their_own(names: set[str]) -> None:
    assert set(owner_folders(names)) == names
    fit(owner_folders(names))


def test_a_name_made_to_look_like_another_folder_does_not_get_it() -> None:
    taken = owner_folders(["Ada", "ada"])
    imitated = owner_folders(["Ada", "ada", *taken.values()])
    fit(imitated)


def test_a_folder_is_the_same_in_every_order() -> None:
    assert owner_folders(reversed(HOSTILE)) == owner_folders(HOSTILE)


def test_the_lists_of_the_owners_are_the_list() -> None:
    company = invented(60)
    owners = pd.Series([HOSTILE[place % len(HOSTILE)] if place % 7 else None for place in range(60)], dtype="object")
    listed = replace(company, details=company.details.assign(owner=owners)).listed()
    made = owner_files(listed, around())
    assert NO_OWNER in made.folders.values()
    found = []
    for owner, folder in made.folders.items():
        own = pd.read_csv(io.BytesIO(made.files[f"owners/{folder}/risk_list.csv"]), dtype={"account_id": "str"})
        assert own["risk_90d"].is_monotonic_decreasing
        assert own["owner"].isna().all() == (owner is None)
        page = made.files[f"owners/{folder}/risk_list.html"].decode()
        assert "<script>alert(1)</script>" not in page
        found += own["account_id"].tolist()
    assert sorted(found) == sorted(listed["account_id"])
    assert made == owner_files(listed, around())


def test_a_company_without_owners_has_one_folder() -> None:
    company = invented(3)
    listed = replace(company, details=company.details.assign(owner=None)).listed()
    assert owner_files(listed, around()).folders == {None: NO_OWNER}


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_owner_is_none(blank: str) -> None:
    company = invented(3)
    listed = replace(company, details=company.details.assign(owner=blank)).listed()
    assert owner_files(listed, around()).folders == {None: NO_OWNER}
