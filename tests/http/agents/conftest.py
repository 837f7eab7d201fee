"""Fixtures of this folder."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend
from tests.http.agents.film_samples import fill


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    return LocalBackend(tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def client(backend: LocalBackend) -> Iterator[TestClient]:
    with TestClient(build_app(backend, RequestLimits()), raise_server_exceptions=False) as client:
        fill(client)
        yield client
