"""Work in an engine's own code hears no Python signal until it ends: it is told to end by another thread.

Who holds an engine registers it here; who hears the signal interrupts all that is registered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

_AT_WORK: WeakKeyDictionary[Any, Callable[[Any], None]] = WeakKeyDictionary()


def interruptible(work: Any, stop: Callable[[Any], None]) -> None:
    """Let `work` be interrupted for as long as it lives; `stop` ends what it does, if it does anything."""
    _AT_WORK[work] = stop


def interrupt() -> None:
    """End the present work of everything that is registered."""
    for work, stop in list(_AT_WORK.items()):
        stop(work)
