"""Group commit: writes that wait for one namespace travel in one commit."""

import asyncio
import math
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from deployments.batching.batch import QueueFull
from retrieval.documents import Document

MAX_COMMIT_DOCUMENTS = 2000
PASSAGES_OF_A_DOCUMENT = 16
"""Take about as much memory as a short document."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class _Write(Generic[Item, Result]):
    items: Sequence[Item]
    size: int
    done: "asyncio.Future[Result]"

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class WriteQueue(Generic[Item, Result]):
    """Joins concurrent writes to a key; an acknowledgement follows its commit.

    The order of arrival is the order in the commit, so of equal ids the later wins.

    A commit that fails by a fault of its writes is halved until the rotten one is alone: it takes
    no stranger with it. A commit that fails by any other fault, such as a full disk, would fail in
    halves too: all its writes hear of it at once.

    Args:
        commit: Writes items to a key, all or none.
        max_commit_items: A commit holds more only where one write does.
        size: As how many items one counts.
        max_waiting_items: Beyond, writes are refused.
        is_of_items: Says of what ``commit`` raised whether other items might have been written.
    """

    def __init__(
        self,
        commit: Callable[[str, Sequence[Item]], Awaitable[Result]],
        max_commit_items: int,
        max_waiting_items: int,
        is_of_items: Callable[[Exception], bool] = lambda error: isinstance(error, ValueError),
        size: Callable[[Item], int] = lambda item: 1,
    ) -> None:
        self.max_waiting_items = max_waiting_items
        self._commit = commit
        self._max_commit_items = max_commit_items
        self._is_of_items = is_of_items
        self._size = size
        self._queues: defaultdict[str, deque[_Write[Item, Result]]] = defaultdict(deque)
        self._pumps: dict[str, asyncio.Task[None]] = {}
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """Items that were not committed yet."""
        return self._waiting

    async def write(self, key: str, items: Sequence[Item]) -> Result:
        """Return the result of the commit that held ``items``.

        A caller that gives up does not undo its write: it may be committed all the same.

        Raises:
            QueueFull: Too many items wait; nothing was written.
        """
        size = sum(map(self._size, items))
        if self._waiting + size > self.max_waiting_items:
            raise QueueFull(f"{self._waiting} documents wait, at most {self.max_waiting_items}")
        write = _Write(items, size, asyncio.get_running_loop().create_future())
        self._queues[key].append(write)
        self._waiting += size
        if key not in self._pumps:
            self._pumps[key] = asyncio.create_task(self._pump(key))
        return await asyncio.shield(write.done)

    async def drain(self) -> None:
        """Return when everything that waited has been committed or refused."""
        while self._pumps:
            await asyncio.gather(*self._pumps.values())

    async def _pump(self, key: str) -> None:
        try:
            while self._queues[key]:
                group = self._next_group(self._queues[key])
                await self._settle(key, group)
                self._waiting -= sum(write.size for write in group)
        finally:
            del self._queues[key], self._pumps[key]

    def _next_group(self, queue: deque[_Write[Item, Result]]) -> list[_Write[Item, Result]]:
        group = [queue.popleft()]
        size = group[0].size
        while queue and size + queue[0].size <= self._max_commit_items:
            group.append(queue.popleft())
            size += group[-1].size
        return group

    async def _settle(self, key: str, group: Sequence[_Write[Item, Result]]) -> None:
        """Commit a group, in parts if need be; every write of it hears what became of it."""
        parts, left = deque([group]), most_commits(len(group))
        tired: Exception = QueueFull("too many of the writes beside this one were refused")
        while parts:
            part = parts.popleft()
            if not left:
                for write in part:
                    write.fail(tired)
                continue
            left -= 1
            try:
                result = await self._commit(key, [item for write in part for item in write.items])
            # Every caller must hear of its write, whatever the store raised.
            except Exception as error:
                parts.extendleft(reversed(self._failed(part, error)))
                if not self._is_of_items(error):
                    left, tired = 0, error
                continue
            for write in part:
                if not write.done.done():
                    write.done.set_result(result)

    def _failed(
        self, part: Sequence[_Write[Item, Result]], error: Exception
    ) -> Sequence[Sequence[_Write[Item, Result]]]:
        """Return the halves to try instead, in their order; none where all of it has failed."""
        if len(part) > 1 and self._is_of_items(error):
            middle = len(part) // 2
            return (part[:middle], part[middle:])
        for write in part:
            write.fail(error)
        return ()


def most_commits(writes: int) -> int:
    """Return how often a group is tried at the most: enough to find four rotten writes in it."""
    return 1 + 8 * max(1, math.ceil(math.log2(max(writes, 1))))


def weight_of(document: Document) -> int:
    """Return as how many documents one counts that waits to be written: a megabyte as a hundred."""
    return 1 + len(document.passages) // PASSAGES_OF_A_DOCUMENT
