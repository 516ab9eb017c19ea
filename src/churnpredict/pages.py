"""What every HTML page shares: templates that escape, assets of the package, and a policy that trusts nothing else."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def environment(package: str) -> Environment:
    """The templates of a package, in its folder ``templates``; everything is escaped, and nothing may be undefined."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def style_of(package: str, *names: str) -> str:
    """The style of a page: what all pages share, then files beside the templates of a package."""
    return "\n".join([asset("churnpredict", "base.css"), *(asset(package, name) for name in names)])


@cache
def asset(package: str, name: str) -> str:
    """Text of a file beside the templates of a package."""
    return files(package).joinpath("templates", name).read_text("utf-8")


def content_policy(style: str, script: str | None = None, *, drawings: bool = False) -> str:
    """Content security policy of a page that needs nothing but itself.

    Parameters
    ----------
    style, script
        The one style sheet and the one script that are allowed, by their hashes.
    drawings
        Whether images that are part of the page are allowed.
    """
    allowed = ["default-src 'none'", f"style-src {_hash(style)}"]
    allowed += [] if script is None else [f"script-src {_hash(script)}"]
    allowed += ["img-src data:"] if drawings else []
    return "; ".join([*allowed, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
