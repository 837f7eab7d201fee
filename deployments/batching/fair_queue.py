"""A queue in which clients take turns: what one of them piles up holds nobody else up.

Of one client the shortest call goes first, within bounds: a crowd behind one address, or large
requests of its own, do not keep a single text waiting.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Generic, TypeVar

from deployments.batching.batch_calls import Queued

Item = TypeVar("Item")


@dataclass(slots=True)
class _Waiting(Generic[Item]):
    """One client's tickets, by the turn at which each should have been served.

    A call of n items that comes after v items were taken is due at v + n. The earliest goes first:
    shorter calls pass a longer one by, but none that comes after n more items were taken.
    """

    by_age: OrderedDict[int, Queued[Item]] = field(default_factory=OrderedDict)
    due: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Heap of turns and sequences: equal turns keep the order in which they came."""
    taken: int = 0

    def push(self, ticket: Queued[Item]) -> None:
        self.by_age[ticket.sequence] = ticket
        heappush(self.due, (self.taken + len(ticket.call.results), ticket.sequence))

    @property
    def oldest(self) -> Queued[Item]:
        return next(iter(self.by_age.values()))

    @property
    def next(self) -> Queued[Item]:
        return self.by_age[self.due[0][1]]

    def pop(self) -> Queued[Item]:
        self.taken += 1
        return self.by_age.pop(heappop(self.due)[1])


class FairQueue(Generic[Item]):
    """Tickets by client, one of each client in turn; of a client the shortest call first."""

    def __init__(self) -> None:
        self._clients: OrderedDict[str, _Waiting[Item]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Queued[Item]]:
        return (ticket for waiting in self._clients.values() for ticket in waiting.by_age.values())

    @property
    def oldest(self) -> Queued[Item]:
        """Return the ticket that came first."""
        heads = (waiting.oldest for waiting in self._clients.values())
        return min(heads, key=lambda ticket: ticket.sequence)

    @property
    def next(self) -> Queued[Item]:
        """Return what ``pop`` would take."""
        return next(iter(self._clients.values())).next

    def held_by(self, client: str) -> int:
        """Return how many tickets of a client wait."""
        waiting = self._clients.get(client)
        return len(waiting.by_age) if waiting else 0

    def push(self, client: str, ticket: Queued[Item]) -> None:
        """Put a ticket among its client's."""
        self._clients.setdefault(client, _Waiting()).push(ticket)
        self._size += 1

    def pop(self) -> Queued[Item]:
        """Take a ticket of the client whose turn it is."""
        client, waiting = next(iter(self._clients.items()))
        ticket = waiting.pop()
        self._size -= 1
        if waiting.by_age:
            self._clients.move_to_end(client)
        else:
            del self._clients[client]
        return ticket
