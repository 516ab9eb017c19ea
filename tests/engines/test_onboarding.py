"""Claims about a first configuration of tables that are on a server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import pytest

from churnpredict.config import read_project
from churnpredict.dataset import open_dataset
from churnpredict.onboarding import ADDRESS, configure
from onboarding.tables import company

from .servers import postgres, postgres_binaries

pytestmark = pytest.mark.postgres


@pytest.fixture
def server() -> Iterator[str]:
    binaries = postgres_binaries()
    if binaries is None:
        pytest.fail("PostgreSQL is not installed")
    with TemporaryDirectory() as folder, postgres(binaries, Path(folder)) as address:
        yield address


# Loading frames, Ibis asks pandas for an option that is going away.
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning", "ignore::ResourceWarning")
def test_tables_on_a_server_are_guessed_as_in_files_and_its_address_is_written_nowhere(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADDRESS, "another")
    engine = ibis.connect(server)
    for name, table in company().items():
        engine.create_table(name, table, overwrite=True)
    engine.disconnect()
    config = tmp_path / "churnpredict.toml"
    proposal = configure(server, config, date(2026, 1, 5), lambda question: question.guess)
    assert proposal.roles == {"customers": "accounts", "tickets": "events", "usage": "events"}
    assert {"status", "exit_interview", "mrr"} <= {each.column for each in proposal.suspicions}
    assert server not in config.read_text(encoding="utf-8")
    assert os.environ[ADDRESS] == server
    with open_dataset(read_project(config)) as dataset:
        assert dataset.reports[0].rows == 45
