"""A long text whose passages are read into memory in two parts is whole."""

from pathlib import Path

import pytest

from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader, IndexStore
from retrieval.store.reading.held import following
from tests.unit.retrieval.retrieval_samples import document, long_document, on_index, text_vector


def test_a_document_lives_though_its_passages_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of one version replace nothing."""
    monkeypatch.setattr(following, "PART_ROWS", 1)

    async def act(store: IndexStore, reader: IndexReader) -> tuple[str, int]:
        asked = SearchRequest("shop", text_query_vector=text_vector(1), mode="semantic")
        best = (await reader.search(asked)).hits[0]
        assert best.passage is not None
        return best.id, best.passage.start

    short = document("short", text_vector=text_vector(0, 0, 1))
    assert on_index(tmp_path, [long_document("long"), short], act) == ("long", 0)
