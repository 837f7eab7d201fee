"""Fixtures of this folder."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = build_app(LocalBackend(tmp_path_factory.mktemp("index")), RequestLimits())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
