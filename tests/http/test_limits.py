"""429 and its fields, costs by items, unlimited routes, overload, deadlines, slow bodies."""

import asyncio
from pathlib import Path

import pytest

from api.access.rate_settings import Limit, Overload, RateLimits
from api.app import build_app
from api.bodies.limits import RequestLimits
from api.errors import Overloaded
from reliability.errors import AuthorityDown
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, client_of, guarded
from tests.towers import picture_file

RATES = RateLimits(embed_batch=Limit(limit=3), write=Limit(limit=5), search=Limit(limit=1000))
ONE = {"inputs": [{"text": "red"}]}


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    backend = LocalBackend(tmp_path_factory.mktemp("index"))
    with client_of(backend, guarded(RateLimits(enabled=False), Clock())) as client:
        client.put("/documents", json={"documents": [{"id": "first", "text": "red"}]})
    return backend


def test_a_client_over_its_limit_is_told_how_long_and_then_gets_in(backend: LocalBackend) -> None:
    """One error shape, Retry-After, and the three X-RateLimit fields on every answer."""
    clock = Clock()
    with client_of(backend, guarded(RATES, clock)) as client:
        remaining = []
        for _ in range(3):
            answer = client.post("/embed", json=ONE)
            assert answer.status_code == 200
            assert answer.headers["x-ratelimit-limit"] == "3"
            remaining.append(int(answer.headers["x-ratelimit-remaining"]))
        assert remaining == [2, 1, 0]
        refused = client.post("/embed", json=ONE)
        assert refused.status_code == 429
        error = refused.json()["error"]
        assert error["code"] == "rate_limit_exceeded"
        assert error["message"] == (
            "brAInwav: rate limit exceeded: 3 per 60 s for embed_batch; try again in 20 s"
        )
        assert error["request_id"] == refused.headers["x-request-id"]
        assert refused.headers["retry-after"] == "20"
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert refused.headers["x-ratelimit-reset"] == "1060"
        clock.us += 20_000_000
        assert client.post("/embed", json=ONE).status_code == 200


def test_routes_of_one_class_share_a_bucket_and_others_do_not(backend: LocalBackend) -> None:
    """`/embed` and `/v1/embeddings` are one limit, single files and searches others."""
    with client_of(backend, guarded(RATES, Clock())) as client:
        files = {"file": ("a.png", picture_file(), "image/png")}
        data = {"modality": "IMAGE"}
        body = {"model": "words", "input": ["red", "blue"]}
        assert client.post("/embed", json=ONE).status_code == 200
        assert client.post("/v1/embeddings", json=body).status_code == 200
        assert client.post("/embed", json=ONE).status_code == 429
        assert client.post("/v1/embeddings", json=body).status_code == 429
        assert client.post("/embed/multimodal", files=files, data=data).status_code == 200
        assert client.post("/search", json={"query": "red"}).status_code == 200


def test_a_batch_costs_its_items(backend: LocalBackend) -> None:
    """What was paid at the door of a refused batch is given back; more than a bucket is 413."""
    clock = Clock()
    with client_of(backend, guarded(RATES, clock)) as client:
        assert client.post("/embed", json={"inputs": ONE["inputs"] * 2}).status_code == 200
        refused = client.post("/embed", json={"inputs": ONE["inputs"] * 2})
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "20"
        too_large = client.post("/embed", json={"inputs": ONE["inputs"] * 4})
        assert too_large.status_code == 413
        assert too_large.json()["error"]["code"] == "batch_too_large"
        documents = [{"id": f"d{n}", "text": "red"} for n in range(4)]
        assert client.put("/documents", json={"documents": documents}).status_code == 200
        assert client.put("/documents", json={"documents": documents}).status_code == 429


