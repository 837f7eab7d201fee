"""What the tests of hosts and origins share."""

from typing import Any

from starlette.testclient import TestClient

from api.access.hosts import KnownHosts
from api.access.rate_settings import RateLimits
from tests.fakes import LocalBackend
from tests.http.doors import Clock, client_of, guarded

PLENTY = RateLimits(enabled=False)


def asked(backend: LocalBackend, *allowed: str, **options: Any) -> TestClient:
    """Return a client of a service that answers to loopback names and the given ones."""
    trusted = options.pop("trusted", ())
    guard = guarded(PLENTY, Clock(), trusted=trusted)
    return client_of(backend, guard, hosts=KnownHosts(allowed), **options)
