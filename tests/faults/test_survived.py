"""A week of a company whose rows are wrong in every way that is survived: told, set aside, and the list still right."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pytest

from lab.company import TODAY, Trained

from .commands import Ended, declare, refused, run, spoil

WEEK = f"data/risk_lists/{TODAY}"


def trouble(config: Path) -> None:
    """Wrong in every way at once."""
    declare(config, 'known_at = "loaded_at"', 'known_at = "loaded_at"\nevent_id = "id"')
    declare(config, "[events.tickets]", "limits.logins = { at_least = 0 }\n\n[events.tickets]")
    spoil(config, "usage", _troubled_usage)
    spoil(config, "tickets", lambda table: table.assign(mood="angry"))
    spoil(config, "accounts", _alike)
    spoil(config, "contracts", lambda table: table.assign(plan=table["plan"].where(table.index > 3, "platinum")))


def _troubled_usage(table: pd.DataFrame) -> pd.DataFrame:
    table = table.assign(id=[f"e{number}" for number in range(len(table))], logins=table["logins"].astype("float64"))
    once = table.iloc[[0]]
    # Said again later with another number: what was known first counts.
    again = once.assign(logins=1e6, loaded_at=once["loaded_at"] + pd.Timedelta(days=3))
    wrong = [
        once.assign(account_id=None, id="w1"),
        once.assign(account_id="=nobody()", id="w2"),
        once.assign(logins=-5.0, id="w3"),
        once.assign(logins=float("inf"), id="w4"),
        once.assign(day=pd.Timestamp("2190-01-01"), loaded_at=pd.Timestamp("2190-01-01"), logins=1e9, id="w5"),
    ]
    return pd.concat([table, again, *wrong], ignore_index=True)


def _alike(table: pd.DataFrame) -> pd.DataFrame:
    twin = table.iloc[[0]].assign(account_id="A000 ", name="\x1b[31m" + "x" * 1_200_000 + "\x00")
    return pd.concat([table, twin], ignore_index=True)


@pytest.fixture(scope="module")
def clean(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an untroubled company with its week."""
    folder = tmp_path_factory.mktemp("clean") / "acme"
    trained.copy_to(folder)
    assert run("predict", folder / "churnpredict.toml", "--json").document["warnings"] == []
    return folder


