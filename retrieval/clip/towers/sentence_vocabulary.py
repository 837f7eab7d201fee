"""What a tokeniser's vocabulary knows, so that texts which the model cannot read are told apart."""

import re
from dataclasses import dataclass
from typing import Any

from retrieval.clip.readable import HAN_AND_KANA

BROKEN = "\N{REPLACEMENT CHARACTER}"
"""What a piece of a character becomes when it is decoded."""
LEAST_HAN = 1000
"""A vocabulary with so many pieces of Han or kana was made for texts in them."""


@dataclass(frozen=True, slots=True)
class TokenVocabulary:
    """Ids that say nothing of a text, and whether Han and kana can be read."""

    unknown: frozenset[int]
    """The unknown token, and bytes of characters that the vocabulary does not have."""
    has_han: bool

    @classmethod
    def read(cls, tokenizer: Any, unknown: int | None) -> "TokenVocabulary":
        """Look at every piece of a vocabulary."""
        decoder = tokenizer.decoder
        pieces = {
            id: piece if decoder is None else decoder.decode([piece])
            for piece, id in tokenizer.get_vocab().items()
        }
        broken = {id for id, piece in pieces.items() if BROKEN in piece}
        han = sum(re.search(HAN_AND_KANA, piece) is not None for piece in pieces.values())
        return cls(frozenset(broken | ({unknown} - {None})), han >= LEAST_HAN)  # type: ignore[arg-type]
