"""From a ranking to the page that a caller sees."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from retrieval.search.fusion import Scored, Scores
from retrieval.search.ranking import LegResults, Ranking, explain
from retrieval.search.request import FoundPassage, LegScore, SearchHit
from retrieval.store.entries import Entry
from retrieval.store.reading.found import Found
from retrieval.store.schema import TEXT_VECTOR
from retrieval.words.highlighting import highlights


def search_hits(
    wanted: Scored,
    relevance: Scores,
    entries: Sequence[Entry],
    passages: Found,
    ranking: Ranking,
    found: LegResults,
    terms: Sequence[str] = (),
) -> list[SearchHit]:
    """Return the page's hits: what is shown of each, its scores and ranks on both sides.

    Args:
        relevance: Of each that is wanted.
        terms: Of the query, to be highlighted.
    """
    semantic, keyword = _placed(ranking.semantic), _placed(ranking.keyword)
    said = explain(found, wanted.ids)
    nowhere = (None, None)
    places = zip(wanted.ids.tolist(), entries, said, strict=True)
    shown = [_passage(entry.text, row, passages, legs) for row, entry, legs in places]
    return [
        SearchHit(
            id=entry.id,
            score=score,
            semantic_score=semantic.get(row_id, nowhere)[0],
            keyword_score=keyword.get(row_id, nowhere)[0],
            semantic_rank=semantic.get(row_id, nowhere)[1],
            keyword_rank=keyword.get(row_id, nowhere)[1],
            text=entry.text,
            modality=entry.modality,
            source=entry.source,
            metadata=entry.metadata,
            created_at=entry.created_at,
            explain=legs_said,
            passage=passage,
            relevance=None if math.isnan(chance) else chance,
            highlights=_highlights(entry.text, passage, terms),
        )
        for row_id, score, chance, entry, legs_said, passage in zip(
            wanted.ids.tolist(),
            wanted.scores.tolist(),
            relevance.tolist(),
            entries,
            said,
            shown,
            strict=True,
        )
    ]


def _passage(
    text: str | None, row_id: int, passages: Found, said: Mapping[str, LegScore]
) -> FoundPassage | None:
    if text is None or row_id not in passages:
        return None
    leg = said.get(TEXT_VECTOR)
    whole = FoundPassage(0, len(text), None if leg is None else leg.raw)
    return passages[row_id] or whole


def _highlights(
    text: str | None, passage: FoundPassage | None, terms: Sequence[str]
) -> tuple[tuple[int, int], ...]:
    if text is None or passage is None:
        return ()
    return tuple(highlights(text, terms, passage.start, passage.end))


def _placed(hits: Scored) -> dict[int, tuple[float, int]]:
    """Return row to score and rank of hits that are in order."""
    scores = hits.scores.tolist()
    return {id: (scores[at], at + 1) for at, id in enumerate(hits.ids.tolist())}
