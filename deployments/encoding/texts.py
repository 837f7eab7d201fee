"""Texts before they are encoded: cut into turns, tokenised on threads, by client."""

import asyncio
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from deployments.batching.batch import BatchWork, QueueFull
from deployments.encoding.fair_turns import FairTurns
from retrieval.clip.tower_protocol import Prepared, TextTower
from retrieval.input_type import InputType
from sustainability.work import WorkAccount

T = TypeVar("T")
SHORT_CHARACTERS = 512
"""Texts of so few characters together are tokenised in less time than a thread takes to wake."""
TURN_CHARACTERS = 65_536
"""Texts of about so many characters are tokenised in one turn; then it is another client's."""
TURN_TEXTS = 64


class TextPreparation:
    """Threads that tokenise; long texts take turns, and their CPU time is their caller's."""

    def __init__(self, threads: int, account: WorkAccount) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="prepare")
        self._turns = FairTurns(threads)
        self._account = account

    async def prepared(
        self, tower: TextTower, texts: list[str], work: BatchWork, input_type: InputType
    ) -> list[Prepared | Exception]:
        """Return each text prepared, or what is wrong with it."""
        if sum(map(len, texts)) <= SHORT_CHARACTERS:
            return _prepare(tower, texts, input_type)
        async with self._turns.turn(client_of(work)):
            return await self._on_thread(_prepare, (tower, texts, input_type), work)

    async def in_turns(self, steps: Generator[None, None, T], work: BatchWork, most: int) -> T:
        """Return what comes of ``steps``; between two of them it is another client's turn.

        Raises:
            QueueFull: ``most`` wait for their turn already.
        """
        if self._turns.waiting >= most:
            raise QueueFull(f"{most} texts wait already")
        while True:
            async with self._turns.turn(client_of(work)):
                done = await self._on_thread(_step, (steps,), work)
            if done is not None:
                return done.value

    def close(self) -> None:
        """End the threads; what waits is refused."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _on_thread(self, job: Callable[..., T], args: tuple[Any, ...], work: BatchWork) -> T:
        loop, whose = asyncio.get_running_loop(), [(work.owner, 1.0)]

        def charged() -> AbstractContextManager[None]:
            return self._account.thread_work(whose)

        prepared, cpu_s = await loop.run_in_executor(self._pool, _timed, charged, job, args)
        work.cpu_s += cpu_s
        return prepared


def _step(steps: Generator[None, None, T]) -> StopIteration | None:
    """Do one step; return its end, which holds what came of all."""
    try:
        next(steps)
    except StopIteration as end:
        return end
    return None


def _prepare(
    tower: TextTower, texts: list[str], input_type: InputType
) -> list[Prepared | Exception]:
    try:
        return list(tower.prepare(texts, input_type))
    # One text is at fault: find it, spare the others.
    except Exception as error:
        if len(texts) == 1:
            return [error]
        return [result for text in texts for result in _prepare(tower, [text], input_type)]


def _timed(
    charged: Callable[[], AbstractContextManager[None]],
    prepare: Callable[..., Any],
    args: tuple[Any, ...],
) -> tuple[Any, float]:
    """Return a result with the thread's CPU seconds."""
    start_s = time.thread_time()
    with charged():
        prepared = prepare(*args)
    return prepared, time.thread_time() - start_s


def text_parts(rows: list[int], items: list[Any], fitting: int) -> list[list[int]]:
    """Cut a call's texts into parts of one turn, of no more than ``fitting`` texts each."""
    most = max(1, min(TURN_TEXTS, fitting))
    parts: list[list[int]] = []
    characters = 0
    for row in rows:
        characters += len(items[row])
        if not parts or len(parts[-1]) >= most or characters > TURN_CHARACTERS:
            parts.append([])
            characters = len(items[row])
        parts[-1].append(row)
    return parts


def client_of(work: BatchWork) -> str:
    """Return whose work it is; nobody's is the empty name."""
    return "" if work.owner is None else work.owner.client
