"""One shard from its source to its sink."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from deployments.bulk.encode import Encoded, encoded
from deployments.bulk.recording.checkpoint import AnotherJob
from deployments.bulk.recording.outcomes import ShardOutcome
from deployments.bulk.service import BulkService, retry
from deployments.bulk.sinks.base import Sink
from deployments.bulk.slots import Slots
from deployments.bulk.sources.content import content_of
from deployments.bulk.sources.items import Item, Note, Skipped, split
from deployments.bulk.sources.shards import ItemSource, Shard
from retrieval.encoding import one_tag

ATTEMPTS = 5
"""At writing a shard while its namespace is dropped and made again."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What became of a shard's items."""

    failures: Sequence[Skipped] = ()
    unreadable: int = 0
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class Worker:
    """Does shards, several at a time if asked; each is acknowledged before it is returned."""

    source: ItemSource
    service: BulkService
    sink: Sink
    slots: Slots
    patience_s: float

    async def work(self, shard: Shard) -> ShardOutcome:
        """Read, encode and keep a shard.

        Raises:
            GaveUp: The service did not come back in time; nothing is lost.
            AnotherJob: The shard is not the one that was planned.
        """
        read, content = await asyncio.to_thread(self._read, shard)
        if len(read) != shard.items:
            raise AnotherJob(
                f"shard {shard.number} has {len(read)} rows and had {shard.items} when the job was "
                "planned: the source changed meanwhile; run the job again when it is at rest"
            )
        items, failures = split(read)
        target = before = await self.sink.target()
        kept = _Kept()
        for _ in range(ATTEMPTS):
            # Once more from the start where the service changed its models meanwhile.
            kept = await retry(lambda: self._keep(shard, items), self.patience_s)
            target = await self.sink.target()
            if before in ("", target):
                break
            # What it was written into may be gone.
            before = target
        failures += kept.failures
        written = len(read) - len(failures)
        return ShardOutcome(
            shard.number, written, failures, content, target, kept.unreadable, kept.notes
        )

    async def _keep(self, shard: Shard, items: Sequence[Item]) -> "_Kept":
        """Keep what can be."""
        results = await encoded(
            items, self.service, self.slots, self.patience_s, self.sink.keeps_passages
        )
        good = [result for result in results if isinstance(result, Encoded)]
        failures = [result for result in results if isinstance(result, Skipped)]
        info = await retry(self.service.encoder_info, self.patience_s)
        one_tag([info.tag, *(result.vectors.made_by for result in good)])
        failures += await self.sink.keep(shard.number, good, info)
        failed = {failure.place for failure in failures}
        there = [each for each in good if each.item.place not in failed]
        notes = tuple(note for each in there for note in each.notes)
        return _Kept(failures, sum(each.is_unreadable for each in there), notes)

    def _read(self, shard: Shard) -> tuple[Sequence[Item | Skipped], str]:
        read = list(self.source.read(shard))
        return read, content_of(read)
