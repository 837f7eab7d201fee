"""What a tower is: raw input to prepared input on any thread, prepared inputs to vectors on one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.clip.pictures.recipe import PictureRecipe
from retrieval.input_type import InputType
from retrieval.picture_note import PictureNote

TowerVectors = NDArray[np.float32]
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
    unreadable: bool = False
    """True if the model does not know most of the text."""
    notes: tuple[PictureNote, ...] = ()
    """What of a picture was cut, ignored or guessed."""


def prepared_here(recipe: PictureRecipe, picture: bytes) -> Prepared:
    """Prepare a picture that is trusted to be one, in this thread."""
    pixels = recipe.prepare(picture)
    data = np.frombuffer(pixels.data, np.uint8).reshape(3, pixels.height, pixels.width)
    return Prepared(data, 1, notes=pixels.notes)


class TextTower(Protocol):
    """Encodes texts into one space."""

    name: str
    identity: str
    """The name with all that changes vectors, as an index remembers it."""
    dimension: int
    context_length: int
    tells_queries: bool
    """A text has another vector as a query than as a passage."""

    def prepare(self, texts: Sequence[str], input_type: InputType = "passage") -> list[Prepared]:
        """Tokenise; thread-safe; a text without a visible character raises EmptyInput."""
        ...

    def encode(self, batch: Sequence[Prepared]) -> TowerVectors:
        """One forward pass; call it from one thread at a time."""
        ...


class PassageTower(TextTower, Protocol):
    """Encodes texts that may be longer than its context, passage by passage."""

    passage_tokens: int
    """Tokens of a passage that are read: the context without what is put around each."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text as ``passage_tokens`` counts them; thread-safe."""
        ...


class PictureTower(Protocol):
    """Encodes pictures into one space."""

    name: str
    identity: str
    """The name with all that changes vectors, as an index remembers it."""
    dimension: int
    recipe: PictureRecipe
    """How pictures are prepared, for whoever does it in another process."""

    def prepare(self, picture: bytes) -> Prepared:
        """Decode and preprocess one picture here; thread-safe; raises UnusableInput."""
        ...

    def encode(self, batch: Sequence[Prepared]) -> TowerVectors:
        """One forward pass; call it from one thread at a time."""
        ...
