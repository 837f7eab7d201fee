"""The record of a job: lines that are none, folders of others, two processes, a full disk."""

import errno
import json
import multiprocessing
import os
from pathlib import Path

import fsspec
import pytest

import deployments.bulk.recording.checkpoint as c
from deployments.bulk.job import Job
from deployments.bulk.recording.checkpoint import AnotherJob, Checkpoint, InUse
from deployments.bulk.recording.lines import CannotRecord
from deployments.bulk.recording.outcomes import ShardOutcome
from deployments.bulk.sources.items import Skipped
from tests.old_state import RELEASES, expected, unpacked
from tests.unit.bulk.bulk_fakes import FakeService
from tests.unit.bulk.job_runs import doing, finish, held, job_over
from tests.unit.bulk.table_samples import table


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


def test_outcomes_come_back_as_they_were_noted(tmp_path: Path) -> None:
    """With content and target."""
    outcome = ShardOutcome(3, 1, [Skipped("p", "code", "half \ud800")], "content", "target")
    checkpoint = Checkpoint(tmp_path / "job")
    checkpoint.open("d")
    checkpoint.record(outcome)
    again = Checkpoint(tmp_path / "job")
    again.open("d")
    assert again.done == {3: outcome}
