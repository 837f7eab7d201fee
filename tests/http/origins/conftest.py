"""Fixtures of this folder."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.fakes import LocalBackend
from tests.http.origins.door_samples import asked


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    return LocalBackend(tmp_path_factory.mktemp("index"))


@pytest.fixture
def open_door(backend: LocalBackend) -> Iterator[TestClient]:
    """Without keys, as by default."""
    with asked(backend) as client:
        yield client
