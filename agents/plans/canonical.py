"""One spelling for equal things: canonical JSON and short hashes of it."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

HASH_BYTES = 8


def canonical(value: Any) -> str:
    """Return JSON with sorted keys and no blanks; floats to nine digits, tuples as lists."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """Return 16 hexadecimal digits that equal values share in every process."""
    return blake2b(canonical(value).encode("utf-8", "replace"), digest_size=HASH_BYTES).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        # 1 and 1.0 are one argument; rounding hides the last bits of another summation order.
        rounded = round(value, 9)
        return int(rounded) if rounded.is_integer() else rounded
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    return value
