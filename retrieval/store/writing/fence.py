"""One writer at a time: an epoch in the index that every commit checks.

Lance lets two writers insert the same id at once: neither sees the other's row, and both commits
succeed. So whoever opens an index to write takes it over: it raises the epoch in the settings, and
before its first write to a table it puts a column there that bears its name, in place of the one
of the writer before.

A commit reads the table's columns and the epoch in the snapshot that it writes onto. A change of
columns that comes between makes Lance run the merge again, onto a table that no longer has the
column that the rows bring along: it fails, and nothing of the older writer's is added. Thus the
check is part of the commit itself, on a disk as on object storage, however long a writer slept.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import uuid
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.table import AsyncTable

from retrieval.errors import RetrievalError, WriteConflict, WriterReplaced
from retrieval.store.retry import ATTEMPTS, retrying
from retrieval.store.schema import fence_column, is_fence
from retrieval.store.settings_table import (
    WRITER_KEY,
    open_settings,
    read_settings,
    write_settings,
)

OUSTED = timedelta(minutes=5)
"""So long a service whose writer was replaced by another service's does not take the index back:
two services over one index would otherwise oust each other without end."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who writes an index. ``ousted`` is the service that it took the index from."""

    epoch: int
    token: str
    name: str
    service: str
    since: str
    ousted: str = ""
    released: bool = False

    @property
    def column(self) -> str:
        """The column that tables bear while this writer may write them."""
        return fence_column(self.epoch, self.token)

    def __str__(self) -> str:
        return f"{self.name} (epoch {self.epoch}, since {self.since})"


def this_process() -> str:
    """Return what operators know a process by."""
    return f"process {os.getpid()} on {socket.gethostname()}"


class Fence:
    """The right to write one index, until somebody else takes it.

    Args:
        name: Of this writer, for the other's message.
        service: What this writer is a part of; its writers may replace each other at once.
    """

    def __init__(self, db: AsyncConnection, name: str, service: str) -> None:
        self._db = db
        self._name = name
        self._service = service
        self._own: Holder | None = None
        self._checked = -1
        self.lost: WriterReplaced | None = None
        """Why this writer may write no more; None while it may."""

    async def take(self, now: datetime | None = None) -> None:
        """Take the index over from whoever writes it.

        Raises:
            WriterReplaced: Another service has just taken it over from this one.
        """
        now = now or datetime.now(UTC)
        before = _holder(await read_settings(self._db))
        if before is not None and _ousts(before, self._service, now):
            raise WriterReplaced(_told(before) + _ONE_SERVICE)
        own = Holder(
            epoch=1 if before is None else before.epoch + 1,
            token=uuid.uuid4().hex[:8],
            name=self._name,
            service=self._service,
            since=now.isoformat(timespec="seconds"),
            ousted=before.service if before and not before.released else "",
        )
        await _record(self._db, own)
        self._own = own

    @property
    def column(self) -> str:
        """The column that rows bring along, once the index was taken."""
        assert self._own is not None
        return self._own.column

    async def check(self) -> None:
        """Return if this writer may still write.

        Raises:
            WriterReplaced: Another one may.
        """
        if self._own is None:
            # It was opened without being taken over.
            await self.take()
        if self.lost is None:
            settings = await open_settings(self._db)
            version = await settings.version()
            if version != self._checked:
                self._compare(_holder(await read_settings(self._db)))
                self._checked = version
        if self.lost is not None:
            raise self.lost

    def _compare(self, holder: Holder | None) -> None:
        # Without a record the index was emptied, or an older release writes beside us.
        if holder is None or self._own is None or holder.token != self._own.token:
            self.lost = WriterReplaced(_told(holder) + _ONE_SERVICE)

    async def snapshot(self, table: AsyncTable) -> pa.Schema:
        """Bring ``table`` to its latest version and return its columns, if it may be written.

        Raises:
            WriterReplaced: Another one may.
            WriteConflict: It cannot be told.
        """
        for _ in range(ATTEMPTS):
            await table.checkout_latest()
            schema = await table.schema()
            # After the snapshot: who takes over later changes the columns, and with them the merge.
            await self.check()
            if [name for name in schema.names if is_fence(name)] == [self.column]:
                return schema
            await self._raise(table, schema)
        raise WriteConflict("others keep changing the columns of a namespace")

    async def _raise(self, table: AsyncTable, schema: pa.Schema) -> None:
        others = [name for name in schema.names if is_fence(name) and name != self.column]
        if others:
            await table.drop_columns(others)
        if self.column not in schema.names:
            await table.add_columns(pa.schema([pa.field(self.column, pa.bool_())]))

    async def release(self) -> None:
        """Say that this writer ended by itself, so that others need not wait for it.

        Where that cannot be said any more it goes unsaid.
        """
        with contextlib.suppress(RetrievalError, OSError, RuntimeError):
            await self.check()
            assert self._own is not None
            await _record(self._db, replace(self._own, released=True))


_ONE_SERVICE = "; an index has one writer: stop one of the services, or give it an index of its own"


def _told(holder: Holder | None) -> str:
    return f"this writer was replaced by {holder or 'an unknown one'}"


def _ousts(holder: Holder, service: str, now: datetime) -> bool:
    """Say whether ``holder`` has just taken the index from ``service`` and has it still."""
    if holder.released or holder.service == service or holder.ousted != service:
        return False
    # Either way: a clock that was set back must not keep a service out for longer.
    return abs(now - datetime.fromisoformat(holder.since)) < OUSTED


def _holder(settings: dict[str, str]) -> Holder | None:
    recorded = settings.get(WRITER_KEY)
    if recorded is None:
        return None
    # A newer release may say more of itself.
    known = {f.name for f in fields(Holder)}
    return Holder(**{k: v for k, v in json.loads(recorded).items() if k in known})


async def _record(db: AsyncConnection, holder: Holder) -> None:
    async def attempt() -> None:
        await write_settings(db, {WRITER_KEY: json.dumps(asdict(holder))})

    await retrying(attempt, "taking the index over")
