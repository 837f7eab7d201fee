"""A job is done only while its source and its target are what they were."""

import asyncio
import errno
import json
import multiprocessing
import os
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

import deployments.bulk.checkpoint as c
from api.errors import Overloaded, Unavailable
from deployments.bulk.checkpoint import AnotherJob, CannotRecord, Checkpoint, InUse, Outcome
from deployments.bulk.job import Gone, Job
from deployments.bulk.service import GaveUp, persistently
from deployments.bulk.sources.items import Failure
from deployments.filesystem import stamp_of
from retrieval.store import Fingerprint, IndexStore
from tests.old_state import RELEASES, expected, unpacked
from tests.unit.bulk.bulk_fakes import FakeService, draw_into
from tests.unit.bulk.job_runs import doing, finish, held, job_over, texts


def table(path: Path, texts: list[str]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"text": texts}), path, compression="none")
    elif path.suffix == ".csv":
        path.write_text("\n".join(["text", *texts]))
    else:
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv", "t.parquet"])
def test_a_source_that_changed_in_place_is_not_taken_for_done(tmp_path: Path, name: str) -> None:
    """As long as before, with as many rows and the times of the old file."""
    path, service = table(tmp_path / name, ["one", "two", "six"]), FakeService()
    finish(path, tmp_path / "job", service)
    before = path.stat()
    table(path, ["one", "two", "ten"])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    with pytest.raises(AnotherJob, match=r"changed after it was done.*--restart"):
        finish(path, tmp_path / "job", service)


def test_a_picture_that_changed_in_place_is_not_taken_for_done(tmp_path: Path) -> None:
    """Of a folder with the same names."""
    draw_into(tmp_path / "pictures", 4)
    service = FakeService()
    finish(tmp_path / "pictures", tmp_path / "job", service)
    path = tmp_path / "pictures" / "even" / "BW-000002.png"
    path.write_bytes((tmp_path / "pictures" / "odd" / "BW-000001.png").read_bytes())
    with pytest.raises(AnotherJob, match="changed after it was done"):
        finish(tmp_path / "pictures", tmp_path / "job", service)


def test_a_file_elsewhere_that_was_replaced_is_not_taken_for_done(tmp_path: Path) -> None:
    """By its time, or by its content where its place knows no times."""
    memory, service = fsspec.filesystem("memory"), FakeService()
    memory.pipe("/changed/t.jsonl", b'{"text": "one"}\n')
    finish("memory://changed/t.jsonl", tmp_path / "job", service)
    assert finish("memory://changed/t.jsonl", tmp_path / "job", service).skipped == 1
    memory.pipe("/changed/t.jsonl", b'{"text": "two"}\n')
    with pytest.raises(AnotherJob, match="--restart"):
        finish("memory://changed/t.jsonl", tmp_path / "job", service)


def test_a_stamp_follows_sizes_and_times(tmp_path: Path) -> None:
    """Of files on object storage; those at hand have none."""
    path = tmp_path / "t.jsonl"
    path.write_text("{}")
    local = fs.LocalFileSystem()
    # Any file system that is not this machine's own.
    elsewhere = fs.SubTreeFileSystem(str(tmp_path), local)
    assert stamp_of(local, [str(path)]) == ""
    first = stamp_of(elsewhere, ["t.jsonl"])
    assert first
    assert stamp_of(elsewhere, ["t.jsonl"]) == first
    os.utime(path, (0, 0))
    second = stamp_of(elsewhere, ["t.jsonl"])
    assert second != first
    checkpoint = Checkpoint(tmp_path / "job")
    checkpoint.open("d", stamp=first)
    with pytest.raises(AnotherJob, match="--restart"):
        Checkpoint(tmp_path / "job").open("d", stamp=second)


def test_a_source_that_is_touched_or_moved_in_time_is_the_same(tmp_path: Path) -> None:
    """Its content counts."""
    path = table(tmp_path / "t.jsonl", ["one", "two"])
    finish(path, tmp_path / "job", FakeService())
    os.utime(path, (0, 0))
    service = FakeService()
    service.documents = {"there": None}  # type: ignore[dict-item]
    assert finish(path, tmp_path / "job", service).skipped == 2


def test_a_source_that_changes_while_it_is_read_ends_the_job(tmp_path: Path) -> None:
    """Rows would not add up."""
    path = table(tmp_path / "t.jsonl", ["one", "two", "three"])
    job, service = job_over(path, tmp_path / "job"), FakeService()
    path.write_bytes(path.read_bytes().replace(b'{"text": "two"}\n', b" " * 15 + b"\n"))
    with pytest.raises(AnotherJob, match="2 rows and had 3"):
        job.run(doing(job, service), held(service))


