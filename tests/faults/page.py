"""The table of docs/reliability.md, made of the catalogue and of the marks on tests.

Run ``python -m faults.page`` in tests/ to write it anew.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from faults.catalogue import CASES, SECTIONS

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- begin: cases -->", "<!-- end: cases -->"


@dataclass(frozen=True)
class Marked:
    """A test of a case: where it is, and what it sees."""

    case: int
    seen: str
    file: str
    name: str

    def __str__(self) -> str:
        claim = self.name.removeprefix("test_").replace("_", " ")
        return f"[{claim}](../tests/{self.file})"


def marked() -> Iterator[Marked]:
    """Every test that carries a case."""
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.case":
                        case, seen = map(ast.literal_eval, decorator.args)
                        yield Marked(case, seen, str(path.relative_to(TESTS)), node.name)


def table() -> str:
    """The cases with what is expected, what is seen, and the tests that see it."""
    tests = defaultdict(list)
    for test in marked():
        tests[test.case].append(test)
    lines = []
    for section, numbers in SECTIONS.items():
        lines += [f"### {section}", "", "| | case | expected | seen | test |", "|---|---|---|---|---|"]
        for number in numbers:
            case = CASES[number]
            seen = "; ".join(dict.fromkeys(test.seen for test in tests[number]))
            where = "<br>".join(str(test) for test in tests[number])
            note = f" [^{number}]" if case.judged else ""
            lines.append(f"| {number} | {case.fault} | {case.expected}{note} | {seen} | {where} |")
        lines.append("")
    lines += [f"[^{number}]: {case.judged}" for number, case in CASES.items() if case.judged]
    return "\n".join(lines)


def page(old: str) -> str:
    """The page with the present table in place of the one it has."""
    before, _, rest = old.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
