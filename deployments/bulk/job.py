"""A whole job: plan, skip what is done, do the rest, say how it goes."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from deployments.bulk.checkpoint import Checkpoint, Outcome
from deployments.bulk.items import Failure, Item, split
from deployments.bulk.run import RunSettings, run_here
from deployments.bulk.service import BulkService
from deployments.bulk.shards import Shard, Source, digest
from deployments.bulk.sinks import Sink

Do = Callable[[Sequence[Shard], Callable[[Outcome], None]], None]
"""Does shards and calls back with each one that was acknowledged."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a job ended."""

    items: int
    written: int
    failed: int
    skipped: int
    """Of the items, done by an earlier run."""
    seconds: float

    def __str__(self) -> str:
        fresh = self.written + self.failed - self.skipped
        rate = fresh / self.seconds if self.seconds else 0.0
        return (
            f"{self.items} items: {self.written} written, {self.failed} failed; {fresh} of them "
            f"by this run in {self.seconds:.1f} s, {rate:.1f} items/s"
        )


class Job:
    """One source into one sink, with a checkpoint.

    Args:
        settings: What a resumed run must agree on; part of the checkpoint's digest.
    """

    def __init__(
        self,
        source: Source,
        checkpoint: Checkpoint,
        shard_items: int,
        settings: dict[str, object],
    ) -> None:
        self.source = source
        self.shards = source.shards(shard_items)
        self.checkpoint = checkpoint
        self._digest = digest(self.shards, settings)

    @property
    def items(self) -> int:
        """How many items the source holds."""
        return sum(shard.items for shard in self.shards)

    def run(self, do: Do) -> Report:
        """Do what is not done yet, with a bar of progress on the terminal.

        Raises:
            AnotherJob: The checkpoint is of something else.
        """
        self.checkpoint.open(self._digest)
        done = self.checkpoint.done
        skipped = sum(outcome.written + len(outcome.failures) for outcome in done.values())
        start_s = time.monotonic()
        with tqdm(total=self.items, initial=skipped, unit="item", smoothing=0.05) as bar:

            def finished(outcome: Outcome) -> None:
                self.checkpoint.record(outcome)
                failed = sum(len(each.failures) for each in done.values())
                bar.set_postfix(failed=failed, refresh=False)
                bar.update(outcome.written + len(outcome.failures))

            left = [shard for shard in self.shards if shard.number not in done]
            if left:
                do(left, finished)
        return self._report(skipped, time.monotonic() - start_s)

    def _report(self, skipped: int, seconds: float) -> Report:
        done = self.checkpoint.done.values()
        written = sum(outcome.written for outcome in done)
        failed = sum(len(outcome.failures) for outcome in done)
        return Report(self.items, written, failed, skipped, seconds)

    def first_look(self) -> tuple[list[Item], list[Failure]]:
        """Read the first shard, for a dry run."""
        return split(list(self.source.read(self.shards[0]))) if self.shards else ([], [])


def doing_here(job: Job, service: BulkService, sink: Sink, settings: RunSettings) -> Do:
    """Return what does shards in this process."""

    def do(shards: Sequence[Shard], done: Callable[[Outcome], None]) -> None:
        asyncio.run(run_here(shards, job.source, service, sink, settings, done))

    return do


def job_folder(state: Path, name: str, what: str) -> Path:
    """Return where a job of this kind over this source keeps its record by default."""
    return state / "jobs" / f"{name}-{hashlib.sha256(what.encode()).hexdigest()[:10]}"
