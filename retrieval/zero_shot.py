"""Inputs against candidates: similarities, and probabilities where the model was trained for it.

Texts as candidates may stand in several sentences (Radford et al. 2021, 3.1.4): the vector of a
candidate is the mean of its sentences' unit vectors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.logits import TrainedLogits

PLACEHOLDER = "{}"
Cosines = NDArray[np.float64]
"""Shape (n, d), one unit vector a row, or (n,) cosines."""


@dataclass(frozen=True, slots=True)
class PairScore:
    """How an input and a candidate belong together."""

    candidate: int
    similarity: float
    """Cosine."""
    probability: float | None
    """None where the model was not trained to give any for such a pair."""


def sentences(text: str, templates: Sequence[str]) -> list[str]:
    """Return a candidate in each template, itself where there is none."""
    return [template.replace(PLACEHOLDER, text) for template in templates] or [text]


def mean_of_units(vectors: Cosines) -> Cosines:
    """Return the unit vector of the mean of unit vectors, shape (d,)."""
    mean = vectors.mean(axis=0)
    norm = float(np.linalg.norm(mean))
    return mean / norm if norm > 0 else mean


def scores(
    similarities: Sequence[float],
    is_crossed: Sequence[bool],
    logits: TrainedLogits | None,
    limit: int | None = None,
) -> list[PairScore]:
    """Return an input's scores, best first; equal ones keep the candidates' order.

    Args:
        similarities: With each candidate.
        is_crossed: Whether a pair is a text and a picture, which is what models are trained on.
        logits: Of the model; None: it has none.
        limit: At most this many; probabilities are over all all the same.
    """
    values = np.asarray(similarities, np.float64)
    crossed = np.asarray(is_crossed, bool)
    told: list[float | None] = [None] * len(values)
    if logits is not None:
        made = logits.probabilities(values[crossed])
        for candidate, probability in zip(np.flatnonzero(crossed), made, strict=True):
            told[candidate] = float(probability)
    order = np.argsort(-values, kind="stable")[:limit]
    return [PairScore(int(at), float(values[at]), told[at]) for at in order]
