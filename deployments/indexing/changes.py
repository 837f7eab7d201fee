"""Documents changed and deleted where they stand, each with its place in the books."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from api.backend import Changed, Removed, Written
from deployments.indexing.write_service import WriteService
from reliability.books.quota import Account
from retrieval.documents import Document, Json, check_copies
from retrieval.errors import NotFound, PreconditionFailed, WriteConflict
from retrieval.filtering.parse import Filter
from retrieval.merge_patch import patched
from retrieval.store.entries import digest_of
from retrieval.store.write_result import WriteResult
from retrieval.store.writing.writer import IndexStore
from retrieval.words.settings import NamespaceSettings

TRIES = 5
"""Of a change that meets other writes of the same document."""
CHUNK = 5_000
"""Documents of one commit of a deletion: between two of them others write."""
SAMPLE = 10
"""Ids that are told of what a filter takes."""


class DocumentChanges:
    """Changes and deletes what an index holds.

    Args:
        store: The index.
        service: Keeps the books.
        writing: Entered round each write: it waits where writing is paused.
    """

    def __init__(
        self,
        store: IndexStore,
        service: WriteService,
        writing: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._store, self._service, self._writing = store, service, writing

    async def patch(
        self,
        namespace: str,
        id: str,
        patch: Mapping[str, Json],
        wanted: Collection[str] | None,
        account: Account | None,
    ) -> Changed:
        """Merge a patch into a document's metadata; nothing is encoded anew.

        Args:
            wanted: Digests of which the document must have one; None: any.

        Raises:
            NotFound: No such document or namespace.
            PreconditionFailed: It has another digest.
            InvalidMetadata, TooManyFields: What comes of it cannot be stored.
            WriteConflict: Others kept writing it.
        """
        for _ in range(TRIES):
            before = await self._store.stored(namespace, id)
            digest = await _digest(before)
            if wanted is not None and digest not in wanted:
                raise PreconditionFailed(
                    f"{id!r} was changed since it was read: read it again", "header.if-match"
                )
            after = replace(before, metadata=patched(before.metadata, patch))
            check_copies(after.metadata, len(after.passages))
            becomes = await _digest(after)
            try:
                version = await self._replaced(namespace, after, digest, becomes, account)
            except WriteConflict:
                continue
            return Changed(after.metadata, becomes, version)
        raise WriteConflict(f"{id!r} is written by others all the time; try again", "id")

    async def _replaced(
        self, namespace: str, document: Document, was: str, becomes: str, account: Account | None
    ) -> int:
        """Return the version that holds the document; what is as it was is not written."""
        if was == becomes:
            # Of nothing: where the namespace is at.
            return (await self._store.delete(namespace, [])).version

        async def write() -> int:
            with self._writing():
                return (await self._store.replace(namespace, document, was)).version

        return await self._service.written(account, namespace, [document], write)

    async def delete_matching(
        self, namespace: str, wanted: Filter | None, dry_run: bool
    ) -> Removed:
        """Delete what a filter takes, or only say what that is; None takes all.

        Raises:
            NotFound: No such namespace.
            UnknownFilterField, TypeMismatch: As in a search.
        """
        found = await self._store.matching(namespace, wanted)
        version, deleted = found.version, 0
        for start in range(0, 0 if dry_run else len(found.ids), CHUNK):
            chunk = found.ids[start : start + CHUNK]
            # Whole, with its place in the books; a caller that gave up gets no further one.
            done = await self._service.unbroken(self._deleted(namespace, chunk, wanted))
            version, deleted = done.version, deleted + done.deleted
        return Removed(len(found.ids), deleted, found.ids[:SAMPLE], version, found.warnings)

    async def _deleted(
        self, namespace: str, chunk: Sequence[str], wanted: Filter | None
    ) -> WriteResult:
        with self._writing():
            await self._service.deleting(namespace)
            result, ids = await self._store.delete_matching(namespace, chunk, wanted)
        self._service.deleted(namespace, ids)
        return result

    async def set_settings(
        self, namespace: str, settings: NamespaceSettings, wanted: Collection[str] | None
    ) -> int:
        """Set how a namespace is searched; return the version that has it.

        Raises:
            NotFound: No such namespace.
            InvalidSettings, PreconditionFailed: Nothing was written.
        """

        async def write() -> int:
            with self._writing():
                return await self._store.set_settings(namespace, settings, wanted)

        return await self._service.unbroken(write())

    async def drop(self, namespace: str) -> Written:
        """Delete a namespace with all that it holds; one that is not there has version 0."""
        return await self._service.unbroken(self._dropped(namespace))

    async def _dropped(self, namespace: str) -> Written:
        with self._writing():
            try:
                dropped = await self._store.drop_namespace(namespace)
            except NotFound:
                return Written(0, 0)
        self._service.dropped(namespace)
        return Written(dropped.deleted, dropped.version)


async def _digest(document: Document) -> str:
    """Return a document's digest; that of a large picture takes milliseconds."""
    return await asyncio.to_thread(digest_of, document)
