"""Encoding for many callers: prepare on a few threads, encode in shared batches on others."""

import asyncio
import os
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deployments.batch import BatchDone, BatchLimits, BatchWork
from deployments.batcher import Batcher
from deployments.vector_cache import VectorCache
from deployments.work_charges import BatchCharges
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


class EncodingService:
    """One encoder, its batcher and its preparing threads.

    ``model_threads`` forward passes run at a time, each on one thread; one that is alone for a
    while on all of them, where ``widen`` sees to that.
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
        self._pool = ThreadPoolExecutor(prepare_threads, thread_name_prefix="prepare")
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

        Raises:
            QueueFull: Too much waits already.
        """
        items = list(request.items)
        texts = {i: item for i, item in enumerate(items) if isinstance(item, str)}
        pictures = {i: item for i, item in enumerate(items) if isinstance(item, bytes)}
        outcomes: list[_Outcome | None] = [None] * len(items)
        work = BatchWork(owner=current_key())
        way = self._way(request)
        async with asyncio.TaskGroup() as group:
            tasks = {
                i: group.create_task(self._picture(picture, way, work))
                for i, picture in pictures.items()
            }
            if texts:
                done = await self._texts(list(texts.values()), way, work)
                for i, outcome in zip(texts, done, strict=True):
                    outcomes[i] = outcome
        for i, task in tasks.items():
            outcomes[i] = task.result()
        return _reply(outcomes, self._dimension(request.space), request.normalize, work)

    def _way(self, request: EncodeRequest) -> _Way:
        ending = CHEAP if self._cheap and request.may_be_cheap else ""
        text_lane = "joint" if self.encoder.one_space else request.space
        return _Way(text_lane + ending, PICTURE + ending, request.background)

    def close(self) -> None:
        """End the threads; what waits is refused."""
        self.batcher.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, lane: Hashable, batch: list[Prepared]) -> Sequence[np.ndarray]:
        vectors = self._lanes[str(lane)].encode(batch)
        if not np.isfinite(vectors).all():
            return [_finite(row) for row in vectors]
        return list(vectors)

    async def _texts(self, texts: list[str], way: _Way, work: BatchWork) -> list[_Outcome]:
        keys = [self.cache.key(_client_of(work), way.text_lane, text) for text in texts]
        known = [self.cache.get(key) for key in keys]
        missing = [row for row, outcome in enumerate(known) if outcome is None]
        done = await self._new_texts([texts[row] for row in missing], way, work)
        for row, outcome in zip(missing, done, strict=True):
            known[row] = outcome
            self._keep(keys[row], outcome)
        return [outcome for outcome in known if outcome is not None]

    def _keep(self, key: bytes | None, outcome: _Outcome) -> None:
        if outcome.vector is not None:
            self.cache.put(key, outcome)

    async def _new_texts(self, texts: list[str], way: _Way, work: BatchWork) -> list[_Outcome]:
        if not texts:
            return []
        lane = way.text_lane
        if sum(map(len, texts)) <= SHORT_CHARACTERS:
            prepared = self._prepare_texts(lane, texts)
        else:
            prepared = await self._on_pool(work, self._prepare_texts, lane, texts)
        good = [item for item in prepared if isinstance(item, Prepared)]
        encoded = iter(await self.batcher.submit(lane, good, work, way.background))
        return [
            _outcome(item, next(encoded)) if isinstance(item, Prepared) else _failed(item)
            for item in prepared
        ]

    def _prepare_texts(self, lane: str, texts: list[str]) -> list[Prepared | Exception]:
        tower = self._lanes[lane]
        try:
            return list(tower.prepare(texts))  # type: ignore[arg-type]
        # One text is at fault: find it, spare the others.
        except Exception as error:
            if len(texts) == 1:
                return [error]
            return [result for text in texts for result in self._prepare_texts(lane, [text])]

    async def _picture(self, picture: bytes, way: _Way, work: BatchWork) -> _Outcome:
        key = self.cache.key(_client_of(work), way.picture_lane, picture)
        known = self.cache.get(key)
        if known is not None:
            return known
        lane = way.picture_lane
        try:
            prepared = await self._on_pool(work, self._lanes[lane].prepare, picture)
        except ClipError as error:
            return _failed(error)
        [vector] = await self.batcher.submit(lane, [prepared], work, way.background)
        outcome = _outcome(prepared, vector)
        self._keep(key, outcome)
        return outcome

    async def _on_pool(self, work: BatchWork, prepare: Callable[..., Any], *args: Any) -> Any:
        """Prepare on a thread; its CPU time is the caller's."""
        loop = asyncio.get_running_loop()
        charged = self._charges.account.thread_work
        whose = [(work.owner, 1.0)]
        prepared, cpu_s = await loop.run_in_executor(
            self._pool, _timed, lambda: charged(whose), prepare, args
        )
        work.cpu_s += cpu_s
        if isinstance(prepared, ClipError):
            raise prepared
        return prepared

    def _dimension(self, space: Space) -> int:
        return self._lanes[space].dimension


def thread_count(num_cpus: float) -> int:
    """Return the threads for a replica's CPU share: whole cores, at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(int(np.ceil(num_cpus)), cores or 1))


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
    """Return a result, or the item's own error, with the thread's CPU seconds."""
    start_s = time.thread_time()
    with charged():
        try:
            prepared = prepare(*args)
        except ClipError as error:
            prepared = error
    return prepared, time.thread_time() - start_s


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
