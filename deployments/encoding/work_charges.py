"""Charging model threads' work to the requests in a batch, split by what items cost."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from retrieval.clip.tower_protocol import Prepared
from sustainability.work import RequestKey, WorkAccount

MOST_BASE_TOKENS = 512.0
SHORT_WORDS, LONG_WORDS = 4, 48
CALIBRATION_TEXTS = 8
ROUNDS = 3


class BatchCharges:
    """A batch's CPU seconds, and an accelerator's busy seconds, to their owners.

    A picture costs what any other in its batch does. A text costs its tokens and a part that
    does not depend on them, which is calibrated.

    Args:
        device: The accelerator's domain, such as ``gpu0``; None on a CPU.
    """

    def __init__(self, account: WorkAccount, device: str | None = None) -> None:
        self.account = account
        self.base_tokens = 0.0
        self._device = device

    @contextmanager
    def __call__(self, members: Sequence[tuple[RequestKey | None, Prepared]]) -> Iterator[None]:
        """Charge the calling thread's work inside."""
        costs = [(owner, self.cost(item)) for owner, item in members]
        start_s = time.perf_counter()
        with self.account.thread_work(costs):
            yield
        if self._device is not None:
            self.account.charge_device(self._device, costs, time.perf_counter() - start_s)

    def cost(self, item: Prepared) -> float:
        """Return an item's relative cost within its tower."""
        is_text = item.data.ndim == 1
        return item.cost + self.base_tokens if is_text else 1.0


def base_tokens(tower: Any, clock: Callable[[], float] = time.thread_time) -> float:
    """Return how many tokens take as long as a text's fixed part, by timing short and long ones."""
    short = tower.prepare([" ".join(["word"] * SHORT_WORDS)] * CALIBRATION_TEXTS)
    long = tower.prepare([" ".join(["word"] * LONG_WORDS)] * CALIBRATION_TEXTS)
    short_s, long_s = (_best_s(tower, texts, clock) for texts in (short, long))
    tokens = long[0].cost - short[0].cost
    if tokens <= 0 or long_s <= short_s:
        return 0.0
    token_s = (long_s - short_s) / tokens
    return min(MOST_BASE_TOKENS, max(0.0, short_s / token_s - short[0].cost))


def _best_s(tower: Any, texts: Sequence[Prepared], clock: Callable[[], float]) -> float:
    times = []
    for _ in range(ROUNDS):
        start_s = clock()
        tower.encode(texts)
        times.append(clock() - start_s)
    return min(times) / len(texts)
