"""Products with a matrix that one thread computes, whatever else the machine does.

OpenBLAS shares a large product among threads that wait for each other by spinning. A scan of
vectors is over before they are woken: shared, it took up to 27 times the processor time, and a
hundred times as long on a busy machine. It shares nothing that is small, so large products are
made in small parts.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

MOST_MULTIPLIED = 393_216
"""Multiplications of a part. OpenBLAS 0.3.31 shares a matrix and a vector from 460,800 on, two
matrices from 524,288 on."""


def product(rows: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``rows @ other``.

    Args:
        rows: Shape (n, d).
        other: Shape (d,) or (d, m).
    """
    made = np.empty((len(rows), *other.shape[1:]), np.float32)
    for part in parts(len(rows), other.size):
        np.matmul(rows[part], other, out=made[part])
    return made


def parts(rows: int, multiplied: int) -> Iterator[slice]:
    """Yield slices of ``rows`` that each are one small product, at least one row.

    Args:
        multiplied: Multiplications for a row.
    """
    step = max(1, MOST_MULTIPLIED // max(multiplied, 1))
    for first in range(0, rows, step):
        yield slice(first, first + step)
