"""Which parts of a query a namespace has nothing to compare with by meaning."""

from collections.abc import Iterator, Mapping, Sequence

from retrieval.search.query_vectors import QueryVectors
from retrieval.search.request import SearchWarning

Compared = Mapping[str, frozenset[str]]
"""By the place of a query's part the legs that its vectors are for."""
NOT_HELD = "no document there has a vector that this could be compared with by meaning"


def legs_of(vectors: QueryVectors) -> frozenset[str]:
    """Return the legs that vectors are for, by their names."""
    by_leg = {"text_vector": vectors.text, "image_vector": vectors.joint}
    return frozenset(leg for leg, vector in by_leg.items() if vector is not None)


def uncompared(compared: Compared, lacking: Mapping[str, Sequence[str]]) -> Iterator[SearchWarning]:
    """Return a warning for each part that counts for nothing in a namespace.

    Args:
        compared: Of the query that was searched.
        lacking: By namespace the legs without a vector there.
    """
    for place, legs in compared.items():
        names = [name for name, without in lacking.items() if legs and legs <= set(without)]
        if names:
            yield SearchWarning("space_not_held", f"{', '.join(names)}: {NOT_HELD}", place)
