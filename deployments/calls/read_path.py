"""The read path by Ray handles: encoding, searching and reading, each within a deadline."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from ray.serve.handle import DeploymentHandle

from api.backend import ListedDocuments
from deployments.calls.call import call
from deployments.calls.hedges import HedgeBudget
from retrieval.documents import Document
from retrieval.encoding import (
    EncodeReply,
    EncodeRequest,
    EncoderInfo,
    EncodeWork,
    ItemReport,
    SplitReply,
    SplitRequest,
    ThumbnailRequest,
)
from retrieval.errors import OtherModel
from retrieval.namespaces.map import MapRequest, NamespaceMap
from retrieval.namespaces.statistics import NamespaceStatistics
from retrieval.search.query_encoding import QueryReply, QueryRequest
from retrieval.search.request import SearchRequest, SearchResult
from retrieval.search.suggestion import Suggestions
from retrieval.words.settings import NamespaceSettings
from telemetry.registry import Registry
from telemetry.request_fields import add_amounts, add_fields

FEW = 8
"""Items that take a fraction of a second."""
INFO_KEPT_S = 5.0
"""A new replica may have asked an Embedder that was about to go."""


class RayReadPath:
    """Implements ``agents.tools.backend_toolbox.ReadPath`` over deployment handles.

    Args:
        deadline_s: Of one call; asked each time, so that it may change while running.
    """

    def __init__(
        self, embedder: DeploymentHandle, search: DeploymentHandle, deadline_s: Callable[[], float]
    ) -> None:
        self._embedder = embedder
        self._search = search
        self._deadline_s = deadline_s
        self._info: EncoderInfo | None = None
        self._info_until_s = 0.0
        self.hedges = HedgeBudget()

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        """Encode by any Embedder replica."""
        # A large batch takes its time, and a bulk job's work must not be done twice.
        few = len(request.items) <= FEW and not (request.background or request.for_index)
        encoded = self._read if few else self._once
        reply = await encoded(self._embedder, "encode", request)
        _note_encoding(reply.work, reply.reports)
        if self._info is not None and reply.made_by != self._info.tag:
            self._info = None
        return reply

    async def split(self, request: SplitRequest) -> SplitReply:
        """Have texts cut by any Embedder replica."""
        return await self._once(self._embedder, "split", request)

    async def thumbnail(self, request: ThumbnailRequest) -> bytes:
        """Have a picture made smaller by any Embedder replica."""
        return await self._read(self._embedder, "thumbnail", request)

    async def encode_query(self, request: QueryRequest) -> QueryReply:
        """Encode a query in every space it searches, by one Embedder replica."""
        reply = await self._read(self._embedder, "encode_query", request)
        _note_encoding(reply.work, reply.reports)
        return reply

    async def encoder_info(self) -> EncoderInfo:
        """Say which towers encode; asked now and then, and where others turned up."""
        now_s = time.monotonic()
        info = self._info
        if info is None or now_s > self._info_until_s:
            info = self._info = await self._read(self._embedder, "info")
            self._info_until_s = now_s + INFO_KEPT_S
        return info

    async def search(self, request: SearchRequest) -> SearchResult:
        """Search by any HybridSearch replica."""
        try:
            result = await self._read(self._search, "search", request)
        except OtherModel:
            self._info = None
            raise
        add_fields(index_version=result.index_version, hits=len(result.hits))
        add_amounts(search_ms=round(result.took_ms, 3))
        return result

    async def documents(self, namespace: str, ids: Sequence[str]) -> Sequence[Document]:
        """Read several documents in one call."""
        return await self._read(self._search, "documents", namespace, list(ids))

    async def document(self, namespace: str, document_id: str) -> Document:
        """Read one document."""
        return await self._read(self._search, "document", namespace, document_id)

    async def picture(self, namespace: str, document_id: str) -> tuple[bytes, str]:
        """Read a picture."""
        return await self._read(self._search, "picture", namespace, document_id)

    async def page(self, namespace: str, limit: int, offset: int) -> ListedDocuments:
        """Read a page of documents."""
        return await self._read(self._search, "page", namespace, limit, offset)

    async def version(self, namespace: str) -> int:
        """Return a namespace's latest version; 0 if it does not exist."""
        return await self._read(self._search, "version", namespace)

    async def suggest(self, namespace: str, typed: str, most: int) -> Suggestions:
        """Return what a query that is being typed may become."""
        return await self._read(self._search, "suggest", namespace, typed, most)

    async def settings(self, namespace: str) -> NamespaceSettings:
        """Return how a namespace is searched."""
        return await self._read(self._search, "settings", namespace)

    async def statistics(self, namespace: str) -> NamespaceStatistics:
        """Return a namespace's figures."""
        return await self._read(self._search, "statistics", namespace)

    async def namespace_map(self, request: MapRequest) -> NamespaceMap:
        """Return a namespace's vectors in a plane."""
        return await self._once(self._search, "namespace_map", request)

    async def namespaces(self) -> Sequence[str]:
        """Name the namespaces."""
        return await self._read(self._search, "namespaces")

    def tell_second_tries(self, registry: Registry, component: str) -> None:
        """Set how often another replica was asked too; ``component``: who asks."""
        registry.set("brainwav_component_second_tries_total", component, to=self.hedges.spent)

    async def _read(self, handle: DeploymentHandle, method: str, *args: Any) -> Any:
        """Ask; another replica too where the first one keeps silent."""
        within_s = self._deadline_s()
        return await call(handle, method, *args, within_s=within_s, hedges=self.hedges)

    async def _once(self, handle: DeploymentHandle, method: str, *args: Any) -> Any:
        """Ask for much work."""
        return await call(handle, method, *args, within_s=self._deadline_s())


def _note_encoding(work: EncodeWork, reports: Sequence[ItemReport]) -> None:
    """Put on the request's line what encoding took."""
    add_fields(batch_items=work.batch_items)
    add_amounts(
        queue_ms=round(work.queue_s * 1000, 3),
        model_ms=round(work.model_s * 1000, 3),
        tokens=sum(report.tokens for report in reports),
        items=len(reports),
    )