@pytest.fixture(scope="module")
def survived(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """The folder of the same company in trouble, and what predict said."""
    folder = tmp_path_factory.mktemp("troubled") / "acme"
    trained.copy_to(folder)
    trouble(folder / "churnpredict.toml")
    ended = run("predict", folder / "churnpredict.toml", "--json")
    assert ended.code == 0, ended.err
    return folder, ended


def warnings(survived: tuple[Path, Ended]) -> list[str]:
    said: list[str] = survived[1].document["warnings"]
    manifest = json.loads((survived[0] / WEEK / "manifest.json").read_text())
    assert manifest["warnings"] == said
    return said


def listed(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / WEEK / "risk_list.parquet").set_index("account_id")


def set_aside(folder: Path) -> list[dict[str, str]]:
    """The rows of usage that were set aside."""
    with (folder / WEEK / "quarantine" / "events.usage.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.case(3, "ignored, the same risks")
@pytest.mark.case(14, "counted once, the one that was known first; told")
@pytest.mark.case(15, "set aside with its reason, told")
@pytest.mark.case(20, "missing; infinity is told")
def test_nobody_elses_risk_moves(clean: Path, survived: tuple[Path, Ended]) -> None:
    before, now = listed(clean), listed(survived[0])
    # The account with an infinite number of logins, its twin, and those of another plan are not as before.
    same = before.index.difference(["a000", "a001", "a002", "a003"])
    assert len(same) > 40
    pd.testing.assert_series_equal(now.loc[same, "risk_90d"], before.loc[same, "risk_90d"], check_exact=True)


@pytest.mark.case(14, "counted once, the one that was known first; told")
def test_an_event_that_is_said_again_is_told(survived: tuple[Path, Ended]) -> None:
    assert "events.usage: 1 rows say an event again and were left out" in warnings(survived)


@pytest.mark.case(12, "told with two of them, never merged")
def test_ids_that_are_alike_are_told_and_stay_two(survived: tuple[Path, Ended]) -> None:
    assert "accounts: 1 ids differ in case or blanks alone, such as 'A000 ' and 'a000'" in warnings(survived)
    assert {"a000", "A000 "} & set(listed(survived[0]).index)


@pytest.mark.case(12, "refused with --strict")
def test_a_strict_run_refuses_every_warning(config: Path) -> None:
    trouble(config)
    said = refused(config, 3, "--strict")
    assert "accounts: 1 ids differ in case or blanks alone" in said
    assert "events.usage: 1 values of 'logins' are infinite" in said


@pytest.mark.case(15, "set aside with its reason, told")
@pytest.mark.case(16, "set aside with its reason, told")
@pytest.mark.case(21, "set aside with its reason, told")
def test_rows_that_are_set_aside_are_kept_with_their_reasons(survived: tuple[Path, Ended]) -> None:
    rows = {row["reason"]: row for row in set_aside(survived[0])}
    assert set(rows) == {"no account", "no such account", "outside the limits"}
    # What somebody opens in a spreadsheet cannot act.
    assert rows["no such account"]["account_id"] == "'=nobody()"
    assert rows["outside the limits"]["logins"] == "'-5.0"
    said = warnings(survived)
    assert "events.usage: 1 rows without an account were set aside" in said
    assert "events.usage: 1 rows outside the limits were set aside" in said
    assert "events.usage: 1 rows of no declared account were set aside, of '=nobody()' first" in said


@pytest.mark.case(15, "set aside with its reason, told")
def test_without_such_rows_nothing_is_kept(clean: Path) -> None:
    assert not (clean / WEEK / "quarantine").exists()


@pytest.mark.case(20, "missing; infinity is told")
def test_infinite_numbers_are_told(survived: tuple[Path, Ended]) -> None:
    assert "events.usage: 1 values of 'logins' are infinite and count as missing" in warnings(survived)


@pytest.mark.case(23, "left out and told")
def test_rows_of_the_future_are_told_and_count_for_nothing(survived: tuple[Path, Ended]) -> None:
    assert any(warning.startswith("events.usage: 1 rows are dated in the future") for warning in warnings(survived))


@pytest.mark.case(17, "cut and cleaned in what people open")
def test_a_text_of_a_megabyte_and_control_characters_do_not_reach_people(survived: tuple[Path, Ended]) -> None:
    folder = survived[0] / WEEK
    for name in ("risk_list.html", "risk_list.csv", "message.txt", "summary.json"):
        content = (folder / name).read_bytes()
        assert b"\x1b" not in content, name
        assert b"\x00" not in content, name
    for name in ("risk_list.html", "risk_list.xlsx"):
        assert (folder / name).stat().st_size < 1_000_000, name


@pytest.mark.case(22, "scored as missing")
def test_a_category_that_training_did_not_see_is_scored_as_missing(config: Path) -> None:
    risks = []
    for plan in ("platinum", None):
        spoil(config, "contracts", lambda table, plan=plan: table.assign(plan=plan).astype({"plan": "str"}))
        assert run("predict", config, "--json").code == 0
        risks.append(listed(config.parent)["risk_90d"].sort_index())
    pd.testing.assert_series_equal(*risks, check_exact=True)


@pytest.mark.case(19, "told; scored as missing")
def test_a_column_without_any_value_is_told_and_does_no_harm(config: Path) -> None:
    spoil(config, "contracts", lambda table: table.assign(arr=float("nan")))
    ended = run("predict", config, "--json")
    assert ended.code == 0
    assert "histories.contract: 'arr' has no value in any row" in ended.document["warnings"]
    assert len(listed(config.parent)) == ended.document["accounts"] > 0


@pytest.mark.case(15, "told on the terminal, too")
def test_a_person_is_told_on_the_terminal(config: Path) -> None:
    trouble(config)
    said = run("predict", config).err
    assert "Careful: events.usage: 1 rows of no declared account were set aside, of '=nobody()' first" in said
    assert "\x1b" not in said
