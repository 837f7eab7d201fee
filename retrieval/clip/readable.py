"""Whether a model can read a text: it knows most of its words, or their pieces."""

import re
from collections.abc import Iterable

HAN_AND_KANA = re.compile(
    r"[\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Of these an English vocabulary has some characters and no word."""


def is_read(text: str, tokens: Iterable[tuple[int, int, bool]], has_han: bool = False) -> bool:
    """Say whether a model knows at least half of the letters of a text.

    Args:
        text: As it was given.
        tokens: Where each token starts and ends in it, and whether the vocabulary has it.
        has_han: The vocabulary was made for Han and kana too.
    """
    read = unread = 0
    for start, end, is_known in tokens:
        piece = text[start:end]
        if is_known and (has_han or not HAN_AND_KANA.fullmatch(piece)):
            read += end - start
        else:
            # A row of emoji is one sign that is not known, a row of letters is a word.
            unread += max(1, sum(map(str.isalnum, piece)))
    return read > 0 and read >= unread
