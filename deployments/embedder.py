"""The Embedder deployment: one encoder a replica, many callers a forward pass."""

import asyncio
import base64
import os
import time
from contextlib import nullcontext
from dataclasses import asdict, replace
from typing import Any

import ray
from ray import serve
from ray.serve.handle import DeploymentHandle

from api.errors import Unavailable
from deployments.batching.batch import BatchLimits
from deployments.encoding.metrics import EmbedMetrics
from deployments.encoding.model_threads import threads_of
from deployments.encoding.modes import EmbedderModes
from deployments.encoding.thumbnails import Thumbnails
from deployments.encoding.work_charges import BatchCharges, base_tokens
from deployments.replica.base import Replica
from deployments.replica.observed import observed
from deployments.replica.recent_calls import RecentCalls
from deployments.settings.service import ServiceSettings
from deployments.settings.tunables import EmbedderTunables
from retrieval.clip.errors import ClipError
from retrieval.encoding import (
    EncodeReply,
    EncodeRequest,
    EncoderInfo,
    SplitReply,
    SplitRequest,
    ThumbnailRequest,
)
from retrieval.search.query_encoding import QueryReply, QueryRequest, encode_query
from telemetry.logs import get_logger

log = get_logger()

PROBE_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFUlEQVR42mNkaGhgwAaYGHCAwSkBAMyIARAUbW44AAAAAElFTkSuQmCC"
)
"""A PNG of a few pixels: what says that the service is ready decodes it as anybody's is."""


UNUSED_S = 600.0
"""A kept vector that was not asked for so long is let go of: its document may be deleted."""


