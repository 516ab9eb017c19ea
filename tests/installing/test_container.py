"""The Dockerfile says what it must, and copies only what is there. No engine builds it here."""

from __future__ import annotations

from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).parents[2]
KNOWN = {"COMMENT", "FROM", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"}


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    # Its parser would write to a file that it is given.
    copy = tmp_path_factory.mktemp("container") / "Dockerfile"
    copy.write_bytes((ROOT / "Dockerfile").read_bytes())
    return list(DockerfileParser(str(copy)).structure)


def test_it_has_no_instruction_that_docker_does_not_know(steps: list[dict[str, str]]) -> None:
    assert {step["instruction"] for step in steps} <= KNOWN


def test_what_is_copied_exists_and_is_let_in(steps: list[dict[str, str]]) -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [step["value"].split()[:-1] for step in steps if step["instruction"] == "COPY"]
    sources = {source for words in copied if not words[0].startswith("--from") for source in words}
    assert sources == let_in
    assert all((ROOT / source).exists() for source in sources)


def test_the_job_is_not_run_as_root(steps: list[dict[str, str]]) -> None:
    instructions = [step["instruction"] for step in steps]
    assert instructions.index("USER") < instructions.index("ENTRYPOINT")
    assert [step["value"] for step in steps if step["instruction"] == "USER"] == ["churn"]
