"""The index in use and, while a service changes its models, the one of the others."""

from __future__ import annotations

from collections.abc import Sequence

from lancedb.table import AsyncTable

from retrieval.errors import NotFound, OtherModel
from retrieval.search.suggestion import Suggestions
from retrieval.store.reading.held.held_namespaces import HeldNamespaces
from retrieval.store.reading.held.suggesting import suggestions_in
from retrieval.store.reading.reader import IndexReader
from retrieval.store.schema import settings_stored
from retrieval.words.settings import NO_SETTINGS, NamespaceSettings


class Readers:
    """Finds the index that vectors belong to, by the tag they carry."""

    def __init__(self, main: IndexReader) -> None:
        self._main = main
        self._main_tag = ""
        self._others: dict[str, IndexReader] = {}

    async def hold(self, others: Sequence[IndexReader]) -> None:
        """Offer these beside the one in use, instead of those so far.

        One that nobody has made yet, or that was deleted since, is of no model and left out.
        """
        held: dict[str, IndexReader] = {}
        for reader in others:
            fingerprint = await reader.fingerprint()
            if fingerprint is not None:
                held[fingerprint.tag] = reader
        # Those let go are not closed: a search may still be reading.
        self._others = held

    def bound(self, held_bytes: int) -> None:
        """Give the index in use most of the memory, and the others together a quarter."""
        others = list(self._others.values())
        self._main.held.bound(held_bytes if not others else held_bytes * 3 // 4)
        for reader in others:
            reader.held.bound(held_bytes // 4 // len(others))

    @property
    def held(self) -> list[HeldNamespaces]:
        """Return what each index has in memory."""
        return [reader.held for reader in (self._main, *self._others.values())]

    def forget_unused(self, before_s: float) -> None:
        """Have all readers let go of vectors that were last used before."""
        for reader in (self._main, *self._others.values()):
            reader.forget_unused(before_s)

    async def holding(self, made_by: str) -> IndexReader:
        """Return the index made by the models of this tag; the one in use if there is no tag.

        Raises:
            OtherModel: No index here was made by them.
        """
        if not made_by:
            return self._main
        own = await self._tag()
        if made_by != own and made_by in self._others:
            return self._others[made_by]
        if own and made_by != own:
            raise OtherModel("the models are being changed; try again shortly")
        return self._main

    async def _tag(self) -> str:
        # A new index has none until the first Embedder has claimed it; none changes it later.
        if not self._main_tag:
            fingerprint = await self._main.fingerprint()
            self._main_tag = "" if fingerprint is None else fingerprint.tag
        return self._main_tag


async def suggest(reader: IndexReader, namespace: str, typed: str, most: int) -> Suggestions:
    """Return what was found in a namespace that is in memory; elsewhere nothing is looked for.

    Raises:
        NotFound: No such namespace.
    """

    async def read(table: AsyncTable) -> Suggestions:
        edition, _, held = await reader.held_at(table, namespace)
        if held is None:
            return Suggestions((), edition.version, is_held=False)
        return await suggestions_in(held, typed, most)

    found = await reader.read(namespace, read)
    if found is None:
        raise NotFound(f"no namespace {namespace!r}", "namespace")
    return found


async def settings_of(reader: IndexReader, namespace: str) -> NamespaceSettings:
    """Return how a namespace is searched.

    Raises:
        NotFound: No such namespace.
    """

    async def read(table: AsyncTable) -> NamespaceSettings:
        stored = settings_stored(await table.schema())
        return NamespaceSettings.from_json(stored) if stored else NO_SETTINGS

    found = await reader.read(namespace, read)
    if found is None:
        raise NotFound(f"no namespace {namespace!r}", "namespace")
    return found
