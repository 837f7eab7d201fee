"""Rows of one source with the same id: the last one wins, and the others are named.

Shards are written side by side, so that without a rule chance would decide.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b

import numpy as np

RowPlace = tuple[str, int]
"""A file, and a row's number in it."""
Superseded = Mapping[RowPlace, RowPlace]
"""A row to the last row with its id."""
ReadIds = Callable[[], Iterable[tuple[RowPlace, str]]]
"""Yields rows with their ids in the order of the source; the same on every call."""


def superseded(ids: ReadIds) -> dict[RowPlace, RowPlace]:
    """Return the rows that a later one with their id replaces, whatever becomes of that one.

    Reads the ids a second time where some may be equal, and holds eight bytes for each.
    """
    digests = np.fromiter((_digest(id) for _, id in ids()), np.uint64)
    values, counts = np.unique(digests, return_counts=True)
    twice = set(values[counts > 1].tolist())
    if not twice:
        return {}
    rows: dict[str, list[RowPlace]] = {}
    for row, id in ids():
        if _digest(id) in twice:
            rows.setdefault(id, []).append(row)
    return {row: found[-1] for found in rows.values() for row in found[:-1]}


def _digest(id: str) -> int:
    text = id.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")
