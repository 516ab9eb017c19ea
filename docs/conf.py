"""The documentation site: ``sphinx-build -W docs site``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from churnpredict import __version__

project = "churnpredict"
copyright = "the churnpredict authors, Apache-2.0"  # noqa: A001  (Sphinx's own name)
version = release = __version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
numpydoc_show_class_members = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
nitpicky = False

html_theme = "furo"
html_title = f"churnpredict {release}"
html_show_sphinx = False
html_copy_source = False
# A page that is read from disk, or behind a firewall, is as good as any.
html_theme_options = {"source_repository": "", "navigation_with_keys": True}


def setup(app: Sphinx) -> None:
    """Write the page of commands from the commands themselves."""
    for language in ("cron", "csv"):
        app.add_lexer(language, TextLexer)
    page = Path(__file__).parent / "cli.md"
    arguments = ["churnpredict.cli", "utils", "docs", "--name", "churnpredict", "--title", "Commands"]
    command = [sys.executable, "-m", "typer", *arguments, "--output", str(page)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  (its words are all ours)