def test_another_index_is_not_taken_for_done(tmp_path: Path) -> None:
    """A new `index.uri`, a folder that was emptied: all is written, and the report says why."""
    path = table(tmp_path / "t.jsonl", ["one", "two", "three", "four"])
    finish(path, tmp_path / "job", FakeService())
    empty = FakeService()
    report = finish(path, tmp_path / "job", empty)
    assert texts(empty) == ["four", "one", "three", "two"]
    assert "4 items had been written to a place that is gone" in report.notices[0]
    again = finish(path, tmp_path / "job", empty)
    assert (again.skipped, again.notices) == (4, ())


def test_a_namespace_that_was_dropped_and_filled_by_others_is_another_one(tmp_path: Path) -> None:
    """Its name is the same."""
    path, service = table(tmp_path / "t.jsonl", ["one", "two"]), FakeService()
    finish(path, tmp_path / "job", service)
    service.drop()
    asyncio.run(service.upsert("n", []))
    service.documents = {"theirs": None}  # type: ignore[dict-item]
    finish(path, tmp_path / "job", service)
    assert len(service.documents) == 3


class Dropping(FakeService):
    """Somebody drops the namespace after some writes."""

    drops: tuple[int, ...] = ()

    async def upsert(self, namespace, documents) -> None:
        await super().upsert(namespace, documents)
        if self.writes in self.drops:
            self.drop()


def test_a_namespace_that_is_dropped_while_a_job_runs_is_filled_again(tmp_path: Path) -> None:
    """Before it says that all is written."""
    path, service = table(tmp_path / "t.jsonl", [f"t{n}" for n in range(9)]), Dropping()
    service.drops = (2,)
    report = finish(path, tmp_path / "job", service)
    assert len(service.documents) == report.written == 9
    service.drops = tuple(range(100))
    service.drop()
    with pytest.raises(Gone):
        finish(path, tmp_path / "job", service)


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"5",
        b"null",
        b'"text"',
        b"{}",
        b'{"shard": 0}',
        b'{"shard": "0", "written": 3, "failed": 0}',
        b'{"shard": [0], "written": 3, "failed": 0}',
        b'{"shard": 0, "written": -3, "failed": 0}',
        b'{"shard": 0, "written": true, "failed": 2}',
        b'{"shard": 0, "written": 0, "failed": 3}',
        b'{"shard": 0, "written": 2, "failed": 0}',
        b'{"shard": 99, "written": 3, "failed": 0}',
        b'{"shard": 0, "written": 3, "failed": 0, "content": 7}',
        b"[" * 100_000,
        b"\xff\x00",
        b'{"shard": 0, "wri',
    ],
    ids=lambda line: repr(line[:60]),
)
def test_a_line_that_is_no_record_counts_for_nothing(tmp_path: Path, line: bytes) -> None:
    """Its shard is done again; the others are not."""
    path = table(tmp_path / "t.jsonl", [f"t{n}" for n in range(6)])
    finish(path, tmp_path / "job", FakeService())
    record = tmp_path / "job" / "checkpoint.jsonl"
    second = record.read_bytes().splitlines()[1]
    record.write_bytes(line + b"\n" + second + b"\n" + line)
    service = FakeService()
    service.documents = {"there": None}  # type: ignore[dict-item]
    report = finish(path, tmp_path / "job", service)
    assert (report.written, service.encoded) == (6, 3)


@pytest.mark.parametrize("line", [b"5", b"{}", b'{"shard": 0, "place": 7, "code": 1}', b"\x00"])
def test_a_failure_that_cannot_be_read_costs_its_shard_another_run(
    tmp_path: Path, line: bytes
) -> None:
    """Rows add up, whatever became of the list."""
    path = table(tmp_path / "t.jsonl", ["one", " ", "two", "three"])
    finish(path, tmp_path / "job", FakeService())
    (tmp_path / "job" / "failures.jsonl").write_bytes(line + b"\n")
    service = FakeService()
    service.documents = {"there": None}  # type: ignore[dict-item]
    report = finish(path, tmp_path / "job", service)
    assert (report.written, report.failed, service.encoded) == (3, 1, 2)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"7", b"{", b'{"started_at": 7}', b'{"started_at": "soon"}', b"\xff"]
)
def test_a_folder_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    """With what to do; not by a trace."""
    (tmp_path / "job.json").write_bytes(content)
    with pytest.raises(AnotherJob, match="--restart"):
        Checkpoint(tmp_path).created_at()


