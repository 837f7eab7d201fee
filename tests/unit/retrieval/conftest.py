"""Fixtures of this folder."""

import pytest

from retrieval.store.reading import memory_column


@pytest.fixture(params=[0, memory_column.HELD_ROWS], ids=["table", "memory"], scope="module")
def both_ways(request):
    """A namespace is searched in its table and, where it is small, in memory: alike."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory_column, "HELD_ROWS", request.param)
        yield
