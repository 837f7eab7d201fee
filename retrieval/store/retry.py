"""Trying again when another commit came first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from retrieval.errors import WriteConflict
from retrieval.store.connection import is_conflict

ATTEMPTS = 6
FIRST_PAUSE_S = 0.02

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


async def retrying(
    commit: Callable[[], Awaitable[T]],
    what: str,
    attempts: int = ATTEMPTS,
    sleep: Sleep = asyncio.sleep,
) -> T:
    """Return what ``commit`` returns, calling it again after a commit conflict.

    Pauses double from 20 ms. Any other error passes through at once.

    Raises:
        WriteConflict: All attempts met a conflict.
    """
    last = ""
    for attempt in range(attempts):
        try:
            return await commit()
        except (RuntimeError, OSError) as error:
            if not is_conflict(error):
                raise
            last = str(error).splitlines()[0][:200]
        if attempt + 1 < attempts:
            await sleep(FIRST_PAUSE_S * 2**attempt)
    raise WriteConflict(f"{what}: {attempts} attempts met other commits; the last said: {last}")
