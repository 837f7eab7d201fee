"""A namespace's settings, written as one commit of its table."""

from __future__ import annotations

from collections.abc import Collection

from lancedb.table import AsyncTable

from retrieval.errors import PreconditionFailed
from retrieval.store.schema import settings_metadata, settings_stored, version_of
from retrieval.store.writing.fence import Fence
from retrieval.words.settings import NO_SETTINGS, NamespaceSettings


async def settings_written(
    table: AsyncTable,
    fence: Fence,
    settings: NamespaceSettings,
    wanted: Collection[str] | None,
) -> int:
    """Put settings in the place of those that are there; return the version that has them.

    Args:
        wanted: Digests, one of which those that are there must have; None: whatever they are.

    Raises:
        PreconditionFailed: They have none of them; nothing was written.
    """
    stored = settings_stored(await fence.snapshot(table))
    there = NamespaceSettings.from_json(stored) if stored else NO_SETTINGS
    if wanted is not None and there.digest not in wanted:
        raise PreconditionFailed("the settings are others by now: read them again")
    if there != settings:
        metadata = settings_metadata(settings.to_json())
        await table.update_field_metadata({"path": "entry", "metadata": metadata})
    await table.checkout_latest()
    return await version_of(table)
