"""One query vector for each semantic leg, from a text, a picture or both."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from retrieval.documents import Vector
from retrieval.encoding import EncodeReply, SplitReply
from retrieval.errors import OtherModel

ATTEMPTS = 8
CANCELLED = 1e-3
"""Of the largest weight: a shorter sum points nowhere."""
PART_ATTEMPTS = 4
"""While two models answer, a call meets the wanted one every other time or so."""
T = TypeVar("T")
Reply = TypeVar("Reply", EncodeReply, SplitReply)


@dataclass(frozen=True, slots=True)
class QueryVectors:
    """Query vectors by the column they search; None leaves that leg out."""

    text: Vector | None
    """Against ``text_vector``."""
    joint: Vector | None
    """Against ``image_vector``."""
    made_by: str = ""
    """Tag of the models, as in ``EncodeReply``."""


def combine(
    text: Vector | None, text_joint: Vector | None, picture: Vector | None, one_space: bool
) -> QueryVectors:
    """Combine the encoded parts of a query.

    Args:
        text: The query text in the text space, L2-normalised.
        text_joint: The same text in the joint space.
        picture: The query picture in the joint space.
        one_space: The two spaces are the same.

    Returns:
        For pictures the normalised mean of what is given in the joint space. For texts
        the query text; a picture alone searches texts only where the spaces are one.
    """
    joint = _mean([vector for vector in (text_joint, picture) if vector is not None])
    if text is None and one_space:
        return QueryVectors(joint, joint)
    return QueryVectors(text, joint)


def weighted_sum(vectors: Sequence[Vector | None], weights: Sequence[float]) -> Vector | None:
    """Return the normalised sum of vectors by their weights, None where there is none.

    Args:
        vectors: L2-normalised, of one space; None for what has none in it.

    Returns:
        None too where they cancel each other out, or where only what leads away is there.
    """
    there = [
        (vector, weight)
        for vector, weight in zip(vectors, weights, strict=True)
        if vector is not None
    ]
    if not any(weight > 0 for _, weight in there):
        return None
    if len(there) == 1:
        # As it is: scores of one part are those of a query.
        return there[0][0]
    total = np.sum([weight * vector.astype(np.float64) for vector, weight in there], axis=0)
    norm = float(np.linalg.norm(total))
    largest = max(abs(weight) for _, weight in there)
    return None if norm < CANCELLED * largest else (total / norm).astype(np.float32)


async def reply_of_model(tag: str, ask: Callable[[], Awaitable[Reply]]) -> Reply:
    """Return a reply of the models of ``tag``; any where it is empty.

    Raises:
        OtherModel: Others answered each time.
    """
    for _ in range(PART_ATTEMPTS):
        reply = await ask()
        if not tag or reply.made_by in ("", tag):
            return reply
    raise OtherModel("the models are being changed; try again shortly")


async def retry_on_model_change(ask: Callable[[], Awaitable[T]]) -> T:
    """Return what ``ask`` gives, asking anew where its parts met different models.

    Raises:
        OtherModel: They did each time.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return await ask()
        except OtherModel:
            continue
    return await ask()


def _mean(vectors: list[Vector]) -> Vector | None:
    if len(vectors) < 2:
        # The same object where both spaces are one: it travels once.
        return vectors[0] if vectors else None
    total = np.sum(vectors, axis=0)
    norm = float(np.linalg.norm(total))
    # Opposite vectors cancel out; the first one then stands for the query.
    return vectors[0] if norm < 1e-6 else (total / norm).astype(np.float32)
