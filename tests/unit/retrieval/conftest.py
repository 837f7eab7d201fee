"""Fixtures of this folder."""

import pytest

from retrieval.store.reading.held import held_namespaces


@pytest.fixture(params=[0, held_namespaces.MOST_BYTES], ids=["table", "memory"], scope="module")
def both_ways(request):
    """A namespace is searched in its table and, where it is small, in memory: alike."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held_namespaces, "MOST_BYTES", request.param)
        yield
