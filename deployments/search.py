"""The HybridSearch deployment: stateless readers of the index."""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ray import serve
from ray.serve.handle import DeploymentHandle

from api.backend import ListedDocuments
from deployments.indexing.search_metrics import counted, measure_held
from deployments.replica.base import Replica
from deployments.replica.observed import observed
from deployments.replica.recent_calls import RecentCalls
from deployments.settings.service import IndexSettings
from deployments.settings.tunables import SearchTunables
from retrieval.documents import Document
from retrieval.namespaces.map import MapRequest, NamespaceMap
from retrieval.namespaces.statistics import NamespaceStatistics
from retrieval.search.request import SearchRequest, SearchResult
from retrieval.search.suggestion import Suggestions
from retrieval.store.entries import Entry, digest_of
from retrieval.store.reading.maps import NamespaceMaps
from retrieval.store.reading.reader import IndexReader
from retrieval.store.reading.readers import Readers, settings_of, suggest
from retrieval.store.reading.statistics import NamespaceFigures
from retrieval.words.settings import NamespaceSettings
from sustainability.modes.profiles import Directive

UNUSED_S = 600.0
"""Vectors that no search used for so long are let go of: they may be of deleted documents."""


@serve.deployment()
class HybridSearch:
    """Searches and reads; every call sees the latest acknowledged write."""

    async def __init__(
        self, hub: DeploymentHandle, meters: DeploymentHandle, index: IndexSettings
    ) -> None:
        self.replica = Replica("HybridSearch", hub, meters)
        self._tunables, self._directive = SearchTunables(), Directive()
        self._most = 0
        self._apply(self._directive)
        self.replica.energy.on_directive(self._apply)
        self.replica.start()
        self._reader = await open_reader(index)
        self._figures = NamespaceFigures(self._reader)
        self._maps = NamespaceMaps(self._reader)
        self._readers = Readers(self._reader)
        self.replica.collect(lambda _: self._readers.forget_unused(time.monotonic() - UNUSED_S))
        self.replica.collect(lambda registry: measure_held(registry, self._readers.held))
        self._calls = RecentCalls(self._tunables.objective_s)

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change how many searches run at once; those that run keep their slots."""
        self._tunables = SearchTunables.model_validate(config)
        self.replica.memory.configure(self._tunables.memory)
        await self._readers.hold([await open_reader(i) for i in self._tunables.other_indexes])
        self._readers.bound(self._tunables.held_mib << 20)
        self._apply(self._directive)
        self._calls.objective_s = self._tunables.objective_s

    @observed
    async def search(self, request: SearchRequest) -> SearchResult:
        """Search one namespace."""
        with self._calls.timed():
            async with self._slots:
                reader = await self._readers.holding(request.made_by)
                return await counted(self.replica.registry, reader.search, request)

    async def served(self) -> int:
        """Return how many searches this replica has served."""
        return self._calls.total

    async def record_autoscaling_stats(self) -> dict[str, float]:
        """Tell Serve's autoscaler how the objective is kept; see `autoscaling.py`."""
        return self._calls.stats()

    @observed
    async def document(self, namespace: str, document_id: str) -> Document:
        """Read one document; see ``_light``."""
        # On a thread: the digest of a large picture takes milliseconds.
        return await asyncio.to_thread(_light, await self._reader.get(namespace, document_id))

    @observed
    async def documents(self, namespace: str, ids: Sequence[str]) -> list[Document]:
        """Read documents by id in one call, without pictures and vectors."""
        return [_from_entry(entry) for entry in await self._reader.entries(namespace, ids)]

    @observed
    async def picture(self, namespace: str, document_id: str) -> tuple[bytes, str]:
        """Read a picture and its media type."""
        return await self._reader.picture(namespace, document_id)

    @observed
    async def page(self, namespace: str, limit: int, offset: int) -> ListedDocuments:
        """Read documents in the order of their ids, without pictures and vectors."""
        version = await self._reader.version(namespace)
        page = await self._reader.page(namespace, limit, offset=offset)
        return ListedDocuments([_from_entry(entry) for entry in page.entries], page.total, version)

    @observed
    async def version(self, namespace: str) -> int:
        """Return a namespace's latest version; 0 if it does not exist."""
        return await self._reader.version(namespace)

    @observed
    async def suggest(self, namespace: str, typed: str, most: int) -> Suggestions:
        """Return what a query that is being typed may become."""
        return await suggest(self._reader, namespace, typed, most)

    @observed
    async def settings(self, namespace: str) -> NamespaceSettings:
        """Return how a namespace is searched."""
        return await settings_of(self._reader, namespace)

    @observed
    async def statistics(self, namespace: str) -> NamespaceStatistics:
        """Return a namespace's figures."""
        return await self._figures.of(namespace)

    @observed
    async def namespace_map(self, request: MapRequest) -> NamespaceMap:
        """Return a namespace's vectors in a plane."""
        return await self._maps.of(request)

    @observed
    async def namespaces(self) -> list[str]:
        """Name the namespaces."""
        return list(await self._reader.namespaces())

    @observed
    async def probe(self) -> dict[str, object]:
        """Read the index for real."""
        names = await self._reader.namespaces()
        return {"namespaces": len(names), "replica_pid": os.getpid()}

    async def check_health(self) -> None:
        """Fail once this replica was told to end, so that Serve replaces it."""
        self.replica.check_health()

    async def __del__(self) -> None:
        await self.replica.stop()

    def _apply(self, directive: Directive) -> str:
        self._directive = directive
        most = self._tunables.max_concurrent_searches
        most = min(most, directive.profile.max_concurrent_searches or most)
        if most != self._most:
            self._most, self._slots = most, asyncio.Semaphore(most)
        return directive.mode


async def open_reader(index: IndexSettings) -> IndexReader:
    """Open an index to read it."""
    return await IndexReader.open(index.uri, dict(index.storage_options))


def _light(document: Document) -> Document:
    """Leave a picture's bytes and the vectors at home; empty bytes say that there is a picture."""
    picture = None if document.picture is None else b""
    digest = digest_of(document)
    return replace(document, picture=picture, text_vector=None, image_vector=None, digest=digest)


def _from_entry(entry: Entry) -> Document:
    return Document(
        id=entry.id,
        text=entry.text,
        picture=b"" if entry.modality == "IMAGE" else None,
        picture_mime=entry.picture_mime,
        metadata=entry.metadata,
        source=entry.source,
        created_at=entry.created_at,
        text_vector=None,
        image_vector=None,
    )
