"""The read path in one process: the real store and the real model, without Ray and HTTP."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from retrieval.clip.encoder import ModelSpec, build_encoder
from retrieval.clip.pictures import PictureLimits
from retrieval.documents import Document, Json
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo, ItemReport
from retrieval.search import SearchRequest, SearchResult
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.reader import IndexReader
from retrieval.store.writer import IndexStore

BATCH = 64
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of documents."""

    documents: Sequence[Document]
    total: int
    version: int


class LocalIndex:
    """Implements ``agents.backend_toolbox.ReadPath``, and writes what is to be searched."""

    def __init__(self, store: IndexStore, reader: IndexReader) -> None:
        self._store = store
        self._reader = reader
        self._encoder = build_encoder(ModelSpec(), PictureLimits(16 << 20, 40_000_000))

    @classmethod
    async def open(cls, folder: Path) -> LocalIndex:
        """Open a new index with the embedded model."""
        store = await IndexStore.open(str(folder))
        index = cls(store, await IndexReader.open(str(folder)))
        text, picture = index._encoder.text, index._encoder.picture
        await store.claim(
            Fingerprint(text.name, picture.name, text.dimension, picture.dimension, "fp32", True)
        )
        return index

    async def write(
        self, namespace: str, rows: Sequence[tuple[str, str, dict[str, Json], bytes | None]]
    ) -> None:
        """Write (id, text, metadata, picture) rows and build what indices they need."""
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            texts = (await self.encode(EncodeRequest([row[1] for row in batch]))).vectors
            drawn = [row[3] for row in batch if row[3] is not None]
            seen = iter((await self.encode(EncodeRequest(drawn))).vectors if drawn else ())
            await self._store.upsert(
                namespace,
                [
                    Document(id, text, picture, None if picture is None else "image/png", metadata,
                             "LTM", NEW_YEAR, vector, None if picture is None else next(seen))
                    for (id, text, metadata, picture), vector in zip(batch, texts, strict=True)
                ],
            )  # fmt: skip
        await self._store.maintain(namespace)

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

    async def encoder_info(self) -> EncoderInfo:
        """Say what encodes."""
        text, picture = self._encoder.text, self._encoder.picture
        return EncoderInfo(text.name, picture.name, text.dimension, picture.dimension,
                           text.context_length, "fp32", "a bench", 1, "cpu", True)  # fmt: skip

    async def search(self, request: SearchRequest) -> SearchResult:
        """Search."""
        return await self._reader.search(request)

    async def document(self, namespace: str, document_id: str) -> Document:
        """Read a document."""
        return await self._reader.get(namespace, document_id)

    async def picture(self, namespace: str, document_id: str) -> tuple[bytes, str]:
        """Read a picture."""
        return await self._reader.picture(namespace, document_id)

    async def page(self, namespace: str, limit: int, offset: int) -> Listed:
        """Read a page."""
        page = await self._reader.page(namespace, limit, offset=offset)
        version = await self._reader.version(namespace)
        documents = [
            Document(e.id, e.text, b"" if e.modality == "IMAGE" else None, e.picture_mime,
                     e.metadata, e.source, e.created_at, None, None)
            for e in page.entries
        ]  # fmt: skip
        return Listed(documents, page.total, version)
