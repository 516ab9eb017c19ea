"""The risk list, opened in a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from churnpredict.csm import render_risk_list

from .invented import Invented, around

if TYPE_CHECKING:
    from .browsing import Opened


@pytest.fixture
def opened(open_file: Callable[..., Any], tmp_path: Path) -> Opened:
    """Open a company's list, see `open_file`."""
    from browsing import WIDE

    def open_list(company: Invented, width: int = WIDE, *, past: pd.DataFrame | None = None, **options: Any) -> Any:
        background = company.background()
        if past is not None:
            background = replace(background, past=past)
        file = tmp_path / "list.html"
        file.write_text(render_risk_list(company.listed(), around(), background), encoding="utf-8")
        return open_file(file, width, **options)

    return open_list
