"""Data that is read a little at a time: packed in chunks, so that a page stays small and opens at once."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Sequence
from typing import Any


def packed(records: Sequence[Any], size: int) -> list[str]:
    """Records in chunks of `size`, each as JSON, deflated (zlib format), in base64; the same give the same texts.

    Browsers undo it by themselves (`DecompressionStream`), offline and under a policy that allows nothing else.

    Examples
    --------
    >>> [len(packed(range(count), 100)) for count in (0, 100, 101)]
    [0, 1, 2]
    """
    chunks = [records[at : at + size] for at in range(0, len(records), size)]
    texts = [json.dumps(list(chunk), ensure_ascii=False, separators=(",", ":")) for chunk in chunks]
    return [b64encode(zlib.compress(text.encode(), 9)).decode("ascii") for text in texts]
