"""Several ranked lists become one.

A leg is what one way of searching found. Fusion is a pure function of the legs,
and equal scores are ordered by id, so that every replica and every page agrees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import InvalidSearch

Method = Literal["weighted", "rrf"]

Ids = NDArray[Any]
"""Shape (n,): document ids, or where their rows lie; unique, and of one kind within a fusion."""

Scores = NDArray[np.float64]
"""Shape (n,): one score per document; larger is better."""

FOUND = 0.01
"""What being found at all is worth, of the 1 of the best hit."""

RRF_K = 60
"""Cormack, Clarke, Büttcher: Reciprocal Rank Fusion outperforms Condorcet (SIGIR 2009)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Documents and their scores, as columns: hundreds of hits cost no Python object each."""

    ids: Ids
    scores: Scores

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, part: slice | NDArray[Any]) -> Scored:
        return Scored(self.ids[part], self.scores[part])


@dataclass(frozen=True, slots=True)
class WeightedHits:
    """The hits of one way of searching, in any order, with the leg's weight."""

    hits: Scored
    weight: float
    floor: float = 0.0
    """The score of a document that has nothing to do with the query."""


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


def scored(scores: Mapping[str, float] | Mapping[int, float]) -> Scored:
    """Return a mapping from id to score as columns."""
    return Scored(np.array(list(scores)), np.array(list(scores.values()), np.float64))


def places_of(ids: Ids, wanted: Ids) -> NDArray[np.intp]:
    """Return where each of ``wanted`` stands in ``ids``, which are unique; -1 where it does not."""
    if not len(ids):
        return np.full(len(wanted), -1)
    order = np.argsort(ids)
    at = order[np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)]
    return np.where(ids[at] == wanted, at, -1)


def ranked(hits: Scored) -> Scored:
    """Return hits best first, ties by id. A score that is NaN or infinite ranks last."""
    return hits[np.lexsort((hits.ids, -_finite(hits.scores)))]


def fuse(legs: Sequence[WeightedHits], method: Method) -> Scored:
    """Return all documents of all legs with their fused score, best first, ties by id."""
    return weighted(legs) if method == "weighted" else rrf(legs)


def weighted(legs: Sequence[WeightedHits]) -> Scored:
    """Fuse by the weighted sum of scores, each leg scaled from its floor to its best hit.

    A document that a leg did not find gets 0 from it, one that it found more than that,
    however many it found that are better.
    """
    return _summed(
        [Scored(leg.hits.ids, leg.weight * scaled(leg.hits.scores, leg.floor)) for leg in legs]
    )


def rrf(legs: Sequence[WeightedHits], k: int = RRF_K) -> Scored:
    """Fuse by reciprocal ranks: the sum of weight / (k + rank) over the legs."""
    orders = [ranked(leg.hits).ids for leg in legs]
    return _summed(
        [
            Scored(ids, leg.weight / (k + np.arange(1, len(ids) + 1, dtype=np.float64)))
            for ids, leg in zip(orders, legs, strict=True)
        ]
    )


def scaled(scores: Scores, floor: float) -> Scores:
    """Return scores scaled so that the best is 1 and one at the floor is ``FOUND``; broken ones 0.

    Where scores lie below the floor the lowest of them is ``FOUND``; where none lies above it
    none is 1.
    """
    known = np.isfinite(scores)
    # Halves: the difference of two huge scores must not overflow.
    halves = np.where(known, scores, floor) / 2
    low, high = halves.min(initial=floor / 2), halves.max(initial=floor / 2)
    share = (halves - low) / (high - low) if high > low else np.zeros(len(scores))
    return np.where(known, FOUND + (1 - FOUND) * share, 0.0)


def _finite(scores: Scores) -> Scores:
    """Read NaN and infinities as worse than any number: a broken score must not win."""
    return np.where(np.isfinite(scores), scores, -np.inf)


def _summed(parts: Sequence[Scored]) -> Scored:
    if not parts:
        return Scored(np.empty(0, np.int64), np.empty(0))
    ids, place = np.unique(np.concatenate([part.ids for part in parts]), return_inverse=True)
    shares = np.concatenate([part.scores for part in parts])
    # NumPy's stubs do not know that sums of weights are floats.
    sums = np.bincount(place, weights=shares, minlength=len(ids)).astype(np.float64, copy=False)
    return ranked(Scored(ids, sums))
