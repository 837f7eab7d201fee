"""Which items of a batch share a forward pass, so that little work goes into padding."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WASTE = 1.35
"""A group's longest item may be this much longer than its shortest …"""
FREE_GROUP = 4
"""… but a group smaller than this takes longer items still: a forward pass has a fixed cost."""


def length_groups(lengths: Sequence[int]) -> list[NDArray[np.intp]]:
    """Split positions into groups of similar length.

    Args:
        lengths: Tokens of each item, at least 1.

    Returns:
        Arrays of positions; together they hold every position exactly once.
        Within a group lengths ascend; ties keep their order.
    """
    order = np.argsort(np.asarray(lengths), kind="stable")
    groups: list[NDArray[np.intp]] = []
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or _split_before(lengths, order, start, end):
            groups.append(order[start:end])
            start = end
    return groups


def _split_before(lengths: Sequence[int], order: NDArray[np.intp], start: int, end: int) -> bool:
    large_enough = end - start >= FREE_GROUP
    return large_enough and lengths[order[end]] > WASTE * lengths[order[start]]
