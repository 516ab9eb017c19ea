"""A proposal as the text of a churnpredict.toml, with what is unsure marked."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from churnpredict.onboarding.proposal import Entry, Proposal, Section

_WIDTH = 100
_HEAD = """\
Made by `churnpredict init` from the tables it names. Read it before you trust it:
- `unsure:` marks what the tables did not settle;
- what may know the future is named above its table, with the reason, and left out of what a model reads;
- `churnpredict help signals` says what else may be declared, `churnpredict help onboarding` how these guesses are made.
Then: churnpredict doctor{as_of}"""


def toml_of(proposal: Proposal) -> str:
    """The configuration as text; it reads back as what the proposal says, whatever tables and columns are called."""
    as_of = f" --as-of {proposal.as_of}" if proposal.as_of else ""
    blocks = [_commented(_HEAD.format(as_of=as_of))]
    if proposal.left_out:
        lines = [f"- {name}: {why}" for name, why in proposal.left_out.items()]
        blocks.append(_commented("Tables and files that are not declared:", *lines))
    blocks += [_section(section) for section in proposal.sections]
    return "\n\n".join(blocks) + "\n"


def _section(section: Section) -> str:
    lines = [_commented(*section.comments)] if section.comments else []
    lines += [_commented(f"unsure: {text}") for text in section.unsure]
    if section.path:
        lines.append(f"{'# ' if section.out else ''}[{section.path}]")
    lines += [_line(replace(entry, out=entry.out or section.out)) for entry in section.entries]
    return "\n".join(lines)


def _line(entry: Entry) -> str:
    said = f"{entry.key} = {value_of(entry.value)}"
    unsure = f"  # unsure: {_plain(entry.unsure)}" if entry.unsure else ""
    if len(said) + len(unsure) > _WIDTH and unsure:
        return f"{_commented('unsure: ' + entry.unsure)}\n{'# ' if entry.out else ''}{said}"
    return f"{'# ' if entry.out else ''}{said}{unsure}"


def value_of(value: Any) -> str:
    r"""A value as TOML.

    Examples
    --------
    >>> value_of({"Quantity": {"above": 0}})
    '{ Quantity = { above = 0 } }'
    >>> value_of(["a\nb", True, 1.5])
    '["a\\nb", true, 1.5]'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {value_of(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(value_of(each) for each in value) + "]"
    # JSON's strings are TOML's, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else value_of(name)


def _commented(*texts: str) -> str:
    lines = [line for text in texts for line in text.split("\n")]
    return "\n".join(f"# {_plain(line)}" for line in lines)


def _plain(text: str) -> str:
    """The text with what may not stand in a comment written out: names come from data."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
