"""The read path in one process: the real store and the real model, without Ray and HTTP."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from retrieval.clip.encoder import ModelSpec, build_encoder
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.documents import Document, Json
from retrieval.encoding import EncodeReply, EncodeRequest, ItemReport
from retrieval.search.query_encoding import QueryReply, QueryRequest, encode_query
from retrieval.search.request import SearchRequest, SearchResult
from retrieval.store.entries import Entry
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.reading.reader import IndexReader
from retrieval.store.writing.writer import IndexStore

BATCH = 64
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of documents."""

    documents: Sequence[Document]
    total: int
    version: int


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A document to write; needs a text, a picture (PNG) or both."""

    id: str
    text: str | None
    metadata: dict[str, Json]
    picture: bytes | None = None

    def to_json(self) -> dict[str, object]:
        """Return the row as `PUT /documents` takes it."""
        picture = None if self.picture is None else base64.b64encode(self.picture).decode()
        return {
            "id": self.id,
            "text": self.text,
            "metadata": self.metadata,
            "image_base64": picture,
        }


class LocalIndex:
    """Implements ``agents.tools.backend_toolbox.ReadPath``, and writes what is to be searched."""

    def __init__(self, store: IndexStore, reader: IndexReader) -> None:
        self._store = store
        self._reader = reader
        self._encoder = build_encoder(ModelSpec(), PictureLimits(16 << 20, 40_000_000))

    @classmethod
    async def open(cls, folder: Path) -> LocalIndex:
        """Open a new index with the embedded model."""
        # As the Embedder's share of the default configuration allows; two threads that fight
        # with other processes are ten times slower than one.
        torch.set_num_threads(1)
        store = await IndexStore.open(str(folder))
        index = cls(store, await IndexReader.open(str(folder)))
        text, picture = index._encoder.text, index._encoder.picture
        await store.claim(
            Fingerprint(text.name, picture.name, text.dimension, picture.dimension, "fp32", True)
        )
        return index

    async def write(self, namespace: str, rows: Sequence[IndexRow]) -> None:
        """Write rows and build what indices they need."""
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            texts = await self._vectors([row.text for row in batch])
            drawn = await self._vectors([row.picture for row in batch])
            documents = [
                Document(
                    row.id,
                    row.text,
                    row.picture,
                    row.picture and "image/png",
                    row.metadata,
                    "LTM",
                    NEW_YEAR,
                    texts[at],
                    drawn[at],
                )
                for at, row in enumerate(batch)
            ]
            await self._store.upsert(namespace, documents)
        await self._store.maintain(namespace)

    async def _vectors(self, items: Sequence[str | bytes | None]) -> list[np.ndarray | None]:
        """Return a vector per item, None where there is none to encode."""
        given = [item for item in items if item is not None]
        vectors = iter((await self.encode(EncodeRequest(given))).vectors if given else ())
        return [None if item is None else next(vectors) for item in items]

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        """Encode texts or pictures, not both."""
        tower = self._encoder.picture if isinstance(request.items[0], bytes) else self._encoder.text
        if isinstance(request.items[0], bytes):
            prepared = [self._encoder.picture.prepare(item) for item in request.items]  # type: ignore[arg-type]
        else:
            prepared = self._encoder.text.prepare(request.items)  # type: ignore[arg-type]
        vectors = tower.encode(prepared)
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return EncodeReply(vectors.astype("float32"), [ItemReport()] * len(request.items))

    async def encode_query(self, request: QueryRequest) -> QueryReply:
        """Encode words or a picture, not both."""
        return await encode_query(request, self.encode, one_space=True)

    async def search(self, request: SearchRequest) -> SearchResult:
        """Search."""
        return await self._reader.search(request)

    async def document(self, namespace: str, document_id: str) -> Document:
        """Read a document."""
        return await self._reader.get(namespace, document_id)

    async def documents(self, namespace: str, ids: Sequence[str]) -> Sequence[Document]:
        """Read documents."""
        return [_bare(entry) for entry in await self._reader.entries(namespace, ids)]

    async def picture(self, namespace: str, document_id: str) -> tuple[bytes, str]:
        """Read a picture."""
        return await self._reader.picture(namespace, document_id)

    async def version(self, namespace: str) -> int:
        """Return a namespace's latest version."""
        return await self._reader.version(namespace)

    async def page(self, namespace: str, limit: int, offset: int) -> Listed:
        """Read a page."""
        page = await self._reader.page(namespace, limit, offset=offset)
        version = await self._reader.version(namespace)
        return Listed([_bare(entry) for entry in page.entries], page.total, version)


def _bare(entry: Entry) -> Document:
    picture = b"" if entry.modality == "IMAGE" else None
    return Document(
        entry.id,
        entry.text,
        picture,
        entry.picture_mime,
        entry.metadata,
        entry.source,
        entry.created_at,
        None,
        None,
    )