def test_a_record_of_the_future_is_refused_by_name(tmp_path: Path) -> None:
    """Its lines may mean more than this release knows."""
    (tmp_path / "job.json").write_text('{"format": 9, "digest": "d"}')
    with pytest.raises(AnotherJob, match="format 9, this release knows up to 2"):
        Checkpoint(tmp_path).open("d")


@pytest.mark.parametrize("release", RELEASES)
def test_a_job_of_an_older_version_goes_on(tmp_path: Path, release: str) -> None:
    """Where it was; what it did not note is said."""
    wanted = expected(release)["job"]
    memory = fsspec.filesystem("memory")
    memory.pipe("/shop/rows.jsonl", "".join(wanted["lines"]).encode())
    record = unpacked(release, tmp_path) / "jobs" / wanted["folder"]
    checkpoint = Checkpoint(record)
    service = FakeService()
    service.documents = {"there": None}  # type: ignore[dict-item]
    job = job_over("memory://shop/rows.jsonl", record, wanted["shard_items"])
    job = Job(
        job.source, checkpoint, wanted["shard_items"], {"namespace": "shop", "columns": COLUMNS}
    )
    report = job.run(doing(job, service), held(service))
    assert (report.items, report.written, report.failed) == (10, 9, 1)
    assert service.encoded == 4
    nobody = FakeService()
    again = job.run(doing(job, nobody), held(nobody))
    assert nobody.encoded == 10
    assert "gone" in again.notices[0]


COLUMNS = "Columns(text='text', picture=None, id=None, created_at=None, metadata=None)"


def test_two_processes_do_not_work_on_one_job(tmp_path: Path) -> None:
    """The second is told; after the first has ended, however it did, the job goes on."""
    with Checkpoint(tmp_path).locked():
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            assert "another process" in pool.apply(try_to_lock, (tmp_path,))
    assert try_to_lock(tmp_path) == ""


def try_to_lock(folder: Path) -> str:
    try:
        with Checkpoint(folder).locked():
            return ""
    except InUse as error:
        return str(error)


def test_a_full_disk_ends_the_job_in_words(tmp_path: Path, monkeypatch) -> None:
    """What was not noted is done again; half a line does not spoil the next one."""
    path, service = table(tmp_path / "t.jsonl", [f"t{n}" for n in range(9)]), FakeService()
    job = job_over(path, tmp_path / "job")
    real = os.fsync
    left = [5]

    def full(descriptor: int) -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(c.os, "fsync", full)
    with pytest.raises(CannotRecord, match="No space left on device; what was not noted"):
        job.run(doing(job, service), held(service))
    monkeypatch.setattr(c.os, "fsync", real)
    lines = (tmp_path / "job" / "checkpoint.jsonl").read_bytes().splitlines()
    assert len(lines) == 2
    assert all(json.loads(line) for line in lines)
    assert finish(path, tmp_path / "job", service).written == 9
    assert len(service.documents) == 9


def test_a_busy_service_is_waited_for_as_long_as_it_says() -> None:
    """Not shorter, not for ever."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    answers = [Overloaded("full"), Unavailable("restarting"), Overloaded("full")]
    answers[1].retry_after_s = 7

    async def call() -> str:
        if answers:
            raise answers.pop(0)
        return "done"

    assert asyncio.run(persistently(call, 60, sleep=sleep)) == "done"
    assert waited == [1, 7, 1]
    answers[:] = [Overloaded("full")]
    answers[0].retry_after_s = 100
    with pytest.raises(GaveUp, match="full"):
        asyncio.run(persistently(call, 60, sleep=sleep))


def test_outcomes_come_back_as_they_were_noted(tmp_path: Path) -> None:
    """With content and target."""
    outcome = Outcome(3, 1, [Failure("p", "code", "half \ud800")], "content", "target")
    checkpoint = Checkpoint(tmp_path / "job")
    checkpoint.open("d")
    checkpoint.record(outcome)
    again = Checkpoint(tmp_path / "job")
    again.open("d")
    assert again.done == {3: outcome}


def test_a_store_tells_its_namespaces_apart(tmp_path: Path) -> None:
    """What the writer answers a job with."""

    async def run() -> list[str | None]:
        store = await IndexStore.open(str(tmp_path))
        await store.claim(Fingerprint("t", "p", 4, 4, "fp32", True))
        found = [await store.incarnation("n")]
        for _ in range(2):
            await store.upsert("n", [])
            found += [await store.incarnation("n"), await store.incarnation("n")]
            await store.drop_namespace("n")
        return found

    nothing, first, same, second, _ = asyncio.run(run())
    assert nothing is None
    assert first == same
    assert second not in (first, None, "")
