"""What is in a folder."""

from __future__ import annotations

from pathlib import Path


def contents(folder: Path) -> dict[str, bytes]:
    """Bytes of all files below a folder by their path, links followed, locks left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and path.is_dir():
            found |= {f"{path.relative_to(folder)}/{name}": content for name, content in contents(path).items()}
        elif path.is_file() and path.name != ".lock":
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def left_over(folder: Path) -> list[str]:
    """Staging of any kind below a folder."""
    return [str(path.relative_to(folder)) for path in folder.rglob(".*") if path.name not in (".lock", ".versions")]
