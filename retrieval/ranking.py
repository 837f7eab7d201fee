"""From what the legs found to one deterministic order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from retrieval.fusion import Hit, Key, Leg, fuse, ranked
from retrieval.recency import prefer_recent
from retrieval.search import CANDIDATES, LegScore, SearchRequest

LegName = Literal["keyword", "text_vector", "image_vector"]
SEMANTIC_LEGS: tuple[LegName, ...] = ("text_vector", "image_vector")


@dataclass(frozen=True, slots=True)
class LegHits:
    """What one leg found, as columns of equal length, in the leg's own order.

    A document goes by its row id: every replica that reads the same version sees
    the same ones, and nothing has to be read from the table to know them.
    ``raw`` is the leg's own score, ``calibrated`` the one to compare by; ``times``
    is empty unless recency was asked for.
    """

    row_ids: list[int]
    raw: list[float]
    calibrated: list[float]
    times: list[datetime]


Found = Mapping[LegName, LegHits]


@dataclass(frozen=True, slots=True)
class Ranking:
    """All candidates in their final order, and the two legs the order was made from."""

    order: list[Hit]
    semantic: list[Hit]
    keyword: list[Hit]


def rank(request: SearchRequest, found: Found) -> Ranking:
    """Return the fused order of everything the legs found, best first, ties by row."""
    keyword = better_of([found["keyword"]] if "keyword" in found else [])
    semantic = better_of([found[name] for name in SEMANTIC_LEGS if name in found])
    semantic = deep_enough(semantic, {hit.id for hit in keyword})
    order = fuse(_weighed(request, semantic, keyword), request.fusion.method)
    if request.prefer_recent:
        order = prefer_recent(order, _times(found), request.recency_half_life_s)
    return Ranking(order, semantic, keyword)


def better_of(legs: Sequence[LegHits]) -> list[Hit]:
    """Return the documents of all ``legs``, each with its best calibrated score, best first."""
    best: dict[Key, float] = {}
    for leg in legs:
        for id, score in zip(leg.row_ids, leg.calibrated, strict=True):
            best[id] = max(score, best.get(id, score))
    return ranked([Hit(id, score) for id, score in best.items()])


def deep_enough(semantic: Sequence[Hit], found: Collection[Key]) -> list[Hit]:
    """Return the first ``CANDIDATES`` hits, and after them those that the keyword leg found too.

    Two vector legs make a list twice as deep as one. Without the cut, hundreds of
    pictures that all miss would lower its minimum, and with it the weight of texts.
    """
    return [hit for at, hit in enumerate(semantic) if at < CANDIDATES or hit.id in found]


def _weighed(request: SearchRequest, semantic: list[Hit], keyword: list[Hit]) -> list[Leg]:
    if request.mode == "semantic":
        return [Leg(semantic, 1.0)]
    if request.mode == "keyword":
        return [Leg(keyword, 1.0)]
    return [
        Leg(semantic, request.fusion.semantic_weight),
        Leg(keyword, request.fusion.keyword_weight),
    ]


def _times(found: Found) -> dict[Key, datetime]:
    return {
        id: time for leg in found.values() for id, time in zip(leg.row_ids, leg.times, strict=True)
    }


def explain(found: Found, rows: Collection[Key]) -> dict[Key, dict[str, LegScore]]:
    """Return, per row of ``rows``, what each leg said; legs that missed it are absent."""
    said: dict[Key, dict[str, LegScore]] = {row: {} for row in rows}
    for name, leg in found.items():
        for rank, at in enumerate(_order(leg), start=1):
            if leg.row_ids[at] in said:
                said[leg.row_ids[at]][name] = LegScore(leg.raw[at], leg.calibrated[at], rank)
    return said


def _order(leg: LegHits) -> list[int]:
    keys = [(-score, row) for score, row in zip(leg.calibrated, leg.row_ids, strict=True)]
    return sorted(range(len(keys)), key=keys.__getitem__)
