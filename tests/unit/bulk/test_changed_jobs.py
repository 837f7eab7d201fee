"""A job is done only while its source and its target are what they were."""

import asyncio
import json
import os
from pathlib import Path

import fsspec
import pytest
from pyarrow import fs

from api.errors import Overloaded, Unavailable
from deployments.bulk.job import Gone
from deployments.bulk.recording.checkpoint import AnotherJob, Checkpoint
from deployments.bulk.service import RetriesExhausted, retry
from deployments.filesystem import stamp_of
from retrieval.store import Fingerprint, IndexStore
from tests.unit.bulk.bulk_fakes import FakeService, draw_into
from tests.unit.bulk.job_runs import doing, finish, held, job_over, texts
from tests.unit.bulk.table_samples import table


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

    assert asyncio.run(retry(call, 60, sleep=sleep)) == "done"
    assert waited == [1, 7, 1]
    answers[:] = [Overloaded("full")]
    answers[0].retry_after_s = 100
    with pytest.raises(RetriesExhausted, match="full"):
        asyncio.run(retry(call, 60, sleep=sleep))


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


def test_texts_that_the_model_cannot_read_are_written_and_counted(tmp_path: Path) -> None:
    """Without a vector, so that they win no query by meaning; a later run counts them still."""
    path = tmp_path / "rows.jsonl"
    rows = ["a mug", "東京", "猫", "rotten"]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in rows))
    service = FakeService()
    for _ in range(2):
        report = finish(path, tmp_path / "job", service)
        assert (report.written, report.failed) == (3, 1)
        assert any("2 texts have no vector" in notice for notice in report.notices)
    assert [d.text for d in service.documents.values() if d.text_vector is None] == ["東京", "猫"]