@serve.deployment()
class Embedder:
    """Encodes texts and pictures."""

    async def __init__(
        self,
        hub: DeploymentHandle,
        meters: DeploymentHandle,
        settings: ServiceSettings,
        writer: DeploymentHandle,
    ) -> None:
        self.replica = Replica("Embedder", hub, meters)
        self._metrics = EmbedMetrics(self.replica.registry)
        # Imported on the replica: every other process does without torch.
        from deployments.encoding import setup
        from deployments.encoding.cheap_precision import find_cheap
        from deployments.encoding.service import EncodingService
        from retrieval.clip.device_memory import free_bytes
        from retrieval.clip.runtime import model_thread, set_threads

        self._free_bytes = free_bytes
        self._threads = threads_of(settings.model.threads, _cpu_share())
        tunables = self._tunables = EmbedderTunables()
        encoder, choice = await asyncio.to_thread(setup.load, settings)
        agreed = await writer.claim.remote(setup.fingerprint(encoder, choice), settings.index.uri)
        encoder, choice = await asyncio.to_thread(setup.adopt, encoder, choice, agreed, settings)
        charges = BatchCharges(self.replica.energy.account, _device_domain(settings))
        charges.base_tokens = await asyncio.to_thread(base_tokens, encoder.text)
        self._service = EncodingService(
            encoder,
            _limits(tunables),
            prepare_threads=self._threads + 1,
            model_threads=setup.model_threads(settings, self._threads),
            thread_setup=model_thread,
            widen=lambda wide: set_threads(self._threads if wide else 1),
            on_batch=self._metrics.batch,
            charges=charges,
        )
        self._modes = EmbedderModes(
            self._service,
            _limits(tunables),
            lambda: find_cheap(encoder, choice.precision, time.thread_time),
        )
        self.replica.energy.on_directive(self._modes.apply)
        self.replica.collect(lambda registry: self._metrics.state(self._service))
        self.replica.children_cpu_s = lambda: self._service.decoding.cpu_s
        self.replica.collect(
            lambda _: self._service.cache.forget_unused(time.monotonic() - UNUSED_S)
        )
        self._thumbnails = Thumbnails(
            self._service.decoding,
            encoder.picture.recipe.limits,
            self.replica.energy.account,
            self.replica.registry,
        )
        self._info = setup.describe(encoder, choice, self._threads, settings)
        self._calls = RecentCalls(tunables.objective_s)
        await self._warm_up()
        self.replica.start()
        log.info("embedder.ready", **asdict(self._info))

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change the batch limits; the batch that runs is not disturbed, the mode stays."""
        tunables = self._tunables = EmbedderTunables.model_validate(config)
        self.replica.memory.configure(tunables.memory)
        self._modes.configure(_limits(tunables))
        self._calls.objective_s = tunables.objective_s

    @observed
    async def encode(self, request: EncodeRequest) -> EncodeReply:
        """Encode items; each one's failure is its own."""
        # Nobody waits for a bulk job's items: late ones break no promise.
        with nullcontext() if request.background else self._calls.timed():
            reply = await self._counted(request)
        return replace(reply, made_by=self._info.tag)

    @observed
    async def split(self, request: SplitRequest) -> SplitReply:
        """Cut texts into the passages that the text model reads."""
        return replace(await self._service.split(request), made_by=self._info.tag)

    @observed
    async def encode_query(self, request: QueryRequest) -> QueryReply:
        """Encode a query in every space it searches; each part's failure is its own."""
        with self._calls.timed():
            reply = await encode_query(request, self._counted, self._info.one_space)
        return replace(reply, vectors=replace(reply.vectors, made_by=self._info.tag))

    @observed
    async def thumbnail(self, request: ThumbnailRequest) -> bytes:
        """Return a stored picture as a small JPEG."""
        return await self._thumbnails.make(request)

    async def _counted(self, request: EncodeRequest) -> EncodeReply:
        reply = await self._service.encode(request)
        self._metrics.items(request, reply)
        return reply

    async def record_autoscaling_stats(self) -> dict[str, float]:
        """Tell Serve's autoscaler how the objective is kept; see `autoscaling.py`."""
        return self._calls.stats()

    @observed
    async def info(self) -> EncoderInfo:
        """Say which towers encode, and in which precision."""
        return self._info

    @observed
    async def probe(self) -> dict[str, object]:
        """Encode a text and a picture for real and report the batcher.

        Raises:
            Unavailable: One of them could not be encoded, or the device has next to no memory left.
        """
        try:
            await self._service.probe(PROBE_PICTURE)
        except ClipError as error:
            raise Unavailable(f"the Embedder cannot encode: {error}") from None
        free = self._free_bytes(self._info.device)
        if free is not None and free < self._tunables.least_free_bytes:
            raise Unavailable(f"{self._info.device} has {free} bytes of memory left")
        stats = self._service.batcher.stats
        return {
            "model": self._info.joint_model,
            "text_model": self._info.text_model,
            "precision": self._info.precision,
            "precision_reason": self._info.precision_reason,
            "photographs": self._info.photographs,
            "threads": self._threads,
            "device": self._info.device,
            "free_memory_bytes": free,
            "replica_batches": stats.batches,
            "replica_items": stats.items,
            "replica_waiting": self._service.batcher.waiting,
            "replica_pictures_waiting": self._service.decoding.turns.waiting,
            "replica_decoders_killed": self._service.decoding.killed,
            "replica_decoders_died": self._service.decoding.died,
            "replica_pid": os.getpid(),
        }

    async def check_health(self) -> None:
        """Fail once this replica was told to end or lost a model thread, so that Serve replaces it.

        Calls that wait for a lost thread fail here; their callers try another replica.
        """
        self.replica.check_health()
        self._service.batcher.check()

    async def __del__(self) -> None:
        await self.replica.stop()
        if hasattr(self, "_service"):
            self._service.decoding.close()

    async def _warm_up(self) -> None:
        await self._service.decoding.start()
        # Twice, since a thread may have taken both parts of the first round.
        for count in (1, 8 * self._threads, 8 * self._threads):
            await self._service.encode(EncodeRequest(["a warm-up text of a few words"] * count))


def _limits(tunables: EmbedderTunables) -> BatchLimits:
    return BatchLimits(
        tunables.max_batch_items,
        tunables.max_batch_cost,
        tunables.max_queue_items,
        tunables.max_background_items,
        tunables.max_background_s,
    )


def _device_domain(settings: ServiceSettings) -> str | None:
    """Return the accelerator's name as the meter has it, None on a CPU."""
    from deployments.encoding import setup

    if setup.device_of(settings) == "cpu":
        return None
    ids = ray.get_runtime_context().get_accelerator_ids().get("GPU", [])
    return f"gpu{ids[0] if ids else 0}"


def _cpu_share() -> float:
    return float(ray.get_runtime_context().get_assigned_resources().get("CPU", 1.0))
