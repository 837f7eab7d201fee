"""What every route takes from the application: the backend as its client sees it, the limits."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from api.access.admission import Ticket
from api.access.identity import ANYBODY, Client
from api.access.scoped_backend import ScopedBackend
from api.answers.compressed import LastCompressed
from api.answers.thumbnails import ThumbnailCache
from api.backend import Backend
from api.bodies.account import BodyAccount
from api.bodies.limits import RequestLimits
from api.bodies.picture_urls import PictureFetcher
from api.bodies.reading_turns import ReadingTurns
from api.event_stream import StreamBounds
from api.uploads.uploaded_files import PlainReader, TextReader
from api.write_pace import WritePace


@dataclass(slots=True)
class Shared:
    """Held by the application; all but the backend is replaced when the settings change."""

    backend: Backend
    limits: RequestLimits
    fetcher: PictureFetcher
    streams: StreamBounds = field(default_factory=StreamBounds)
    model_aliases: Mapping[str, str] = field(default_factory=dict)
    """Other names of the served models (``api.embedding.served_models``)."""
    metrics: LastCompressed = field(default_factory=LastCompressed)
    thumbnails: ThumbnailCache = field(default_factory=ThumbnailCache)
    bodies: BodyAccount = field(default_factory=BodyAccount)
    turns: ReadingTurns = field(default_factory=ReadingTurns)
    """In which large bodies are read."""
    pace: WritePace = field(default_factory=WritePace)
    """How long writes take here."""
    reader: TextReader = field(default_factory=PlainReader)
    """Of uploaded files."""
    parsing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a large body is parsed slice by slice: the loop waits for one of them."""


@dataclass(frozen=True, slots=True)
class Context:
    """Of one request."""

    backend: Backend
    """Closed to namespaces the client may not use."""
    limits: RequestLimits
    ticket: Ticket
    fetcher: PictureFetcher
    streams: StreamBounds
    model_aliases: Mapping[str, str]
    reader: TextReader
    pace: WritePace
    thumbnails: ThumbnailCache

    @property
    def client(self) -> Client:
        """Who asks."""
        return self.ticket.client

    async def charge(self, items: int) -> None:
        """Pay for a batch before working on it; raises ``RateLimited``."""
        await self.ticket.charge(items)

    async def fetch_picture(self, url: str, place: str) -> bytes:
        """Return a picture by its URL; raises ``BadRequest`` where that is not allowed."""
        return await self.fetcher.fetch(url, place, self.limits.picture_urls)


async def _context(request: Request) -> Context:
    # A plain function would be sent to a thread and back, for every request.
    shared: Shared = request.app.state.shared
    ticket = request.scope.get("state", {}).get("ticket") or Ticket(ANYBODY)
    backend = ScopedBackend(shared.backend, ticket.client)
    return Context(
        backend,
        shared.limits,
        ticket,
        shared.fetcher,
        shared.streams,
        shared.model_aliases,
        shared.reader,
        shared.pace,
        shared.thumbnails,
    )


Ctx = Annotated[Context, Depends(_context)]
