"""The commands that kill, race, spoil and load run as they say and find nothing, at a size that takes seconds."""

from __future__ import annotations

import pytest

from .running import printed

pytestmark = pytest.mark.benchmark

BAD = ("lost", "doubled")


def test_kills_lose_and_double_nothing() -> None:
    found = printed("kill.py", "--loops", "23")
    assert found["kills"] == 23
    assert {name: found[name] for name in (*BAD, "half_written", "left_over")} == dict.fromkeys(
        (*BAD, "half_written", "left_over"), 0
    ), found["what"]


def test_races_have_one_winner() -> None:
    found = printed("race.py", "--rounds", "8")
    assert found["rounds"] == 8
    assert {name: found[name] for name in (*BAD, "torn", "wrong_codes")} == dict.fromkeys(
        (*BAD, "torn", "wrong_codes"), 0
    ), found["what"]


def test_spoiled_input_is_read_or_refused() -> None:
    found = printed("fuzz.py", "--minutes", "0.2")
    assert found["examples"]
    assert found["found"] == []


def test_a_file_damaged_in_every_way_is_told_about_without_a_traceback() -> None:
    found = printed("load.py", "--damaged", "2000")["damages"]
    assert found["every way at once"]["exit_code"] == 3
    assert {name: told["problems"] for name, told in found.items() if told["exit_code"] not in (0, 3)} == {}
