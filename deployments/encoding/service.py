"""Encoding for many callers: texts are prepared on threads, pictures in processes, both encoded
in shared batches on model threads.

Every step is taken in turns by clients, and what one of them has in the queue is bounded by what
is free: whoever sends much, or what costs much, waits for himself.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deployments.batching.batch import (
    BatchDone,
    BatcherClosed,
    BatchLimits,
    BatchWork,
    Precedence,
    QueueFull,
)
from deployments.batching.batcher import Batcher
from deployments.encoding.decode_pool import DecodePool
from deployments.encoding.model_threads import threads_of
from deployments.encoding.outcomes import (
    WRONG_SPACE,
    Outcome,
    failed,
    finite,
    outcome_of,
    outcomes_of,
    reply_of,
    to_encode,
)
from deployments.encoding.splitting import split_steps
from deployments.encoding.texts import TextPreparation, client_of, text_parts
from deployments.encoding.vector_cache import VectorCache
from deployments.encoding.work_charges import BatchCharges
from deployments.together import together
from retrieval.clip.encoder import Encoder
from retrieval.clip.errors import ClipError
from retrieval.clip.tower_protocol import Prepared
from retrieval.encoding import EncodeReply, EncodeRequest, Space, SplitReply, SplitRequest
from retrieval.input_type import InputType
from sustainability.work import WorkAccount, current_key

PICTURE = "picture"
CHEAP = "~cheap"
"""Ends the names of lanes that run in the cheaper precision."""
PICTURES_AT_ONCE = 64
"""Of one call, decoded and not yet encoded: more would only lie in memory."""
ROOM_PAUSE_S = 0.02
PROBE_TEXT = "a probe"


@dataclass(frozen=True, slots=True)
class _Way:
    """Which queues a request's items go through."""

    text_lane: str
    picture_lane: str
    precedence: Precedence
    input_type: InputType
    only_whole: bool


