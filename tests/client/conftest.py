"""Fixtures of this folder: the real application on a port, and both clients asked alike."""

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from api.app import build_app
from api.bodies.limits import RequestLimits
from brainwav_client import AsyncClient, Client, Document
from brainwav_client.pictures import png
from tests.fakes import LocalBackend
from tests.http.live import live

MOST = 6
"""Documents of one write that the service of these tests takes."""


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


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application, with a few documents in the namespace `shop`."""
    backend = LocalBackend(tmp_path_factory.mktemp("index"))
    app = build_app(backend, RequestLimits(max_documents=MOST), energy=backend.energy)
    with live(app) as address:
        with Client(address) as client:
            client.put(SHOP, namespace="shop")
        yield address


SHOP = [
    Document("a red mug", id="mug", metadata={"price": 12.5, "colour": "red"}),
    Document("a blue chair", id="chair", metadata={"price": 80, "colour": "blue"}),
    Document("a red lamp", id="lamp 1?%", metadata={"price": 30, "colour": "red"}),
]


@pytest.fixture(params=["blocking", "awaited"])
def client(request: pytest.FixtureRequest, url: str) -> Iterator[Any]:
    """Both clients, one after the other."""
    yield from made(request.param, url)


def made(kind: str, url: str, **options: Any) -> Iterator[Any]:
    """Yield a client of a kind, closed afterwards."""
    client: Any = Client(url, **options)
    if kind == "awaited":
        client = Awaiting(AsyncClient(url, **options))
    yield client
    client.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A file with a picture in it."""
    path = tmp_path / "red square.png"
    path.write_bytes(png(b"\xff\x00\x00" * 256, 16, 16, 3))
    return path
