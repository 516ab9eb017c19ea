"""What comes out: frames of fixed columns, types and order; and what a list shows of each account."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from churnpredict.dataset import Dataset

from .company import Company, Row, collected, random_company
from .declared import CHURN_KINDS, CUTOFF, CUTOFFS, declaration

LATER = CUTOFF + timedelta(days=1000)
PEERS = """
    [peers]
    seats_in_region = { of = "seats__value", by = "region", fewest = 3 }
    seats_among_all = { of = "seats__value" }
    """


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return random_company(4, 30, 600).open(tmp_path_factory.mktemp("company"))


def test_features_are_float32_and_text_in_declared_order(dataset: Dataset) -> None:
    frame = collected(dataset, CUTOFFS)
    declared = {str(feature.name): feature.kind for feature in dataset.project.features()}
    assert list(frame.columns) == ["account_id", "cutoff", *declared]
    assert {str(frame[name].dtype) for name, kind in declared.items() if kind != "category"} == {"float32"}
    assert {str(frame[name].dtype) for name, kind in declared.items() if kind == "category"} == {"str"}
    assert (str(frame["account_id"].dtype), str(frame["cutoff"].dtype)) == ("str", "datetime64[us]")


def test_rows_are_sorted_by_cutoff_and_account(dataset: Dataset) -> None:
    keys = collected(dataset, CUTOFFS[::-1])[["cutoff", "account_id"]]
    assert len(keys) > 30
    assert keys.equals(keys.sort_values(["cutoff", "account_id"], ignore_index=True).drop_duplicates())


#: Of the values of a whole frame of two cutoffs: a cutoff at once, and not even one.
PART_SHARES = {"cutoffs": 0.6, "accounts": 0.4}


@pytest.mark.parametrize("share", PART_SHARES.values(), ids=PART_SHARES)
@pytest.mark.parametrize("churn", CHURN_KINDS)
def test_parts_hold_what_the_whole_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, churn: str, share: float
) -> None:
    needed = ["usage"] if churn == "silence" else []
    dataset = random_company(5, 20, 500).declared(declaration(churn, parts=["contract", *needed])).open(tmp_path)
    whole = collected(dataset, CUTOFFS[-2:])
    in_parts(monkeypatch, whole, share)
    batches = list(dataset.features(CUTOFFS[-2:]))
    assert len(batches) > 1
    pd.testing.assert_frame_equal(pd.concat(batches, ignore_index=True), whole)


@pytest.mark.parametrize("share", PART_SHARES.values(), ids=PART_SHARES)
def test_peers_are_the_same_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    declared = declaration(parts=["contract", "facts"]) + PEERS
    dataset = random_company(5, 20, 500).declared(declared).open(tmp_path)
    whole = collected(dataset, CUTOFFS[-2:])
    assert whole["seats_in_region__versus_peers"].notna().any()
    few = sorted(whole["account_id"].unique())[3:11]
    chosen = whole[["account_id", "cutoff"]].sample(frac=0.6, random_state=0)

    def of_some() -> list[pd.DataFrame]:
        found = [dataset.features(CUTOFFS[-2:], few), dataset.features_of(chosen)]
        return [pd.concat(batches, ignore_index=True) for batches in found]

    at_once = of_some()
    for each in at_once:
        in_parts(monkeypatch, each, share)
    for part, each in zip(of_some(), at_once, strict=True):
        pd.testing.assert_frame_equal(part, each)


def in_parts(monkeypatch: pytest.MonkeyPatch, whole: pd.DataFrame, share: float) -> None:
    values = whole["cutoff"].nunique() * whole["account_id"].nunique() * (len(whole.columns) - 2)
    monkeypatch.setattr("churnpredict.dataset.bounded.PART_CELLS", int(values * share))


def test_each_account_may_have_cutoffs_of_its_own(dataset: Dataset) -> None:
    grid = collected(dataset, CUTOFFS)
    chosen = grid.groupby("account_id").sample(2, random_state=0, replace=True).drop_duplicates()
    strangers = pd.DataFrame({"account_id": ["stranger"], "cutoff": [CUTOFF]})
    asked = pd.concat([strangers, chosen[["account_id", "cutoff"]].sample(frac=1, random_state=0)])
    assert chosen["cutoff"].nunique() > 3
    found = pd.concat(dataset.features_of(asked), ignore_index=True)
    pd.testing.assert_frame_equal(found, chosen.sort_values(["cutoff", "account_id"], ignore_index=True))
    assert list(dataset.features_of(asked[:0])) == []


def test_labels_are_of_the_rows_of_features(dataset: Dataset) -> None:
    keys = ["account_id", "cutoff"]
    frame = dataset.labels(CUTOFFS, LATER)
    assert frame[keys].equals(collected(dataset, CUTOFFS)[keys])
    assert list(frame.columns) == [*keys, "churned_0_60d", "churned_60_90d"]
    assert {str(frame[name].dtype) for name in frame.columns[2:]} == {"float64"}


def test_nobody_has_no_labels_of_the_same_types(dataset: Dataset) -> None:
    nobody = dataset.labels([date(1999, 1, 1)], LATER)
    assert len(nobody) == 0
    assert nobody.dtypes.equals(dataset.labels(CUTOFFS, LATER).dtypes)


def test_no_cutoffs_have_no_labels(dataset: Dataset) -> None:
    assert len(dataset.labels([], LATER)) == 0
    assert list(dataset.features([])) == []


# What a list shows --------------------------------------------------------------------------------------------------

SHOWN = """
    [accounts]
    table = "accounts.parquet"
    started_on = "started_on"
    name = "region"
    owner = "region"
    [histories.contract]
    table = "contract.parquet"
    valid_to = "valid_to"
    known_at = "known_at"
    [histories.contract.values]
    {arr} = {{ kind = "number", column = "seats", times = 12, aggregations = [] }}
    {renewal} = {{ kind = "date", column = "renewal", aggregations = [] }}
    [churn]
    kind = "dated"
    table = "churn.parquet"
    time = "churned_on"
    [risk_list]
    arr = "{arr}"
    renewal_on = "{renewal}"
    """


def details(folder: Path, states: list[Row], arr: str = "mrr", renewal: str = "renews") -> Row:
    """What is shown of account a at `CUTOFF`."""
    started = CUTOFF - timedelta(days=99)
    tables = {
        "accounts": [{"account_id": a, "started_on": started, "region": a.upper()} for a in "ab"],
        "contract": [{"account_id": "a"} | state for state in states],
        "churn": [{"account_id": "b", "churned_on": started}],
    }
    frame = Company(SHOWN.format(arr=arr, renewal=renewal), tables).open(folder).details([CUTOFF])
    assert list(frame.columns) == ["account_id", "cutoff", "account_name", "owner", "arr", "renewal_on"]
    assert frame["account_id"].tolist() == ["a"]
    return dict(frame.iloc[0])


def state(days: int, seats: float, *, known: int | None = None, ends: int | None = None) -> Row:
    begins = CUTOFF + timedelta(days=days)
    known_on = CUTOFF + timedelta(days=days if known is None else known)
    return {
        "valid_from": begins,
        "valid_to": None if ends is None else CUTOFF + timedelta(days=ends),
        "known_at": datetime.combine(known_on, datetime.max.time()),
        "seats": seats,
        "renewal": CUTOFF + timedelta(days=int(seats)),
    }


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        ([state(-9, 5)], 5),
        ([state(-9, 5), state(-1, 6)], 6),
        ([state(-9, 5), state(0, 6)], 5),
        ([state(-9, 5), state(-1, 6, known=0)], 5),
        ([state(-9, 5, ends=0)], 5),
        ([state(-9, 5, ends=-1)], None),
    ],
)
def test_a_list_shows_the_state_that_was_known(tmp_path: Path, states: list[Row], shown: float | None) -> None:
    found = details(tmp_path, states)
    assert (found["account_name"], found["owner"]) == ("A", "A")
    if shown is None:
        assert pd.isna(found["arr"])
        assert pd.isna(found["renewal_on"])
    else:
        assert found["arr"] == 12 * shown
        assert found["renewal_on"] == pd.Timestamp(CUTOFF + timedelta(days=int(shown)))


@pytest.mark.parametrize(
    ("arr", "renewal"),
    [
        ("arr", "renewal_on"),
        ("renewal_on", "arr"),
        ("account_name", "x"),
    ],
)
def test_what_is_shown_may_be_called_anything(tmp_path: Path, arr: str, renewal: str) -> None:
    found = details(tmp_path, [state(-9, 5)], arr, renewal)
    assert (found["arr"], found["renewal_on"]) == (60, pd.Timestamp(CUTOFF + timedelta(days=5)))


def test_what_is_not_declared_is_shown_as_nothing(tmp_path: Path) -> None:
    company = random_company(4, 10, 100).declared(declaration(parts=[]))
    frame = company.open(tmp_path).details([CUTOFF])
    assert len(frame) > 0
    assert frame[["arr", "renewal_on", "owner"]].isna().all(axis=None)
    assert frame["account_name"].equals(frame["account_id"].rename("account_name"))
    assert (str(frame["arr"].dtype), str(frame["renewal_on"].dtype)) == ("float64", "datetime64[us]")
