"""Encoding for many callers: texts are prepared on threads, pictures in processes, both encoded
in shared batches on model threads.

Every step is taken in turns by clients, and what one of them has in the queue is bounded by what
is free: whoever sends much, or what costs much, waits for himself.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deployments.batching.batch import BatchDone, BatcherClosed, BatchLimits, BatchWork, QueueFull
from deployments.batching.batcher import Batcher
from deployments.encoding.decode_pool import DecodePool
from deployments.encoding.fair_turns import FairTurns
from deployments.encoding.model_threads import threads_of
from deployments.encoding.vector_cache import VectorCache
from deployments.encoding.work_charges import BatchCharges
from deployments.together import together
from retrieval.clip.encoder import Encoder
from retrieval.clip.errors import ClipError
from retrieval.clip.tower_protocol import Prepared
from retrieval.encoding import (
    EncodeReply,
    EncodeRequest,
    EncodeWork,
    ItemError,
    ItemReport,
    Space,
    Vectors,
)
from sustainability.work import WorkAccount, current_key

PICTURE = "picture"
CHEAP = "~cheap"
"""Ends the names of lanes that run in the cheaper precision."""
SHORT_CHARACTERS = 512
"""Texts of so few characters together are tokenised in less time than a thread takes to wake."""
TURN_CHARACTERS = 65_536
"""Texts of about so many characters are tokenised in one turn; then it is another client's."""
TURN_TEXTS = 64
PICTURES_AT_ONCE = 64
"""Of one call, decoded and not yet encoded: more would only lie in memory."""
ROOM_PAUSE_S = 0.02
PROBE_TEXT = "a probe"


@dataclass(frozen=True, slots=True)
class _Way:
    """Which queues a request's items go through."""

    text_lane: str
    picture_lane: str
    background: bool


@dataclass(frozen=True, slots=True)
class _Outcome:
    vector: np.ndarray | None
    report: ItemReport


@dataclass(slots=True)
class _Call:
    """One call under way."""

    way: _Way
    work: BatchWork
    cache: VectorCache[_Outcome]
    under_way: int = 0
    """Parts of it that are in the queue or in a batch."""
    was_let_in: bool = False
    """Something of it was encoded: to refuse the rest would waste that."""


