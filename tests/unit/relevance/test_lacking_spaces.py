"""A search says which of its vectors a namespace has nothing to compare with."""

from pathlib import Path

import numpy as np
import pytest

from retrieval.search.request import SearchRequest
from retrieval.store.reading.reader import IndexReader
from tests.unit.retrieval.retrieval_samples import (
    IMAGE_DIMENSION,
    TEXT_DIMENSION,
    document,
    on_index,
    random_unit,
)

RNG = np.random.default_rng(3)
TEXT, PICTURE = random_unit(RNG, TEXT_DIMENSION), random_unit(RNG, IMAGE_DIMENSION)
TEXTS = [document("t", "a red mug", text_vector=TEXT)]
BOTH = [*TEXTS, document("p", "", picture=b"x", image_vector=PICTURE)]


def lacking(folder: Path, documents: list, held_bytes: int | None, **request) -> list[str]:
    async def act(store, reader):
        fresh = await IndexReader.open(str(folder), held_bytes=held_bytes)
        return await fresh.search(SearchRequest("shop", **request))

    return list(on_index(folder, documents, act).lacking)


@pytest.mark.parametrize("held_bytes", [None, 0])
def test_a_leg_without_a_vector_is_named(tmp_path: Path, held_bytes: int | None) -> None:
    """In memory and by the table; what was not asked for is not told."""
    query = {"query_text": "mug", "text_query_vector": TEXT, "image_query_vector": PICTURE}
    assert lacking(tmp_path / "a", TEXTS, held_bytes, **query) == ["image_vector"]
    assert lacking(tmp_path / "b", BOTH, held_bytes, **query) == []
    assert lacking(tmp_path / "c", TEXTS, held_bytes, **query, mode="keyword") == []
    words = {"query_text": "mug", "text_query_vector": TEXT}
    assert lacking(tmp_path / "d", TEXTS, held_bytes, **words) == []
