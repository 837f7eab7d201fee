"""Callers that go on while something happens to the service."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.serve.conftest import TIMEOUT_S, Service

CALLERS = 8
PAUSE_S = 0.1
"""Between two requests of a caller: replicas that start beside them need the cores too."""


class Load:
    """Callers that send until they are told to stop, and count what they were answered."""

    def __init__(
        self,
        service: Service,
        send: Callable[[httpx.Client], httpx.Response],
        callers: int = CALLERS,
    ) -> None:
        self.answers: Counter[int] = Counter()
        self.broken = 0
        self.refusals: list[str] = []
        self._url = service.url
        self._send = send
        self._over = threading.Event()
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(callers)
        self._futures = [self._pool.submit(self._run) for _ in range(callers)]

    def _run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=60) as client:
            while not self._over.is_set():
                try:
                    answer = self._send(client)
                    status = answer.status_code
                    if status != 200:
                        self.refusals.append(answer.text)
                except httpx.HTTPError as error:
                    status = 0
                    self.refusals.append(repr(error))
                with self._changed:
                    if status:
                        self.answers[status] += 1
                    else:
                        self.broken += 1
                    self._changed.notify_all()
                self._over.wait(PAUSE_S)

    def await_more(self, count: int) -> None:
        """Return once so many more requests were answered with 200."""
        with self._changed:
            wanted = self.answers[200] + count
            assert self._changed.wait_for(lambda: self.answers[200] >= wanted, TIMEOUT_S)

    def stop(self) -> None:
        """End the load."""
        self._over.set()
        for future in self._futures:
            future.result(timeout=120)
        self._pool.shutdown()
