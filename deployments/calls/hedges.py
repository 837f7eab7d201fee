"""A second try beside the first, where a replica keeps silent; only for what may run twice.

A replica that was stopped, or whose machine hangs, is not dead to anybody yet: what it holds would
wait until the deadline. Whoever asks again meets another replica. So that this adds no load where
all are slow because there is too much to do, second tries are earned: one for each twenty calls.

Source: Dean and Barroso, "The Tail at Scale", CACM 56/2, 2013 (hedged requests).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

AFTER_S = 2.0
"""Ten times what a read takes in its slowest hundredth."""
SHARE_OF_DEADLINE = 0.25
"""A call that may take less is tried again sooner."""
EARNED = 0.05
MOST = 10.0
T = TypeVar("T")


class HedgeBudget:
    """How many second tries there may be."""

    def __init__(self) -> None:
        self.spent = 0
        """Second tries since the start."""
        self._left = MOST

    def earn(self) -> None:
        """Note a first try."""
        self._left = min(MOST, self._left + EARNED)

    def spend(self) -> bool:
        """Take a second try; False where there is none left."""
        if self._left < 1.0:
            return False
        self._left -= 1.0
        self.spent += 1
        return True


async def hedged(attempt: Callable[[], Awaitable[T]], budget: HedgeBudget, after_s: float) -> T:
    """Return what an attempt returns, or what a second one does that began ``after_s`` later.

    The first answer counts and the other try is cancelled. Where one fails the other is waited
    for; where both do, the error is the first one's.
    """
    budget.earn()
    first = asyncio.ensure_future(attempt())
    tries = [first]
    try:
        await asyncio.wait(tries, timeout=after_s)
        if not first.done() and budget.spend():
            tries.append(asyncio.ensure_future(attempt()))
        waiting = set(tries)
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                if not one.cancelled() and one.exception() is None:
                    return one.result()
        return first.result()
    finally:
        for one in tries:
            one.cancel()
        await asyncio.gather(*tries, return_exceptions=True)
