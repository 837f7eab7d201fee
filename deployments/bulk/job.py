"""A whole job: plan, skip what is done, do the rest, say how it goes."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from deployments.bulk.recording.checkpoint import AnotherJob, Checkpoint
from deployments.bulk.recording.outcomes import ShardOutcome
from deployments.bulk.run import RunSettings, run_here
from deployments.bulk.service import BulkService
from deployments.bulk.sinks.base import Sink
from deployments.bulk.sources.content import content_of
from deployments.bulk.sources.items import Item, Skipped, split
from deployments.bulk.sources.shards import ItemSource, Shard, digest

RunShards = Callable[[Sequence[Shard], Callable[[ShardOutcome], None]], None]
"""Does shards and calls back with each one that was acknowledged."""
ShardsInPlace = Callable[[Sequence[ShardOutcome]], set[int]]
"""Returns the shards that are still where they were written."""
ROUNDS = 4
"""So often a job does again what is gone while it runs."""
S = TypeVar("S", bound=BulkService)


@dataclass(frozen=True, slots=True)
class Runner:
    """What does a job's shards, what says which are still there, and what they are written into."""

    do: RunShards
    held: ShardsInPlace
    target: Callable[[], str]


class Gone(Exception):
    """What is written disappears as quickly as it is written."""


@dataclass(frozen=True, slots=True)
class JobReport:
    """How a job ended: written, failed, unchanged and passed over add up to ``items``."""

    items: int
    written: int
    failed: int
    skipped: int
    """Of the items, done by an earlier run."""
    seconds: float
    notices: tuple[str, ...] = ()
    """What an operator should know beside the figures."""
    unchanged: int = 0
    """Files of a folder that were written by an earlier run and are what they were."""
    passed_over: int = 0
    """Files of a folder that are not read at all, such as hidden ones."""

    def __str__(self) -> str:
        fresh = self.written + self.failed - self.skipped
        rate = fresh / self.seconds if self.seconds else 0.0
        more = f", {self.unchanged} unchanged" if self.unchanged else ""
        more += f", {self.passed_over} passed over" if self.passed_over else ""
        return (
            f"{self.items} items: {self.written} written, {self.failed} failed{more}; {fresh} of "
            f"them by this run in {self.seconds:.1f} s, {rate:.1f} items/s"
        )


