"""What a tower is: raw input to prepared input on any thread, prepared inputs to vectors on one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Shape (n, d), one row per item, not normalised unless said."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One item ready for the model thread."""

    data: NDArray[Any]
    """Token ids, shape (length,), or pixels, shape (3, height, width)."""
    cost: int
    """Relative work of this item: tokens for texts, 1 for pictures."""
    truncated: bool = False
    """True if the text was longer than the context and its end was left out."""


class TextTower(Protocol):
    """Encodes texts into one space."""

    name: str
    dimension: int
    context_length: int

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        """Tokenise; thread-safe; an empty text raises EmptyInput."""
        ...

    def encode(self, batch: Sequence[Prepared]) -> Vectors:
        """One forward pass; call it from one thread at a time."""
        ...


class PictureTower(Protocol):
    """Encodes pictures into one space."""

    name: str
    dimension: int

    def prepare(self, picture: bytes) -> Prepared:
        """Decode and preprocess one picture; thread-safe; raises UnusableInput."""
        ...

    def encode(self, batch: Sequence[Prepared]) -> Vectors:
        """One forward pass; call it from one thread at a time."""
        ...