@dataclass(slots=True)
class _Call:
    """One call under way."""

    way: _Way
    work: BatchWork
    cache: VectorCache[Outcome]
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
        self.cache: VectorCache[Outcome] = VectorCache()
        self._charges = charges or BatchCharges(WorkAccount())
        self._cheap = False
        # With one space there is one text tower: its texts share batches.
        self._lanes = _lanes_of(encoder, "")
        # Apart from pictures: neither shall wait for the other.
        self._preparation = TextPreparation(prepare_threads, self._charges.account)
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

    async def split(self, request: SplitRequest) -> SplitReply:
        """Cut texts into passages; where a text cannot be cut, encoding it will say why."""
        steps = split_steps(self.encoder.text, request)
        most = self.batcher.limits.max_queue_items
        work = BatchWork(owner=current_key())
        return SplitReply(await self._preparation.in_turns(steps, work, most))

    async def probe(self, picture: bytes) -> None:
        """Encode a text and a picture all the way that anybody's take; nothing is remembered.

        Raises:
            ClipError: One could not be encoded.
        """
        reply = await self._encode(EncodeRequest([PROBE_TEXT, picture]), VectorCache())
        for report in reply.reports:
            if report.error is not None:
                raise ClipError(f"{report.error.code}: {report.error.message}")

    async def _encode(self, request: EncodeRequest, cache: VectorCache[Outcome]) -> EncodeReply:
        items = list(request.items)
        outcomes: list[Outcome | None] = [None] * len(items)
        call = _Call(self._way(request), BatchWork(owner=current_key()), cache)

        async def texts(rows: list[int]) -> None:
            done = await self._texts([str(items[row]) for row in rows], call)
            for row, outcome in zip(rows, done, strict=True):
                outcomes[row] = outcome

        has_pictures = request.space == "joint" or self.encoder.one_space

        async def picture(row: int, file: bytes) -> None:
            outcomes[row] = await self._picture(file, call) if has_pictures else WRONG_SPACE

        text_rows = [row for row, item in enumerate(items) if isinstance(item, str)]
        parts = text_parts(text_rows, items, self.batcher.limits.max_queue_items // 2)
        jobs: list[Coroutine[Any, Any, None]] = [texts(rows) for rows in parts]
        jobs += [picture(row, item) for row, item in enumerate(items) if isinstance(item, bytes)]
        await together(jobs, PICTURES_AT_ONCE)
        dimension = self._dimension(request.space)
        return reply_of(outcomes, dimension, request.normalize, call.work)

    def _way(self, request: EncodeRequest) -> _Way:
        ending = CHEAP if self._cheap and request.may_be_cheap else ""
        text_lane = "joint" if self.encoder.one_space else request.space
        lane = text_lane + ending
        precedence, only_whole = _precedence(request), request.only_whole
        return _Way(lane, PICTURE + ending, precedence, request.input_type, only_whole)

    def close(self) -> None:
        """End the threads; what waits is refused."""
        self.batcher.close()
        self._preparation.close()
        self.decoding.close()

    def _run(self, lane: Hashable, batch: list[Prepared]) -> Sequence[np.ndarray]:
        vectors = self._lanes[str(lane)].encode(batch)
        if not np.isfinite(vectors).all():
            return [finite(row) for row in vectors]
        return list(vectors)

    async def _texts(self, texts: list[str], call: _Call) -> list[Outcome]:
        cache, kept_as = call.cache, self._kept_as(call.way)
        keys = [cache.key(client_of(call.work), kept_as, text) for text in texts]
        known = [cache.get(key) for key in keys]
        missing = [row for row, outcome in enumerate(known) if outcome is None]
        done = await self._new_texts([texts[row] for row in missing], call)
        for row, outcome in zip(missing, done, strict=True):
            known[row] = outcome
            _keep(cache, keys[row], outcome)
        return [outcome for outcome in known if outcome is not None]

    def _kept_as(self, way: _Way) -> str:
        """Return what a text's vector is remembered by: never a passage's for a query."""
        lane = way.text_lane
        return f"{lane}?{way.input_type}" if self._lanes[lane].tells_queries else lane

    async def _new_texts(self, texts: list[str], call: _Call) -> list[Outcome]:
        if not texts:
            return []
        lane = call.way.text_lane
        prepared = await self._preparation.prepared(
            self._lanes[lane], texts, call.work, call.way.input_type
        )
        only_whole = call.way.only_whole
        results = await self._batched(lane, to_encode(prepared, only_whole), call)
        return outcomes_of(prepared, results, only_whole)

    async def _batched(
        self, lane: str, items: list[Prepared], call: _Call
    ) -> list[np.ndarray | Exception]:
        """Encode in a batch with others; what follows the first part of a call waits for room."""
        while True:
            is_first = not call.was_let_in
            call.under_way += 1
            try:
                results = await self.batcher.submit(lane, items, call.work, call.way.precedence)
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

    async def _picture(self, picture: bytes, call: _Call) -> Outcome:
        cache, lane = call.cache, call.way.picture_lane
        client = client_of(call.work)
        key = cache.key(client, lane, picture)
        known = cache.get(key)
        if known is not None:
            return known

        def spent(cpu_s: float) -> None:
            call.work.cpu_s += cpu_s
            self._charges.account.charge_cpu(call.work.owner, cpu_s)

        try:
            recipe = self._lanes[lane].recipe
            prepared = await self.decoding.prepare(recipe, picture, client, spent)
        except ClipError as error:
            return failed(error)
        [vector] = await self._batched(lane, [prepared], call)
        outcome = outcome_of(prepared, vector)
        _keep(cache, key, outcome)
        return outcome

    def _dimension(self, space: Space) -> int:
        return self._lanes[space].dimension


def _precedence(request: EncodeRequest) -> Precedence:
    if request.background:
        return Precedence.BULK
    return Precedence.WRITE if request.for_index else Precedence.QUERY


def thread_count(num_cpus: float) -> int:
    """Return the threads for a replica's CPU share: whole cores, at least one."""
    return threads_of("share", num_cpus)


def _lanes_of(encoder: Encoder, ending: str) -> dict[str, Any]:
    towers = {"joint": encoder.joint_text, "text": encoder.text, PICTURE: encoder.picture}
    return {name + ending: tower for name, tower in towers.items()}


def _keep(cache: VectorCache[Outcome], key: bytes | None, outcome: Outcome) -> None:
    if outcome.vector is not None:
        cache.put(key, outcome)
