"""A query with its misspelt words put right, as it is read for its meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from retrieval.words.folding import folded

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def with_corrections(text: str, corrected: Mapping[str, Sequence[str]]) -> str:
    """Return a text with each word that was taken for others replaced by the first of them.

    Args:
        text: As it was written; what is no misspelt word stays as it is.
        corrected: By a word as it was looked for, folded, the words it was taken for, best first.
    """

    def put_right(found: re.Match[str]) -> str:
        taken = corrected.get(folded(found[0]))
        return taken[0] if taken else found[0]

    return _WORD.sub(put_right, text)
