"""The toolbox over the service's own read path: deployment handles, or a store in one process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from agents.errors import ToolFailed
from agents.lexicon.artifact_marks import ARTIFACT_FILTER, NO_ARTIFACT_FILTER
from agents.lexicon.vocabulary import TITLE_FIELDS, Vocabulary, VocabularyBuilder
from agents.tools.evidence import MAX_TEXT_CHARACTERS, Doc
from agents.tools.port import Query, VersionedHits
from retrieval.documents import Document, Json
from retrieval.encoding import EncodeReply, EncodeRequest
from retrieval.errors import OtherModel
from retrieval.filtering.parse import parse
from retrieval.search.query_encoding import QueryReply, QueryRequest
from retrieval.search.query_vectors import QueryVectors, retry_on_model_change
from retrieval.search.request import SearchHit, SearchRequest, SearchResult

PAGE = 1000
MAX_VOCABULARY_DOCUMENTS = 50_000
"""The first so many documents by id make the vocabulary; titles beyond them lead no bridge."""


KnownVectors = dict[QueryRequest, QueryVectors]
"""Queries that were encoded."""


class DocumentListing(Protocol):
    """Documents in the order of their ids."""

    @property
    def documents(self) -> Sequence[Document]: ...

    @property
    def total(self) -> int: ...

    @property
    def version(self) -> int: ...


class ReadPath(Protocol):
    """The part of ``api.backend.Backend`` that planning needs."""

    async def encode(self, request: EncodeRequest) -> EncodeReply: ...

    async def encode_query(self, request: QueryRequest) -> QueryReply: ...

    async def search(self, request: SearchRequest) -> SearchResult: ...

    async def documents(self, namespace: str, ids: Sequence[str]) -> Sequence[Document]: ...

    async def picture(self, namespace: str, document_id: str) -> tuple[bytes, str]: ...

    async def page(self, namespace: str, limit: int, offset: int) -> DocumentListing: ...

    async def version(self, namespace: str) -> int: ...


class VocabularyCache:
    """Vocabularies by namespace, each of one index version; share it between requests."""

    def __init__(self, max_documents: int = MAX_VOCABULARY_DOCUMENTS) -> None:
        self._max_documents = max_documents
        self._known: dict[str, Vocabulary] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, read_path: ReadPath, namespace: str) -> Vocabulary:
        """Return the vocabulary of the latest version; built anew only if that changed."""
        # Two requests at once would only build the same one twice.
        async with self._locks.setdefault(namespace, asyncio.Lock()):
            latest = await read_path.version(namespace)
            known = self._known.get(namespace)
            if known is None or known.index_version != latest:
                known = await self._build(read_path, namespace, latest)
                self._known[namespace] = known
            return known

    async def _build(self, read_path: ReadPath, namespace: str, version: int) -> Vocabulary:
        builder = VocabularyBuilder()
        return await build_vocabulary(read_path, namespace, version, builder, self._max_documents)


async def build_vocabulary(
    read_path: ReadPath,
    namespace: str,
    version: int,
    builder: VocabularyBuilder,
    max_documents: int = MAX_VOCABULARY_DOCUMENTS,
) -> Vocabulary:
    """Read a namespace page by page into a builder and return what it makes of it."""
    offset, whole = 0, False
    while offset < max_documents:
        page = await read_path.page(namespace, PAGE, offset)
        # Counting words takes long enough to stall other requests.
        await asyncio.to_thread(_take_in, builder, page.documents)
        offset += len(page.documents)
        if not page.documents or offset >= page.total:
            whole = True
            break
    return await asyncio.to_thread(builder.build, version, whole)


def _take_in(builder: VocabularyBuilder, documents: Sequence[Document]) -> None:
    for document in documents:
        builder.add(document.id, document.text or "", document.metadata)


class BackendToolbox:
    """Implements ``agents.tools.port.Toolbox`` for one namespace, for the length of one run.

    The vocabulary is looked up once; searches always read the latest version. ``known`` are
    queries that other toolboxes of the run have encoded; what is encoded here joins them.
    """

    def __init__(
        self,
        read_path: ReadPath,
        namespace: str,
        cache: VocabularyCache,
        known: KnownVectors | None = None,
    ) -> None:
        self._read_path = read_path
        self._namespace = namespace
        self._cache = cache
        self._vocabulary: Vocabulary | None = None
        self._known: KnownVectors = {} if known is None else known
        self._encoding: dict[QueryRequest, asyncio.Lock] = {}

    async def vocabulary(self) -> Vocabulary:
        """Return what the index calls things."""
        if self._vocabulary is None:
            self._vocabulary = await self._cache.get(self._read_path, self._namespace)
        return self._vocabulary

    async def search(self, query: Query) -> VersionedHits:
        """Encode the query where its mode needs it, and search."""
        wanted = await self._filter(query)
        result = await retry_on_model_change(lambda: self._found(query, wanted))
        return VersionedHits(
            tuple((from_hit(hit), hit.score) for hit in result.hits), result.index_version
        )

    async def _found(self, query: Query, wanted: Mapping[str, Any] | None) -> SearchResult:
        asked, vectors = await self._vectors(query)
        mode = "semantic" if query.mode == "image" else query.mode
        request = SearchRequest(
            self._namespace,
            query_text=query.text if mode != "semantic" else None,
            text_query_vector=None if query.mode == "image" else vectors.text,
            image_query_vector=vectors.joint,
            mode=mode,
            limit=query.limit,
            filter=None if wanted is None else parse(dict(wanted)),
            made_by=vectors.made_by,
        )
        try:
            return await self._read_path.search(request)
        except OtherModel:
            # The models were changed meanwhile: what was encoded before is of no use.
            if asked is not None and self._known.get(asked) is vectors:
                del self._known[asked]
            raise

    async def _filter(self, query: Query) -> Mapping[str, Any] | None:
        """Return the query's filter, without artifacts where the namespace holds some."""
        if query.filter == ARTIFACT_FILTER or not (await self.vocabulary()).artifacts:
            return query.filter
        if query.filter is None:
            return NO_ARTIFACT_FILTER
        return {"and": [query.filter, NO_ARTIFACT_FILTER]}

    async def fetch(self, ids: Sequence[str]) -> Sequence[Doc]:
        """Read documents in one call; those that do not exist are left out."""
        found = await self._read_path.documents(self._namespace, list(ids))
        return [from_document(document) for document in found]

    async def _vectors(self, query: Query) -> tuple[QueryRequest | None, QueryVectors]:
        if query.mode == "keyword":
            return None, QueryVectors(None, None)
        picture = query.picture
        if query.document_id is not None:
            picture, _ = await self._read_path.picture(self._namespace, query.document_id)
        if picture is None and query.text is None:
            raise ToolFailed("a search needs a text or a picture", "query")
        asked = QueryRequest(query.text if picture is None else None, picture)
        # The thoughts of a run ask for the same words in several ways, and at the same time.
        async with self._encoding.setdefault(asked, asyncio.Lock()):
            if asked not in self._known:
                self._known[asked] = await self._encoded(asked)
            return asked, self._known[asked]

    async def _encoded(self, asked: QueryRequest) -> QueryVectors:
        reply = await self._read_path.encode_query(asked)
        for report in reply.reports:
            if report.error is not None:
                raise ToolFailed(f"{report.error.code}: {report.error.message}", "query")
        return reply.vectors


def from_hit(hit: SearchHit) -> Doc:
    """Return a search hit as evidence."""
    return Doc(
        hit.id,
        _evidence(hit),
        title_of(hit.metadata),
        hit.modality,
        hit.source,
        hit.metadata,
        hit.created_at.isoformat(),
    )


def _evidence(hit: SearchHit) -> str:
    """Return a hit's text; of one that is too long the passage that was found."""
    text, passage = hit.text or "", hit.passage
    start = 0 if passage is None or len(text) <= MAX_TEXT_CHARACTERS else passage.start
    return text[start : start + MAX_TEXT_CHARACTERS]


def from_document(document: Document) -> Doc:
    """Return a stored document as evidence."""
    return Doc(
        document.id,
        (document.text or "")[:MAX_TEXT_CHARACTERS],
        title_of(document.metadata),
        document.modality,
        document.source,
        document.metadata,
        document.created_at.isoformat(),
    )


def title_of(metadata: dict[str, Json]) -> str | None:
    """Return a document's title, by the first title field it has."""
    for name in TITLE_FIELDS:
        value = metadata.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None
