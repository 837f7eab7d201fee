"""The application behind HAProxy, with limits of one an hour."""

import time
from dataclasses import dataclass, field

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.admission import Guard
from api.access.rate_settings import Limit, RateLimits
from tests.http.doors import Keys

HOURLY = Limit(limit=1, period_s=3600)
RATES = RateLimits(read=HOURLY, search=HOURLY, embed_batch=Limit(limit=2, period_s=3600))


def now_us() -> int:
    return time.monotonic_ns() // 1000


@dataclass
class Watched:
    """Counts what reaches the application."""

    app: ASGIApp
    seen: list[tuple[str, str]] = field(default_factory=list)
    fields: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.seen.append((scope["method"], scope["path"]))
            self.fields += [v for k, v in scope["headers"] if k == b"x-brainwav-proxy"]
        await self.app(scope, receive, send)


@dataclass
class Door:
    """The application behind HAProxy, and a client of it."""

    guard: Guard
    behind: Watched
    client: httpx.Client
    keys: Keys | None

    def refuse(self, headers: dict[str, str], method: str = "GET", path: str = "/v1/models"):
        """Empty a bucket; return the application's refusal."""
        assert self.client.request(method, path, headers=headers).status_code != 429
        refused = self.client.request(method, path, headers=headers)
        assert refused.status_code == 429
        self.behind.seen.clear()
        return refused


def fresh(door: Door) -> dict[str, str]:
    """Return a key whose buckets are full."""
    assert door.keys is not None
    return door.keys.make()
