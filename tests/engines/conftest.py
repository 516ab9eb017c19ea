"""One Spark session for all that is tested on it: it takes longer to begin than most tests take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engines import servers


@pytest.fixture(scope="session")
def spark_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    pytest.importorskip("pyspark")
    with servers.spark(tmp_path_factory.mktemp("warehouse")) as session:
        yield session
