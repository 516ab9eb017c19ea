"""The catalogue is whole: every case has a test, and the page says what the tests see."""

from __future__ import annotations

from faults.catalogue import CASES, SECTIONS
from faults.page import PAGE, marked, page


def test_every_case_has_a_test() -> None:
    assert sorted({test.case for test in marked()}) == sorted(CASES)
    assert [number for numbers in SECTIONS.values() for number in numbers] == list(CASES)


def test_the_page_says_what_the_tests_see() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert page(written) == written, "write it anew: cd tests && python -m faults.page"
