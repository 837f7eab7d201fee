"""Whether two precisions give vectors that may be compared: the gate in front of a cheaper one.

Vectors of both encode the same probe; the exact ones stand for an index, the cheap ones for
queries. The gate asks for the mean cosine of each vector to its twin, and for the overlap of
the ten nearest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.clip.tower_protocol import TowerVectors

MIN_MEAN_COSINE = 0.999
MIN_OVERLAP = 0.98
NEAREST = 10


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdict and its figures."""

    passed: bool
    mean_cosine: float
    overlap: float
    """Recall of the exact vectors' ten nearest by the cheap ones."""

    @property
    def reason(self) -> str:
        """Say the figures beside their bars."""
        return (
            f"mean cosine {self.mean_cosine:.5f} (at least {MIN_MEAN_COSINE}), recall@{NEAREST} "
            f"overlap {self.overlap:.4f} (at least {MIN_OVERLAP})"
        )


def judge(pairs: Sequence[tuple[TowerVectors, TowerVectors]]) -> Gate:
    """Judge pairs of exact and cheap vectors, one pair for each tower; the worst one counts.

    Args:
        pairs: Shapes (n, d), the same items in the same order.
    """
    cosine = min(_mean_cosine(exact, cheap) for exact, cheap in pairs)
    overlap = min(_overlap(exact, cheap) for exact, cheap in pairs)
    # Written so that NaN fails.
    return Gate(cosine >= MIN_MEAN_COSINE and overlap >= MIN_OVERLAP, cosine, overlap)


def _mean_cosine(exact: TowerVectors, cheap: TowerVectors) -> float:
    return float(np.einsum("nd,nd->n", _unit(exact), _unit(cheap)).mean())


def _overlap(exact: TowerVectors, cheap: TowerVectors) -> float:
    index = _unit(exact)
    wanted, found = _nearest(index, index), _nearest(_unit(cheap), index)
    shared = [len(set(a) & set(b)) for a, b in zip(wanted, found, strict=True)]
    return sum(shared) / (wanted.shape[0] * wanted.shape[1])


def _nearest(queries: TowerVectors, index: TowerVectors) -> np.ndarray:
    scores = queries @ index.T
    # An item finds itself whatever the precision.
    np.fill_diagonal(scores, -np.inf)
    return np.argsort(-scores, axis=1, kind="stable")[:, : min(NEAREST, len(index) - 1)]


def _unit(vectors: TowerVectors) -> TowerVectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(norms, np.finfo(np.float32).tiny)
