"""Pictures to pixels in processes that can be ended, with a share of them for each client.

Why processes: docs/decisions/0018-decoding-in-processes.md.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from deployments.batching.batch import WorkerDied
from deployments.encoding.decode_process import LAST, DecodeWorker, Nursery
from deployments.encoding.fair_turns import FairTurns
from retrieval.clip.errors import BrokenPicture, PictureTooLarge, UnusableInput
from retrieval.clip.pictures.thumbnail import DecoderRecipe
from retrieval.clip.tower_protocol import Prepared

GIVE_WAY = ((0.1, 10), (0.5, LAST))
"""After so many CPU seconds over one picture a worker has this niceness: most pictures take a
tenth of the first, and who sends dear ones shall not slow down the others."""
LOOK_S = 0.05
"""Between looks at what a worker has spent."""
MOST_PICTURES = 5_000
"""Of one worker, so that whatever a decoder forgets to free is freed."""
TOO_MUCH = "too much work"

Spent = Callable[[float], None]
"""Is told CPU seconds, whatever became of the picture."""


class DecodePool:
    """Decodes on one event loop; workers are forked when they are first needed.

    Args:
        workers: Pictures that are decoded at a time.
    """

    def __init__(self, workers: int) -> None:
        self.turns = FairTurns(workers)
        self.cpu_s = 0.0
        """Of all pictures so far."""
        self.killed = 0
        """Workers that were ended over a picture: its caller had gone, or it cost too much."""
        self.died = 0
        """Workers that ended by themselves."""
        self._nursery = Nursery()
        self._idle: list[DecodeWorker] = []
        self._closed = False

    async def start(self) -> None:
        """Have all workers there before the first picture comes."""
        made = [await self._nursery.worker() for _ in range(self.turns.turns - len(self._idle))]
        self._idle += made

    async def prepare(
        self, recipe: DecoderRecipe, picture: bytes, client: str, spent: Spent
    ) -> Prepared:
        """Decode a picture when it is the client's turn.

        Cancelling it ends the work at once.

        Raises:
            UnusableInput: The picture is no picture, broken, too large or too much work.
            WorkerDied: There is no process to decode it.
        """
        async with self.turns.turn(client):
            worker = self._idle.pop() if self._idle else await self._nursery.worker()
            with suppress(WorkerDied):
                return await self._decoded(worker, recipe, picture, spent)
            # It may have died of the picture or of something else: a new one shall tell.
            worker = await self._nursery.worker()
            try:
                return await self._decoded(worker, recipe, picture, spent)
            except WorkerDied:
                raise BrokenPicture("decoding the picture ends the process that does it") from None

    def close(self) -> None:
        """End every process."""
        self._closed = True
        for worker in self._idle:
            worker.close()
        self._idle.clear()
        self._nursery.close()

    async def _decoded(
        self, worker: DecodeWorker, recipe: DecoderRecipe, picture: bytes, spent: Spent
    ) -> Prepared:
        watch = _Watch(worker, recipe.limits.max_cpu_s)
        try:
            result, cpu_s = await worker.prepare(recipe, picture)
        except WorkerDied:
            self.died += worker.killed_for is None
            self._spend(watch.spent_s, spent)
            worker.close()
            if worker.killed_for == TOO_MUCH:
                self.killed += 1
                raise PictureTooLarge(
                    f"decoding the picture takes more than {recipe.limits.max_cpu_s:g} s of a core"
                ) from None
            raise
        except BaseException:
            # Its caller has gone or its time is over: nobody is to pay for the rest.
            self.killed += 1
            self._spend(worker.spent_s(), spent)
            worker.close()
            raise
        finally:
            watch.end()
        self._spend(cpu_s, spent)
        self._take_back(worker, watch.gave_way)
        if isinstance(result, UnusableInput):
            raise result
        return result

    def _spend(self, cpu_s: float, spent: Spent) -> None:
        self.cpu_s += cpu_s
        spent(cpu_s)

    def _take_back(self, worker: DecodeWorker, gave_way: bool) -> None:
        # Nobody but root may raise a priority again.
        if gave_way or self._closed or worker.pictures >= MOST_PICTURES:
            worker.close()
        else:
            self._idle.append(worker)


class _Watch:
    """Looks at a worker now and then while it works on one picture."""

    def __init__(self, worker: DecodeWorker, max_cpu_s: float) -> None:
        self.spent_s = 0.0
        self.gave_way = False
        """Whether the worker's priority was lowered."""
        self._worker = worker
        self._max_cpu_s = max_cpu_s
        self._steps = list(GIVE_WAY)
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(LOOK_S, self._look)

    def end(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        self.spent_s = self._worker.spent_s()
        if self.spent_s >= self._max_cpu_s:
            self._worker.kill(TOO_MUCH)
            return
        while self._steps and self.spent_s >= self._steps[0][0]:
            self.gave_way = True
            if not self._worker.give_way(self._steps[0][1]):
                break
            del self._steps[0]
        self._timer = self._loop.call_later(LOOK_S, self._look)
