"""The read path by Ray handles: encoding, searching and reading, each within a deadline."""

import time
from collections.abc import Callable, Sequence

from ray.serve.handle import DeploymentHandle

from api.backend import ListedDocuments
from deployments.calls.call import call
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
from retrieval.namespace_map import MapRequest, NamespaceMap
from retrieval.namespace_statistics import NamespaceStatistics
from retrieval.search.query_encoding import QueryReply, QueryRequest
from retrieval.search.request import SearchRequest, SearchResult
from retrieval.search.suggestion import Suggestions
from telemetry.request_fields import add_amounts, add_fields

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

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        """Encode by any Embedder replica."""
        reply = await call(self._embedder, "encode", request, within_s=self._deadline_s())
        _note_encoding(reply.work, reply.reports)
        if self._info is not None and reply.made_by != self._info.tag:
            self._info = None
        return reply

    async def split(self, request: SplitRequest) -> SplitReply:
        """Have texts cut by any Embedder replica."""
        return await call(self._embedder, "split", request, within_s=self._deadline_s())

    async def thumbnail(self, request: ThumbnailRequest) -> bytes:
        """Have a picture made smaller by any Embedder replica."""
        return await call(self._embedder, "thumbnail", request, within_s=self._deadline_s())

    async def encode_query(self, request: QueryRequest) -> QueryReply:
        """Encode a query in every space it searches, by one Embedder replica."""
        reply = await call(self._embedder, "encode_query", request, within_s=self._deadline_s())
        _note_encoding(reply.work, reply.reports)
        return reply

    async def encoder_info(self) -> EncoderInfo:
        """Say which towers encode; asked now and then, and where others turned up."""
        now_s = time.monotonic()
        info = self._info
        if info is None or now_s > self._info_until_s:
            info = self._info = await call(self._embedder, "info", within_s=self._deadline_s())
            self._info_until_s = now_s + INFO_KEPT_S
        return info

    async def search(self, request: SearchRequest) -> SearchResult:
        """Search by any HybridSearch replica."""
        try:
            result = await call(self._search, "search", request, within_s=self._deadline_s())
        except OtherModel:
            self._info = None
            raise
        add_fields(index_version=result.index_version, hits=len(result.hits))
        add_amounts(search_ms=round(result.took_ms, 3))
        return result

    async def documents(self, namespace: str, ids: Sequence[str]) -> Sequence[Document]:
        """Read several documents in one call."""
        within_s = self._deadline_s()
        return await call(self._search, "documents", namespace, list(ids), within_s=within_s)

    async def document(self, namespace: str, document_id: str) -> Document:
        """Read one document."""
        within_s = self._deadline_s()
        return await call(self._search, "document", namespace, document_id, within_s=within_s)

    async def picture(self, namespace: str, document_id: str) -> tuple[bytes, str]:
        """Read a picture."""
        within_s = self._deadline_s()
        return await call(self._search, "picture", namespace, document_id, within_s=within_s)

    async def page(self, namespace: str, limit: int, offset: int) -> ListedDocuments:
        """Read a page of documents."""
        within_s = self._deadline_s()
        return await call(self._search, "page", namespace, limit, offset, within_s=within_s)

    async def version(self, namespace: str) -> int:
        """Return a namespace's latest version; 0 if it does not exist."""
        return await call(self._search, "version", namespace, within_s=self._deadline_s())

    async def suggest(self, namespace: str, typed: str, most: int) -> Suggestions:
        """Return what a query that is being typed may become."""
        within_s = self._deadline_s()
        return await call(self._search, "suggest", namespace, typed, most, within_s=within_s)

    async def statistics(self, namespace: str) -> NamespaceStatistics:
        """Return a namespace's figures."""
        return await call(self._search, "statistics", namespace, within_s=self._deadline_s())

    async def namespace_map(self, request: MapRequest) -> NamespaceMap:
        """Return a namespace's vectors in a plane."""
        return await call(self._search, "namespace_map", request, within_s=self._deadline_s())

    async def namespaces(self) -> Sequence[str]:
        """Name the namespaces."""
        return await call(self._search, "namespaces", within_s=self._deadline_s())


def _note_encoding(work: EncodeWork, reports: Sequence[ItemReport]) -> None:
    """Put on the request's line what encoding took."""
    add_fields(batch_items=work.batch_items)
    add_amounts(
        queue_ms=round(work.queue_s * 1000, 3),
        model_ms=round(work.model_s * 1000, 3),
        tokens=sum(report.tokens for report in reports),
        items=len(reports),
    )
