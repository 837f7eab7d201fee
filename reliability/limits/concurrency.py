"""How much runs at once: all in all, and for one client."""

from collections.abc import Iterator
from contextlib import contextmanager

from reliability.errors import QueueIsFull, TooManyAtOnce


class ConcurrencyLimit:
    """Counts requests in flight on one replica; there is no queue in front of it."""

    def __init__(self, most: int, most_per_client: int) -> None:
        self.most = most
        self.most_per_client = most_per_client
        self.running = 0
        self.turned_away = 0
        self._by_client: dict[str, int] = {}

    @contextmanager
    def enter(self, client: str) -> Iterator[None]:
        """Count a request while it runs.

        Raises:
            QueueIsFull: All places are taken.
            TooManyAtOnce: This client's are.
        """
        own = self._by_client.get(client, 0)
        if self.running >= self.most:
            self.turned_away += 1
            raise QueueIsFull(f"{self.running} requests run already; try again shortly")
        if own >= self.most_per_client:
            self.turned_away += 1
            raise TooManyAtOnce(f"{own} of your requests run already, at most that many may")
        self.running += 1
        self._by_client[client] = own + 1
        try:
            yield
        finally:
            self.running -= 1
            left = self._by_client[client] - 1
            if left:
                self._by_client[client] = left
            else:
                del self._by_client[client]
