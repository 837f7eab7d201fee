"""Shards: the pieces a source is cut into, each done once and acknowledged as a whole."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from deployments.bulk.sources.items import Item, Skipped


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of items that are read together.

    ``start`` and ``stop`` are rows of a Parquet file, bytes of a CSV or JSONL file, and
    unused where the shard names its files one by one.
    """

    number: int
    files: tuple[str, ...]
    items: int
    first_row: int = 0
    start: int = 0
    stop: int = 0


def unreadable_file(number: int, path: str) -> Shard:
    """Return the shard of a file whose rows nobody can count: one item, which fails."""
    return Shard(number, (path,), 1)


class ItemSource(Protocol):
    """Something items are read from. Picklable: shards are read wherever a worker runs."""

    def shards(self, shard_items: int) -> list[Shard]:
        """Cut into shards of at most so many items; the same source gives the same shards."""
        ...

    def read(self, shard: Shard) -> Iterator[Item | Skipped]:
        """Read a shard's items; a rotten one does not end the others, and each is counted."""
        ...

    @property
    def stamp(self) -> str:
        """What tells whether files that lie far away were changed; empty for those at hand.

        Those at hand are read again and compared by content.
        """
        ...


def digest(shards: Sequence[Shard], settings: dict[str, object]) -> str:
    """Return what tells whether a checkpoint belongs to this source and these settings."""
    text = json.dumps([[asdict(shard) for shard in shards], settings], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
