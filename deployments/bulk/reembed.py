"""An index by another model: the same documents, new vectors, until the two do not differ."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from lancedb import AsyncConnection

from retrieval.documents import Document
from retrieval.drafts import DocumentEncoder, DocumentVectors
from retrieval.encoding import Encode, ItemError, Split
from retrieval.store.copying import (
    Difference,
    FileContents,
    contents,
    difference,
    namespaces_of,
    read_documents,
    settings_in,
    state_of,
)
from retrieval.words.settings import NO_SETTINGS, NamespaceSettings

CHUNK = 64
NEAR_S = 30.0
"""What is written while a pass takes this long may wait until nobody writes."""
HARDLY_LESS = 0.9
QUIET_PASSES = 3
State = dict[str, FileContents]
"""By namespace."""
Seen = dict[tuple[str, str, tuple[str, int]], FileContents]
"""By index, namespace, and which one of its name at which version: what was read once is not read
again."""


class CannotEncode(Exception):
    """The other model refuses a document; leaving it out would lose it."""


class NeverEqual(Exception):
    """Documents change faster than they are copied."""


class NewIndex(Protocol):
    """Whatever writes the new index."""

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> object:
        """Write documents by id."""
        ...

    async def delete(self, namespace: str, ids: Sequence[str]) -> object:
        """Delete documents by id."""
        ...

    async def set_settings(self, namespace: str, settings: NamespaceSettings) -> object:
        """Set how a namespace is searched."""
        ...


@dataclass(frozen=True, slots=True)
class Copier:
    """Carries documents from one index to another, encoding them anew.

    Args:
        said: Told how many documents were carried or deleted just now.
        planned: Told how many a pass is about to carry or delete.
        seen: What earlier copiers read; this one adds to it.
    """

    old: AsyncConnection
    new: AsyncConnection
    encode: Encode
    split: Split
    target: NewIndex
    said: Callable[[int], None] = lambda count: None
    planned: Callable[[int], None] = lambda count: None
    seen: Seen = field(default_factory=dict)
    now_s: Callable[[], float] = time.monotonic

    async def until_near(self) -> tuple[State, int]:
        """Copy while the difference shrinks; return what the old index holds, and what differs.

        Writers may be as quick as copying is, so that some documents always differ. What is
        left is little: not more than was written while one short pass took.

        Raises:
            NeverEqual: It does not shrink, and a pass takes long.
            CannotEncode: The new model refuses a document.
        """
        before: int | None = None
        while True:
            began_s = self.now_s()
            state, left = await self._pass()
            took_s = self.now_s() - began_s
            if not left:
                return state, 0
            if before is not None and took_s <= NEAR_S and left > before / 2:
                state, differences = await self._differences()
                return state, _size(differences)
            if before is not None and took_s > NEAR_S and left > HARDLY_LESS * before:
                raise NeverEqual(
                    f"documents come as quickly as they are copied ({left} in {took_s:.0f} s): "
                    "write less meanwhile"
                )
            before = left

    async def until_equal(self) -> State:
        """Copy until nothing differs, while nobody writes; return what both indexes hold then.

        Raises:
            NeverEqual: Somebody does.
            CannotEncode: The new model refuses a document.
        """
        for _ in range(QUIET_PASSES):
            state, left = await self._pass()
            if not left:
                return state
        raise NeverEqual("documents are written though nobody should")

    async def _pass(self) -> tuple[State, int]:
        """Carry what differs; return what the old index held, and how much differed."""
        state, differences = await self._differences()
        count = _size(differences)
        self.planned(count)
        for namespace, found in differences.items():
            await self.carry(namespace, found)
            await self._carry_settings(namespace)
        return state, count

    async def _differences(self) -> tuple[State, dict[str, Difference]]:
        state = await self.state_of_old()
        return state, {
            namespace: difference(held, await self._contents(self.new, namespace))
            for namespace, held in state.items()
        }

    async def state_of_old(self) -> State:
        """Return what the old index holds now, and empty namespaces that only the new one has."""
        names = {*await namespaces_of(self.old), *await namespaces_of(self.new)}
        return {name: await self._contents(self.old, name) for name in sorted(names)}

    async def _contents(self, index: AsyncConnection, namespace: str) -> FileContents:
        key = (index.uri, namespace, await state_of(index, namespace))
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
            # Those that were deleted meanwhile count as carried.
            self.said(len(found.copy[at : at + CHUNK]))
        if found.delete:
            await self.target.delete(namespace, found.delete)
            self.said(len(found.delete))

    async def _carry_settings(self, namespace: str) -> None:
        """Have a namespace searched as it was; one that holds nothing is not made for them."""
        wanted = await settings_in(self.old, namespace)
        there = await settings_in(self.new, namespace)
        if wanted is not None and there is not None and wanted != there:
            settings = NamespaceSettings.from_json(wanted) if wanted else NO_SETTINGS
            await self.target.set_settings(namespace, settings)

    async def _anew(self, documents: Sequence[Document]) -> list[Document]:
        encoder = DocumentEncoder(self.encode, self.split, background=True, at_once=False)
        vectors = await encoder.vectors(documents)
        return [_with(each, made) for each, made in zip(documents, vectors, strict=True)]


def _with(document: Document, vectors: DocumentVectors | ItemError) -> Document:
    if isinstance(vectors, ItemError):
        raise CannotEncode(f"{document.id}: {vectors.message}")
    return replace(
        document,
        text_vector=vectors.text,
        image_vector=vectors.image,
        passages=vectors.passages,
    )


def _size(differences: Mapping[str, Difference]) -> int:
    return sum(found.size for found in differences.values())
