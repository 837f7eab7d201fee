"""An array that grows at its end; who has an earlier state of it sees that state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SPARE = 1.125
"""Room for an eighth more, so that few writes copy all of it."""


@dataclass(slots=True)
class _Buffer:
    room: NDArray[Any]
    filled: int


class Growing:
    """Rows of one kind. ``extended`` returns the next state and shares what both have.

    Args:
        values: The first rows.
        capacity: Rows that will come are known to be so many, these included.
    """

    __slots__ = ("_buffer", "_size")

    def __init__(self, values: NDArray[Any], capacity: int = 0) -> None:
        room = np.empty((max(capacity, len(values)), *values.shape[1:]), values.dtype)
        room[: len(values)] = values
        self._buffer, self._size = _Buffer(room, len(values)), len(values)

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> NDArray[Any]:
        """Return the rows; nobody changes them."""
        return self._buffer.room[: self._size]

    @property
    def nbytes(self) -> int:
        """Return what it takes in memory, spare room included."""
        return self._buffer.room.nbytes

    def extended(self, more: NDArray[Any]) -> Growing:
        """Return the state with ``more`` rows at its end."""
        end = self._size + len(more)
        # A second state after this one must not write over the first.
        if self._buffer.filled != self._size or end > len(self._buffer.room):
            return Growing(self.values, int(end * SPARE) + 1).extended(more)
        self._buffer.room[self._size : end] = more
        self._buffer.filled = end
        grown = object.__new__(Growing)
        grown._buffer, grown._size = self._buffer, end
        return grown