def test_health_is_never_limited_and_carries_no_fields(backend: LocalBackend) -> None:
    """Probes must not be refused."""
    rates = RateLimits(read=Limit(limit=1))
    with client_of(backend, guarded(rates, Clock())) as client:
        for path in ("/health", "/health/ready", "/health/live") * 5:
            answer = client.get(path)
            assert answer.status_code == 200
            assert "x-ratelimit-limit" not in answer.headers
        assert client.get("/documents").status_code == 200
        assert client.get("/documents").status_code == 429
        assert client.get("/nowhere").status_code == 429


def test_limits_change_while_the_service_runs(backend: LocalBackend) -> None:
    """More, none at all, and the IETF draft's fields by a setting."""
    guard = guarded(RATES, Clock())
    with client_of(backend, guard) as client:
        for _ in range(4):
            last = client.post("/embed", json=ONE)
        assert last.status_code == 429
        guard.configure(RateLimits(enabled=False), Overload())
        assert client.post("/embed", json=ONE).status_code == 200
        guard.configure(
            RateLimits(search=Limit(limit=50, period_s=5), ietf_headers=True), Overload()
        )
        answer = client.post("/search", json={"query": "red"})
        assert answer.headers["ratelimit-policy"] == '"search";q=50;w=5'
        assert answer.headers["ratelimit"] == '"search";r=49;t=1'


def test_a_raised_limit_ends_a_refusal_given_under_the_old_one(backend: LocalBackend) -> None:
    """An hour's denial is not remembered into other terms."""
    guard = guarded(RateLimits(search=Limit(limit=1, period_s=3600)), Clock())
    with client_of(backend, guard) as client:
        body = {"query": "red"}
        assert client.post("/search", json=body).status_code == 200
        assert client.post("/search", json=body).headers["retry-after"] == "3600"
        guard.configure(RateLimits(search=Limit(limit=100, period_s=1)), Overload())
        guard.limiter._now_us.us += 1_000_000
        assert client.post("/search", json=body).status_code == 200


def test_all_bodies_together_are_bounded(tmp_path: Path) -> None:
    """503 for the one too many, though each alone is small enough; memory is free again after."""
    body = b'{"inputs": [{"text": "' + b"a " * 40_000 + b'"}]}'
    bounds = Overload(max_body_bytes_at_once=5 * len(body))
    guard = guarded(RateLimits(), Clock(), overload=bounds)
    app = build_app(LocalBackend(tmp_path), RequestLimits(), guard)
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def slowly():
        yield body[:-1]
        reading.set()
        await go_on.wait()
        yield body[-1:]

    async def main() -> list[int]:
        async with transport_client(app) as client:
            kind = {"content-type": "application/json"}
            first = asyncio.create_task(client.post("/embed", content=slowly(), headers=kind))
            await reading.wait()
            second = await client.post("/embed", content=body, headers=kind)
            assert second.headers["retry-after"] == "1"
            go_on.set()
            slow = await first
            alone = await client.post("/embed", content=body, headers=kind)
            return [slow.status_code, second.status_code, alone.status_code]

    assert asyncio.run(asyncio.wait_for(main(), 60)) == [200, 503, 200]


class Silent:
    async def settle(self, replica, requests, returned):
        raise AuthorityDown("silent")


def test_a_silent_authority_is_flagged_and_never_a_server_error(backend: LocalBackend) -> None:
    """A header says so; classes that are set to refuse answer 503."""
    rates = RateLimits(refuse_when_degraded=("search",))
    with client_of(backend, guarded(rates, Clock(), authority=Silent())) as client:
        answer = client.post("/embed", json=ONE)
        assert answer.status_code == 200
        assert answer.headers["x-ratelimit-policy"] == "degraded"
        refused = client.post("/search", json={"query": "red"})
        assert refused.status_code == 503
        assert refused.headers["retry-after"]


def test_addresses_behind_a_trusted_proxy_are_clients_of_their_own(backend: LocalBackend) -> None:
    """And a forwarded header counts for nothing where no proxy is trusted."""
    body, rates = {"query": "red"}, RateLimits(search=Limit(limit=1))
    for trusted, second in (((), 429), (("203.0.113.0/24",), 200)):
        with client_of(backend, guarded(rates, Clock(), trusted=trusted)) as client:
            statuses = [
                client.post("/search", json=body, headers={"X-Forwarded-For": address}).status_code
                for address in ("198.51.100.1", "198.51.100.2")
            ]
            assert statuses == [200, second]


