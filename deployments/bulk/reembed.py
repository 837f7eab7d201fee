"""An index by another model: the same documents, new vectors, until the two do not differ."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from lancedb import AsyncConnection

from retrieval.documents import Document
from retrieval.encoding import EncodeReply, EncodeRequest
from retrieval.store.copying import (
    Contents,
    Difference,
    contents,
    difference,
    namespaces_of,
    read_documents,
    version_of,
)

CHUNK = 64
MAX_PASSES = 10
Encode = Callable[[EncodeRequest], Awaitable[EncodeReply]]
State = dict[str, Contents]
"""By namespace."""
Seen = dict[tuple[str, str, int], Contents]
"""By index, namespace and version: what was read once is not read again."""


class CannotEncode(Exception):
    """The other model refuses a document; leaving it out would lose it."""


class NeverEqual(Exception):
    """Documents change faster than they are copied."""


class Target(Protocol):
    """Whatever writes the new index."""

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> object:
        """Write documents by id."""
        ...

    async def delete(self, namespace: str, ids: Sequence[str]) -> object:
        """Delete documents by id."""
        ...


@dataclass(frozen=True, slots=True)
class Copier:
    """Carries documents from one index to another, encoding them anew.

    Args:
        said: Told how many documents were carried so far.
        seen: What earlier copiers read; this one adds to it.
    """

    old: AsyncConnection
    new: AsyncConnection
    encode: Encode
    target: Target
    said: Callable[[int], None] = lambda count: None
    seen: Seen = field(default_factory=dict)

    async def until_equal(self) -> State:
        """Copy until nothing differs; return what both indexes hold then.

        Raises:
            NeverEqual: It still differed after ten passes.
            CannotEncode: The new model refuses a document.
        """
        for _ in range(MAX_PASSES):
            state = await self.state_of_old()
            differences = {
                namespace: difference(held, await self._contents(self.new, namespace))
                for namespace, held in state.items()
            }
            if not any(found.size for found in differences.values()):
                return state
            for namespace, found in differences.items():
                await self.carry(namespace, found)
        raise NeverEqual(f"documents still differ after {MAX_PASSES} passes: write less meanwhile")

    async def state_of_old(self) -> State:
        """Return what the old index holds now, and empty namespaces that only the new one has."""
        names = {*await namespaces_of(self.old), *await namespaces_of(self.new)}
        return {name: await self._contents(self.old, name) for name in sorted(names)}

    async def _contents(self, index: AsyncConnection, namespace: str) -> Contents:
        key = (index.uri, namespace, await version_of(index, namespace))
        if key not in self.seen:
            # Only the latest version is of use.
            for old in [known for known in self.seen if known[:2] == key[:2]]:
                del self.seen[old]
            self.seen[key] = await contents(index, namespace)
        return self.seen[key]

    async def carry(self, namespace: str, found: Difference) -> None:
        """Copy and delete what differs."""
        for at in range(0, len(found.copy), CHUNK):
            documents = await read_documents(self.old, namespace, found.copy[at : at + CHUNK])
            if documents:
                await self.target.upsert(namespace, await self._anew(documents))
            self.said(len(documents))
        if found.delete:
            await self.target.delete(namespace, found.delete)

    async def _anew(self, documents: Sequence[Document]) -> list[Document]:
        texts = [document for document in documents if document.text is not None]
        pictures = [document for document in documents if document.picture is not None]
        by_text = await self._vectors(texts, [d.text or "" for d in texts], "text")
        by_picture = await self._vectors(pictures, [d.picture or b"" for d in pictures], "joint")
        return [
            replace(
                document,
                text_vector=by_text.get(document.id),
                image_vector=by_picture.get(document.id),
            )
            for document in documents
        ]

    async def _vectors(self, documents: Sequence[Document], items: Sequence, space) -> dict:
        if not items:
            return {}
        reply = await self.encode(EncodeRequest(items, space, background=True))
        for document, report in zip(documents, reply.reports, strict=True):
            if report.error is not None:
                raise CannotEncode(f"{document.id}: {report.error.message}")
        return {d.id: vector for d, vector in zip(documents, reply.vectors, strict=True)}
