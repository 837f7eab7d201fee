"""A client with two addresses, as by two DNS records or a balancer, beside one that has the first.

Each request goes to the first address. Where it fails both clients try once more: the one at the
same address, the other at the second, which is another node's proxy. A write is sent once more only
where its retry failed: one that is on its way twice could come last.
"""

import time
from collections.abc import Callable

import httpx

from scripts.chaos.requests import Request, TrafficCounts, is_answer, reason, wait_s

WRITES = ("PUT", "DELETE")
GRACE_S = 5.0
"""Past the service's own deadlines: later is a hang."""


class TwoDoors:
    """Sends, and counts what became of it for both clients.

    Args:
        first: Of the address that every request goes to.
        second: Of the other one.
        wait: Waits before a retry.
    """

    def __init__(
        self, first: httpx.Client, second: httpx.Client, wait: Callable[[float], object]
    ) -> None:
        self._first = first
        self._second = second
        self._wait = wait

    def close(self) -> None:
        """Hang up."""
        self._first.close()
        self._second.close()

    def send(self, request: Request, counts: TrafficCounts) -> httpx.Response | None:
        """Send, and once more as was told; return the last answer, None where there was none."""
        counts.sent += 1
        answer, error = self._once(self._first, request, counts)
        if is_answer(request, answer):
            return answer
        counts.failed_at_once += 1
        counts.reasons[reason(answer)] += 1
        other = None
        if isinstance(error, httpx.ConnectError):
            # Nothing was sent: whoever has another address asks there without a wait.
            other, _ = self._once(self._second, request, counts)
            counts.unconnected += is_answer(request, other)
        self._wait(wait_s(answer))
        again, _ = self._once(self._first, request, counts)
        if is_answer(request, again) and request.method in WRITES:
            return again
        if not is_answer(request, other):
            other, _ = self._once(self._second, request, counts)
        if not is_answer(request, other):
            counts.failed_at_both += 1
            counts.reasons[f"after the retry elsewhere: {reason(other)}"] += 1
        if not is_answer(request, again):
            counts.failed_with_retry += 1
            counts.reasons[f"after the retry: {reason(again)}"] += 1
            return other or again
        return again

    def _once(
        self, door: httpx.Client, request: Request, counts: TrafficCounts
    ) -> tuple[httpx.Response | None, httpx.HTTPError | None]:
        begun_s = time.monotonic()
        answer, error = None, None
        try:
            answer = door.request(
                request.method,
                request.path,
                json=request.body,
                timeout=request.deadline_s + GRACE_S,
            )
        except httpx.TimeoutException as late:
            counts.hung += 1
            error = late
        except httpx.HTTPError as failed:
            counts.reasons[type(failed).__name__] += 1
            error = failed
        counts.longest_s = max(counts.longest_s, time.monotonic() - begun_s)
        if answer is not None and answer.status_code in (503, 507):
            counts.without_retry_after += "retry-after" not in answer.headers
        if answer is not None and answer.is_success and not request.holds(answer):
            counts.wrong += 1
            counts.reasons[f"wrong: {answer.text[:80]}"] += 1
        return answer, error
