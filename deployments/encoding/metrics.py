"""Encoding as metrics: batches by lane, items by kind, what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deployments.batching.batch import BatchDone
from retrieval.encoding import EncodeReply, EncodeRequest
from telemetry.registry import Registry

if TYPE_CHECKING:
    # Brings torch.
    from deployments.encoding.service import EncodingService


class EmbedMetrics:
    """Counts into a registry; batches are told by the model's threads."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def batch(self, done: BatchDone) -> None:
        """Note one forward pass."""
        lane, registry = str(done.lane), self._registry
        registry.observe("brainwav_embed_batch_items", lane, value=len(done.waits_s))
        registry.observe("brainwav_embed_model_seconds", lane, value=done.took_s)
        for wait_s in done.waits_s:
            registry.observe("brainwav_embed_queue_wait_seconds", lane, value=wait_s)

    def state(self, service: EncodingService) -> None:
        """Note what waits, and what became of decoding processes."""
        registry, decoding = self._registry, service.decoding
        registry.set("brainwav_embed_queue_items", to=service.batcher.waiting)
        registry.set("brainwav_embed_pictures_waiting", to=decoding.turns.waiting)
        registry.set("brainwav_embed_decoders_ended_total", "killed", to=decoding.killed)
        registry.set("brainwav_embed_decoders_ended_total", "died", to=decoding.died)

    def items(self, request: EncodeRequest, reply: EncodeReply) -> None:
        """Note what became of a request's items."""
        for item, report in zip(request.items, reply.reports, strict=True):
            kind = "text" if isinstance(item, str) else "picture"
            outcome = "ok" if report.error is None else "refused"
            self._registry.add("brainwav_embed_items_total", kind, outcome)
        tokens = sum(report.tokens for report in reply.reports)
        self._registry.add("brainwav_embed_tokens_total", by=tokens)
