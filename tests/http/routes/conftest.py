"""Fixtures of this folder."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import build_app
from deployments.extraction.file_reader import FileReader
from tests.fakes import LocalBackend
from tests.http.routes.route_samples import LIMITS


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    return LocalBackend(tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def client(backend: LocalBackend) -> Iterator[TestClient]:
    with TestClient(
        build_app(backend, LIMITS, reader=FileReader()), raise_server_exceptions=False
    ) as client:
        yield client
