"""A queue in which clients take turns: what one of them piles up holds nobody else up."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Generic, TypeVar

from deployments.batching.batch_calls import Queued

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """Tickets by client; each client's in order, one of each client in turn."""

    def __init__(self) -> None:
        self._clients: OrderedDict[str, deque[Queued[Item]]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Queued[Item]]:
        return (ticket for tickets in self._clients.values() for ticket in tickets)

    @property
    def oldest(self) -> Queued[Item]:
        """Return the ticket that came first."""
        heads = (tickets[0] for tickets in self._clients.values())
        return min(heads, key=lambda ticket: ticket.sequence)

    @property
    def next(self) -> Queued[Item]:
        """Return what ``pop`` would take."""
        return next(iter(self._clients.values()))[0]

    def held_by(self, client: str) -> int:
        """Return how many tickets of a client wait."""
        return len(self._clients.get(client, ()))

    def push(self, client: str, ticket: Queued[Item]) -> None:
        """Put a ticket at the end of its client's."""
        self._clients.setdefault(client, deque()).append(ticket)
        self._size += 1

    def pop(self) -> Queued[Item]:
        """Take a ticket of the client whose turn it is."""
        client, tickets = next(iter(self._clients.items()))
        ticket = tickets.popleft()
        self._size -= 1
        if tickets:
            self._clients.move_to_end(client)
        else:
            del self._clients[client]
        return ticket
