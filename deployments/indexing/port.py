"""What the writer's books ask of the index."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from retrieval.store.entries import Entry


class WritableIndex(Protocol):
    """What is asked of the index."""

    async def exists(self, namespace: str) -> bool:
        """Say whether a namespace was made."""
        ...

    async def ids(self, namespace: str) -> set[str]:
        """Return the ids of a namespace, none if it is unknown."""
        ...

    async def where(self, namespace: str, filter: Mapping[str, Any]) -> list[Entry]:
        """Return the documents that a filter takes."""
        ...

    async def delete(self, namespace: str, ids: Sequence[str]) -> object:
        """Delete documents."""
        ...

    async def rewrite(self, namespace: str) -> None:
        """Write a namespace anew, without what was deleted."""
        ...

    async def remove_old_versions(self, namespace: str) -> bool:
        """Remove files that no reader needs; say whether all of them went."""
        ...
