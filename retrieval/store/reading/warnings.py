"""What a search of a namespace says beside its hits."""

from __future__ import annotations

import numpy as np

from retrieval.search.ranking import Ranking
from retrieval.search.relevance import STANDS_OUT, relevance_of
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
    if words_column == WORDS or request.mode in ("semantic", "filter"):
        return ()
    return (SearchWarning("older_analysis", OLDER_ANALYSIS, "namespace"),)


NOTHING_RELEVANT = (
    "no hit stands out of what this namespace holds on any question: the best has a relevance of "
    "{best:.2f}"
)
BY_MEANING = (
    "this search went by the namespace's table, where it is not known how rare words are: hits of "
    "which words alone were compared have no relevance, and min_relevance keeps them"
)


def about_relevance(ranking: Ranking, asked: SearchRequest) -> tuple[SearchWarning, ...]:
    """Return whether nothing is relevant, and what did not count towards it.

    What is like a document is asked for by its vectors, and not by a question.
    """
    if asked.like:
        return ()
    said: list[SearchWarning] = []
    if len(ranking.keyword) and not ranking.attainable:
        said.append(SearchWarning("relevance_by_meaning", BY_MEANING, "namespace"))
    known = relevance_of(np.concatenate([ranking.semantic.ids, ranking.keyword.ids]), ranking)
    known = known[~np.isnan(known)]
    if len(known) and known.max() < STANDS_OUT:
        message = NOTHING_RELEVANT.format(best=known.max())
        said.append(SearchWarning("nothing_relevant", message, "query"))
    return tuple(said)
