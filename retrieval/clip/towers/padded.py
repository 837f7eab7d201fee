"""Token ids of several texts as one array, and where it holds no padding."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def padded(
    token_ids: Sequence[NDArray[np.int64]], pad: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return ids, each row filled up with ``pad``, and a mask; both of shape (texts, tokens)."""
    width = max(len(ids) for ids in token_ids)
    ids = np.full((len(token_ids), width), pad, np.int64)
    mask = np.zeros((len(token_ids), width), bool)
    for row, one in enumerate(token_ids):
        ids[row, : len(one)] = one
        mask[row, : len(one)] = True
    return ids, mask
