"""When a request is sent again, and after how long."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from brainwav_client.errors import ApiError, BrainwavError, NoAnswer

PASSING = frozenset({429, 502, 503})
"""Statuses of what passes by itself."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient a client is.

    Args:
        retries: So many further attempts a request.
        longest_wait_s: A request that is to wait longer fails at once, and says how long.
        first_wait_s: Where the service names no time; doubled each time.
        draw: Returns a number in [0, 1); many clients shall not come back at one moment.
    """

    retries: int = 5
    longest_wait_s: float = 90.0
    first_wait_s: float = 0.25
    draw: Callable[[], float] = random.random


def may_repeat(error: BrainwavError, repeatable: bool) -> bool:
    """Whether sending the request again does no harm and may help.

    A refusal means that nothing was done. Without an answer nobody knows, but for connections
    that never came about.
    """
    if isinstance(error, NoAnswer):
        return repeatable or not error.may_have_arrived
    if not isinstance(error, ApiError):
        return False
    if error.status == 409:
        # Of its kind only those pass that say when.
        return error.retry_after_s is not None
    if error.code == "" and error.status != 429:
        # A proxy's own 502 and 503: the service may have begun.
        return repeatable and error.status in PASSING
    return error.status in PASSING


def pause_s(error: BrainwavError, attempt: int, policy: RetryPolicy) -> float | None:
    """Return the seconds before the next attempt; None if there is none.

    Args:
        error: What came of this one.
        attempt: Attempts before it.
        policy: The client's.
    """
    if attempt >= policy.retries:
        return None
    told_s = error.retry_after_s if isinstance(error, ApiError) else None
    if told_s is not None and told_s > policy.longest_wait_s:
        return None
    least_s = policy.first_wait_s * 2**attempt if told_s is None else told_s
    # Never earlier than told, and up to a quarter later.
    return min(least_s, policy.longest_wait_s) * (1 + policy.draw() / 4)
