"""From a ranking to the page that a caller sees."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.search.fusion import Scored
from retrieval.search.ranking import LegResults, Ranking, explain
from retrieval.search.request import SearchHit
from retrieval.store.entries import Entry


def search_hits(
    wanted: Scored, entries: Sequence[Entry], ranking: Ranking, found: LegResults
) -> list[SearchHit]:
    """Return the page's hits: what is shown of each, its scores and ranks on both sides."""
    semantic, keyword = _placed(ranking.semantic), _placed(ranking.keyword)
    said = explain(found, wanted.ids)
    nowhere = (None, None)
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
        )
        for row_id, score, entry, legs_said in zip(
            wanted.ids.tolist(), wanted.scores.tolist(), entries, said, strict=True
        )
    ]


def _placed(hits: Scored) -> dict[int, tuple[float, int]]:
    """Return row to score and rank of hits that are in order."""
    scores = hits.scores.tolist()
    return {id: (scores[at], at + 1) for at, id in enumerate(hits.ids.tolist())}
