"""A cut through an index while it is written: every table at one version, held by a tag.

A commit makes new files and changes none, so the files of a version can be copied while others
write. Only tidying deletes files, and it spares versions that carry a tag. A tag is a lease: one
that a killed backup left is lifted by the upkeep a day later.
"""

from __future__ import annotations

import contextlib
import re
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lancedb import AsyncConnection
from lancedb.table import AsyncTable

from retrieval.store.connection import is_gone, open_table, table_names
from retrieval.store.schema import incarnation_of, namespace_of

LEASE = timedelta(days=1)
_TAG = re.compile(r"backup-(\d{8}T\d{6})Z-[0-9a-f]{8}")
_TIME = "%Y%m%dT%H%M%S"
_MANIFEST = re.compile(r"(\d+)\.manifest")
_LARGEST = 2**64 - 1


@dataclass(frozen=True, slots=True)
class TableCut:
    """A table at the version that was cut through."""

    table: str
    version: int
    rows: int
    incarnation: str
    """Of a namespace, as in ``schema.incarnation_of``; empty for other tables."""


@contextlib.asynccontextmanager
async def cut(db: AsyncConnection, now: datetime) -> AsyncIterator[Sequence[TableCut]]:
    """Hold every table at its latest version until the end of the context.

    What was acknowledged before is in it. Tables are cut one after the other within
    milliseconds; no commit spans two of them.
    """
    tag = f"backup-{now.astimezone(UTC):{_TIME}}Z-{uuid.uuid4().hex[:8]}"
    held: list[tuple[str, AsyncTable]] = []
    try:
        # All tags first: nothing slower comes between two tables.
        for name in await table_names(db):
            table = await open_table(db, name)
            # One that was dropped meanwhile holds nothing.
            if table is not None:
                await table.tags.create(tag, await table.version())
                held.append((name, table))
        cuts = [made for name, table in held if (made := await _cut_of(name, table)) is not None]
        yield cuts
    finally:
        for _, table in held:
            # A namespace that was dropped took its tag along.
            with contextlib.suppress(RuntimeError, ValueError, OSError):
                await table.tags.delete(tag)


async def _cut_of(name: str, table: AsyncTable) -> TableCut | None:
    """Return a table's cut, None for one that was dropped meanwhile."""
    try:
        schema = await table.schema()
        incarnation = "" if namespace_of(name) is None else incarnation_of(schema)
        return TableCut(name, await table.version(), await table.count_rows(), incarnation)
    except RuntimeError as error:
        if is_gone(error):
            return None
        raise


async def is_still(db: AsyncConnection, held: TableCut) -> bool:
    """Say whether a table is there as the one that was cut: not dropped, not made again."""
    table = await open_table(db, held.table)
    now = None if table is None else await _cut_of(held.table, table)
    return now is not None and now.incarnation == held.incarnation


def belongs(path: str, version: int) -> bool:
    """Say whether a file below a table's folder may be part of a version.

    Of manifests only the version's own is: without the others that version is the latest. What
    no manifest names does no harm; the next tidying deletes it.

    Args:
        path: Below the table's folder, such as ``data/….lance``.
    """
    folder, _, name = path.rpartition("/")
    if folder == "_versions":
        match = _MANIFEST.fullmatch(name)
        # Lance counts down, so that the latest comes first in a listing; it used to count up.
        return match is not None and int(match[1]) in (version, _LARGEST - version)
    return not folder.startswith("_refs")


async def held_by_backup(table: AsyncTable, now: datetime) -> bool:
    """Lift the tags of backups that must be dead; say whether another one is under way."""
    alive = False
    for tag in await table.tags.list():
        match = _TAG.fullmatch(tag)
        # Somebody else's tag holds its version just the same.
        if match is None or now - _time(match[1]) < LEASE:
            alive = True
        else:
            await table.tags.delete(tag)
    return alive


def _time(text: str) -> datetime:
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
