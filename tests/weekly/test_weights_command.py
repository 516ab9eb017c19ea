"""Claims about `churnpredict weights`."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.company import TODAY

from .command import run
from .files import contents

AS_OF = ("--as-of", str(TODAY))


def test_a_proposal_is_shown_and_nothing_is_changed(config: Path) -> None:
    before = config.read_bytes(), contents(config.parent / "models")
    ended = run("weights", "--config", config, *AS_OF)
    assert ended.code == 0
    assert "Nothing was changed" in ended.out
    assert "[health_score]" in ended.out
    assert "logins__trend__28d" in ended.out
    assert (config.read_bytes(), contents(config.parent / "models")) == before


def test_a_proposal_for_a_program_holds_weights_and_gain(config: Path) -> None:
    said = run("weights", "--config", config, "--json", *AS_OF).document
    assert sum(said["weights"].values()) == pytest.approx(100)
    assert said["log_loss"]["better"] == pytest.approx(said["log_loss"]["declared"] - said["log_loss"]["proposed"])
    assert said["proven"] == (said["log_loss"]["interval"][0] > 0)
