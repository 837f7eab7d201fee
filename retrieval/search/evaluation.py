"""How good a ranking is, as trec_eval measures it.

``grades`` maps document ids to judged relevance; 0 and unjudged are irrelevant.
A document that a list repeats counts at its first place only. A query without
relevant documents scores 0 in every measure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence


def ndcg_at(found: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Return the normalised discounted cumulative gain of the first ``k``.

    Gain is the grade itself and the discount log2(rank + 1): Järvelin and
    Kekäläinen, Cumulated gain-based evaluation of IR techniques (TOIS 2002), in
    the form of trec_eval's ``ndcg_cut``. The ideal list is cut at ``k`` too.
    """
    gains = [_grade(grades, id) for id in _distinct(found)]
    ideal = sorted((_grade(grades, id) for id in grades), reverse=True)
    best = _discounted(ideal[:k])
    return _discounted(gains[:k]) / best if best else 0.0


def recall_at(found: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Return the share of relevant documents among the first ``k``; trec_eval's ``recall``."""
    relevant = {id for id in grades if grades[id] > 0}
    return len(relevant & set(_distinct(found)[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """Return 1 / rank of the first relevant document, 0 if there is none; ``recip_rank``.

    Its mean over queries is MRR: Voorhees, The TREC-8 Question Answering Track (1999).
    """
    for rank, id in enumerate(_distinct(found), start=1):
        if grades.get(id, 0) > 0:
            return 1 / rank
    return 0.0


def mean(values: Iterable[float]) -> float:
    """Return the mean over queries.

    Raises:
        ValueError: There are no queries.
    """
    numbers = list(values)
    if not numbers:
        raise ValueError("no queries to take the mean of")
    return math.fsum(numbers) / len(numbers)


def _distinct(found: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(found))


def _grade(grades: Mapping[str, int], id: str) -> int:
    return max(grades.get(id, 0), 0)


def _discounted(gains: Sequence[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
