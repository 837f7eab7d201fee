"""A door for tests: small limits, a clock that moves when told, keys in a file."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api.access.admission import Guard
from api.access.identity import identity_from
from api.access.rate_settings import Overload, RateLimits
from api.app import build_app
from api.backend import Backend
from api.bodies.limits import RequestLimits
from reliability.identity.api_keys import ApiKey, Quota, issue, write_keys
from reliability.limits.in_process import InProcessAuthority
from reliability.limits.limiter import Limiter

NOW = "2026-11-23T00:00:00+00:00"


@dataclass
class Clock:
    us: int = 1_000_000

    def __call__(self) -> int:
        return self.us


@dataclass
class Keys:
    """Issued keys in a file."""

    path: Path
    kept: dict[str, ApiKey] = field(default_factory=dict)

    def make(
        self,
        role: Any = "client",
        namespaces: list[str] | None = None,
        expires_at: str | None = None,
        quota: Quota | None = None,
    ) -> dict[str, str]:
        """Issue a key and return the header that presents it."""
        key, text = issue("test", role, namespaces, NOW, expires_at, quota)
        self.kept[key.id] = key
        write_keys(self.path, self.kept)
        return {"Authorization": f"Bearer {text}"}

    def change(self, key_id: str, **fields: Any) -> None:
        """Change an issued key in the file."""
        self.kept[key_id] = replace(self.kept[key_id], **fields)
        write_keys(self.path, self.kept)


def guarded(
    rates: RateLimits,
    clock: Clock,
    keys: Keys | None = None,
    overload: Overload | None = None,
    trusted: tuple[str, ...] = (),
    authority: Any = None,
) -> Guard:
    """Return a door without Ray."""
    limiter = Limiter(authority or InProcessAuthority(clock), "a", clock)
    identity = identity_from(str(keys.path) if keys else None, trusted)
    return Guard(identity, limiter, rates, overload or Overload(), now_utc_s=lambda: 1_000.0)


def client_of(backend: Backend, guard: Guard, **options: Any) -> TestClient:
    """Return a client of the application behind that door."""
    options.setdefault("energy", getattr(backend, "energy", None))
    app = build_app(backend, RequestLimits(), guard, **options)
    return TestClient(app, raise_server_exceptions=False, client=("203.0.113.9", 1))
