"""Plan memory that quotes deleted documents: remembered plans and reflections are deleted too.

An artifact names the documents that its plan ended with, and its text may quote them. One that
names a document which is there no more is of no use to anybody.
"""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from agents.lexicon.artifact_marks import ARTIFACT_FILTER, is_artifact
from retrieval.store.entries import Entry


class Remembered(Protocol):
    """What is asked of the index."""

    async def ids(self, namespace: str) -> set[str]:
        """Return the ids of all documents."""
        ...

    async def where(self, namespace: str, filter: Mapping[str, Any]) -> list[Entry]:
        """Return the documents that a filter takes."""
        ...


async def stale_artifacts(index: Remembered, namespace: str) -> list[str]:
    """Return the ids of artifacts that name a document which is not there."""
    found = [e for e in await index.where(namespace, ARTIFACT_FILTER) if is_artifact(e.metadata)]
    if not found:
        return []
    present = await index.ids(namespace)
    return sorted(entry.id for entry in found if _names_a_missing_one(entry, present))


def _names_a_missing_one(entry: Entry, present: Collection[str]) -> bool:
    ids = entry.metadata.get("result_ids")
    return isinstance(ids, list) and any(id not in present for id in ids)
