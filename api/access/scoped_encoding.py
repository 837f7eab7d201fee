"""The part of the backend that touches no namespace: whoever may ask may ask all of it."""

from api.backend import Backend
from retrieval.encoding import (
    EncodeReply,
    EncodeRequest,
    EncoderInfo,
    SplitReply,
    SplitRequest,
    ThumbnailRequest,
)
from retrieval.search.query_encoding import QueryReply, QueryRequest


class ScopedEncoding:
    """Encoding, for any client."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        """Encode; no namespace is touched."""
        return await self._backend.encode(request)

    async def split(self, request: SplitRequest) -> SplitReply:
        """Cut texts; no namespace is touched."""
        return await self._backend.split(request)

    async def thumbnail(self, request: ThumbnailRequest) -> bytes:
        """Make a picture smaller that the client has read; no namespace is touched."""
        return await self._backend.thumbnail(request)

    async def encode_query(self, request: QueryRequest) -> QueryReply:
        """Encode; a query belongs to no namespace."""
        return await self._backend.encode_query(request)

    async def encoder_info(self) -> EncoderInfo:
        """Say which towers encode."""
        return await self._backend.encoder_info()
