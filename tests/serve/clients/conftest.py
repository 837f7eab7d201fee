"""What tests of clients share: an environment that holds nothing but them."""

import pytest

from tests.environments import python_with_clients


@pytest.fixture(scope="session")
def clients_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of an environment of `requirements/clients.lock`."""
    return python_with_clients(tmp_path_factory.mktemp("clients") / "venv")
