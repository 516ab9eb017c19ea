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
        Wall-clock seconds by stage; a stage that comes again adds to its own, and one inside another takes its time
        from it, so that they add up.

    Examples
    --------
    >>> stages = Stages()
    >>> with stages.stage("features"):
    ...     with stages.stage("risk"):
    ...         pass
    >>> list(stages.seconds)
    ['features', 'risk']
    """

    watch: Callable[[str], None] = _unwatched
    seconds: dict[str, float] = field(default_factory=dict)
    _outer: list[str] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block under a name."""
        self.watch(name)
        self.seconds.setdefault(name, 0.0)
        self._outer.append(name)
        began = perf_counter()
        try:
            yield
        finally:
            passed = perf_counter() - began
            self._outer.pop()
            self._add(name, passed)
            if self._outer:
                self._add(self._outer[-1], -passed)

    def _add(self, name: str, passed: float) -> None:
        self.seconds[name] = round(self.seconds[name] + passed, 3)
