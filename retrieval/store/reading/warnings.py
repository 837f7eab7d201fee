"""What a search of a namespace says beside its hits."""

from __future__ import annotations

from retrieval.search.request import SearchRequest, SearchWarning
from retrieval.store.schema import WORDS

OLDER_ANALYSIS = (
    "words are searched as an older release analysed them until this namespace is done anew; "
    "stop words, long ids and words of scripts without spaces may be missed"
)


def warnings(request: SearchRequest, words_column: str) -> tuple[SearchWarning, ...]:
    """Return what was not understood or left out.

    Args:
        request: What was asked.
        words_column: Where its words were searched.
    """
    if words_column == WORDS or request.mode == "semantic":
        return ()
    return (SearchWarning("older_analysis", OLDER_ANALYSIS, "namespace"),)
