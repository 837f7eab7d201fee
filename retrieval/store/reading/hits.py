"""From a ranking to the page that a caller sees."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from retrieval.search.fusion import Ids, Scored, Scores, places_of
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
    semantic = _placed(ranking.semantic, wanted.ids)
    keyword = _placed(ranking.keyword, wanted.ids)
    said = explain(found, wanted.ids)
    places = zip(wanted.ids.tolist(), entries, said, strict=True)
    pinned = set(ranking.pinned.tolist())
    shown = [_passage(entry.text, row, passages, legs) for row, entry, legs in places]
    return [
        SearchHit(
            id=entry.id,
            score=score,
            semantic_score=by_meaning[0],
            keyword_score=by_words[0],
            semantic_rank=by_meaning[1],
            keyword_rank=by_words[1],
            text=entry.text,
            modality=entry.modality,
            source=entry.source,
            metadata=entry.metadata,
            created_at=entry.created_at,
            explain=legs_said,
            passage=passage,
            relevance=None if math.isnan(chance) else chance,
            highlights=_highlights(entry.text, passage, terms),
            pinned=row in pinned,
        )
        for row, score, chance, entry, legs_said, passage, by_meaning, by_words in zip(
            wanted.ids.tolist(),
            wanted.scores.tolist(),
            relevance.tolist(),
            entries,
            said,
            shown,
            semantic,
            keyword,
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


def _placed(hits: Scored, wanted: Ids) -> list[tuple[float, int] | tuple[None, None]]:
    """Return score and rank of each that is wanted, of hits that are in order."""
    places = places_of(hits.ids, wanted).tolist()
    return [(None, None) if at < 0 else (float(hits.scores[at]), at + 1) for at in places]
