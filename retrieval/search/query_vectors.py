"""One query vector for each semantic leg, from a text, a picture or both."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from retrieval.documents import Vector
from retrieval.encoding import EncodeReply, SplitReply
from retrieval.errors import OtherModel

ATTEMPTS = 8
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