def test_a_full_house_and_a_greedy_client_are_told_at_once(tmp_path: Path) -> None:
    """503 for all when no place is free, 429 for the client that holds too many."""
    bounds = Overload(max_concurrent_requests=2, max_concurrent_per_client=1)
    keys = Keys(tmp_path / "keys.json")
    first, second, third = keys.make(), keys.make(), keys.make()
    entered, release = asyncio.Event(), asyncio.Event()

    class Slow(LocalBackend):
        async def encoder_info(self):
            entered.set()
            await release.wait()
            return await super().encoder_info()

    async def main() -> None:
        guard = guarded(RateLimits(), Clock(), keys, bounds)
        app = build_app(Slow(tmp_path), RequestLimits(), guard)
        async with transport_client(app) as client:
            waiting = asyncio.create_task(client.get("/v1/models", headers=first))
            await entered.wait()
            greedy = await client.get("/v1/models", headers=first)
            entered.clear()
            also = asyncio.create_task(client.get("/v1/models", headers=second))
            await entered.wait()
            full = await client.get("/v1/models", headers=third)
            live = await client.get("/health/live")
            release.set()
            assert (await waiting).status_code == (await also).status_code == 200
        assert (greedy.status_code, full.status_code, live.status_code) == (429, 503, 200)
        assert greedy.json()["error"]["code"] == "too_many_concurrent_requests"
        assert greedy.headers["retry-after"] == full.headers["retry-after"] == "1"
        assert guard.gate.running == 0

    asyncio.run(main())


def test_a_deadline_is_honoured_and_a_client_may_shorten_it(tmp_path: Path) -> None:
    """504 in the one shape; a senseless header is named."""

    class Stuck(LocalBackend):
        async def encoder_info(self):
            await asyncio.Event().wait()
            raise AssertionError

    with client_of(Stuck(tmp_path), guarded(RateLimits(), Clock())) as client:
        answer = client.get("/v1/models", headers={"X-Request-Deadline-Ms": "20"})
        assert answer.status_code == 504
        assert answer.json()["error"]["code"] == "deadline_exceeded"
        wrong = client.get("/v1/models", headers={"X-Request-Deadline-Ms": "-1"})
        assert wrong.status_code == 422
        assert wrong.json()["error"]["details"]["where"] == "header.x-request-deadline-ms"


def test_a_body_that_pauses_is_refused(tmp_path: Path) -> None:
    """408 for a dribbling client; its place is free again."""
    bounds = Overload(body_pause_s=0.02)
    guard = guarded(RateLimits(), Clock(), overload=bounds)
    app = build_app(LocalBackend(tmp_path), RequestLimits(), guard)
    sent = []

    async def main() -> None:
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/embed",
            "headers": [(b"content-type", b"application/json"), (b"content-length", b"100")],
            "client": ("127.0.0.1", 1),
            "query_string": b"",
        }
        chunks = iter([{"type": "http.request", "body": b'{"inp', "more_body": True}])

        async def receive():
            for chunk in chunks:
                return chunk
            return await asyncio.Event().wait()

        async def send(message):
            sent.append(message)

        await app(scope, receive, send)

    asyncio.run(main())
    assert sent[0]["status"] == 408
    assert b"body_timeout" in sent[1]["body"]
    assert guard.gate.running == 0


def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    """503 with Retry-After and the limit's fields."""
    backend = LocalBackend(tmp_path)
    backend.failing = Overloaded("full")
    with client_of(backend, guarded(RateLimits(), Clock())) as client:
        answer = client.post("/search", json={"query": "red"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert "x-ratelimit-limit" in answer.headers


def transport_client(app):
    import httpx

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
