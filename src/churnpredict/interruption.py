"""Work in an engine's own code hears no Python signal until it ends: it is told to end by another thread.

Who holds an engine registers it here; who hears the signal interrupts all that is registered.
"""

from __future__ import annotations

from typing import Protocol
from weakref import WeakSet


class Interruptible(Protocol):
    """Something whose work ends early, with an error, when it is told so from another thread."""

    def interrupt(self) -> None:
        """End the present work, if there is any."""


_AT_WORK: WeakSet[Interruptible] = WeakSet()


def interruptible(work: Interruptible) -> None:
    """Let `work` be interrupted for as long as it lives."""
    _AT_WORK.add(work)


def interrupt() -> None:
    """End the present work of everything that is registered."""
    for work in list(_AT_WORK):
        work.interrupt()
