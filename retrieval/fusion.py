"""Several ranked lists become one.

A leg is what one way of searching found. Fusion is a pure function of the legs,
and equal scores are ordered by id, so that every replica and every page agrees.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from retrieval.errors import InvalidSearch

Method = Literal["weighted", "rrf"]

Key = str | int
"""What names a document within one fusion: its id, or where its row lies; never both kinds."""

RRF_K = 60
"""Cormack, Clarke, Büttcher: Reciprocal Rank Fusion outperforms Condorcet (SIGIR 2009)."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One found document with the leg's own score; larger is better."""

    id: Key
    score: float


@dataclass(frozen=True, slots=True)
class Leg:
    """The hits of one way of searching, in any order, ids unique, with its weight."""

    hits: Sequence[Hit]
    weight: float


@dataclass(frozen=True, slots=True)
class Fusion:
    """How the semantic and the keyword leg become one list; the weights sum to 1."""

    method: Method = "weighted"
    semantic_weight: float = 0.6
    keyword_weight: float = 0.4

    def __post_init__(self) -> None:
        if self.method not in ("weighted", "rrf"):
            raise InvalidSearch(f"method is weighted or rrf: {self.method!r}", "fusion.method")
        weights = (self.semantic_weight, self.keyword_weight)
        if any(not 0 <= weight <= 1 for weight in weights) or abs(sum(weights) - 1) > 1e-6:
            raise InvalidSearch(
                f"weights lie in 0..1 and sum to 1: {weights[0]} + {weights[1]}", "fusion"
            )


def ranked(hits: Sequence[Hit]) -> list[Hit]:
    """Return hits best first, ties by id. A score that is NaN ranks last."""
    return sorted(hits, key=_place)


def _place(hit: Hit) -> tuple[float, Any]:
    return -_finite(hit.score), hit.id


def ranks(hits: Sequence[Hit]) -> dict[Key, int]:
    """Return the rank of each id, 1 for the best."""
    return {hit.id: rank for rank, hit in enumerate(ranked(hits), start=1)}


def fuse(legs: Sequence[Leg], method: Method) -> list[Hit]:
    """Return all documents of all legs with their fused score, best first, ties by id."""
    return weighted(legs) if method == "weighted" else rrf(legs)


def weighted(legs: Sequence[Leg]) -> list[Hit]:
    """Fuse by the weighted sum of scores, each leg scaled to 0..1 over its own hits.

    A document that a leg did not find gets 0 from it. A leg whose hits all score
    the same, or that has a single hit, gives each of them 1: being found at all
    is worth something.
    """
    return _summed([(leg.weight, scaled(leg.hits)) for leg in legs])


def rrf(legs: Sequence[Leg], k: int = RRF_K) -> list[Hit]:
    """Fuse by reciprocal ranks: the sum of weight / (k + rank) over the legs."""
    reciprocal = [
        (leg.weight, {id: 1 / (k + rank) for id, rank in ranks(leg.hits).items()}) for leg in legs
    ]
    return _summed(reciprocal)


def scaled(hits: Sequence[Hit]) -> dict[Key, float]:
    """Return each hit's score scaled so that the best is 1 and the worst is 0."""
    if not hits:
        return {}
    scores = {hit.id: _finite(hit.score) for hit in hits}
    finite = [score for score in scores.values() if score > -math.inf]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    return {id: _scale(score, low, high) for id, score in scores.items()}


def _scale(score: float, low: float, high: float) -> float:
    if score == -math.inf:
        return 0.0
    # Halves first: the difference of two huge scores must not overflow.
    width = high / 2 - low / 2
    return (score / 2 - low / 2) / width if width > 0 else 1.0


def _finite(score: float) -> float:
    """Read NaN and infinities as worse than any number: a broken score must not win."""
    return score if math.isfinite(score) else -math.inf


def _summed(parts: Sequence[tuple[float, Mapping[Key, float]]]) -> list[Hit]:
    totals: dict[Key, float] = {}
    for weight, scores in parts:
        for id, score in scores.items():
            totals[id] = totals.get(id, 0.0) + weight * score
    return ranked([Hit(id, score) for id, score in totals.items()])
