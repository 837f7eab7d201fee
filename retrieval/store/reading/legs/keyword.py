"""The leg by words: BM25."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from lancedb.query import MatchQuery

from retrieval.search.fusion import Ids
from retrieval.search.ranking import LegHits, Side
from retrieval.search.request import SearchRequest
from retrieval.store.reading.legs.leg import Search, SearchContext, rows
from retrieval.store.schema import WORDS
from retrieval.words.terms import query_terms

BEST = 25
"""So many of the best keyword hits get their exact cosine though no vector leg found them.

Otherwise a document that BM25 puts first and the vector leg 201st would count as
if it had nothing to do with the query. On Vaswani this lifts the hybrid's
nDCG@10 from .495 to .503; more than 25 lift it no further and cost more reads.
"""


@dataclass(frozen=True, slots=True)
class KeywordLeg:
    """Finds by the request's words, in every mode but the semantic one."""

    name: str = "keyword"
    side: Side = "keyword"

    def search(self, request: SearchRequest, schema: pa.Schema) -> Search | None:
        """Return the search for the request's words."""
        words = words_of(request)
        return None if words is None else partial(keyword_hits, words)


KEYWORD = KeywordLeg()


def words_of(request: SearchRequest) -> str | None:
    """Return the words that the keyword leg searches, None where it does not run."""
    return None if request.mode == "semantic" else request.query_text


async def keyword_hits(words: str, work: SearchContext) -> LegHits:
    """Return the best documents by BM25; found once, for whichever legs need them."""
    return await work.once(KEYWORD.name, lambda: work.clocked(KEYWORD.name, _found(words, work)))


async def _found(words: str, work: SearchContext) -> LegHits:
    """Return none if nothing of ``words`` can be seen.

    A ``MatchQuery`` has no syntax: quotes, AND and brackets are words or nothing.
    """
    terms = list(work.applied.terms or query_terms(words))
    if work.held is not None:
        return await work.at_once_or_beside(
            len(terms) + work.spelling.size,
            work.held.by_words,
            terms,
            work.passing,
            work.timed,
            work.spelling.others,
        )
    column = work.words_column
    # An older column takes words as they are written.
    asked = " ".join([*terms, *work.spelling.terms]) if column == WORDS else words.strip()
    if not asked:
        nothing = np.empty(0)
        return LegHits(np.empty(0, np.int64), nothing, nothing, np.empty(0, "datetime64[us]"))
    query = work.table.query().nearest_to_text(MatchQuery(asked, column))  # pyright: ignore[reportCallIssue]
    return await rows(query, work.where, work.timed, "_score")


def best(leg: LegHits) -> Ids:
    """Return the rows of the keyword leg's best hits, those whose exact cosine counts."""
    return leg.row_ids[np.lexsort((leg.row_ids, -leg.raw))[:BEST]]
