"""A job ends with every item exactly once, however often it is killed on the way."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.bulk.dry_run import describe
from deployments.bulk.job import Job, JobReport, RunShards
from deployments.bulk.rate_controller import RateBounds, RateController
from deployments.bulk.recording.checkpoint import AnotherJob, Checkpoint
from deployments.bulk.recording.outcomes import ShardOutcome
from deployments.bulk.service import RetriesExhausted
from deployments.bulk.sinks.base import IndexSink
from deployments.bulk.slots import Slots
from deployments.bulk.sources.columns import Columns
from deployments.bulk.sources.items import Skipped
from deployments.bulk.sources.lines import LineRows
from deployments.bulk.sources.shards import Shard
from deployments.bulk.worker import Worker
from retrieval.documents import Document
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo, one_tag
from tests.unit.bulk.bulk_fakes import FakeService, Killed

THEN = datetime(2026, 11, 24, tzinfo=UTC)
ROTTEN = 7
ITEMS = 23


def job_of(folder: Path, **settings: object) -> Job:
    """Twenty-three texts in shards of four, one of them rotten."""
    path = folder / "t.jsonl"
    texts = ["rotten" if n == ROTTEN else f"text {n}" for n in range(ITEMS)]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    source = LineRows(str(path), Columns(), THEN)
    return Job(source, Checkpoint(folder / "job"), 4, {"namespace": "n", **settings})


def doing(service: FakeService, job: Job, patience_s: float = 0.0) -> RunShards:
    """One shard after the other, without probes."""
    slots = Slots(RateController(RateBounds(), 1))
    sink = IndexSink(service, "n", patience_s)
    worker = Worker(job.source, service, sink, slots, patience_s)

    def do(shards: Sequence[Shard], done: Callable[[ShardOutcome], None]) -> None:
        async def one_after_the_other() -> None:
            for shard in shards:
                done(await worker.work(shard))

        asyncio.run(one_after_the_other())

    return do


def finish(folder: Path, service: FakeService) -> JobReport:
    job = job_of(folder)
    return job.run(doing(service, job))


def test_every_item_is_written_or_listed(tmp_path: Path) -> None:
    """The rotten one has a line with its place and the reason; all travel in the background."""
    service = FakeService()
    report = finish(tmp_path, service)
    assert (report.written, report.failed) == (ITEMS - 1, 1)
    assert len(service.documents) == ITEMS - 1
    assert service.background == {True}
    [line] = (tmp_path / "job" / "failures.jsonl").read_text().splitlines()
    assert json.loads(line)["place"].endswith(f"t.jsonl:{ROTTEN}")


@given(kills=st.lists(st.integers(1, 6), max_size=3))
@settings(max_examples=40, deadline=None)
def test_a_killed_job_goes_on_without_loss_or_duplicates(tmp_path_factory, kills) -> None:
    """Killed between a commit and its acknowledgement, as often as one likes."""
    folder, service = tmp_path_factory.mktemp("killed"), FakeService()
    for kill_after in kills:
        service.kill_after = service.writes + kill_after
        try:
            finish(folder, service)
        except Killed:
            continue
    service.kill_after = None
    report = finish(folder, service)
    assert (report.written, report.failed) == (ITEMS - 1, 1)
    assert sorted(document.text or "" for document in service.documents.values()) == sorted(
        f"text {n}" for n in range(ITEMS) if n != ROTTEN
    )
    assert len((folder / "job" / "failures.jsonl").read_text().splitlines()) == 1


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    """A second run encodes nothing."""
    finish(tmp_path, FakeService())
    again = FakeService()
    report = finish(tmp_path, again)
    assert (report.written, report.failed, again.encoded) == (ITEMS - 1, 1, 0)
    assert report.skipped == ITEMS


@pytest.mark.parametrize("torn", ['{"sha', '{"shard": 3, "wri', "\x00\x00"])
def test_a_torn_line_at_the_end_is_not_believed(tmp_path: Path, torn: str) -> None:
    """The machine stopped while a line was written: that shard is done again."""
    finish(tmp_path, FakeService())
    path = tmp_path / "job" / "checkpoint.jsonl"
    whole = path.read_text().splitlines(keepends=True)
    path.write_text("".join(whole[:-1]) + torn)
    service = FakeService()
    assert finish(tmp_path, service).written == ITEMS - 1
    assert service.encoded == ITEMS % 4


def test_failures_of_a_shard_that_was_cut_short_are_listed_once(tmp_path: Path) -> None:
    """Its failures were noted, its end was not."""
    checkpoint = Checkpoint(tmp_path)
    checkpoint.open("d")
    failure = Skipped("t:1", "empty_input", "nothing there")
    checkpoint.record(ShardOutcome(0, 3, [failure]))
    (tmp_path / "checkpoint.jsonl").write_text("")
    again = Checkpoint(tmp_path)
    again.open("d")
    again.record(ShardOutcome(0, 3, [failure]))
    last = Checkpoint(tmp_path)
    last.open("d")
    assert last.done == {0: ShardOutcome(0, 3, [failure])}
    assert len((tmp_path / "failures.jsonl").read_text().splitlines()) == 1


def test_a_changed_source_or_setting_is_refused(tmp_path: Path) -> None:
    """Otherwise shards would mean other items than those that are done."""
    finish(tmp_path, FakeService())
    job = job_of(tmp_path, other=1)
    with pytest.raises(AnotherJob, match="--restart"):
        job.run(doing(FakeService(), job))


def test_a_service_that_restarts_is_waited_for(tmp_path: Path) -> None:
    """A refused call costs nothing but time; for ever is too long."""
    job = job_of(tmp_path)
    report = job.run(doing(FakeService(unavailable=1), job, patience_s=30))
    assert report.written == ITEMS - 1
    job.checkpoint.forget()
    with pytest.raises(RetriesExhausted, match="restarting"):
        job.run(doing(FakeService(unavailable=1000), job))


class ChangingService(FakeService):
    """Changes its models before the third write; what the old ones made is refused from then on."""

    tag = "old"

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        return replace(await super().encode(request), made_by=self.tag)

    async def encoder_info(self) -> EncoderInfo:
        return replace(await super().encoder_info(), tag=self.tag)

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> None:
        if self.writes == 2:
            self.tag = "new"
        one_tag([self.tag, *(document.made_by for document in documents)])
        await super().upsert(namespace, documents)


def test_a_job_goes_on_where_the_service_changes_its_models(tmp_path: Path) -> None:
    """A shard that was encoded before the change and is written after it is encoded anew."""
    service = ChangingService()
    job = job_of(tmp_path)
    report = job.run(doing(service, job, patience_s=30))
    assert report.written == len(service.documents) == ITEMS - 1
    made_by = [document.made_by for document in service.documents.values()]
    # Two shards of four, one with the rotten text; the third was encoded twice.
    assert made_by.count("old") == 7
    assert service.encoded == ITEMS + 4


def test_a_dry_run_says_what_would_be_done(tmp_path: Path) -> None:
    """Counts, the first documents, the first problems; nothing is recorded as done."""
    text = describe(job_of(tmp_path))
    assert f"{ITEMS} items in 6 shards" in text
    assert "text 'text 0'" in text
    assert not (tmp_path / "job" / "checkpoint.jsonl").exists()
