"""The namespaces that a reader keeps in memory, each brought to the version that is asked for.

A small one is read as soon as it is searched. A large one is read beside the searches, which go by
the table until it is there.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
from lancedb.table import AsyncTable

from retrieval.store.reading.held.following import TooLarge, can_be_held, followed, read_all
from retrieval.store.reading.held.namespace import HeldNamespace
from retrieval.store.schema import Edition

AT_ONCE_ROWS = 2048
"""A namespace of at most so many rows is read while its first search waits."""
MOST_BYTES = 1 << 30
"""Of all namespaces together; beyond, the one that was not searched for longest goes."""
REST_S = 5.0
"""So long after a reading that failed none is begun again."""
MOST_REFUSED = 4096
SHRUNK = 0.9
"""One that was too large is tried again when so much of it is left."""
STALE = 0.25
"""Read anew where so much of it came or went since it was read."""


@dataclass(slots=True)
class _Kept:
    """A namespace in memory, and what decides about its stay."""

    held: HeldNamespace
    used_s: float
    read_rows: int
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    dead_since_s: float | None = None
    """When the first of its rows died: what they held is still in memory."""
    must_be_read: bool = False
    is_over: bool = False
    """It can follow no more."""

    @property
    def is_stale(self) -> bool:
        """Say whether it should be read anew, beside the searches that go on with it."""
        come = len(self.held.rows) - self.read_rows
        gone = len(self.held.rows) - self.held.living
        bound = STALE * max(self.read_rows, AT_ONCE_ROWS)
        return self.must_be_read or come > bound or gone > bound


class HeldNamespaces:
    """Keeps what was searched of late; belongs to one event loop.

    Args:
        most_bytes: Of all together, ``MOST_BYTES`` by default; 0 keeps nothing, and all searches
            go by the table.
    """

    def __init__(
        self, most_bytes: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most_bytes = MOST_BYTES if most_bytes is None else most_bytes
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._refused: OrderedDict[str, tuple[int, float]] = OrderedDict()
        """Namespaces that were not taken in: their rows, and until when."""
        self.missed = 0
        """Searches of namespaces that were not there."""

    @property
    def nbytes(self) -> int:
        """Return about what they take in memory."""
        return sum(kept.held.nbytes for kept in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    async def at(
        self, table: AsyncTable, namespace: str, edition: Edition, schema: pa.Schema, rows: int
    ) -> HeldNamespace | None:
        """Return a namespace at the table's edition or a later one, None where it is not held.

        Args:
            rows: Of the table.
        """
        held = None
        if self.most_bytes and can_be_held(schema):
            held = await self._followed(table, namespace, edition, schema)
            if held is None:
                held = await self._read_first(table, namespace, edition, schema, rows)
        self.missed += held is None
        return held

    async def _read_first(
        self, table: AsyncTable, namespace: str, edition: Edition, schema: pa.Schema, rows: int
    ) -> HeldNamespace | None:
        reading = self._begin(table, namespace, edition, schema, rows)
        if reading is None or rows > AT_ONCE_ROWS:
            return None
        # Shielded: one caller that gives up must not take it from the others.
        await asyncio.shield(reading)
        return await self._followed(table, namespace, edition, schema)

    async def _followed(
        self, table: AsyncTable, namespace: str, edition: Edition, schema: pa.Schema
    ) -> HeldNamespace | None:
        kept = self._kept.get(namespace)
        if kept is None:
            return None
        held = kept.held
        if held.edition != edition:
            # A task of its own: a search that is given up must not leave it half grown.
            growing = self._in_turn(kept, namespace, table, edition, schema)
            held = await asyncio.shield(asyncio.ensure_future(growing))
        if held is None:
            return None
        kept.used_s = self._clock()
        if namespace in self._kept:
            self._kept.move_to_end(namespace)
        if kept.is_stale:
            self._begin(table, namespace, edition, schema, len(held.rows))
        return held

    async def _in_turn(
        self,
        kept: _Kept,
        namespace: str,
        table: AsyncTable,
        edition: Edition,
        schema: pa.Schema,
    ) -> HeldNamespace | None:
        held = None
        async with kept.lock:
            try:
                if not kept.is_over:
                    held = await self._brought_to(kept, table, edition, schema)
            finally:
                # Those that wait for the lock must not go on with what failed midway.
                kept.is_over = held is None
                if kept.is_over and self._kept.get(namespace) is kept:
                    del self._kept[namespace]
        return held

    async def _brought_to(
        self, kept: _Kept, table: AsyncTable, edition: Edition, schema: pa.Schema
    ) -> HeldNamespace | None:
        held = kept.held
        if held.edition.incarnation != edition.incarnation:
            return None
        if held.edition.version == edition.version:
            return held
        if held.edition.version > edition.version:
            # Another search has seen a later version, unless an older one was brought back.
            return held if await _is_older(table) else None
        now = await followed(held, table, edition, schema)
        if now is None:
            return None
        if kept.dead_since_s is None and now.living < len(now.rows):
            kept.dead_since_s = self._clock()
        kept.held = now
        return now

    def _begin(
        self, table: AsyncTable, namespace: str, edition: Edition, schema: pa.Schema, rows: int
    ) -> asyncio.Task[None] | None:
        """Read a namespace in the background; None where that was no use a moment ago."""
        if namespace in self._reading:
            return self._reading[namespace]
        refused_rows, until_s = self._refused.get(namespace, (0, 0.0))
        if self._clock() < until_s and rows > SHRUNK * refused_rows:
            return None
        task = asyncio.ensure_future(self._read(table, namespace, edition, schema, rows))
        self._reading[namespace] = task
        return task

    async def _read(
        self, table: AsyncTable, namespace: str, edition: Edition, schema: pa.Schema, rows: int
    ) -> None:
        try:
            held = await read_all(table, edition, schema, self.most_bytes)
        except TooLarge:
            self._refuse(namespace, rows, float("inf"))
        except RuntimeError:
            # What fails here fails in the search too, which says so.
            self._refuse(namespace, 0, self._clock() + REST_S)
        else:
            self._kept[namespace] = _Kept(held, self._clock(), len(held.rows))
            self._kept.move_to_end(namespace)
            self._shrink()
        finally:
            del self._reading[namespace]

    def _refuse(self, namespace: str, rows: int, until_s: float) -> None:
        self._refused[namespace] = (rows, until_s)
        while len(self._refused) > MOST_REFUSED:
            self._refused.popitem(last=False)

    def _shrink(self, spared: int = 1) -> None:
        """Let go of what was not searched for longest, but for so many of the last ones."""
        sizes = {name: kept.held.nbytes for name, kept in self._kept.items()}
        total = sum(sizes.values())
        for name in list(sizes)[: len(sizes) - spared]:
            if total <= self.most_bytes:
                return
            del self._kept[name]
            total -= sizes[name]

    def forget_unused(self, before_s: float) -> None:
        """Let go of what was last searched before, and of rows that died before.

        What they held is in memory until the namespace is read anew.
        """
        for name, kept in list(self._kept.items()):
            if kept.used_s < before_s:
                del self._kept[name]
            elif kept.dead_since_s is not None and kept.dead_since_s < before_s:
                kept.must_be_read = True

    def bound(self, most_bytes: int) -> None:
        """Keep to another bound from now on."""
        if most_bytes != self.most_bytes:
            self.most_bytes = most_bytes
            self._refused.clear()
            self._shrink(spared=0)

    async def ready(self) -> None:
        """Return when nothing is being read."""
        while self._reading:
            await asyncio.wait(list(self._reading.values()))

    def close(self) -> None:
        """Let go of all, and end what is being read."""
        for task in self._reading.values():
            task.cancel()
        self._kept.clear()


async def _is_older(table: AsyncTable) -> bool:
    """Say whether there is a later version than the one that a handle is at."""
    own = await table.version()
    return max(version["version"] for version in await table.list_versions()) > own
