"""Claims about what may be written: transitions, days, corrections, and the same again."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from churnpredict.errors import DataError
from churnpredict.ledger import REACHED, STATES, Given, interventions_of, read_ledger, treatments_of
from churnpredict.ledger.admission import admit

from .writing import entry, on, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outcomes.sqlite"


def refused(path: Path, *entries: Any, day: int = 100) -> str:
    before = read_ledger(path)
    with pytest.raises(DataError) as error:
        write(path, *entries, day=day)
    assert read_ledger(path) == before
    return str(error.value)


def test_states_follow_each_other_as_declared() -> None:
    possible = [state for state in STATES if state != "withdrawn"]
    for chain in (chain for length in (1, 2, 3) for chain in product(possible, repeat=length)):
        given = [Given("x", entry(state, day, reason="price", intervention="x")) for day, state in enumerate(chain)]
        if all(after in REACHED.get(before, ()) for before, after in pairwise([None, *chain])):
            assert [each.state for each in admit([], given, on(9))] == list(chain)
        else:
            with pytest.raises(DataError):
                admit([], given, on(9))


def test_saved_says_that_the_work_must_have_begun(path: Path) -> None:
    write(path, entry("open", 0))
    assert "saved after open; expected one of: planned, saving, lost, wrong. Record when" in refused(
        path, entry("saved", 3)
    )


def test_a_finished_intervention_is_followed_by_another(path: Path) -> None:
    write(path, entry("saving", 0), entry("saved", 5), entry("open", 30))
    assert [(i.name, i.state) for i in interventions_of(read_ledger(path))] == [("acme#1", "saved"), ("acme#2", "open")]


def test_the_play_tells_interventions_apart(path: Path) -> None:
    write(path, entry("open", 0, play="red"), entry("open", 0, play="win_back", intervention="w"))
    assert "2 interventions are open; expected acme#1, w" in refused(path, entry("saving", 1))
    [new] = write(path, entry("saving", 1, play="win_back"))
    assert new.entry.intervention == "w"
    [new] = write(path, entry("saving", 1, intervention="acme#1"))
    assert new.entry.play == "red"


def test_an_intervention_is_of_one_account(path: Path) -> None:
    write(path, entry("open", 0, intervention="x"))
    assert "'x' is of 'acme'" in refused(path, entry("saving", 1, "other", intervention="x"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"arr": -1.0}, "line 2: arr: -1.0; expected 0 or more"),
        ({"cost": float("inf")}, "cost: inf"),
        ({"risk_90d": 1.5}, "risk_90d: 1.5"),
        ({"tier": "purple"}, "tier: 'purple'"),
        ({"note": "n" * 2_001}, "note"),
        ({"note": "\x00"}, "note"),
        ({"reason": "\udcff"}, "reason"),
        ({"reengaged_on": on(101)}, "reengaged_on: 2025-06-12 is in the future; today is 2025-06-11"),
        ({"reengaged_on": on(-1)}, "a day from 2025-03-03 on"),
        ({"account": " "}, "account_id: nothing"),
    ],
)
def test_what_cannot_be_is_refused(path: Path, fields: dict[str, Any], said: str) -> None:
    assert said in refused(path, entry("open", 0, **fields))


def test_a_day_that_has_not_begun_is_refused(path: Path) -> None:
    write(path, entry("open", 100), day=100)
    assert "on_day" in refused(path, entry("open", 101, "b"), day=100)


def test_wrong_needs_a_reason(path: Path) -> None:
    assert "why the list was wrong" in refused(path, entry("wrong", 0))


def test_every_problem_is_named_and_nothing_is_written(path: Path) -> None:
    said = refused(
        path, entry("open", 0), entry("open", 0, "b", arr=-1.0), entry("saved", 0, "c"), entry("wrong", 0, "d")
    )
    assert [line.split(":")[0] for line in said.splitlines()] == ["line 3", "line 4", "line 5"]


def test_the_same_again_is_not_written_again(path: Path) -> None:
    entries = [entry("open", 0, play="red"), entry("saving", 1, play="red", cost=5.0), entry("open", 0, "b")]
    assert len(write(path, *entries, tier="red", arr=10.0)) == 3
    assert write(path, *entries, tier="yellow", arr=20.0) == []
    assert write(path, *reversed(entries), *entries) == []
    assert len(write(path, *entries, entry("saved", 9))) == 1


def test_otherwise_of_the_same_step_is_refused_with_the_way_to_correct_it(path: Path) -> None:
    write(path, entry("saving", 0, cost=5.0))
    assert (
        "entry 1 says otherwise: cost 5.0; expected the same. To set entry 1 right, record it with corrects = 1."
        in refused(path, entry("saving", 0, cost=6.0))
    )


def test_a_correction_is_another_entry(path: Path) -> None:
    write(path, entry("open", 0), entry("saving", 1, cost=5.0, note="call"), entry("saved", 9))
    [new] = write(path, entry("saving", 2, cost=7.0, corrects=2))
    assert (new.seq, new.entry.note, new.entry.intervention) == (4, "call", "acme#1")
    [now] = interventions_of(read_ledger(path))
    assert (now.began_on, now.cost, now.state, now.ended_on) == (on(2), 7.0, "saved", on(9))
    # The same file again, before and after it was set right, and the same correction.
    assert write(path, entry("saving", 1, cost=5.0, note="call"), entry("saving", 2, cost=7.0, note="call")) == []
    assert write(path, entry("saving", 2, cost=7.0, corrects=2)) == []
    assert "was corrected by entry 4" in refused(path, entry("saving", 3, corrects=2))
    assert "there is no entry 9" in refused(path, entry("saving", 3, corrects=9))
    assert "is of 'acme'" in refused(path, entry("saving", 3, "other", corrects=4))


def test_a_correction_must_leave_states_in_order(path: Path) -> None:
    write(path, entry("saving", 1), entry("saved", 9))
    assert "saved" in refused(path, entry("saving", 10, corrects=1))
    assert "saved with nothing before it" in refused(path, entry("withdrawn", 1, corrects=1))


def test_an_entry_taken_back_counts_no_more(path: Path) -> None:
    write(path, entry("open", 0, "wrong account"), entry("saving", 1, "wrong account"))
    write(path, entry("withdrawn", 1, "wrong account", corrects=2))
    assert [i.state for i in interventions_of(read_ledger(path))] == ["open"]
    assert "the entry that is taken back" in refused(path, entry("withdrawn", 1, "wrong account"))


def test_only_work_with_the_customer_is_treatment(path: Path) -> None:
    write(path, entry("open", 0, "a"), entry("planned", 1, "a"), entry("lost", 2, "a"))
    write(path, entry("wrong", 0, "b", reason="merger"))
    assert treatments_of(read_ledger(path), "UTC") == []
    write(path, entry("open", 0, "c"), entry("saving", 4, "c"), entry("wrong", 6, "c", reason="fine"), day=50)
    [treatment] = treatments_of(read_ledger(path), "UTC")
    assert (treatment.account_id, treatment.day, treatment.seen, treatment.replaced) == ("c", on(4), on(50), None)


def test_a_treatment_is_known_until_it_is_corrected(path: Path) -> None:
    write(path, entry("saving", 4), day=10)
    write(path, entry("saving", 6, corrects=1), day=20)
    known = [(t.day, t.seen, t.replaced) for t in treatments_of(read_ledger(path), "UTC")]
    assert known == [(on(4), on(10), on(20)), (on(6), on(20), None)]


def test_the_day_of_writing_is_that_of_the_project(path: Path) -> None:
    [new] = write(path, entry("saving", 10), day=10)
    # Noon in UTC is the next day at the other end of the world.
    assert new.recorded_on("Pacific/Kiritimati") == on(11)
    assert treatments_of([new], "Pacific/Kiritimati")[0].seen == on(11)
