"""Fixtures of this folder: the real application on a port, and both clients asked alike."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client_samples import MOST, SHOP, made

from api.app import build_app
from api.bodies.limits import RequestLimits
from brainwav_client import Client
from brainwav_client.pictures import png
from tests.fakes import LocalBackend
from tests.http.live import live


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application, with a few documents in the namespace `shop`."""
    backend = LocalBackend(tmp_path_factory.mktemp("index"))
    app = build_app(backend, RequestLimits(max_documents=MOST), energy=backend.energy)
    with live(app) as address:
        with Client(address) as client:
            client.put(SHOP, namespace="shop")
        yield address


@pytest.fixture(params=["blocking", "awaited"])
def client(request: pytest.FixtureRequest, url: str) -> Iterator[Any]:
    """Both clients, one after the other."""
    yield from made(request.param, url)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A file with a picture in it."""
    path = tmp_path / "red square.png"
    path.write_bytes(png(b"\xff\x00\x00" * 256, 16, 16, 3))
    return path
