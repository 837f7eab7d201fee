"""How a vector says that it is a photograph's, and how sure its class is.

MiniLM leaves three of its 384 dimensions empty: every text has 0 there. A photograph's vector, of
length 1, lies in one of them by most of its length, and the rest is what its classes mean. So its
cosine with a text is the rest's cosine, scaled down: the closest are as close as a drawn picture is
to its text, and neither kind drowns the other in one column. What no class was found for lies in
the empty dimension almost whole, and is near to no text.
"""

import numpy as np
from numpy.typing import NDArray

EMPTY = 127
"""The dimension; tests hold it against MiniLM."""
MEANING = 0.42
"""The length of a photograph's meaning at most: of cosines of 0.64, as good ones have, it makes
0.27. A drawn picture has 0.28 with its own text."""
LEAST_MARK = 0.5
IDENTITY = "+photographs-1"
"""Ends the name of a model, as an index remembers it, whose photographs are marked so."""


def marked(meanings: NDArray[np.float32], certainty: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return photographs' vectors, length 1.

    Args:
        meanings: Shape (n, 384), length 1, 0 in the empty dimension.
        certainty: Shape (n,), from 0 to 1: how much of the meaning is to count.
    """
    length = MEANING * certainty
    vectors = (meanings * length[:, None]).astype(np.float32)
    vectors[:, EMPTY] = np.sqrt(1 - length**2)
    return vectors


def has_photographs(image_model: str) -> bool:
    """Return whether an index of this picture model may hold photographs that are marked."""
    return image_model.endswith(IDENTITY)


def are_photographs(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which rows are photographs' vectors, of a model that marks them."""
    return vectors[..., EMPTY] > LEAST_MARK
