"""Claims about what commands write: nothing in a name or a text can act on a terminal, or write a line of its own."""

from __future__ import annotations

import json

import pytest

from churnpredict.cli.printing import emit, printable, say_not_tracked, warn

ACTING = "Acme\x1b[2J\r\nerror: all is lost\u202e\u2028\x9b31m\x00"


def test_a_document_holds_the_text_and_nothing_that_acts(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"name": ACTING, ACTING: ["Zoë"]})
    said = capsys.readouterr().out
    assert json.loads(said) == {"name": ACTING, ACTING: ["Zoë"]}
    assert said.endswith("\n")
    assert said[:-1].isprintable()
    assert "Zoë" in said


def test_a_warning_is_one_line_that_does_not_act(capsys: pytest.CaptureFixture[str]) -> None:
    warn([ACTING, "sources: late"])
    say_not_tracked(ACTING, silent=False)
    lines = capsys.readouterr().err.split("\n")
    assert [line.partition(":")[0] for line in lines] == ["Careful", "Careful", "Not tracked", ""]
    assert all(line.isprintable() for line in lines)


def test_what_is_printable_stays_and_what_is_not_is_written_out() -> None:
    assert printable("Zoë – 株式会社") == "Zoë – 株式会社"
    assert printable("a\x1b\n\u202e") == "a\\x1b\\x0a\\x202e"
