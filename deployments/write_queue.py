"""Group commit: writes that wait for one namespace travel in one commit."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from deployments.batch import QueueFull

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class _Write(Generic[Item, Result]):
    items: Sequence[Item]
    done: "asyncio.Future[Result]"


class WriteQueue(Generic[Item, Result]):
    """Joins concurrent writes to a key; an acknowledgement follows its commit.

    The order of arrival is the order in the commit, so of equal ids the later wins.
    When a joint commit fails, its writes are tried one by one: a write that cannot be
    committed takes no stranger with it.
    """

    def __init__(
        self,
        commit: Callable[[str, Sequence[Item]], Awaitable[Result]],
        max_commit_items: int,
        max_waiting_items: int,
    ) -> None:
        self.max_waiting_items = max_waiting_items
        self._commit = commit
        self._max_commit_items = max_commit_items
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
        if self._waiting + len(items) > self.max_waiting_items:
            raise QueueFull(f"{self._waiting} documents wait, at most {self.max_waiting_items}")
        write = _Write(items, asyncio.get_running_loop().create_future())
        self._queues[key].append(write)
        self._waiting += len(items)
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
                self._waiting -= sum(len(write.items) for write in group)
        finally:
            del self._queues[key], self._pumps[key]

    def _next_group(self, queue: deque[_Write[Item, Result]]) -> list[_Write[Item, Result]]:
        group = [queue.popleft()]
        size = len(group[0].items)
        while queue and size + len(queue[0].items) <= self._max_commit_items:
            group.append(queue.popleft())
            size += len(group[-1].items)
        return group

    async def _settle(self, key: str, group: Sequence[_Write[Item, Result]]) -> None:
        try:
            result = await self._commit(key, [item for write in group for item in write.items])
        # Every caller must hear of its write, whatever the store raised.
        except Exception as error:
            if len(group) > 1:
                for write in group:
                    await self._settle(key, [write])
            elif not group[0].done.done():
                group[0].done.set_exception(error)
            return
        for write in group:
            if not write.done.done():
                write.done.set_result(result)
