"""The tools that need no index: pure functions over document sets. Ties go by id."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from agents.lexicon.words import content_stems, mass, stems
from agents.tools.evidence import Doc, DocSet, Facets, ScoredDocument
from retrieval.documents import Document
from retrieval.filtering.parse import Filter
from retrieval.filtering.python import matches
from retrieval.filtering.types import check_types, held_kind
from retrieval.search import fusion

Docs = Mapping[str, Doc]
"""Documents by id."""

AGREEMENT = 0.1
"""What a document gains from each further set that holds it, as a share of that set's say."""

RRF_K = 60
"""Cormack, Clarke, Büttcher (SIGIR 2009)."""

EXCLUSION_MARGIN = 1.0
"""A document is dropped where its score for what is unwanted is at least this many times its
score for what is wanted, both scaled to 0..1 over their sets."""


def is_number(value: Any) -> bool:
    """Return whether it is a finite number, and no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


BROKEN = -1e9
"""Stands for a score that is no number, below all others."""


def ranked(scores: Mapping[str, float]) -> DocSet:
    """Return ids by score, best first, ties by id; a score that is NaN ranks last."""
    finite = {id: score if math.isfinite(score) else BROKEN for id, score in scores.items()}
    order = sorted(finite.items(), key=lambda item: (-item[1], item[0]))
    return DocSet(tuple(ScoredDocument(id, score) for id, score in order))


def first(docs: DocSet, limit: int | None) -> DocSet:
    """Return the best ``limit`` documents."""
    return docs if limit is None else DocSet(docs.hits[:limit])


def discount(rank: int) -> float:
    """Return 1 / log2(rank + 1), rank from 1: the discount of nDCG (Järvelin, Kekäläinen 2002)."""
    return 1 / math.log2(rank + 1)


def combine_evidence(sets: Sequence[DocSet], weights: Sequence[float]) -> DocSet:
    """Pool sets of different origin by rank.

    A document scores the best of weight x discount(rank) over the sets, and a tenth
    of the others: agreement helps, but many weak finds do not beat one good one.
    """
    said: dict[str, list[float]] = {}
    for docs, weight in zip(sets, weights, strict=True):
        for rank, hit in enumerate(docs.hits, start=1):
            said.setdefault(hit.id, []).append(weight * discount(rank))
    return ranked({id: max(v) + AGREEMENT * (sum(v) - max(v)) for id, v in said.items()})


def combine_rrf(sets: Sequence[DocSet], weights: Sequence[float]) -> DocSet:
    """Pool sets by reciprocal ranks."""
    totals: dict[str, float] = {}
    for docs, weight in zip(sets, weights, strict=True):
        for rank, hit in enumerate(docs.hits, start=1):
            totals[hit.id] = totals.get(hit.id, 0.0) + weight / (RRF_K + rank)
    return ranked(totals)


def combine_max(sets: Sequence[DocSet], weights: Sequence[float]) -> DocSet:
    """Pool sets by the best scaled score."""
    best: dict[str, float] = {}
    for docs, weight in zip(sets, weights, strict=True):
        for id, score in scaled(docs).items():
            best[id] = max(best.get(id, 0.0), weight * score)
    return ranked(best)


COMBINE = {"evidence": combine_evidence, "rrf": combine_rrf, "max": combine_max}


def scaled(docs: DocSet) -> dict[str, float]:
    """Return scores scaled to 0..1 from zero to the best of the set, as a search fuses its legs.

    The last of a set was found too: scaled from its own least it would count as one that was not.
    """
    scores = np.array([hit.score if hit.score > BROKEN else math.nan for hit in docs.hits])
    return dict(zip(docs.ids, fusion.scaled(scores, 0.0).tolist(), strict=True))


def intersect(sets: Sequence[DocSet]) -> DocSet:
    """Keep what every set holds, scored by the mean of the scaled scores."""
    scores = [scaled(docs) for docs in sets]
    common = set.intersection(*(set(item) for item in scores)) if scores else set()
    return ranked({id: sum(item[id] for item in scores) / len(scores) for id in common})


def keep(docs: DocSet, texts: Docs, wanted: Filter) -> DocSet:
    """Keep the documents that pass a filter.

    Raises:
        TypeMismatch: It compares a field with a value of a type that none of them holds there.
    """
    check_types(wanted, _held(docs, texts))
    kept = (hit for hit in docs.hits if hit.id in texts and passes(texts[hit.id], wanted))
    return DocSet(tuple(kept))


def _held(docs: DocSet, texts: Docs) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    for hit in docs.hits:
        doc = texts.get(hit.id)
        for key, value in () if doc is None else doc.metadata.items():
            if value is not None:
                held.setdefault(key, set()).add(held_kind(value))
    return held


def passes(doc: Doc, wanted: Filter) -> bool:
    """Return whether evidence passes a filter, as the store would decide it."""
    # The obvious evaluator reads documents; a picture's presence is all it needs to know.
    document = Document(
        id=doc.id,
        text=doc.text or None,
        picture=b"" if doc.modality == "IMAGE" else None,
        picture_mime=None,
        metadata=dict(doc.metadata),
        source="STM" if doc.source == "STM" else "LTM",
        created_at=datetime.fromisoformat(doc.created_at),
        text_vector=None,
        image_vector=None,
    )
    return matches(wanted, document)


def exclude(docs: DocSet, texts: Docs, terms: Sequence[str], unwanted: DocSet | None) -> DocSet:
    """Drop documents that say one of ``terms``, and those nearer to what is unwanted.

    Near is a margin, not membership: after DEO (arXiv 2603.09185), a document goes
    only if it scores at least as well for the unwanted as for the wanted.
    """
    phrases = [tuple(stems(term)) for term in terms]
    against = scaled(unwanted) if unwanted is not None else {}
    wanted = scaled(docs)
    return DocSet(
        tuple(
            hit
            for hit in docs.hits
            if not _says(texts.get(hit.id), phrases)
            and not 0 < EXCLUSION_MARGIN * wanted[hit.id] <= against.get(hit.id, 0.0)
        )
    )


def _says(doc: Doc | None, phrases: Iterable[tuple[str, ...]]) -> bool:
    if doc is None:
        return False
    values = [value for value in doc.metadata.values() if isinstance(value, str)]
    found = stems(" . ".join([doc.words, *values]))
    return any(_contains(found, phrase) for phrase in phrases if phrase)


def _contains(found: Sequence[str], phrase: tuple[str, ...]) -> bool:
    width = len(phrase)
    return any(tuple(found[i : i + width]) == phrase for i in range(len(found) - width + 1))


def rerank(
    docs: DocSet, texts: Docs, query: str, weights: Mapping[str, float], old_weight: float = 1e-3
) -> DocSet:
    """Order by the share of the query's weighted terms that each document covers.

    ``old_weight`` times the old, scaled score is added; by default it decides only
    between documents that cover equally much.
    """
    wanted = content_stems(query)
    total = mass(wanted, weights) or 1.0
    before = scaled(docs)
    scores = {}
    for hit in docs.hits:
        covered = set(stems(texts[hit.id].words)) & set(wanted) if hit.id in texts else set()
        scores[hit.id] = mass(covered, weights) / total + old_weight * before[hit.id]
    return ranked(scores)


def diversify(docs: DocSet, texts: Docs, aspects: Sequence[str], balance: float) -> DocSet:
    """Order so that each document adds an aspect: xQuAD (Santos, Macdonald, Ounis 2010).

    Args:
        docs: What to order.
        texts: Their texts.
        aspects: Each a few words, all equally likely.
        balance: 0 keeps the order, 1 looks at aspects only.
    """
    cover = {
        hit.id: [_covers(texts.get(hit.id), aspect) for aspect in aspects] for hit in docs.hits
    }
    score, left = scaled(docs), [1.0] * len(aspects)
    todo, order = list(docs.ids), {}
    while todo:
        gain = {
            id: (1 - balance) * score[id]
            + balance * sum(c * n for c, n in zip(cover[id], left, strict=True)) / len(aspects)
            for id in todo
        }
        best = min(todo, key=lambda id: (-gain[id], id))
        order[best] = float(len(todo))
        left = [n * (1 - c) for c, n in zip(cover[best], left, strict=True)]
        todo.remove(best)
    return ranked(order)


def _covers(doc: Doc | None, aspect: str) -> float:
    wanted = set(content_stems(aspect))
    if doc is None or not wanted:
        return 0.0
    return len(wanted & set(stems(doc.words))) / len(wanted)


def facets(docs: DocSet, texts: Docs, field: str) -> Facets:
    """Count the values of a field over a set; lists count each of their items."""
    counts: Counter[str] = Counter()
    for id in docs.ids:
        value: Any = texts[id].metadata.get(field) if id in texts else None
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                counts[str(item)] += 1
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Facets(field, tuple(order), docs.ids)
