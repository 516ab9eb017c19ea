"""The stages of long work: who watches is told as each begins, and its seconds are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter


def _unwatched(_stage: str) -> None:
    """Nobody watches."""


@dataclass
class Stages:
    """Stages as they pass.

    Parameters
    ----------
    watch
        Called with the name of each stage as it begins.
    seconds
        Wall-clock seconds by stage; a stage that comes again adds to its own.

    Examples
    --------
    >>> stages = Stages()
    >>> with stages.stage("features"):
    ...     pass
    >>> list(stages.seconds)
    ['features']
    """

    watch: Callable[[str], None] = _unwatched
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block under a name."""
        self.watch(name)
        began = perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + perf_counter() - began, 3)
