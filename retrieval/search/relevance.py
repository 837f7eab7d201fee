"""The chance that a hit stands out of what a namespace holds on any question.

Two figures tell it. *Sigmas* is the semantic score: how far a hit stands above the best of as many
documents that have nothing to do with the query (``calibration``). *Coverage* is the share of the
query's words that a hit has, each weighed by how rare it is. A logistic function of both, fitted
to questions with an answer in a namespace against questions about something else
(``scripts/bench/words/relevance.py``), gives the chance that a hit is one of the former's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.search.fusion import Ids, Scored, Scores, places_of
from retrieval.search.ranking import Ranking

STANDS_OUT = 0.5
"""Where nothing reaches it an answer says so."""

BOTH = (-4.7, 1.07, 6.4)
"""Constant, for each sigma, for all words.

Fitted freely, all words would count as 79 sigmas, since questions about something else share no
words with the texts; but so do paraphrases with what they look for. As 6 sigmas they tell nearly as
much (an AUC of .967 for .981), and what stands out by its meaning alone has a chance.
"""
BY_MEANING = (-1.6, 0.85)
"""Of pictures that words cannot find, and where it is not known how rare words are."""
BY_WORDS = (-6.7, 13.7)
"""Where meaning was not compared."""


def relevance_of(ids: Ids, ranking: Ranking) -> Scores:
    """Return the relevance of each of ``ids``, 0 to 1; NaN where nothing tells it.

    Args:
        ids: Of documents.
        ranking: What each side found.
    """
    sigmas, by_words = _of(ids, ranking.semantic), _of(ids, ranking.keyword)
    by_meaning = BY_MEANING[0] + BY_MEANING[1] * sigmas
    if not ranking.attainable:
        return _chance(by_meaning)
    coverage = np.minimum(np.nan_to_num(by_words) / ranking.attainable, 1.0)
    logits = BOTH[0] + BOTH[1] * sigmas + BOTH[2] * coverage
    logits = np.where(np.isnan(sigmas), BY_WORDS[0] + BY_WORDS[1] * coverage, logits)
    if len(ranking.wordless):
        logits = np.where(np.isin(ids, ranking.wordless), by_meaning, logits)
    return _chance(logits)


def _of(ids: Ids, found: Scored) -> Scores:
    """Return the score of each of ``ids``, NaN where it is not among what was found."""
    if not len(found):
        return np.full(len(ids), np.nan)
    at = places_of(found.ids, ids)
    return np.where(at >= 0, found.scores[at], np.nan)


def _chance(logits: NDArray[np.float64]) -> Scores:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
