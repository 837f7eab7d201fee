"""When small parts of an index are worth joining: some at a time, not one with each write."""

from __future__ import annotations

from collections.abc import Sequence

FEW = 8
"""So many parts that are not large beside what came after them are looked through one by one.
Joining some with each write cost the first search after it about 2 ms."""
MOST_MERGED = 1 << 18
"""Entries: larger parts stay as they are until all is loaded anew."""


def first_joined(sizes: Sequence[int]) -> int:
    """Return from which part on all are to be joined to one, how many there are if none are.

    Of parts below ``MOST_MERGED`` there are fewer than ``FEW`` and those that are each more than
    twice all that came later.

    Args:
        sizes: Entries of each part, in the order that they came; at least one.
    """
    first, total = len(sizes) - 1, sizes[-1]
    while first and sizes[first - 1] <= 2 * total and sizes[first - 1] + total <= MOST_MERGED:
        first -= 1
        total += sizes[first]
    return first if len(sizes) - first >= FEW else len(sizes)
