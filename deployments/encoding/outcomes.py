"""What came of each item of a call, and the reply made of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deployments.batching.batch import BatchWork
from retrieval.clip.errors import ClipError
from retrieval.clip.tower_protocol import Prepared
from retrieval.encoding import (
    EncodeReply,
    EncodeWork,
    ItemError,
    ItemReport,
    Vectors,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """An item's vector, None where it failed, and what is told of it."""

    vector: np.ndarray | None
    report: ItemReport


WRONG_SPACE = Outcome(
    None,
    ItemReport(ItemError("wrong_space", "pictures have vectors in the joint space only")),
)
"""Of a picture for the text space where the two are different ones, whatever their dimensions."""


def finite(row: np.ndarray) -> np.ndarray:
    """Return a vector.

    Raises:
        ClipError: A number of it is not finite.
    """
    if not np.isfinite(row).all():
        raise ClipError("the model gave a vector that is not finite")
    return row


def outcome_of(prepared: Prepared, result: np.ndarray | Exception) -> Outcome:
    """Return what the model made of a prepared item."""
    if isinstance(result, Exception):
        return failed(result)
    tokens = prepared.cost if prepared.data.ndim == 1 else 0
    report = ItemReport(None, prepared.truncated, tokens, prepared.unreadable, prepared.notes)
    return Outcome(result, report)


def to_encode(prepared: Sequence[Prepared | Exception], only_whole: bool) -> list[Prepared]:
    """Return what goes to the model.

    Args:
        only_whole: Without texts that are longer than it reads.
    """
    good = (item for item in prepared if isinstance(item, Prepared))
    return [item for item in good if not (only_whole and item.truncated)]


def outcomes_of(
    prepared: Sequence[Prepared | Exception],
    results: Sequence[np.ndarray | Exception],
    only_whole: bool,
) -> list[Outcome]:
    """Return what came of each, in its order; ``results`` are those of ``to_encode``."""
    left = iter(results)
    outcomes: list[Outcome] = []
    for item in prepared:
        if isinstance(item, Exception):
            outcomes.append(failed(item))
        elif only_whole and item.truncated:
            outcomes.append(Outcome(None, ItemReport(truncated=True)))
        else:
            outcomes.append(outcome_of(item, next(left)))
    return outcomes


def failed(error: Exception) -> Outcome:
    """Return what is told of an item that has no vector."""
    if isinstance(error, ClipError):
        return Outcome(None, ItemReport(ItemError(error.code, str(error))))
    # What broke inside is for the log; the caller learns that it was not the item's fault.
    return Outcome(None, ItemReport(ItemError("encode_failed", "the model failed on this item")))


def reply_of(
    outcomes: Sequence[Outcome | None], dimension: int, normalize: bool, work: BatchWork
) -> EncodeReply:
    """Return the reply to a call whose every item came out."""
    vectors = np.zeros((len(outcomes), dimension), np.float32)
    reports: list[ItemReport] = []
    for row, outcome in enumerate(outcomes):
        assert outcome is not None
        reports.append(outcome.report)
        if outcome.vector is not None:
            vectors[row] = outcome.vector
    took = EncodeWork(work.queue_s, work.model_s, work.cpu_s, work.batch_items)
    return EncodeReply(l2_normalised(vectors) if normalize else vectors, reports, took)


def l2_normalised(vectors: Vectors) -> Vectors:
    """Return rows of length 1; a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, np.where(norms > 0, norms, 1))
