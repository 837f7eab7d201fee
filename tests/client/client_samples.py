"""Both clients, asked alike, and what the service of these tests holds."""

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from brainwav_client import AsyncClient, Client, Document

MOST = 6
"""Documents of one write that the service of these tests takes."""
SHOP = [
    Document("a red mug", id="mug", metadata={"price": 12.5, "colour": "red"}),
    Document("a blue chair", id="chair", metadata={"price": 80, "colour": "blue"}),
    Document("a red lamp", id="lamp 1?%", metadata={"price": 30, "colour": "red"}),
]


class Awaiting:
    """An `AsyncClient` whose calls return what comes of them, so that one test asks both."""

    def __init__(self, client: AsyncClient) -> None:
        self._client, self._loop = client, asyncio.Runner()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def ask(*args: Any, **options: Any) -> Any:
            came = method(*args, **options)
            if inspect.isasyncgen(came):
                return self._each(came)
            return self._loop.run(came)

        return ask

    def _each(self, events: Any) -> Iterator[Any]:
        # A generator, as that of the other client: what breaks it off comes after what arrived.
        with suppress(StopAsyncIteration):
            while True:
                yield self._loop.run(anext(events))

    def close(self) -> None:
        self._loop.run(self._client.aclose())
        self._loop.close()


def made(kind: str, url: str, **options: Any) -> Iterator[Any]:
    """Yield a client of a kind, closed afterwards."""
    client: Any = Client(url, **options)
    if kind == "awaited":
        client = Awaiting(AsyncClient(url, **options))
    yield client
    client.close()