class Job:
    """One source into one sink, with a checkpoint.

    Args:
        settings: What a resumed run must agree on; part of the checkpoint's digest.
    """

    def __init__(
        self,
        source: ItemSource,
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

    def run(
        self,
        do: RunShards,
        held: ShardsInPlace | None = None,
        target: Callable[[], str] = lambda: "",
    ) -> JobReport:
        """Do what is not done yet, with a bar of progress on the terminal.

        Args:
            held: By default all that is recorded is believed to be there.
            target: Says what the job writes into, as ``Sink.target`` does.

        Raises:
            AnotherJob: The checkpoint is of something else.
            InUse: Another process works on it.
            Gone: What is written does not stay.
        """
        with self.checkpoint.locked():
            self._prepare(target())
            return self._run(do, held or (lambda outcomes: {each.shard for each in outcomes}))

    def about(self) -> Sequence[str]:
        """Return what is known before a run, a line each."""
        return ()

    def _prepare(self, target: str) -> None:
        """Look at what there is before a run."""

    def _noted(self, outcome: ShardOutcome) -> None:
        """Hear of a shard that is done and recorded."""

    def _run(self, do: RunShards, held: ShardsInPlace) -> JobReport:
        items = {shard.number: shard.items for shard in self.shards}
        self.checkpoint.open(self._digest, items, self.source.stamp)
        notices = [*self._undo_gone(held), *self._compare_content()]
        done = self.checkpoint.done
        skipped = sum(outcome.items for outcome in done.values())
        start_s = time.monotonic()
        with tqdm(total=self.items, initial=skipped, unit="item", smoothing=0.05) as bar:

            def finished(outcome: ShardOutcome) -> None:
                self.checkpoint.record(outcome)
                self._noted(outcome)
                failed = sum(len(each.failures) for each in done.values())
                bar.set_postfix(failed=failed, refresh=False)
                bar.update(outcome.items)

            for _ in range(ROUNDS):
                left = [shard for shard in self.shards if shard.number not in done]
                if not left:
                    break
                do(left, finished)
                # Somebody may have emptied the place meanwhile.
                notices += self._undo_gone(held)
                done = self.checkpoint.done
                bar.n = sum(outcome.items for outcome in done.values())
            else:
                raise Gone("what is written is gone again: somebody drops or empties the target")
        return self._report(skipped, time.monotonic() - start_s, tuple(notices))

    def _compare_content(self) -> list[str]:
        """Read again what is done and at hand.

        Raises:
            AnotherJob: It is not what was read then.
        """
        if self.source.stamp:
            return []
        unknown = 0
        done = [shard for shard in self.shards if shard.number in self.checkpoint.done]
        for shard in tqdm(done, unit="shard", desc="comparing", leave=False, disable=not done):
            outcome = self.checkpoint.done[shard.number]
            if not outcome.content:
                unknown += 1
            elif content_of(self.source.read(shard)) != outcome.content:
                raise AnotherJob(
                    f"the source changed after it was done (shard {shard.number}, from "
                    f"{shard.files[0]}): use --restart to begin anew (documents keep their ids), "
                    "or another --job folder"
                )
        if not unknown:
            return []
        return [
            f"{unknown} shards were recorded by an older version, which did not note what it read: "
            "taken as done"
        ]

    def _undo_gone(self, held: ShardsInPlace) -> list[str]:
        done = self.checkpoint.done
        there = held(list(done.values())) if done else set()
        gone = [outcome for number, outcome in done.items() if number not in there]
        if not gone:
            return []
        self.checkpoint.undo(outcome.shard for outcome in gone)
        count = sum(outcome.written for outcome in gone)
        return [
            f"{count} items had been written to a place that is gone or another one now: they are "
            "written again"
        ]

    def _report(self, skipped: int, seconds: float, notices: tuple[str, ...]) -> JobReport:
        done = self.checkpoint.done.values()
        written = sum(outcome.written for outcome in done)
        failed = sum(len(outcome.failures) for outcome in done)
        unread = sum(outcome.unreadable for outcome in done)
        if unread:
            notices += (f"{unread} texts have no vector: the model does not know most of them",)
        noted = sum(len(outcome.notes) for outcome in done)
        if noted:
            where = self.checkpoint.notes_file
            notices += (f"{noted} things were left out or guessed of what is written: {where}",)
        return JobReport(self.items, written, failed, skipped, seconds, notices)

    def first_look(self) -> tuple[list[Item], list[Skipped]]:
        """Read the first shard, for a dry run."""
        return split(list(self.source.read(self.shards[0]))) if self.shards else ([], [])


def run_locally(
    job: Job, connect: Callable[[], S], make_sink: Callable[[S], Sink], settings: RunSettings
) -> RunShards:
    """Return what does shards in this process."""

    def do(shards: Sequence[Shard], done: Callable[[ShardOutcome], None]) -> None:
        async def run() -> None:
            service = connect()
            await run_here(shards, job.source, service, make_sink(service), settings, done)

        asyncio.run(run())

    return do


def held_by(make_sink: Callable[[], Sink]) -> ShardsInPlace:
    """Return what asks a sink."""

    def held(outcomes: Sequence[ShardOutcome]) -> set[int]:
        async def ask() -> set[int]:
            return await make_sink().held(outcomes)

        return asyncio.run(ask())

    return held


def target_of(make_sink: Callable[[], Sink]) -> str:
    """Ask a sink what it writes into."""

    async def ask() -> str:
        return await make_sink().target()

    return asyncio.run(ask())


def job_folder(state: Path, name: str, what: str) -> Path:
    """Return where a job of this kind over this source keeps its record by default."""
    return state / "jobs" / f"{name}-{hashlib.sha256(what.encode()).hexdigest()[:10]}"
