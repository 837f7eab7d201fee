"""The shop's index, written once."""

from pathlib import Path

import pytest

from tests.unit.listing.listing_samples import made


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shop's index."""
    return made(tmp_path_factory.mktemp("shop"))
