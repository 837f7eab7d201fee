"""A writer that does not answer in its time is out of order: 503, and when to come back.

A 504 says that the caller's own time was over, and no more.
"""

import math
from collections.abc import Awaitable
from typing import TypeVar

from api.errors import DeadlineExceeded, Unavailable
from reliability.deadline import left_s

Answered = TypeVar("Answered")


async def in_the_writers_time(asked: Awaitable[Answered]) -> Answered:
    """Return what the writer answers.

    Raises:
        Unavailable: It did not in the time that it has, though the request has some left.
        DeadlineExceeded: The request has none.
    """
    try:
        return await asked
    except DeadlineExceeded as error:
        if left_s(math.inf) <= 0:
            raise
        raise Unavailable(
            f"{error.message}; it may be written yet: what is sent again under the same ids, or "
            "the same Idempotency-Key, is written once"
        ) from None
