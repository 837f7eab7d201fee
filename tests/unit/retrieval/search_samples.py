"""A catalogue of sixty documents, and queries for it."""

import numpy as np

from retrieval.search.request import SearchRequest
from tests.unit.retrieval.retrieval_samples import (
    IMAGE_DIMENSION,
    TEXT_DIMENSION,
    document,
    later,
    on_index,
    random_unit,
)


def catalogue(count=60):
    """Return texts and pictures: every third has a picture, every second a text vector."""
    rng = np.random.default_rng(0)
    return [
        document(
            f"d{i:03d}",
            f"{'striped' if i % 2 else 'plain'} mug number {i}",
            picture=b"x" if i % 3 == 0 else None,
            metadata={"price": i, "sku": f"BW-{i:06d}"},
            created_at=later(i),
            text_vector=random_unit(rng, TEXT_DIMENSION) if i % 2 == 0 else None,
            image_vector=random_unit(rng, IMAGE_DIMENSION) if i % 3 == 0 else None,
        )
        for i in range(count)
    ]


CATALOGUE = catalogue()
TEXT_QUERY = random_unit(np.random.default_rng(1), TEXT_DIMENSION)


def search(folder, documents=CATALOGUE, **request):
    """Write documents to a new index and search it once."""

    async def act(store, reader):
        return await reader.search(SearchRequest("shop", **request))

    return on_index(folder, documents, act)


def ids(result):
    """Return the ids of a result, best first."""
    return [hit.id for hit in result.hits]
