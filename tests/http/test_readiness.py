"""Readiness is what every request needs, whatever else is being replaced."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from api.app import build_app
from api.bodies.limits import RequestLimits
from api.operator_backend import ComponentHealth
from tests.fakes import LocalBackend


class Probed(LocalBackend):
    """A graph of which one part is asked by all and another by some."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.search, self.writer = True, True
        self.writer_answers = asyncio.Event()
        self.asked = 0

    async def needed_components(self) -> Sequence[ComponentHealth]:
        return [ComponentHealth("search", self.search, 1.0, {})]

    async def other_components(self) -> Sequence[ComponentHealth]:
        self.asked += 1
        await self.writer_answers.wait()
        return [ComponentHealth("index_writer", self.writer, 1.0, {})]


@pytest.fixture
def backend(tmp_path: Path) -> Probed:
    return Probed(tmp_path)


def client_of(backend: Probed) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(build_app(backend, RequestLimits()))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


def test_a_component_that_does_not_answer_delays_readiness_by_nothing(backend: Probed) -> None:
    """It is looked at all the same, once for all who ask."""

    async def ask() -> list[httpx.Response]:
        async with client_of(backend) as client:
            return [await client.get("/health/ready") for _ in range(3)]

    assert [answer.json() for answer in asyncio.run(ask())] == [{"status": "ready"}] * 3
    assert backend.asked == 1


@pytest.mark.parametrize(
    ("search", "writer", "ready", "status"),
    [
        (True, True, 200, "healthy"),
        (True, False, 200, "degraded"),
        (False, True, 503, "degraded"),
    ],
)
def test_only_what_every_request_needs_makes_a_replica_unready(
    search: bool, writer: bool, ready: int, status: str, backend: Probed
) -> None:
    """`/health` tells of all; `/health/ready` names what is missing of that which all need."""
    backend.search, backend.writer = search, writer
    backend.writer_answers.set()

    async def ask() -> tuple[httpx.Response, httpx.Response]:
        async with client_of(backend) as client:
            return await client.get("/health/ready"), await client.get("/health")

    readiness, health = asyncio.run(ask())
    assert readiness.status_code == ready
    assert readiness.json().get("missing") == (None if ready == 200 else ["search"])
    assert health.json()["status"] == status
    healthy = {name: each["healthy"] for name, each in health.json()["components"].items()}
    assert healthy == {"search": search, "index_writer": writer}
