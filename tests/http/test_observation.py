"""Every request is counted once, judged once and told in one line."""

import asyncio
from itertools import count
from typing import Any

import httpx
import orjson
import pytest
import structlog

from api.answers.freshness import Fresh
from api.app import build_app
from api.bodies.limits import RequestLimits
from api.errors import Unavailable
from api.middleware.observation import Observer
from telemetry import logs
from telemetry.registry import Registry
from telemetry.series import parsed
from tests.fakes import LocalBackend


class Judge:
    """Remembers what it was asked to judge."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, int]] = []

    def observe(
        self,
        endpoint: str,
        method: str,
        status: int,
        seconds: float,
        energy_j: float | None = None,
        carbon_g: float | None = None,
    ) -> str:
        self.seen.append((endpoint, method, status))
        return "good"


@pytest.fixture
def observed(tmp_path):
    before, lines = structlog.get_config(), []
    ticks = count()
    observer = Observer(Registry(), Judge(), now_s=lambda: next(ticks) / 1000)
    service = build_app(LocalBackend(tmp_path), RequestLimits(), observer=observer)
    logs.configure(lines.append)
    yield service, observer, lines
    structlog.configure(**before)


def client_of(service: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(service, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


def counts(registry: Registry) -> dict[tuple[str, ...], float]:
    found = {}
    for series, value in registry.snapshot().sums.items():
        split = parsed(series)
        if split.name == "brainwav_http_requests_total":
            found[split.labels] = value
    return found


async def _ask(service: Any) -> None:
    async with client_of(service) as client:
        await client.post("/embed", json={"inputs": [{"text": "red"}, {"text": "blue"}]})
        await client.post("/embed", json={"inputs": []})
        await client.get("/documents/some-id")
        await client.get("/no/such/thing")
        await client.get("/another")
        await client.request("BREW", "/embed")
        await client.get("/health/live")


def test_requests_are_counted_by_template_method_and_status(observed) -> None:
    """Ids and strange paths make no series of their own."""
    service, observer, _ = observed
    asyncio.run(_ask(service))
    assert counts(observer.registry) == {
        ("POST", "/embed", "200"): 1,
        ("POST", "/embed", "422"): 1,
        ("GET", "/documents/{document_id}", "404"): 1,
        ("GET", "unmatched", "404"): 2,
        ("OTHER", "/embed", "405"): 1,
        ("GET", "/health/live", "200"): 1,
    }
    assert len(observer.objectives.seen) == 7
    assert observer.in_flight == 0


def test_a_request_has_one_line_with_what_it_took(observed) -> None:
    """Route, status, latency, tokens, verdict, request id; probes that go well have none."""
    service, _, lines = observed

    async def ask() -> None:
        async with client_of(service) as client:
            headers = {"X-Request-ID": "mine-1"}
            body = {"inputs": [{"text": "red green"}]}
            await client.post("/embed", json=body, headers=headers)
            await client.get("/health/live")

    asyncio.run(ask())
    [line] = [orjson.loads(row) for row in lines if b'"request"' in row]
    assert line["route"] == "/embed"
    assert line["status"] == 200
    assert line["request_id"] == "mine-1"
    assert line["slo"] == "good"
    assert line["latency_ms"] > 0
    assert len(line["trace_id"]) == 32


def test_an_unexpected_error_is_counted_and_logged_with_its_trace(observed) -> None:
    """The client hears nothing of it, the operator everything."""
    service, observer, lines = observed
    service.app.state.shared.backend.failing = RuntimeError("what broke")

    async def ask() -> None:
        async with client_of(service) as client:
            await client.post("/embed", json={"inputs": [{"text": "red"}]})

    asyncio.run(ask())
    assert counts(observer.registry)[("POST", "/embed", "500")] == 1
    failed = [orjson.loads(row) for row in lines if b"request.failed" in row]
    assert "RuntimeError: what broke" in failed[0]["exception"]


def test_metrics_are_the_hub_s_or_none(observed) -> None:
    """503 where the hub is away, never a replica's own numbers."""
    service, _, _ = observed

    async def ask() -> tuple[httpx.Response, httpx.Response]:
        async with client_of(service) as client:
            told = await client.get("/metrics")
            service.app.state.shared.backend.failing = Unavailable("MetricsHub is restarting")
            return told, await client.get("/metrics")

    told, refused = asyncio.run(ask())
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "2"


def test_metrics_are_compressed_for_who_asks(observed) -> None:
    """The same text either way; a cache between must keep the two apart."""
    service, _, _ = observed

    async def ask() -> list[httpx.Response]:
        async with client_of(service) as client:
            return [
                await client.get("/metrics", headers={"Accept-Encoding": coding})
                for coding in ("gzip", "identity")
            ]

    packed, plain = asyncio.run(ask())
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert {answer.headers["vary"] for answer in (packed, plain)} == {"Accept-Encoding"}


def test_readiness_falls_first(observed) -> None:
    """A replica that is told to stop says so while it still answers."""
    service, _, _ = observed

    async def ask() -> httpx.Response:
        async with client_of(service) as client:
            assert (await client.get("/health/ready")).status_code == 200
            service.drain()
            assert (await client.get("/health/live")).status_code == 200
            return await client.get("/health/ready")

    answer = asyncio.run(ask())
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["draining"]


def test_many_who_ask_cost_one_answer() -> None:
    """A fresh answer is told at once, an aged one is made anew behind the asker's back."""
    clock, made = [0.0], []

    async def make() -> int:
        made.append(clock[0])
        return len(made)

    async def ask() -> None:
        fresh = Fresh(make, fresh_s=1.0, stale_s=5.0, now_s=lambda: clock[0])
        assert await asyncio.gather(*(fresh.get() for _ in range(10))) == [1] * 10
        clock[0] = 2.0
        assert await fresh.get() == 1
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
        assert await fresh.get() == 2
        clock[0] = 100.0
        assert await fresh.get() == 3

    asyncio.run(ask())
    assert made == [0.0, 2.0, 100.0]


def test_what_cannot_be_made_is_an_error_only_for_who_waits() -> None:
    """A last answer that is not too old is told meanwhile."""
    clock, fails = [0.0], [False]

    async def make() -> str:
        if fails[0]:
            raise Unavailable("gone")
        return "told"

    async def ask() -> None:
        fresh = Fresh(make, fresh_s=1.0, stale_s=5.0, now_s=lambda: clock[0])
        assert await fresh.get() == "told"
        fails[0], clock[0] = True, 2.0
        assert await fresh.get() == "told"
        await asyncio.gather(
            *asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True
        )
        clock[0] = 9.0
        with pytest.raises(Unavailable):
            await fresh.get()

    asyncio.run(ask())