class EncodingService:
    """One encoder, its batcher, its preparing threads and its decoding processes.

    ``prepare_threads`` texts and as many pictures are prepared at a time. ``model_threads``
    forward passes run at a time, each on one thread; one that is alone for a while on all of
    them, where ``widen`` sees to that.
    """

    def __init__(
        self,
        encoder: Encoder,
        limits: BatchLimits,
        prepare_threads: int,
        model_threads: int = 1,
        thread_setup: Callable[[], None] = lambda: None,
        on_batch: Callable[[BatchDone], None] = lambda done: None,
        charges: BatchCharges | None = None,
        widen: Callable[[bool], None] | None = None,
    ) -> None:
        self.encoder = encoder
        self.cache: VectorCache[_Outcome] = VectorCache()
        self._charges = charges or BatchCharges(WorkAccount())
        self._cheap = False
        # With one space there is one text tower: its texts share batches.
        self._lanes = _lanes_of(encoder, "")
        # Apart from pictures: neither shall wait for the other.
        self._texts_pool = ThreadPoolExecutor(prepare_threads, thread_name_prefix="prepare")
        self._text_turns = FairTurns(prepare_threads)
        self.decoding = DecodePool(prepare_threads)
        self.batcher: Batcher[Prepared, np.ndarray] = Batcher(
            self._run,
            limits,
            cost=lambda item: item.cost,
            thread_setup=thread_setup,
            threads=model_threads,
            on_batch=on_batch,
            charge=self._charges,
            widen=widen,
        )

    def use_cheap(self, encoder: Encoder | None) -> None:
        """Encode in a cheaper precision what is not stored; None: everything as it is stored.

        A batch that runs is finished as it began.
        """
        if encoder is not None:
            self._lanes |= _lanes_of(encoder, CHEAP)
        self._cheap = encoder is not None

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        """Encode the items; each one's failure is its own.

        A call of more items than the queue holds travels in pieces that fit.

        Raises:
            QueueFull: Too much waits already.
            ModelThreadLost: The replica wants replacing.
        """
        limit = self.batcher.limits.max_queue_items
        if self.batcher.waiting >= limit or self.decoding.turns.waiting >= limit:
            raise QueueFull(f"{limit} items wait already")
        return await self._encode(request, self.cache)

    async def probe(self, picture: bytes) -> None:
        """Encode a text and a picture all the way that anybody's take; nothing is remembered.

        Raises:
            ClipError: One could not be encoded.
        """
        reply = await self._encode(EncodeRequest([PROBE_TEXT, picture]), VectorCache())
        for report in reply.reports:
            if report.error is not None:
                raise ClipError(f"{report.error.code}: {report.error.message}")

    async def _encode(self, request: EncodeRequest, cache: VectorCache[_Outcome]) -> EncodeReply:
        items = list(request.items)
        outcomes: list[_Outcome | None] = [None] * len(items)
        call = _Call(self._way(request), BatchWork(owner=current_key()), cache)

        async def texts(rows: list[int]) -> None:
            done = await self._texts([str(items[row]) for row in rows], call)
            for row, outcome in zip(rows, done, strict=True):
                outcomes[row] = outcome

        async def picture(row: int, file: bytes) -> None:
            outcomes[row] = await self._picture(file, call)

        text_rows = [row for row, item in enumerate(items) if isinstance(item, str)]
        parts = self._text_parts(text_rows, items)
        jobs: list[Coroutine[Any, Any, None]] = [texts(rows) for rows in parts]
        jobs += [picture(row, item) for row, item in enumerate(items) if isinstance(item, bytes)]
        await together(jobs, PICTURES_AT_ONCE)
        dimension = self._dimension(request.space)
        return _reply(outcomes, dimension, request.normalize, call.work)

    def _text_parts(self, rows: list[int], items: list[Any]) -> list[list[int]]:
        """Cut a call's texts into parts of one turn, each of which fits into the queue."""
        most = max(1, min(TURN_TEXTS, self.batcher.limits.max_queue_items // 2))
        parts: list[list[int]] = []
        characters = 0
        for row in rows:
            characters += len(items[row])
            if not parts or len(parts[-1]) >= most or characters > TURN_CHARACTERS:
                parts.append([])
                characters = len(items[row])
            parts[-1].append(row)
        return parts

    def _way(self, request: EncodeRequest) -> _Way:
        ending = CHEAP if self._cheap and request.may_be_cheap else ""
        text_lane = "joint" if self.encoder.one_space else request.space
        return _Way(text_lane + ending, PICTURE + ending, request.background)

    def close(self) -> None:
        """End the threads; what waits is refused."""
        self.batcher.close()
        self._texts_pool.shutdown(wait=False, cancel_futures=True)
        self.decoding.close()

    def _run(self, lane: Hashable, batch: list[Prepared]) -> Sequence[np.ndarray]:
        vectors = self._lanes[str(lane)].encode(batch)
        if not np.isfinite(vectors).all():
            return [_finite(row) for row in vectors]
        return list(vectors)

    async def _texts(self, texts: list[str], call: _Call) -> list[_Outcome]:
        cache, lane = call.cache, call.way.text_lane
        keys = [cache.key(_client_of(call.work), lane, text) for text in texts]
        known = [cache.get(key) for key in keys]
        missing = [row for row, outcome in enumerate(known) if outcome is None]
        done = await self._new_texts([texts[row] for row in missing], call)
        for row, outcome in zip(missing, done, strict=True):
            known[row] = outcome
            _keep(cache, keys[row], outcome)
        return [outcome for outcome in known if outcome is not None]

    async def _new_texts(self, texts: list[str], call: _Call) -> list[_Outcome]:
        if not texts:
            return []
        lane = call.way.text_lane
        if sum(map(len, texts)) <= SHORT_CHARACTERS:
            prepared = self._prepare_texts(lane, texts)
        else:
            async with self._text_turns.turn(_client_of(call.work)):
                prepared = await self._on_thread(call.work, self._prepare_texts, lane, texts)
        good = [item for item in prepared if isinstance(item, Prepared)]
        encoded = iter(await self._batched(lane, good, call))
        return [
            _outcome(item, next(encoded)) if isinstance(item, Prepared) else _failed(item)
            for item in prepared
        ]

    async def _batched(
        self, lane: str, items: list[Prepared], call: _Call
    ) -> list[np.ndarray | Exception]:
        """Encode in a batch with others; what follows the first part of a call waits for room."""
        while True:
            is_first = not call.was_let_in
            call.under_way += 1
            try:
                results = await self.batcher.submit(lane, items, call.work, call.way.background)
            except QueueFull:
                if is_first and call.under_way == 1:
                    raise
            else:
                call.was_let_in = True
                break
            finally:
                call.under_way -= 1
            await asyncio.sleep(ROOM_PAUSE_S)
        for result in results:
            # No fault of the item's: another replica will do it.
            if isinstance(result, BatcherClosed):
                raise result
        return results

    def _prepare_texts(self, lane: str, texts: list[str]) -> list[Prepared | Exception]:
        tower = self._lanes[lane]
        try:
            return list(tower.prepare(texts))  # type: ignore[arg-type]
        # One text is at fault: find it, spare the others.
        except Exception as error:
            if len(texts) == 1:
                return [error]
            return [result for text in texts for result in self._prepare_texts(lane, [text])]

    async def _picture(self, picture: bytes, call: _Call) -> _Outcome:
        cache, lane = call.cache, call.way.picture_lane
        client = _client_of(call.work)
        key = cache.key(client, lane, picture)
        known = cache.get(key)
        if known is not None:
            return known

        def spent(cpu_s: float) -> None:
            call.work.cpu_s += cpu_s
            self._charges.account.charge_cpu(call.work.owner, cpu_s)

        try:
            recipe = self._lanes[lane].recipe
            prepared = Prepared(await self.decoding.prepare(recipe, picture, client, spent), 1)
        except ClipError as error:
            return _failed(error)
        [vector] = await self._batched(lane, [prepared], call)
        outcome = _outcome(prepared, vector)
        _keep(cache, key, outcome)
        return outcome

    async def _on_thread(self, work: BatchWork, prepare: Callable[..., Any], *args: Any) -> Any:
        """Prepare on a thread; its CPU time is the caller's."""
        loop = asyncio.get_running_loop()
        charged = self._charges.account.thread_work
        whose = [(work.owner, 1.0)]
        prepared, cpu_s = await loop.run_in_executor(
            self._texts_pool, _timed, lambda: charged(whose), prepare, args
        )
        work.cpu_s += cpu_s
        return prepared

    def _dimension(self, space: Space) -> int:
        return self._lanes[space].dimension


def thread_count(num_cpus: float) -> int:
    """Return the threads for a replica's CPU share: whole cores, at least one."""
    return threads_of("share", num_cpus)


def _lanes_of(encoder: Encoder, ending: str) -> dict[str, Any]:
    towers = {"joint": encoder.joint_text, "text": encoder.text, PICTURE: encoder.picture}
    return {name + ending: tower for name, tower in towers.items()}


def _client_of(work: BatchWork) -> str:
    return "" if work.owner is None else work.owner.client


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


def _keep(cache: VectorCache[_Outcome], key: bytes | None, outcome: _Outcome) -> None:
    if outcome.vector is not None:
        cache.put(key, outcome)


def _finite(row: np.ndarray) -> np.ndarray:
    if not np.isfinite(row).all():
        raise ClipError("the model gave a vector that is not finite")
    return row


def _outcome(prepared: Prepared, result: np.ndarray | Exception) -> _Outcome:
    if isinstance(result, Exception):
        return _failed(result)
    tokens = prepared.cost if prepared.data.ndim == 1 else 0
    return _Outcome(result, ItemReport(None, prepared.truncated, tokens))


def _failed(error: Exception) -> _Outcome:
    if isinstance(error, ClipError):
        return _Outcome(None, ItemReport(ItemError(error.code, str(error))))
    # What broke inside is for the log; the caller learns that it was not the item's fault.
    return _Outcome(None, ItemReport(ItemError("encode_failed", "the model failed on this item")))


def _reply(
    outcomes: Sequence[_Outcome | None], dimension: int, normalize: bool, work: BatchWork
) -> EncodeReply:
    vectors = np.zeros((len(outcomes), dimension), np.float32)
    reports: list[ItemReport] = []
    for row, outcome in enumerate(outcomes):
        assert outcome is not None
        reports.append(outcome.report)
        if outcome.vector is None:
            continue
        if len(outcome.vector) == dimension:
            vectors[row] = outcome.vector
        else:
            reports[-1] = replace(
                outcome.report,
                error=ItemError("wrong_space", "pictures have vectors in the joint space only"),
            )
    took = EncodeWork(work.queue_s, work.model_s, work.cpu_s, work.batch_items)
    return EncodeReply(l2_normalised(vectors) if normalize else vectors, reports, took)


def l2_normalised(vectors: Vectors) -> Vectors:
    """Return rows of length 1; a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, np.where(norms > 0, norms, 1))
