"""From the file to a `Project`, with every problem at its TOML path and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from churnpredict.config.checking import cross_check
from churnpredict.config.project import Project
from churnpredict.errors import ConfigError, Problem

#: A configuration is a page or two; anything of this size is a mistake or an attack.
LARGEST_FILE = 1_000_000
#: Problems that are told; each is looked for in the file, and a file can be made of nothing else.
MOST_PROBLEMS = 100
#: Parts of a dotted key; the time that the parser takes grows with their square.
MOST_PARTS = 100
#: Python refuses to write integers of thousands of digits.
LARGEST_SHOWN = 10**18
_HEADER = re.compile(r"^\s*\[{1,2}\s*(?P<path>[^\[\]]+?)\s*\]{1,2}\s*(#.*)?$")
_KEY = re.compile(r"^\s*(?P<key>[A-Za-z0-9_.\"'-]+)\s*=")


def read_project(path: Path) -> Project:
    """Read and check a churnpredict.toml.

    Parameters
    ----------
    path
        The file. Relative paths inside it start from its folder.

    Raises
    ------
    ConfigError
        With every problem found: its TOML path, its line, what was given and what was expected.
    """
    text = _read_text(path)
    if _longest_key(text) > MOST_PARTS:
        raise ConfigError(Problem(str(path), f"a key of more than {MOST_PARTS} parts", "a.b.c at the most"))
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tables too deep and numbers too long are no TOMLDecodeError
        raise ConfigError(Problem(str(path), f"{error}", "a TOML file", "The fault may be a line earlier.")) from error
    try:
        project = Project.model_validate(document)
    except ValidationError as error:
        found = error.errors(include_url=False)
        problems = [_problem(dict(item), path, text) for item in found[:MOST_PROBLEMS]]
        raise ConfigError(*problems, *_further(len(found), path)) from error
    project._folder = path.resolve().parent  # noqa: SLF001  (set once, here; the model is frozen to others)
    problems = cross_check(project)
    if problems:
        told = [_placed(problem, path, text) for problem in problems[:MOST_PROBLEMS]]
        raise ConfigError(*told, *_further(len(problems), path))
    return project


def _further(problems: int, path: Path) -> list[Problem]:
    untold = problems - MOST_PROBLEMS
    return [Problem(str(path), f"{untold:,} more problems", "", "Mend these first.")] if untold > 0 else []


def _read_text(path: Path) -> str:
    if not path.is_file():
        todo = "Name another file with --config, or make one with `churnpredict init FOLDER`."
        raise ConfigError(Problem(str(path), "no such file", "a churnpredict.toml", todo))
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise ConfigError(Problem(str(path), f"{size:,} bytes", f"at most {LARGEST_FILE:,}"))
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(Problem(str(path), f"byte {error.start} is not UTF-8", "a UTF-8 file")) from error


def _longest_key(text: str) -> int:
    """Parts that dots join without a line break or an equals sign between, at the most."""
    longest = parts = 1
    for piece in text.split("."):
        parts = parts + 1 if piece.strip(" \t\"'") and not {"\n", "="} & set(piece) else 1
        longest = max(longest, parts)
    return longest


def _problem(item: dict[str, object], path: Path, text: str) -> Problem:
    parts = item["loc"]
    location = [str(part) for part in parts] if isinstance(parts, tuple) else []
    if location[:1] == ["churn"]:
        # pydantic puts the tag of a discriminated union into the path; the file does not have it.
        del location[1:2]
    where = _where(location, path, text)
    given = _shown(item["input"])
    match item["type"]:
        case "extra_forbidden":
            return Problem(where, "unknown key", "a key that may be declared", "Remove it, or mend its spelling.")
        case "missing":
            return Problem(where, "missing", "a value")
        case "union_tag_not_found" | "union_tag_invalid":
            return Problem(where, "no known kind", 'kind = "dated", "silence" or "unrenewed"')
        case "value_error":
            return Problem(where, str(item["msg"]).removeprefix("Value error, "))
        case _:
            message = str(item["msg"])
            return Problem(where, given, message[:1].lower() + message[1:])


def _shown(value: object) -> str:
    if isinstance(value, str | float) or (isinstance(value, int) and abs(value) < LARGEST_SHOWN):
        return repr(value)[:200]
    return "given"


def _placed(problem: Problem, path: Path, text: str) -> Problem:
    where = _where(problem.where.split("."), path, text)
    return Problem(where, problem.given, problem.expected, problem.todo)


def _where(location: Sequence[str], path: Path, text: str) -> str:
    line = line_of(location, text)
    return f"{'.'.join(location) or 'the file'} ({path.name}{f', line {line}' if line else ''})"


def line_of(location: Sequence[str], text: str) -> int | None:
    r"""Line on which a TOML path is set, or that of the nearest table around it; None where neither is found.

    Examples
    --------
    >>> line_of(["churn", "days"], "[churn]\nkind = 'silence'\ndays = 0")
    3
    """
    wanted = tuple(part for part in location if not part.isdecimal())
    index = next((int(part) for part in location if part.isdecimal()), 0)
    best: tuple[int, int | None] = (0, None)
    for number, here, nth in _places(text):
        if nth not in (None, index):
            continue  # one of several tables of this name, and not the one that the location counts to
        depth = min(len(here), len(wanted))
        if here[:depth] == wanted[:depth] and depth > best[0]:
            best = (depth, number)
    return best[1]


@lru_cache(maxsize=1)
def _places(text: str) -> list[tuple[int, tuple[str, ...], int | None]]:
    """Every header and key: its line, its TOML path, and which one of a repeated table's it is in."""
    places: list[tuple[int, tuple[str, ...], int | None]] = []
    table: tuple[str, ...] = ()
    seen: dict[tuple[str, ...], int] = {}
    repeats = False
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            here = table = _parts(header["path"])
            seen[table] = seen.get(table, -1) + 1
            repeats = line.lstrip().startswith("[[")
        elif key := _KEY.match(line):
            here = table + _parts(key["key"])
        else:
            continue
        places.append((number, here, seen[table] if repeats else None))
    return places


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in path.split("."))
