"""Hits of several namespaces as one list, by the same fusion as those of one.

Scores of one search are of that search: its best hit is 1. So the two sides are fused anew, over
all namespaces: by meaning in sigmas above each namespace's own noise, which are made to be compared
(``calibration``); by words in BM25, whose weights of words are each namespace's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from retrieval.search.fusion import Fusion, Scored, WeightedHits, fuse
from retrieval.search.request import Mode, SearchHit

NamespaceHit = tuple[str, SearchHit]
"""A hit and the namespace that holds it."""


def fused_hits(
    found: Sequence[tuple[str, Sequence[SearchHit], float]], mode: Mode, fusion: Fusion
) -> list[NamespaceHit]:
    """Return all hits, best first, with their scores and ranks over all namespaces.

    Equal scores are in the order of ids, then of namespaces.

    Args:
        found: Of each namespace its name, its hits and its floor (``SearchResult.floor``).
    """
    hits = [
        (hit.id, name, replace(hit, pinned=False))
        for name, of_one, _ in found
        for hit in of_one
        # What was pinned and not found.
        if hit.semantic_score is not None or hit.keyword_score is not None
    ]
    hits.sort(key=lambda each: each[:2])
    semantic = _side([hit.semantic_score for *_, hit in hits])
    keyword = _side([hit.keyword_score for *_, hit in hits])
    floor = min((each[2] for each in found), default=0.0)
    legs = {
        "semantic": [WeightedHits(semantic, 1.0, floor)],
        "keyword": [WeightedHits(keyword, 1.0)],
    }.get(
        mode,
        [
            WeightedHits(semantic, fusion.semantic_weight, floor),
            WeightedHits(keyword, fusion.keyword_weight),
        ],
    )
    by_meaning, by_words = _ranks(semantic), _ranks(keyword)
    order = fuse(legs, fusion.method)
    return [
        (
            hits[at][1],
            replace(
                hits[at][2],
                score=score,
                semantic_rank=by_meaning.get(at),
                keyword_rank=by_words.get(at),
            ),
        )
        for at, score in zip(order.ids.tolist(), order.scores.tolist(), strict=True)
    ]


def _side(scores: Sequence[float | None]) -> Scored:
    there = [(at, score) for at, score in enumerate(scores) if score is not None]
    ids = np.array([at for at, _ in there], np.int64)
    return Scored(ids, np.array([score for _, score in there], np.float64))


def _ranks(side: Scored) -> dict[int, int]:
    order = np.lexsort((side.ids, -side.scores))
    return {int(side.ids[at]): rank for rank, at in enumerate(order, start=1)}
