"""From what the legs found to one deterministic order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from retrieval.search.fusion import Ids, Scored, Scores, WeightedHits, fuse, places_of, ranked
from retrieval.search.recency import Times, prefer_recent
from retrieval.search.request import CANDIDATES, LegScore, SearchRequest

PICTURES = "image_vector"
"""The leg of pictures."""

Side = Literal["semantic", "keyword"]
"""Which of a hit's two scores a leg counts in, and with which of the request's two weights."""


@dataclass(frozen=True, slots=True)
class LegHits:
    """What one leg found, as columns of equal length, in the leg's own order.

    A document goes by its row id: every replica that reads the same version sees
    the same ones, and nothing has to be read from the table to know them.
    ``raw`` is the leg's own score, ``calibrated`` the one to compare by; ``times``
    is empty unless recency was asked for. ``side`` is the leg's.
    """

    row_ids: Ids
    raw: Scores
    calibrated: Scores
    times: Times
    side: Side = "semantic"
    floor: float = 0.0
    """The calibrated score of a document that has nothing to do with the query."""
    attainable: float = 0.0
    """Of words: about what a text that has each of them once scores; 0 where that is not known."""
    population: int | None = None
    """Of vectors: how many the namespace has, whatever is filtered."""
    passages: Ids = field(default_factory=lambda: np.empty(0, np.int64))
    """The row with the passage that was found of each document; empty where rows are documents."""


LegResults = Mapping[str, LegHits]
"""What each leg found, by the leg's name."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """All candidates in their final order, and the two legs the order was made from."""

    order: Scored
    semantic: Scored
    keyword: Scored
    attainable: float = 0.0
    """As ``LegHits.attainable``."""
    wordless: Ids = field(default_factory=lambda: np.empty(0, np.int64))
    """Pictures that neither words nor the meaning of a text found."""
    floor: float = 0.0
    """The semantic score of a document that has nothing to do with the query."""
    pinned: Ids = field(default_factory=lambda: np.empty(0, np.int64))
    """Those that stand first because the namespace's settings say so."""
    lacking: tuple[str, ...] = ()
    """Vector legs that were asked for and of which the namespace has no vector."""


def rank(request: SearchRequest, found: LegResults, now: np.datetime64 | None = None) -> Ranking:
    """Return the fused order of everything the legs found, best first, ties by row.

    Args:
        now: When the version that is read was committed, for recency.
    """
    keyword = best_score_per_document([leg for leg in found.values() if leg.side == "keyword"])
    semantic_legs = [leg for leg in found.values() if leg.side == "semantic"]
    semantic = deep_enough(best_score_per_document(semantic_legs), keyword.ids)
    floor = min((leg.floor for leg in semantic_legs), default=0.0)
    order = fuse(_weighed(request, semantic, keyword, floor), request.fusion.method)
    if request.prefer_recent:
        times = _times(found, order.ids)
        order = prefer_recent(order, times, request.recency_half_life_s, now)
    attainable = max((leg.attainable for leg in found.values()), default=0.0)
    return Ranking(
        order, semantic, keyword, attainable, _wordless(found), floor, lacking=_lacking(found)
    )


def _wordless(found: LegResults) -> Ids:
    """Return what the leg of pictures alone found."""
    others = [leg.row_ids for name, leg in found.items() if name != PICTURES]
    if PICTURES not in found:
        return np.empty(0, np.int64)
    return np.setdiff1d(found[PICTURES].row_ids, np.concatenate([*others, np.empty(0, np.int64)]))


def _lacking(found: LegResults) -> tuple[str, ...]:
    """Return the legs of which the namespace has nothing to compare a query with."""
    return tuple(name for name, leg in found.items() if leg.population == 0)


def best_score_per_document(legs: Sequence[LegHits]) -> Scored:
    """Return the documents of all ``legs``, each with its best calibrated score, best first."""
    if not legs:
        return Scored(np.empty(0, np.int64), np.empty(0))
    best = ranked(
        Scored(
            np.concatenate([leg.row_ids for leg in legs]),
            np.concatenate([leg.calibrated for leg in legs]),
        )
    )
    if len(legs) == 1:
        return best
    # The first of a document's places in the order is its best.
    _, first = np.unique(best.ids, return_index=True)
    return best[np.sort(first)]


def deep_enough(semantic: Scored, found: Ids) -> Scored:
    """Return the first ``CANDIDATES`` hits, and after them those that the keyword leg found too.

    Two vector legs make a list twice as deep as one, whose end is pictures that all miss.
    """
    if len(semantic) <= CANDIDATES:
        return semantic
    keep = places_of(found, semantic.ids) >= 0
    keep[:CANDIDATES] = True
    return semantic[keep]


def _weighed(
    request: SearchRequest, semantic: Scored, keyword: Scored, floor: float
) -> list[WeightedHits]:
    if request.mode == "semantic":
        return [WeightedHits(semantic, 1.0, floor)]
    if request.mode == "keyword":
        return [WeightedHits(keyword, 1.0)]
    return [
        WeightedHits(semantic, request.fusion.semantic_weight, floor),
        WeightedHits(keyword, request.fusion.keyword_weight),
    ]


def _times(found: LegResults, ids: Ids) -> Times:
    """Return the time of each of ``ids``, all of which some leg found."""
    known, first = np.unique(
        np.concatenate([leg.row_ids for leg in found.values()]), return_index=True
    )
    times = np.concatenate([leg.times for leg in found.values()])[first]
    return times[np.searchsorted(known, ids)]


def explain(found: LegResults, rows: Ids) -> list[dict[str, LegScore]]:
    """Return, for each of ``rows``, what each leg said; legs that missed it are absent."""
    said: list[dict[str, LegScore]] = [{} for _ in rows]
    for name, leg in found.items():
        order = np.lexsort((leg.row_ids, -leg.calibrated))
        ranks = places_of(leg.row_ids[order], rows).tolist()
        for legs_said, rank in zip(said, ranks, strict=True):
            if rank >= 0:
                at = order[rank]
                legs_said[name] = LegScore(float(leg.raw[at]), float(leg.calibrated[at]), rank + 1)
    return said
